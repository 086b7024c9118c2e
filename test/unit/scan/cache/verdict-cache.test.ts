import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cacheLimits } from "../../../../src/core/limits.ts";
import { CLEAN, type Detection, type ReasonCode, verdictOf } from "../../../../src/core/model.ts";
import { isRepeatable, type RememberedVerdict, VerdictCache } from "../../../../src/scan/verdict-cache.ts";

const clean = (headerBytes = 10): RememberedVerdict => ({ verdict: CLEAN, remarks: [], headerBytes });

describe("VerdictCache", () => {
  test("gives back what it was given", () => {
    const { cache } = build();
    cache.set("a", clean(7));
    cache.set("b", infected());
    expect(cache.get("a")).toEqual(clean(7));
    expect(cache.get("b")).toEqual(infected());
    expect(cache.get("c")).toBeUndefined();
    cache.set("a", infected());
    expect(cache.get("a")).toEqual(infected());
    expect(cache.size).toBe(2);
  });

  test("keeps the remarks of a clean message", () => {
    const { cache } = build();
    const remembered = { ...clean(), remarks: [{ kind: "ambiguity", part: "1", detail: "two boundaries" }] as const };
    cache.set("a", remembered);
    expect(cache.get("a")).toEqual(remembered);
  });

  test("forgets what was not asked for the longest", () => {
    const { cache } = build({ entries: 3 });
    for (const digest of ["a", "b", "c"]) cache.set(digest, clean());
    cache.get("a");
    cache.set("d", clean());
    expect(["a", "b", "c", "d"].map((digest) => cache.get(digest) !== undefined)).toEqual([true, false, true, true]);
  });

  test.each([1, 2, 3, 8, 100])("never holds more than %i entries", (entries) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(150), fc.boolean())), (steps) => {
        const { cache } = build({ entries });
        for (const [digest, isClean] of steps) {
          cache.set(String(digest), isClean ? clean() : infected());
          expect(cache.size).toBeLessThanOrEqual(entries);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("does not let findings drive clean mail out", () => {
    const { cache } = build({ entries: 100 });
    for (let index = 0; index < 75; index += 1) cache.set(`clean ${index}`, clean());
    for (let index = 0; index < 1_000; index += 1) cache.set(`found ${index}`, infected());
    expect(cache.get("clean 0")).toBeDefined();
    expect(cache.size).toBe(100);
  });

  test("bounds the memory that findings take", () => {
    const { cache } = build({ entries: 100_000 });
    const large = infected("x".repeat(cacheLimits.verdictCharacters - 500));
    const fitting = Math.floor(cacheLimits.findingCharacters / JSON.stringify([large.verdict, []]).length);
    for (let index = 0; index < fitting; index += 1) cache.set(String(index), large);
    expect(cache.size).toBe(fitting);
    cache.set("one more", large);
    expect(cache.size).toBe(fitting);
    expect(cache.get("0")).toBeUndefined();
    cache.set("too large", infected("x".repeat(cacheLimits.verdictCharacters)));
    expect(cache.get("too large")).toBeUndefined();
  });

  test("forgets in time when it is told to", () => {
    const { cache, pass } = build({ ageMs: 1_000 });
    cache.set("a", clean());
    pass(1_000);
    expect(cache.get("a")).toEqual(clean());
    pass(1);
    expect(cache.get("a")).toBeUndefined();
    expect(cache.size).toBe(0);
  });
});

test("isRepeatable() is false for whatever another scan might not meet again", () => {
  const with_ = (code: ReasonCode): boolean => isRepeatable(verdictOf([], [{ code, part: "", detail: "" }]));
  for (const code of ["engine", "crash", "timeout", "limit-time"] as const) expect(with_(code), code).toBe(false);
  for (const code of ["encrypted", "damaged", "limit-depth", "limit-views", "partial"] as const) {
    expect(with_(code), code).toBe(true);
  }
  expect(isRepeatable(infected().verdict)).toBe(true);
  const both = verdictOf(infected().verdict.detections, [{ code: "engine", part: "", detail: "" }]);
  expect(isRepeatable(both)).toBe(false);
});

function build(options: { entries?: number; ageMs?: number } = {}) {
  let now = 0;
  const clock = { now: () => 0, monotonic: () => now };
  const cache = new VerdictCache({ entries: 10, ...options, clock });
  return {
    cache,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

function infected(name = "Test"): RememberedVerdict {
  const detection: Detection = { name, kind: "malware", engine: "signatures", part: "1", path: ["a"] };
  return { verdict: verdictOf([detection], []), remarks: [], headerBytes: 5 };
}
