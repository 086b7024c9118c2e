import fc from "fast-check";
import { expect, test } from "vitest";
import { MIB } from "../../src/core/limits.ts";
import type { MessageSource } from "../../src/scan/judge.ts";
import { messageOf, startTestService } from "./scan-service/options.ts";

const CONTEXT = { protocol: "pop3", upstream: "pop.example.org", account: "ann", date: "today" };

test("judge() answers each message with its own judgement, however many and however large", async () => {
  await using service = startTestService({ threads: 2 });
  const sizes = [0, 1, 255, 16_384, 16_385, 65_536, 1_048_576, 1_048_577, 3_000_000];
  const messages = Array.from({ length: 99 }, (_, index) => Buffer.alloc(sizes[index % 9] ?? 0, index + 1));
  const judgements = await Promise.all(messages.map((bytes) => service.judge(messageOf(bytes))));
  expect(judgements.map(({ display }) => display.messageId)).toEqual(messages.map((bytes) => String(octetSum(bytes))));
  expect(new Set(judgements.map(({ verdict }) => verdict.kind))).toEqual(new Set(["clean"]));
});

test("judge() does not depend on the chunks of the source", async () => {
  await using service = startTestService();
  const chunks = fc.array(fc.uint8Array({ maxLength: 40_000, size: "max" }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(chunks, async (parts) => {
      const whole = Buffer.concat(parts);
      const { display } = await service.judge(sourceOf(parts));
      expect(display.messageId).toBe(String(octetSum(whole)));
    }),
    { numRuns: 40 },
  );
});

test("judge() lets the source use a chunk's memory again", async () => {
  await using service = startTestService();
  const memory = Buffer.alloc(200_000);
  const source: MessageSource = {
    bytes: 20 * memory.length,
    async *chunks() {
      for (let round = 1; round <= 20; round += 1) {
        yield memory.fill(round);
        memory.fill(0);
      }
    },
  };
  const { display } = await service.judge(source);
  expect(display.messageId).toBe(String(memory.length * 210));
});

test("judge() takes messages that are there at once without waiting for chunks", async () => {
  await using service = startTestService({ threads: 2, messageBytes: 2_000_000 });
  const sizes = Array.from({ length: 5 }, () => [0, 1, 16_384, 16_385, 65_536, 3_000_000]).flat();
  const judgements = await Promise.all(
    sizes.map((bytes) => service.judge({ ...noChunks(bytes), whole: () => Buffer.alloc(bytes, 1) })),
  );
  const sums = sizes.map((bytes) => String(Math.min(bytes, 2_000_000)));
  expect(judgements.map(({ display }) => display.messageId)).toEqual(sums);
});

test("judge() rejects when a message that should be there at once is not, and goes on", async () => {
  await using service = startTestService();
  const gone = (): Uint8Array => {
    throw new Error("it is gone");
  };
  await expect(service.judge({ ...noChunks(10), whole: gone })).rejects.toThrow("it is gone");
  const short = service.judge({ ...noChunks(10), whole: () => Buffer.alloc(9) });
  await expect(short).rejects.toThrow("ended 1 octets early");
  expect((await service.judge(messageOf("fine"))).verdict.kind).toBe("clean");
});

test("judge() reports what was found", async () => {
  await using service = startTestService();
  const { verdict, headerBytes } = await service.judge(messageOf("infected mail"));
  expect(verdict).toEqual({
    kind: "infected",
    detections: [{ name: "Test.Signature", kind: "malware", engine: "signatures", part: "1", path: [] }],
    reasons: [],
  });
  expect(headerBytes).toBe(5);
});

test("judge() looks at the first octets of a message above the limit and never says clean", async () => {
  await using service = startTestService({ messageBytes: 1 * MIB });
  const whole = Buffer.alloc(1 * MIB + 1, 1);
  const [fitting, above, infected] = await Promise.all([
    service.judge(messageOf(whole.subarray(1))),
    service.judge(messageOf(whole)),
    service.judge(messageOf(Buffer.concat([Buffer.from("infected "), whole]))),
  ]);
  expect(fitting.verdict.kind).toBe("clean");
  expect(above.verdict).toMatchObject({ kind: "incomplete", reasons: [{ code: "limit-message", part: "" }] });
  expect(above.display.messageId).toBe(String(1 * MIB));
  expect(infected.verdict).toMatchObject({ kind: "infected", reasons: [{ code: "limit-message" }] });
});

test("rewrite() answers with the edits and their octets", async () => {
  await using service = startTestService();
  const bytes = Buffer.alloc(2 * MIB, "a");
  const rewrite = await service.rewrite(messageOf(bytes), { context: CONTEXT });
  expect(rewrite.edits.map(({ start, end }) => [start, end])).toEqual([
    [0, 2],
    [4, bytes.length],
  ]);
  expect(Buffer.from(rewrite.edits[0]?.bytes ?? []).toString()).toBe("first");
  expect(Buffer.alloc(bytes.length, "x").equals(rewrite.edits[1]?.bytes ?? Buffer.alloc(0))).toBe(true);
  expect(rewrite.isWhole).toBe(false);
});

test("rewrite() takes out what is above the limit as well", async () => {
  await using service = startTestService({ messageBytes: 1 * MIB });
  const { edits } = await service.rewrite(messageOf(Buffer.alloc(2 * MIB)), { context: CONTEXT });
  expect(edits.at(-1)).toMatchObject({ start: 4, end: 2 * MIB });
});

test("judge() rejects with the source's error and goes on with other messages", async () => {
  await using service = startTestService();
  const broken: MessageSource = {
    bytes: 100,
    async *chunks() {
      yield Buffer.alloc(50);
      throw new Error("the disk is gone");
    },
  };
  const short: MessageSource = { ...messageOf("ten octets"), bytes: 11 };
  await Promise.all([
    expect(service.judge(broken)).rejects.toThrow("the disk is gone"),
    expect(service.judge(short)).rejects.toThrow("the message ended 1 octets early"),
    expect(service.judge(messageOf("fine"))).resolves.toMatchObject({ verdict: { kind: "clean" } }),
  ]);
  expect((await service.judge(messageOf("fine"))).verdict.kind).toBe("clean");
});

test("judge() can be aborted before, while it waits and while it runs", async () => {
  await using service = startTestService();
  await service.ready();
  const { pid } = service;
  await expect(service.judge(messageOf("fine"), AbortSignal.abort())).rejects.toThrow(/abort/);
  const running = new AbortController();
  const hanging = service.judge(messageOf("hang"), running.signal);
  const waiting = new AbortController();
  // More than are sent ahead: some of these are with the service, the last one is not.
  const others = Array.from({ length: 4 }, () => service.judge(messageOf("fine"), waiting.signal));
  waiting.abort();
  for (const other of others) await expect(other).rejects.toThrow(/abort/);
  running.abort(new Error("the client left"));
  await expect(hanging).rejects.toThrow("the client left");
  // The thread is taken from the message that nobody waits for, long before its time is over.
  expect((await service.judge(messageOf("fine"))).verdict.kind).toBe("clean");
  expect(service.pid).toBe(pid);
});

test("judge() can be aborted while the source is read", async () => {
  await using service = startTestService();
  const controller = new AbortController();
  const endless: MessageSource = {
    bytes: 1_000_000,
    async *chunks() {
      yield Buffer.alloc(1_000);
      controller.abort();
      yield Buffer.alloc(1_000);
      throw new Error("nobody should ask for more");
    },
  };
  await expect(service.judge(endless, controller.signal)).rejects.toThrow(/abort/);
  expect((await service.judge(messageOf("fine"))).verdict.kind).toBe("clean");
});

function sourceOf(parts: readonly Uint8Array[]): MessageSource {
  return {
    bytes: parts.reduce((sum, part) => sum + part.length, 0),
    async *chunks() {
      yield* parts;
    },
  };
}

function octetSum(bytes: Uint8Array): number {
  return bytes.reduce((sum, octet) => (sum + octet) >>> 0, 0);
}

/** What is asked for chunks must not be. */
function noChunks(bytes: number): MessageSource {
  return {
    bytes,
    chunks() {
      throw new Error("not asked for");
    },
  };
}
