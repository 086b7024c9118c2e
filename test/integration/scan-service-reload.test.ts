import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { UserError } from "../../src/core/errors.ts";
import { noEngines, signatureFiles } from "../support/engine-settings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { isAlive, messageOf, startTestService, type TestService } from "./scan-service/options.ts";

test("reload() moves new messages to a second process and lets the first finish its own", async () => {
  await using service = startTestService();
  await service.ready();
  const first = service.pid ?? 0;
  const release = Promise.withResolvers<void>();
  // Half of it has been sent when the new process takes over.
  const inHand = service.judge(halting("slow message in hand", release.promise));
  await service.reload(noEngines);
  const second = service.pid ?? 0;
  expect(second).not.toBe(first);
  expect(isAlive(first)).toBe(true);
  expect((await service.judge(messageOf("infected"))).verdict.kind).toBe("infected");
  release.resolve();
  expect((await inHand).verdict.kind).toBe("clean");
  await vi.waitFor(() => expect(isAlive(first)).toBe(false), { timeout: 2_000, interval: 5 });
  expect(service.pid).toBe(second);
  expect(ends(service)).toEqual([]);
});

test("reload() under load costs no message", async () => {
  await using service = startTestService({ threads: 2 });
  await service.ready();
  const before = service.pid;
  let isOver = false;
  const judging = Array.from({ length: 8 }, async () => {
    const kinds = new Set<string>();
    while (!isOver) kinds.add((await service.judge(messageOf("fine"))).verdict.kind);
    return [...kinds];
  });
  for (let round = 0; round < 3; round += 1) await service.reload(noEngines);
  isOver = true;
  expect(new Set((await Promise.all(judging)).flat())).toEqual(new Set(["clean"]));
  expect(service.pid).not.toBe(before);
  expect(ends(service)).toEqual([]);
});

test("reload() leaves everything as it is when the new data can not be loaded", async () => {
  await using service = startTestService();
  await service.ready();
  const { pid, loaded } = service;
  const refused = service.reload(signatureFiles("/nonexistent/own.hdb"));
  const waiting = service.judge(messageOf("slow"));
  await expect(refused).rejects.toThrow(UserError);
  await expect(refused).rejects.toThrow("/nonexistent/own.hdb");
  expect((await waiting).verdict.kind).toBe("clean");
  expect(service.pid).toBe(pid);
  expect(service.loaded).toEqual(loaded);
  expect((await service.judge(messageOf("fine"))).verdict.kind).toBe("clean");
  expect(ends(service)).toEqual([]);
});

test("reloads happen one after the other, and the last one counts", async () => {
  await using service = startTestService();
  await service.ready();
  const [first, second, third] = [noEngines, signatureFiles("/nonexistent/a.hdb"), noEngines];
  const outcomes = await Promise.allSettled([first, second, third].map((engines) => service.reload(engines)));
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect((await service.judge(messageOf("fine"))).verdict.kind).toBe("clean");
});

test("a process that dies with the messages it was left with costs none of them its verdict", async () => {
  await using service = startTestService({ threads: 2 });
  await service.ready();
  const first = service.pid ?? 0;
  const release = Promise.withResolvers<void>();
  const inHand = [
    service.judge(halting("slow one", release.promise)),
    service.judge(halting("infected", release.promise)),
  ];
  await service.reload(noEngines);
  process.kill(first, "SIGKILL");
  release.resolve();
  expect((await Promise.all(inHand)).map(({ verdict }) => verdict.kind)).toEqual(["clean", "infected"]);
  expect(service.pid).not.toBe(first);
  // It was to end anyway.
  expect(ends(service)).toEqual([]);
});

test("a message that kills the process that retires is found out in the new one, and breaks no other", async () => {
  await using service = startTestService({ threads: 2 });
  await service.ready();
  const release = Promise.withResolvers<void>();
  const inHand = ["slow one", "abort now", "infected"].map((text) => service.judge(halting(text, release.promise)));
  await service.reload(noEngines);
  release.resolve();
  const others = Array.from({ length: 5 }, () => service.judge(messageOf("slow")));
  const verdicts = (await Promise.all(inHand)).map(({ verdict }) => verdict);
  expect(verdicts.map(({ kind }) => kind)).toEqual(["clean", "incomplete", "infected"]);
  expect(verdicts[1]?.reasons[0]).toMatchObject({ code: "crash", detail: expect.stringMatching(/SIGABRT/) });
  expect((await Promise.all(others)).map(({ verdict }) => verdict.kind)).toEqual(others.map(() => "clean"));
});

