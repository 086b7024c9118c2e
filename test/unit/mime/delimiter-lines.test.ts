import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Delimiter, DelimiterLines, delimiterReadings, LOOSENESS } from "../../../src/mime/delimiter-lines.ts";
import { WalkAllowance } from "../../../src/mime/walk-allowance.ts";

describe("find()", () => {
  test.each([
    ["--foo\r\n", 0, false],
    ["--foo \t\r\n", 0, false],
    ["--foo--\n", 0, true],
    ["--foo--", 0, true],
    ["a\n--foo\nb", 0, false],
    [" --foo\n", LOOSENESS.indent, false],
    ["\0--foo\n", LOOSENESS.indent, false],
    ["\x0c--foo\n", LOOSENESS.indent, false],
    ["--foox\n", LOOSENESS.suffix, false],
    ["--foo-\n", LOOSENESS.suffix, false],
    ["--foo--x\n", LOOSENESS.suffix, false],
    ["--foo\x0b\n", LOOSENESS.suffix, false],
    ["a\r--foo\n", LOOSENESS.carriageReturn, false],
    ["--foo\rb\n", LOOSENESS.carriageReturn, false],
    ["--FoO\n", LOOSENESS.letterCase, false],
    ["--f\0oo\n", LOOSENESS.nul, false],
    ["----foo\n", LOOSENESS.hyphens, false],
    [" --FOOx\r", LOOSENESS.indent | LOOSENESS.letterCase | LOOSENESS.suffix, false],
  ])("takes %j for a delimiter and tells what that needs", (text, looseness, isClosing) => {
    expect(find(text, "foo")).toMatchObject([{ looseness, isClosing }]);
  });

  test.each(["foo\n", "-foo\n", "--fo\n", "--fxoo\n", "text --foo\n", "--", "-", ""])("finds none in %j", (text) => {
    expect(find(text, "foo")).toEqual([]);
  });

  test("finds a boundary that begins with hyphens or is empty", () => {
    expect(find("----foo\n", "--foo")).toMatchObject([{ looseness: 0 }]);
    expect(find("--\n----\n", "")).toMatchObject([{ isClosing: false }, { isClosing: true }]);
  });

  test("stops when the allowance is used up", () => {
    const allowance = new WalkAllowance(10);
    allowance.comparisons = 3;
    const bytes = Buffer.from("--a\n".repeat(10));
    const lines = new DelimiterLines(bytes, allowance);
    expect(lines.find({ start: 0, end: bytes.length }, Buffer.from("a"), 100).length).toBeLessThan(4);
    expect(allowance.comparisons).toBeLessThan(0);
  });

  test("stops when the clock has run out", () => {
    const bytes = Buffer.from("--a\n".repeat(100_000));
    const lines = new DelimiterLines(bytes, new WalkAllowance(10, () => true));
    expect(lines.find({ start: 0, end: bytes.length }, Buffer.from("a"), 1_000_000).length).toBeLessThan(20_000);
  });

  test("finds lines inside the range, in order", () => {
    const pieces = fc.constantFrom("--a", "\r\n", "\n", "\r", " ", "\0", "A", "-", "x");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), fc.nat(40), fc.nat(80), (parts, start, length) => {
        const bytes = Buffer.from(parts.join(""), "latin1");
        const range = { start: Math.min(start, bytes.length), end: Math.min(start + length, bytes.length) };
        let last = range.start;
        for (const found of new DelimiterLines(bytes, new WalkAllowance(9)).find(range, Buffer.from("a"), 100)) {
          expect(found.start).toBeGreaterThanOrEqual(last);
          expect(found.end).toBeGreaterThan(found.start);
          last = found.end;
        }
        expect(last).toBeLessThanOrEqual(range.end);
      }),
    );
  });
});

describe("delimiterReadings()", () => {
  test("gives each reader its delimiters, the strictest one first", () => {
    const [exact, indented, suffixed] = [0, LOOSENESS.indent, LOOSENESS.suffix].map(delimiter) as [
      Delimiter,
      Delimiter,
      Delimiter,
    ];
    expect(delimiterReadings([indented, exact, suffixed])).toEqual([
      [exact],
      [indented, exact],
      [exact, suffixed],
      [indented, exact, suffixed],
    ]);
  });

  test("leaves out readings without delimiters and repetitions", () => {
    expect(delimiterReadings([])).toEqual([]);
    expect(delimiterReadings([delimiter(3)])).toEqual([[delimiter(3)]]);
  });

  test("gives few readings however many kinds there are", () => {
    const all = [0, ...Object.values(LOOSENESS)].map(delimiter);
    expect(delimiterReadings(all)).toHaveLength(Object.values(LOOSENESS).length + 2);
  });
});

function find(text: string, boundary: string): Delimiter[] {
  const bytes = Buffer.from(text, "latin1");
  const lines = new DelimiterLines(bytes, new WalkAllowance(10));
  return lines.find({ start: 0, end: bytes.length }, Buffer.from(boundary, "latin1"), 100);
}

function delimiter(looseness: number): Delimiter {
  return { start: looseness, end: looseness + 1, isClosing: false, looseness };
}
