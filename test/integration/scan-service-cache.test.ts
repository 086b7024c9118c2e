import { join } from "node:path";
import { expect, test } from "vitest";
import { VerdictCacheFile } from "../../src/storage/verdict-cache-file.ts";
import { noEngines } from "../support/engine-settings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { messageOf, startTestService, systemClock } from "./scan-service/options.ts";

test("a message is scanned once and described afterwards, from its header alone", async () => {
  await using service = startTestService({}, undefined, { cache: memoryCache() });
  const first = await service.judge(messageOf("infected mail"));
  const second = await service.judge(messageOf("infected mail"));
  expect(first.isCached).toBeUndefined();
  expect(second).toMatchObject({ verdict: first.verdict, headerBytes: first.headerBytes, isCached: true });
  // The header of the misbehaving scanner has five octets.
  expect(second.display).toEqual({
    subject: "infec",
    from: "described",
    date: "",
    messageId: String(octetSum("infec")),
  });
});

test("an empty message is described too", async () => {
  await using service = startTestService({}, undefined, { cache: memoryCache() });
  await service.judge(messageOf(""));
  expect(await service.judge(messageOf(""))).toMatchObject({ isCached: true, display: { from: "described" } });
});

test("a message that breaks the scanner is tried again each time", async () => {
  await using service = startTestService({ timeMs: 300 }, undefined, { cache: memoryCache() });
  for (const word of ["throw", "hang", "abort"]) {
    for (let round = 0; round < 2; round += 1) {
      const { verdict, isCached } = await service.judge(messageOf(word));
      expect([verdict.kind, isCached], word).toEqual(["incomplete", undefined]);
    }
  }
});

test("a message that breaks the description keeps its verdict", async () => {
  await using service = startTestService({}, undefined, { cache: memoryCache() });
  // Its header, five octets, is a word that makes the scanner fail; the message is not.
  const broken = "throwing";
  expect((await service.judge(messageOf(broken))).verdict.kind).toBe("clean");
  expect(await service.judge(messageOf(broken))).toMatchObject({
    isCached: true,
    verdict: { kind: "clean" },
    display: { subject: "", from: "" },
    headerBytes: 5,
  });
});

test("what is above the limit is not remembered", async () => {
  await using service = startTestService({ messageBytes: 1_024 }, undefined, { cache: memoryCache() });
  const message = Buffer.alloc(1_025, "a");
  for (let round = 0; round < 2; round += 1) {
    const { verdict, isCached } = await service.judge(messageOf(message));
    expect([verdict.reasons[0]?.code, isCached]).toEqual(["limit-message", undefined]);
  }
});

test("many requests for one message are one scan, even when the first leaves", async () => {
  await using service = startTestService({}, undefined, { cache: memoryCache() });
  await service.ready();
  const leaver = new AbortController();
  const first = service.judge(messageOf("slow mail"), leaver.signal);
  const others = Array.from({ length: 10 }, () => service.judge(messageOf("slow mail")));
  leaver.abort(new Error("the client left"));
  await expect(first).rejects.toThrow("the client left");
  const judgements = await Promise.all(others);
  expect(judgements.filter(({ isCached }) => isCached !== true)).toHaveLength(1);
});

test("verdicts of clean mail outlive the process, and the settings they were made with do not", async () => {
  const path = join(temporaryDirectory(), "verdicts");
  const withStore = () => ({
    cache: {
      entries: 100,
      program: "test",
      store: new VerdictCacheFile({ path, entries: 100, clock: systemClock, logger: { log() {} } }),
    },
  });
  {
    await using service = startTestService({}, undefined, withStore());
    for (const text of ["fine", "infected"]) await service.judge(messageOf(text));
  }
  {
    await using service = startTestService({}, undefined, withStore());
    expect((await service.judge(messageOf("fine"))).isCached).toBe(true);
    expect((await service.judge(messageOf("infected"))).isCached).toBeUndefined();
  }
  {
    await using service = startTestService({ depth: 3 }, undefined, withStore());
    expect((await service.judge(messageOf("fine"))).isCached).toBeUndefined();
  }
  {
    const engines = { ...noEngines, heuristics: { ...noEngines.heuristics, isOn: true } };
    await using service = startTestService({}, undefined, { ...withStore(), engines });
    expect((await service.judge(messageOf("fine"))).isCached).toBeUndefined();
  }
  const other = withStore();
  await using service = startTestService({}, undefined, { cache: { ...other.cache, program: "another build" } });
  expect((await service.judge(messageOf("fine"))).isCached).toBeUndefined();
});

test("a reload with other settings forgets what was judged with the old ones", async () => {
  await using service = startTestService({}, undefined, { cache: memoryCache() });
  await service.judge(messageOf("fine"));
  await service.reload(noEngines);
  expect((await service.judge(messageOf("fine"))).isCached).toBe(true);
  await service.reload({ ...noEngines, yara: { rules: [], timeMs: 1 } });
  expect((await service.judge(messageOf("fine"))).isCached).toBeUndefined();
  expect((await service.judge(messageOf("fine"))).isCached).toBe(true);
});

test("without a cache every message is scanned", async () => {
  await using service = startTestService();
  await service.judge(messageOf("fine"));
  expect((await service.judge(messageOf("fine"))).isCached).toBeUndefined();
});

function memoryCache() {
  return { entries: 100, program: "test", store: undefined };
}

function octetSum(text: string): number {
  return Buffer.from(text).reduce((sum, octet) => sum + octet, 0);
}