test("reload() replaces a process that is waiting to be started again", async () => {
  await using service = startTestService();
  await service.ready();
  const pid = service.pid ?? 0;
  const reloaded = service.reload(noEngines);
  process.kill(pid, "SIGKILL");
  await reloaded;
  expect((await service.judge(messageOf("fine"))).verdict.kind).toBe("clean");
  await vi.waitFor(() => expect(service.pid).not.toBe(pid), { timeout: 1_000, interval: 5 });
});

test("close() ends every process, whatever they are at", async () => {
  const service = startTestService();
  await service.ready();
  const first = service.pid ?? 0;
  const release = Promise.withResolvers<void>();
  const inHand = service.judge(halting("never judged", release.promise));
  await service.reload(noEngines);
  const second = service.pid ?? 0;
  const third = service.reload(noEngines);
  await Promise.all([
    expect(inHand).rejects.toThrow(UserError),
    expect(third).rejects.toThrow(UserError),
    service.close(),
  ]);
  expect([first, second].map(isAlive)).toEqual([false, false]);
  await expect(service.reload(noEngines)).rejects.toThrow("closed");
  release.resolve();
});

test("a process that is started again goes on with the databases of the one before when they have been spoiled", async () => {
  const folder = temporaryDirectory();
  const database = join(folder, "own.hdb");
  writeFileSync(database, `${"ab".repeat(16)}:3:Own.Bad\n`);
  const engines = signatureFiles(database);
  await using service = startTestService({}, undefined, { engines, cacheDirectory: folder, keepsLastGood: true });
  await service.ready();
  const { loaded, pid = 0 } = service;
  expect(loaded?.signatures).toBe(1);
  writeFileSync(database, "spoiled\n");
  await expect(service.reload(engines)).rejects.toThrow("nothing in it is a signature");
  expect(service.pid).toBe(pid);
  process.kill(pid, "SIGKILL");
  expect((await service.judge(messageOf("slow"))).verdict.kind).toBe("clean");
  expect(service.loaded).toEqual(loaded);
  const told = service.entries.find(({ event }) => event === "scan-service-problem");
  expect(told?.fields.detail).toMatch(/spoiled|nothing in it is a signature.*; those that were loaded last are used$/);
  writeFileSync(database, `${"cd".repeat(16)}:3:Own.Bad\n${"ef".repeat(16)}:3:Own.Worse\n`);
  expect((await service.reload(engines)).signatures).toBe(2);
});

test("a service that starts for the first time takes no other databases than those that are there", async () => {
  const folder = temporaryDirectory();
  const database = join(folder, "own.hdb");
  writeFileSync(database, `${"ab".repeat(16)}:3:Own.Bad\n`);
  const options = { engines: signatureFiles(database), cacheDirectory: folder, keepsLastGood: true };
  {
    await using service = startTestService({}, undefined, options);
    await service.ready();
  }
  writeFileSync(database, "spoiled\n");
  await using service = startTestService({}, undefined, options);
  await expect(service.ready()).rejects.toThrow("nothing in it is a signature");
  // Whoever waits for it is told once.
  expect(ends(service)).toEqual([]);
});

test("a process that can not be started again says what the new one objects to", async () => {
  const database = join(temporaryDirectory(), "own.hdb");
  writeFileSync(database, `${"ab".repeat(16)}:3:Own.Bad\n`);
  await using service = startTestService({}, undefined, { engines: signatureFiles(database) });
  await service.ready();
  writeFileSync(database, "spoiled\n");
  process.kill(service.pid ?? 0, "SIGKILL");
  await vi.waitFor(
    () => expect(details(service)).toContainEqual(expect.stringContaining("nothing in it is a signature")),
    {
      timeout: 20_000,
    },
  );
});

/** A message whose second half comes when `released` resolves. */
function halting(text: string, released: Promise<void>) {
  const bytes = Buffer.from(text);
  return {
    bytes: bytes.length,
    async *chunks() {
      yield bytes.subarray(0, 3);
      await released;
      yield bytes.subarray(3);
    },
  };
}

function ends(service: TestService): string[] {
  return service.entries.flatMap(({ event }) => (event === "scan-service-ended" ? [event] : []));
}

function details(service: TestService): unknown[] {
  return service.entries.flatMap(({ event, fields }) => (event === "scan-service-ended" ? [fields.detail] : []));
}
