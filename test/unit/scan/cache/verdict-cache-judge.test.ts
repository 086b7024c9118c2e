import { describe, expect, test } from "vitest";
import { cacheLimits } from "../../../../src/core/limits.ts";
import { CLEAN, type ReasonCode, verdictOf } from "../../../../src/core/model.ts";
import type { Judgement, MessageSource } from "../../../../src/scan/judge.ts";
import { CachedJudge, type ScanBackend, type VerdictStore } from "../../../../src/scan/verdict-cache-judge.ts";

const clock = { now: () => 0, monotonic: () => 0 };

describe("CachedJudge", () => {
  test("scans a message once, and shows it as the service describes it", async () => {
    const { judge, scans, descriptions } = build();
    const first = await judge.judge(messageOf("mail"));
    const second = await judge.judge(messageOf("mail"));
    expect(scans).toEqual(["mail"]);
    expect(first).toMatchObject({ verdict: CLEAN, display: { subject: "scanned" }, headerBytes: 4 });
    expect(first.isCached).toBeUndefined();
    expect(second).toEqual({
      verdict: CLEAN,
      remarks: [],
      headerBytes: 4,
      display: { subject: "described", from: "", date: "", messageId: "" },
      durationMs: 0,
      isCached: true,
    });
    expect(descriptions).toEqual([4]);
  });

  test("tells messages apart by every octet, not by chunks", async () => {
    const { judge, scans } = build();
    await judge.judge(messageOf("mail", 1));
    await judge.judge(messageOf("mail", 3));
    await judge.judge(messageOf("mail "));
    await judge.judge(messageOf(""));
    expect(scans).toEqual(["mail", "mail ", ""]);
  });

  test.each(["engine", "crash", "timeout", "limit-time"] as const)("scans again what ended by %s", async (code) => {
    const { judge, scans } = build({ scan: () => incomplete(code) });
    await judge.judge(messageOf("mail"));
    expect(await judge.judge(messageOf("mail"))).toMatchObject({ verdict: { kind: "incomplete" } });
    expect(scans).toHaveLength(2);
  });

  test("remembers what could not be looked at because of the content", async () => {
    const { judge, scans } = build({ scan: () => incomplete("encrypted") });
    await judge.judge(messageOf("mail"));
    expect(await judge.judge(messageOf("mail"))).toMatchObject({ verdict: { reasons: [{ code: "encrypted" }] } });
    expect(scans).toHaveLength(1);
  });

  test("has one scan in flight for all who ask for the same message", async () => {
    const gate = Promise.withResolvers<void>();
    const { judge, scans } = build({ wait: () => gate.promise });
    const asked = Array.from({ length: 20 }, () => judge.judge(messageOf("mail")));
    const other = judge.judge(messageOf("other"));
    await settle();
    gate.resolve();
    const judgements = await Promise.all(asked);
    expect(scans).toEqual(["mail", "other"]);
    expect(judgements.filter(({ isCached }) => isCached === true)).toHaveLength(19);
    expect((await other).isCached).toBeUndefined();
  });

  test("shares a failure with those who wait, and with nobody after them", async () => {
    const gate = Promise.withResolvers<void>();
    const { judge, scans } = build({ wait: () => gate.promise, scan: () => incomplete("crash") });
    const asked = [judge.judge(messageOf("mail")), judge.judge(messageOf("mail"))];
    await settle();
    gate.resolve();
    expect((await Promise.all(asked)).map(({ verdict }) => verdict.kind)).toEqual(["incomplete", "incomplete"]);
    expect(scans).toHaveLength(1);
    await judge.judge(messageOf("mail"));
    expect(scans).toHaveLength(2);
  });

  test("lets the next one scan when the first gives up", async () => {
    const waits: PromiseWithResolvers<void>[] = [];
    const { judge, scans } = build({
      wait: (signal) => {
        const gate = Promise.withResolvers<void>();
        signal?.addEventListener("abort", () => gate.reject(signal.reason));
        waits.push(gate);
        return gate.promise;
      },
    });
    const leaver = new AbortController();
    const first = judge.judge(messageOf("mail"), leaver.signal);
    const second = judge.judge(messageOf("mail"));
    const third = judge.judge(messageOf("mail"));
    await settle();
    leaver.abort(new Error("the client left"));
    await expect(first).rejects.toThrow("the client left");
    await settle();
    waits[1]?.resolve();
    expect((await second).isCached).toBeUndefined();
    expect((await third).isCached).toBe(true);
    expect(scans).toHaveLength(2);
  });

  test("lets whoever waits leave without ending the scan", async () => {
    const gate = Promise.withResolvers<void>();
    const { judge, scans } = build({ wait: () => gate.promise });
    const first = judge.judge(messageOf("mail"));
    const leaver = new AbortController();
    const second = judge.judge(messageOf("mail"), leaver.signal);
    await settle();
    leaver.abort(new Error("the client left"));
    await expect(second).rejects.toThrow("the client left");
    gate.resolve();
    expect((await first).verdict).toEqual(CLEAN);
    expect(scans).toHaveLength(1);
  });

  test("rejects with the source's own error", async () => {
    const { judge } = build();
    const broken: MessageSource = {
      bytes: 10,
      async *chunks() {
        yield Buffer.from("half");
        throw new Error("the disk is gone");
      },
    };
    await expect(judge.judge(broken)).rejects.toThrow("the disk is gone");
    await expect(judge.judge({ ...messageOf("ten"), bytes: 10 })).rejects.toThrow("ended 7 octets early");
  });

  test("forgets everything when the databases are others", async () => {
    const { judge, scans, setIdentity } = build();
    await judge.judge(messageOf("mail"));
    setIdentity("two");
    expect((await judge.judge(messageOf("mail"))).isCached).toBeUndefined();
    expect((await judge.judge(messageOf("mail"))).isCached).toBe(true);
    expect(scans).toHaveLength(2);
  });

  test("does not remember for one database what another one has said", async () => {
    const gate = Promise.withResolvers<void>();
    const { judge, scans, setIdentity } = build({ wait: () => gate.promise });
    const first = judge.judge(messageOf("mail"));
    await settle();
    // The message was still in the queue when the new process took over.
    setIdentity("two");
    gate.resolve();
    await first;
    setIdentity("one");
    expect((await judge.judge(messageOf("mail"))).isCached).toBeUndefined();
    expect(scans).toHaveLength(2);
  });

  test("scans without remembering while nobody knows the databases", async () => {
    const { judge, scans, setIdentity } = build();
    setIdentity(undefined);
    await judge.judge(messageOf("mail"));
    expect((await judge.judge(messageOf("mail"))).isCached).toBeUndefined();
    expect(scans).toHaveLength(2);
  });

  test("does not remember a file that changed between hash and scan", async () => {
    const { judge, scans } = build();
    let round = 0;
    const size = cacheLimits.heldBytes + 1;
    const changing: MessageSource = {
      bytes: size,
      async *chunks() {
        round += 1;
        yield Buffer.alloc(size, round === 1 ? "a" : "b");
      },
    };
    await judge.judge(changing);
    expect((await judge.judge(messageOf("a".repeat(size)))).isCached).toBeUndefined();
    expect((await judge.judge(messageOf("a".repeat(size)))).isCached).toBe(true);
    expect(scans.map((text) => text[0])).toEqual(["b", "a"]);
  });

  test("reads a small file once, so that what is scanned is what was hashed", async () => {
    const { judge, scans } = build();
    let rounds = 0;
    const once: MessageSource = {
      bytes: 4,
      async *chunks() {
        rounds += 1;
        const chunk = Buffer.from("ma");
        yield chunk;
        yield Buffer.from("il");
        // As sources may: the memory of a chunk is used again.
        chunk.fill(0);
      },
    };
    await judge.judge(once);
    expect([rounds, scans]).toEqual([1, ["mail"]]);
    const stable = { ...messageOf("x".repeat(10)), isStable: true };
    await judge.judge(stable);
    expect(scans.at(-1)).toBe("x".repeat(10));
  });

  test("takes a message for the same whether it comes at once or in chunks", async () => {
    const { judge, scans } = build();
    const atOnce = { ...messageOf("mail"), isStable: true, whole: () => Buffer.from("mail") };
    await judge.judge(atOnce);
    expect((await judge.judge(messageOf("mail"))).isCached).toBe(true);
    expect((await judge.judge({ ...atOnce, whole: () => Buffer.from("liam") })).isCached).toBeUndefined();
    expect(scans).toHaveLength(2);
  });

  test("keeps plain clean verdicts in the store, and no others", async () => {
    const { judge, saved } = build({
      scan: (text) => (text === "clean" ? CLEAN : text === "found" ? FOUND : incomplete("encrypted")),
      remarks: (text) => (text === "clean" ? [] : [{ kind: "opened", part: "1", detail: "secret" }]),
    });
    for (const text of ["clean", "found", "encrypted"]) await judge.judge(messageOf(text));
    expect(saved).toHaveLength(1);
    const remarkable = build({ remarks: () => [{ kind: "ambiguity", part: "1", detail: "x" }] });
    await remarkable.judge.judge(messageOf("clean"));
    expect(remarkable.saved).toEqual([]);
  });

  test("takes what the store has of the same databases and settings", async () => {
    const { judge, saved } = build();
    await judge.judge(messageOf("mail"));
    const again = build({ stored: saved });
    expect((await again.judge.judge(messageOf("mail"))).isCached).toBe(true);
    const otherSettings = build({ stored: saved, settings: "other" });
    expect((await otherSettings.judge.judge(messageOf("mail"))).isCached).toBeUndefined();
    const otherData = build({ stored: saved });
    otherData.setIdentity("two");
    expect((await otherData.judge.judge(messageOf("mail"))).isCached).toBeUndefined();
  });

  test("keeps what an engine elsewhere has said for minutes, and not in the store", async () => {
    let now = 0;
    const { judge, scans, saved } = build({ isRemote: true, clock: { now: () => 0, monotonic: () => now } });
    await judge.judge(messageOf("mail"));
    now += cacheLimits.remoteAgeMs;
    expect((await judge.judge(messageOf("mail"))).isCached).toBe(true);
    now += 1;
    expect((await judge.judge(messageOf("mail"))).isCached).toBeUndefined();
    expect([scans.length, saved]).toEqual([2, []]);
  });
});

