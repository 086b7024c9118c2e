import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeQuotedPrintable } from "../../../src/mime/quoted-printable.ts";

describe("decodeQuotedPrintable()", () => {
  test("restores any octets that are all escaped, with soft line breaks anywhere between them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 30 }), (bytes, width) => {
        const escapes = [...bytes].map((octet) => `=${octet.toString(16).padStart(2, "0")}`);
        const text = escapes.map((code, index) => (index % width === width - 1 ? `${code}=\r\n` : code)).join("");
        expect(decode(text)).toEqual([Buffer.from(bytes).toString("latin1")]);
      }),
    );
  });

  test.each([
    ["text without escapes", "a b\r\nc", ["a b\r\nc"]],
    ["lower-case digits", "=4a=4b", ["JK"]],
    ["white space after a soft line break", "a= \t\r\nb", ["ab"]],
    ["a soft line break with LF or CR alone", "a=\nb=\rc", ["abc"]],
    ["a soft line break at the end", "a=", ["a"]],
    ["what is no escape, kept and dropped", "a=xyb", ["a=xyb", "axyb"]],
    ["a soft line break inside an escape", "=4=\r\n1", ["=41", "A"]],
    ["two equals signs at a line end", "=41==\r\n=42", ["A=B", "AB"]],
    ["nothing", "", [""]],
  ])("reads %s", (_name, text, expected) => {
    expect(decode(text)).toEqual(expected);
  });

  test("never grows what it decodes", () => {
    const text = fc.array(fc.constantFrom("=", "4", "1", "\r", "\n", " ", "x")).map((pieces) => pieces.join(""));
    fc.assert(fc.property(text, (input) => decode(input).every((reading) => reading.length <= input.length)));
  });
});

function decode(text: string): string[] {
  return decodeQuotedPrintable(Buffer.from(text, "latin1")).map((reading) => reading.toString("latin1"));
}
