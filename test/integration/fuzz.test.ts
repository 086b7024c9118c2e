/** A short run of the fuzzing that `npm run fuzz` does at length: the same inputs each time. */
import { describe, expect, test } from "vitest";
import { fuzz, inputAt } from "../../scripts/fuzz/fuzz.ts";
import { type FuzzTarget, fuzzTargets } from "../../scripts/fuzz/targets.ts";

const SEEDS: FuzzTarget["seeds"] = [Buffer.from("one of the seeds"), Buffer.from("and another one")];

describe("fuzz()", () => {
  test("names the input that throws, and inputAt() makes it again", () => {
    const target: FuzzTarget = {
      name: "fussy",
      seeds: SEEDS,
      run(input) {
        if (input.includes("\r\n")) throw new Error("a line end");
      },
    };
    const run = (seed: number): number[] => fuzz(target, { seed, first: 0, end: 200 }).map(({ index }) => index);
    const faults = fuzz(target, { seed: 1, first: 0, end: 200 });
    expect(faults.length).toBeGreaterThan(0);
    for (const { index, problem } of faults) {
      expect(problem).toContain("a line end");
      expect(inputAt(target, 1, index).includes("\r\n")).toBe(true);
    }
    expect(run(1)).toEqual(faults.map(({ index }) => index));
    expect(run(2)).not.toEqual(run(1));
  });

  test("changes every input", () => {
    const target: FuzzTarget = { name: "any", seeds: SEEDS, run() {} };
    const inputs = Array.from({ length: 200 }, (_, index) => inputAt(target, 1, index).toString("latin1"));
    expect(new Set(inputs).size).toBeGreaterThan(180);
  });
});

describe("mail content", () => {
  test.each(fuzzTargets().map((target) => ({ target, name: target.name })))(
    "never breaks $name",
    { timeout: 60_000 },
    ({ target }) => {
      expect(fuzz(target, { seed: 1, first: 0, end: 400 })).toEqual([]);
    },
  );
});
