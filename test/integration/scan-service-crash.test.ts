import { expect, test, vi } from "vitest";
import { MIB } from "../../src/core/limits.ts";
import { isAlive, messageOf, startTestService, type TestService } from "./scan-service/options.ts";

const CONTEXT = { protocol: "pop3", upstream: "pop.example.org", account: "ann", date: "today" };
const HEADER = "Subject: x\r\n\r\n";

test("a scanner that throws breaks its own message only", async () => {
  await using service = startTestService();
  const verdicts = await judgeAll(service, ["fine", `throw ${HEADER}body`, "fine"]);
  expect(verdicts).toEqual(["clean", "crash: the scanner has a bug", "clean"]);
  expect(restarts(service)).toBe(0);
});

test("a thread that hangs is ended in time, and only its message is incomplete", async () => {
  await using service = startTestService({ timeMs: 300 });
  const verdicts = await judgeAll(service, ["fine", "hang", "fine"]);
  expect(verdicts).toEqual(["clean", "timeout: the scan was ended after 300 ms", "clean"]);
  expect(restarts(service)).toBe(0);
});

test("a thread whose heap is full breaks its own message only", async () => {
  await using service = startTestService({ threads: 2 });
  const verdicts = await judgeAll(service, ["fine", "heap", "fine"]);
  expect(verdicts).toEqual(["clean", expect.stringMatching(/^crash: out of memory/), "clean"]);
});

test.each([
  ["abort", /^crash: it was ended by SIGABRT/],
  ["kill", /^crash: it was ended by SIGKILL/],
  ["stop", /^crash: it was stopped/],
  ["garbage", /^crash: it answered garbage: a frame of kind 255/],
  ["lie", /^crash: it answered garbage: an answer to no question/],
])("a message that makes the process fail (%s) is found out and breaks no other", async (word, expected) => {
  await using service = startTestService({ threads: 2 });
  await service.ready();
  const messages = ["slow 1", word, "slow 2", "slow 3", "infected", "slow 4"];
  const verdicts = await judgeAll(service, messages);
  expect(verdicts).toEqual(["clean", expect.stringMatching(expected), "clean", "clean", "infected", "clean"]);
  expect(restarts(service)).toBe(2);
  expect((await service.judge(messageOf("fine"))).verdict.kind).toBe("clean");
});

test("a message that makes the process take gigabytes is found out and breaks no other", async () => {
  await using service = startTestService({ messageBytes: 1 * MIB });
  const verdicts = await judgeAll(service, ["slow 1", "memory", "slow 2"]);
  expect(verdicts).toEqual(["clean", expect.stringMatching(/^crash: .*ran out of memory/), "clean"]);
});

test.each(["SIGKILL", "SIGSTOP", "SIGSEGV"] as const)(
  "%s from outside costs no message its verdict",
  async (signal) => {
    await using service = startTestService();
    await service.ready();
    const pid = service.pid ?? 0;
    const pending = judgeAll(service, ["slow 1", "slow 2", "infected"]);
    process.kill(pid, signal);
    expect(await pending).toEqual(["clean", "clean", "infected"]);
    expect(service.pid).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
  },
);

test("a process that dies with nothing to do is replaced before the next message", async () => {
  await using service = startTestService();
  await service.ready();
  const pid = service.pid ?? 0;
  process.kill(pid, "SIGKILL");
  await vi.waitFor(() => expect(service.pid).not.toBe(pid), { timeout: 1_000, interval: 5 });
});

test("rewrite() rejects when the scanner fails, so that nothing is delivered", async () => {
  await using service = startTestService({ timeMs: 300 });
  for (const [word, expected] of [
    ["throw", "Cannot take out what was found: the scanner has a bug"],
    ["hang", "Cannot take out what was found: the scan was ended after 300 ms"],
    ["kill", "Cannot take out what was found: it was ended by SIGKILL"],
  ] as const) {
    await expect(service.rewrite(messageOf(word), { context: CONTEXT })).rejects.toThrow(expected);
  }
});

test("a judgement without the scanner still knows where the header ends", async () => {
  await using service = startTestService();
  const { headerBytes, display } = await service.judge(messageOf(`throw : 1\r\n${HEADER}body\r\n\r\n`, 1));
  expect(headerBytes).toBe(`throw : 1\r\n${HEADER}`.length);
  expect(display).toEqual({ subject: "", from: "", date: "", messageId: "" });
});

/** "clean", "infected", or the reason of a message that could not be looked at. */
async function judgeAll(service: TestService, messages: readonly string[]): Promise<string[]> {
  const judgements = await Promise.all(messages.map((message) => service.judge(messageOf(message))));
  return judgements.map(({ verdict }) => {
    const [reason] = verdict.reasons;
    return verdict.kind === "incomplete" ? `${reason?.code}: ${reason?.detail}` : verdict.kind;
  });
}

function restarts(service: TestService): number {
  return service.entries.filter(({ event }) => event === "scan-service-ended").length;
}
