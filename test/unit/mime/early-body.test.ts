import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EarlyBody, findEarlyBodies } from "../../../src/mime/early-body.ts";

describe("findEarlyBodies()", () => {
  test.each([["A: b\r\n c\r\n\td\r\nE: f\r\n"], ["From a@example.org\nA: b\n"], ["A:"], [""]])(
    "finds none in %j",
    (text) => {
      expect(find(text)).toEqual([]);
    },
  );

  test.each([
    ["no colon", "A: b\nQUJD\nC: d\n", 5, true],
    ["no colon at the end", "A: b\nQUJD", 5, true],
    ["no colon at the start", "QUJD\n", 0, true],
    ["no colon at the start, indented", " QUJD\n", 0, true],
    ["nothing but white space", "A: b\n \t\r\nC: d\n", 5, false],
    ["an indented first line", " A: b\n", 0, false],
    ["a quoted mbox line", ">From a@example.org\nA: b\n", 0, false],
    ["an mbox line among the fields", "A: b\nFrom a@example.org\n", 5, true],
    ["a name and white space", "A : b\n", 0, false],
    ["no name", ": b\n", 0, false],
    ["two words for a name", "A B: b\n", 0, false],
    ["a NUL in the name", "A\0: b\n", 0, false],
    ["an 8-bit name", "\xe9: b\n", 0, false],
    ["a bare CR before no field", "A: b\rQUJD\nC: d\n", 5, false],
    ["two bare CRs", "A: b\r\rC: d\n", 5, false],
    ["two CRs before LF", "A: b\r\r\nC: d\r\r\n", 7, false],
  ])("finds a line with %s", (_name, text, start, isCertain) => {
    expect(find(text)).toEqual([{ start, isCertain, isFirst: true }]);
  });

  test("finds the first line of each kind, in order, with those that others hold marked", () => {
    const text = "A: b\nB : c\nC : d\nD E: f\n \nstray\n \nstray\n";
    expect(find(text)).toEqual([
      { start: 5, isCertain: false, isFirst: true },
      { start: 17, isCertain: false, isFirst: false },
      { start: 24, isCertain: false, isFirst: true },
      { start: 26, isCertain: true, isFirst: false },
    ]);
  });

  test("looks at no octet outside of the header", () => {
    const bytes = Buffer.from("xx\nA: b\n\nQUJD: x");
    expect(findEarlyBodies(bytes, 3, 8)).toEqual([]);
    expect(findEarlyBodies(bytes, 9, 13)).toEqual([{ start: 9, isCertain: true, isFirst: true }]);
  });

  test("finds the first line without a colon that goes on with no field, and a few places at most", () => {
    const pieces = fc.constantFrom("A", ":", "\r", "\n", " ", "\0", "\r\n", "A: b\r\n", ">From ", "\xe9");
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const text = parts.join("");
        const found = find(text);
        const lines = text.split("\n").slice(0, text.endsWith("\n") ? -1 : undefined);
        const first = lines.findIndex(
          (line, index) => !/^>?From /.test(line) && !line.includes(":") && !(index > 0 && /^[ \t]/.test(line)),
        );
        const expected = lines.slice(0, first).reduce((sum, line) => sum + line.length + 1, 0);
        if (first >= 0 && text.trim() !== "" && !/^[ \t]*\r*$/.test(lines[first] ?? "")) {
          expect(found.some(({ start }) => start <= expected)).toBe(true);
        }
        expect(found.length).toBeLessThanOrEqual(8);
        expect(found.every(({ start }, index) => start < text.length && start > (found[index - 1]?.start ?? -1))).toBe(
          true,
        );
      }),
    );
  });
});

function find(text: string): readonly EarlyBody[] {
  const bytes = Buffer.from(text, "latin1");
  return findEarlyBodies(bytes, 0, bytes.length);
}
