import fc from "fast-check";
import { expect, test } from "vitest";
import { RunEnds } from "../../../src/mime/run-ends.ts";

test("RunEnds answers what is found, in whatever order it is asked", () => {
  const cases = fc.record({ text: fc.string({ unit: fc.constantFrom("a", "b") }), order: fc.array(fc.nat(50)) });
  fc.assert(
    fc.property(cases, ({ text, order }) => {
      const find = (position: number): number => endOfRun(text, position);
      const ends = new RunEnds(find);
      for (const position of order) expect(ends.after(position)).toBe(find(position));
    }),
  );
});

test("RunEnds looks for the end of a run once", () => {
  let looked = 0;
  const text = "a".repeat(1_000);
  const ends = new RunEnds((position) => {
    looked += 1;
    return endOfRun(text, position);
  });
  for (let position = 0; position <= text.length; position += 1) expect(ends.after(position)).toBe(text.length);
  expect(looked).toBe(1);
});

function endOfRun(text: string, position: number): number {
  const end = text.indexOf("b", position);
  return end < 0 ? Math.max(position, text.length) : end;
}
