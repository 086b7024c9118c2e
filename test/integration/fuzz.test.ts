/** A short run of the fuzzing that `npm run fuzz` does at length: the same inputs each time. */
import { describe, expect, test } from "vitest";
import { type FuzzFault, fuzz, inputAt } from "../../scripts/fuzz/fuzz.ts";
import { type FuzzTarget, fuzzTargets } from "../../scripts/fuzz/targets.ts";

/** Making the seeds fails when one of the parsers has none. */
const TARGETS = fuzzTargets();
const FUSSY: FuzzTarget = {
  name: "fussy",
  inputs: 200,
  seeds: [Buffer.from("one of the seeds"), Buffer.from("and another one")],
  run(input) {
    if (input.includes("\r\n")) throw new Error("a line end");
  },
};

describe("fuzz()", () => {
  test("names the input that throws, and inputAt() makes it again", () => {
    const run = (seed: number): readonly FuzzFault[] => fuzz(FUSSY, { seed, first: 0, end: 200 }).faults;
    const faults = run(1);
    expect(faults.length).toBeGreaterThan(0);
    for (const { index, problem } of faults) {
      expect(problem).toContain("a line end");
      expect(inputAt(FUSSY, 1, index).includes("\r\n")).toBe(true);
    }
    expect(run(1).map(({ index }) => index)).toEqual(faults.map(({ index }) => index));
    expect(run(2).map(({ index }) => index)).not.toEqual(faults.map(({ index }) => index));
  });

  test("gives the same inputs in pieces", () => {
    const indexes = (first: number, end: number): number[] =>
      fuzz(FUSSY, { seed: 1, first, end }).faults.map(({ index }) => index);
    expect([...indexes(0, 70), ...indexes(70, 200)]).toEqual(indexes(0, 200));
  });

  test("names the slowest input, and takes one of more than a second for a fault", () => {
    let now = 0;
    let tries = 0;
    const slow: FuzzTarget = {
      ...FUSSY,
      run(input) {
        const isThird = input.equals(inputAt(FUSSY, 1, 3));
        if (isThird) tries += 1;
        now += isThird ? 1_001 : 1_000;
      },
    };
    const { faults, slowest } = fuzz(slow, { seed: 1, first: 0, end: 6, clock: () => now });
    expect(faults.map(({ index }) => index)).toEqual([3]);
    expect(slowest).toEqual({ index: 3, bytes: inputAt(FUSSY, 1, 3).length, ms: 1_001 });
    expect(tries).toBe(3);
  });

  test("changes every input", () => {
    const inputs = Array.from({ length: 200 }, (_, index) => inputAt(FUSSY, 1, index).toString("latin1"));
    expect(new Set(inputs).size).toBeGreaterThan(180);
  });
});

describe("fuzzTargets()", () => {
  test("gives those whose name is, or begins with, what is asked for", () => {
    const names = TARGETS.map(({ name }) => name).filter((name) => name.startsWith("signatures-"));
    expect(names.length).toBeGreaterThan(5);
    expect(fuzzTargets(["signatures"]).map(({ name }) => name)).toEqual(names);
    expect(fuzzTargets(["signatures-ndb"]).map(({ name }) => name)).toEqual(["signatures-ndb"]);
    expect(() => fuzzTargets(["signature"])).toThrow('Cannot fuzz "signature"');
  });
});

describe("mail content", () => {
  test.each(TARGETS.map((target) => ({ target, name: target.name })))(
    "never breaks $name",
    { timeout: 60_000 },
    ({ target }) => {
      expect(fuzz(target, { seed: 1, first: 0, end: Math.min(300, target.inputs / 2_000) }).faults).toEqual([]);
    },
  );
});
