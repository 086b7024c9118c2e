import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findEarlyBodies } from "../../../src/mime/early-body.ts";

describe("findEarlyBodies()", () => {
  test.each([
    ["A: b\r\n c\r\n\td\r\nE: f\r\n"],
    ["From a@example.org\nA: b\n"],
    [">From a@example.org\nA: b\n"],
    ["A: b\r\r\nC: d\r\r\n"],
    ["A:"],
    [""],
  ])("finds none in %j", (text) => {
    expect(find(text)).toEqual([]);
  });

  test.each([
    ["A: b\nQUJD\nC: d\n", [{ start: 5, isCertain: true }]],
    ["A: b\nQUJD", [{ start: 5, isCertain: true }]],
    ["QUJD\n", [{ start: 0, isCertain: true }]],
    [" A: b\n", [{ start: 0, isCertain: false }]],
    [" QUJD\n", [{ start: 0, isCertain: true }]],
    ["A : b\n", [{ start: 0, isCertain: false }]],
    [": b\n", [{ start: 0, isCertain: false }]],
    ["A\0: b\n", [{ start: 0, isCertain: false }]],
    ["A: b\n \t\r\nC: d\n", [{ start: 5, isCertain: false }]],
    ["A: b\rQUJD\nC: d\n", [{ start: 5, isCertain: false }]],
    ["A: b\r\rC: d\n", [{ start: 5, isCertain: false }]],
    [
      "A: b\nC : d\nQUJD\n",
      [
        { start: 5, isCertain: false },
        { start: 11, isCertain: true },
      ],
    ],
    ["A: b\nFrom a@example.org\n", [{ start: 5, isCertain: true }]],
  ])("finds where other readers begin the body in %j", (text, expected) => {
    expect(find(text)).toEqual(expected);
  });

  test("looks at no octet outside of the header", () => {
    const bytes = Buffer.from("xx\nA: b\n\nQUJD: x");
    expect(findEarlyBodies(bytes, 3, 8)).toEqual([]);
    expect(findEarlyBodies(bytes, 9, 13)).toEqual([{ start: 9, isCertain: true }]);
  });

  test("finds every line without a colon that begins with no blank, strict before lenient", () => {
    const pieces = fc.constantFrom("A", ":", "\r", "\n", " ", "\0", "\r\n", "A: b\r\n");
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const text = parts.join("");
        const starts = find(text).map(({ start }) => start);
        const lines = text.split("\n").slice(0, text.endsWith("\n") ? -1 : undefined);
        const first = lines.findIndex((line, index) => !line.includes(":") && !(index > 0 && /^[ \t]/.test(line)));
        const expected = lines.slice(0, first).reduce((sum, line) => sum + line.length + 1, 0);
        if (first >= 0 && text !== "") expect(starts.at(-1)).toBe(expected);
        expect(starts.every((start, index) => start < text.length && start > (starts[index - 1] ?? -1))).toBe(true);
      }),
    );
  });
});

function find(text: string): readonly { start: number; isCertain: boolean }[] {
  const bytes = Buffer.from(text, "latin1");
  return findEarlyBodies(bytes, 0, bytes.length);
}
