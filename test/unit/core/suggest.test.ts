import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editDistance, suggest } from "../../../src/core/suggest.ts";

describe("editDistance()", () => {
  test("counts insertions, deletions, substitutions and swaps of neighbours", () => {
    expect(editDistance("ports", "ports")).toBe(0);
    expect(editDistance("port", "ports")).toBe(1);
    expect(editDistance("porst", "ports")).toBe(1);
    expect(editDistance("parts", "ports")).toBe(1);
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("kitten", "sitting")).toBe(3);
  });

  test("is a distance: symmetric, zero only for equal words, at most the longer length", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (left, right) => {
        const distance = editDistance(left, right);
        expect(distance).toBe(editDistance(right, left));
        expect(distance === 0).toBe(left === right);
        expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length));
      }),
    );
  });
});

describe("suggest()", () => {
  const commands = ["serve", "scan", "demo", "config", "ports", "exclude"];

  test("finds the nearest word", () => {
    expect(suggest("confg", commands)).toBe("config");
    expect(suggest("PORST", commands)).toBe("ports");
    expect(suggest("excl", commands)).toBe("exclude");
    expect(suggest("scna", commands)).toBe("scan");
  });

  test("suggests nothing for what is like none of them", () => {
    expect(suggest("xyzzy", commands)).toBeUndefined();
    expect(suggest("", commands)).toBeUndefined();
    expect(suggest("serve", [])).toBeUndefined();
  });

  test("bounds its work on long words", () => {
    expect(suggest("a".repeat(1_000_000), ["a".repeat(1_000_000)])).toHaveLength(1_000_000);
  });
});