const FOUND = verdictOf([{ name: "Test", kind: "malware", engine: "signatures", part: "1", path: [] }], []);

interface Saved {
  readonly context: string;
  readonly digest: string;
  readonly headerBytes: number;
}

function build(
  setup: {
    scan?: (text: string) => Judgement["verdict"];
    remarks?: (text: string) => Judgement["remarks"];
    wait?: (signal: AbortSignal | undefined) => Promise<void>;
    settings?: string;
    isRemote?: boolean;
    stored?: readonly Saved[];
    clock?: typeof clock;
  } = {},
) {
  const scans: string[] = [];
  const descriptions: number[] = [];
  const saved: Saved[] = [];
  let identity: string | undefined = "one";
  const backend: ScanBackend = {
    identity: async () => identity,
    async scan(source, signal) {
      const text = await textOf(source);
      scans.push(text);
      await setup.wait?.(signal);
      const judgement: Judgement = {
        verdict: setup.scan?.(text) ?? CLEAN,
        remarks: setup.remarks?.(text) ?? [],
        display: { subject: "scanned", from: "", date: "", messageId: "" },
        headerBytes: Math.min(4, text.length),
        durationMs: 1,
      };
      return { judgement, identity };
    },
    async describe(_source, headerBytes) {
      descriptions.push(headerBytes);
      return { subject: "described", from: "", date: "", messageId: "" };
    },
  };
  const store: VerdictStore = {
    async load(context, add) {
      for (const entry of setup.stored ?? []) {
        if (entry.context === context.toString("hex")) add(entry.digest, entry.headerBytes);
      }
    },
    save: (context, digest, headerBytes) => void saved.push({ context: context.toString("hex"), digest, headerBytes }),
    close: () => Promise.resolve(),
  };
  const judge = new CachedJudge({
    backend,
    clock: setup.clock ?? clock,
    entries: 100,
    settings: setup.settings ?? "settings",
    isRemote: setup.isRemote ?? false,
    store,
  });
  const setIdentity = (next: string | undefined): void => {
    identity = next;
  };
  return { judge, scans, descriptions, saved, setIdentity };
}

function messageOf(text: string, chunkBytes = 64): MessageSource {
  const bytes = Buffer.from(text);
  return {
    bytes: bytes.length,
    async *chunks() {
      for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes);
    },
  };
}

async function textOf(source: MessageSource): Promise<string> {
  let text = "";
  for await (const chunk of source.chunks()) text += Buffer.from(chunk).toString("latin1");
  return text;
}

function incomplete(code: ReasonCode): Judgement["verdict"] {
  return verdictOf([], [{ code, part: "", detail: "" }]);
}

/** Lets everything happen that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
