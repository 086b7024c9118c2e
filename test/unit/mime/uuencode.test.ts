import { describe, expect, test } from "vitest";
import { mimeLimits } from "../../../src/core/limits.ts";
import { decodeUuencode } from "../../../src/mime/uuencode.ts";

describe("decodeUuencode()", () => {
  test("finds a piece between other lines, with its name", () => {
    expect(files("Hi\r\n\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nbye\r\n")).toEqual([["cat.txt", "Cat"]]);
  });

  test("finds several pieces, with LF line ends and without an end", () => {
    expect(files("begin 644 a\n#0V%T\nbegin 755 b\n#0V%T\n#0V%T")).toEqual([
      ["a", "Cat"],
      ["b", "CatCat"],
    ]);
  });

  test("takes characters that are missing at a line's end for zeros", () => {
    expect(files("begin 644 a\n$0V%T\nend\n")).toEqual([["a", "Cat\0"]]);
  });

  test.each([
    "beginning 644 a\n#0V%T\n",
    "x begin 644 a\n#0V%T\n",
    "begin 999 a\n#0V%T\n",
    "begin 644\n#0V%T\n",
    "begin 644 a\n",
  ])("finds nothing in %j", (text) => {
    expect(files(text)).toEqual([]);
  });

  test("stops at a line that is not uuencode", () => {
    expect(files("begin 644 a\n#0V%T\nThis is a line of text.\n#0V%T\n")).toEqual([["a", "Cat"]]);
  });

  test("says that it is cut when there are more pieces than are looked at", () => {
    const piece = "begin 644 a\n#0V%T\n";
    expect(decodeUuencode(Buffer.from(piece.repeat(mimeLimits.embeddedPieces))).isCut).toBe(false);
    const { files, isCut } = decodeUuencode(Buffer.from(piece.repeat(mimeLimits.embeddedPieces + 1)));
    expect([files.length, isCut]).toEqual([mimeLimits.embeddedPieces, true]);
  });
});

function files(text: string): [string, string][] {
  return decodeUuencode(Buffer.from(text, "latin1")).files.map(({ name, bytes }) => [name, bytes.toString("latin1")]);
}
