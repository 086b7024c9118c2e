import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mimeLimits } from "../../../src/core/scan-limits.ts";
import { decodeUuencode } from "../../../src/mime/uuencode.ts";

describe("decodeUuencode()", () => {
  test.each([
    [
      "a piece between other lines",
      "Hi\r\n\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nbye\r\n",
      [["cat.txt", "Cat"]],
    ],
    ["bare CRs", "begin 644 a\r#0V%T\r`\rend\r", [["a", "Cat"]]],
    ["no end", "begin 644 a\n#0V%T\n#0V%T", [["a", "CatCat"]]],
    ["no name", "begin 644\n#0V%T\n", [["", "Cat"]]],
    ["no begin", "#0V%T\n#0V%T\nend\n", [["", "CatCat"]]],
    ["a long mode", "begin 100644 a\n#0V%T\n", [["a", "Cat"]]],
    ["text before begin", "<pre>begin 644 a\n#0V%T\n", [["a", "Cat"]]],
    ["more after the digits", "begin 644 a\n#0V%T and so on\n", [["a", "Cat"]]],
    ["any last character that does not count", 'begin 644 a\n"0V$x\n', [["a", "Ca"]]],
    ["characters that are missing for zeros", "begin 644 a\n$0V%T\nend\n", [["a", "Cat\0"]]],
    ["nothing without data", "begin 644 a\nend\n", []],
    ["nothing in text", "There is nothing in it.\nbeginning 644 a\n", []],
  ])("reads %s", (_name, text, expected) => {
    expect(files(text)).toEqual(expected);
  });

  test("reads both up to a line that is none and beyond it", () => {
    expect(files("begin 644 a\n#0V%T\nThis is a line of text.\n#0V%T\n")).toEqual([
      ["a", "Cat"],
      ["a", "CatCat"],
    ]);
  });

  test("reads what a second begin begins, and all of it as one", () => {
    expect(files("begin 644 a\n#0V%T\nbegin 644 b\n#9&]G\nend\n")).toEqual([
      ["a", "Cat"],
      ["b", "dog"],
      ["b", "Catdog"],
    ]);
  });

  test("says that it is cut when there are more pieces than are looked at", () => {
    const piece = "begin 644 a\n#0V%T\nend\n";
    expect(decodeUuencode(Buffer.from(piece.repeat(mimeLimits.embeddedPieces))).isCut).toBe(false);
    const { files, isCut } = decodeUuencode(Buffer.from(piece.repeat(mimeLimits.embeddedPieces + 1)));
    expect([files.length, isCut]).toEqual([mimeLimits.embeddedPieces, true]);
  });

  test("ends on any octets, and makes no more of them than there are", () => {
    const pieces = fc.constantFrom("begin", " 644 a", "\n", "\r", "end", "M", "#0V%T", "`", "x", " ", "\0");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 100 }), (parts) => {
        const text = parts.join("");
        // At most the three readings of everything.
        const bytes = files(text).reduce((sum, [, content]) => sum + content.length, 0);
        expect(bytes).toBeLessThanOrEqual(3 * 45 * (text.length + 1));
      }),
    );
  });
});

function files(text: string): [string, string][] {
  return decodeUuencode(Buffer.from(text, "latin1")).files.map(({ name, bytes }) => [name, bytes.toString("latin1")]);
}
