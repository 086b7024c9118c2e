import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeQuotedPrintable,
  decodeStrictQuotedPrintable,
  hasAmbiguousEscapes,
} from "../../../src/mime/quoted-printable.ts";

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
    ["a soft line break with CR CR LF", "a=\r\r\nb", ["ab"]],
    ["a soft line break after form feeds and CRs", "a= \x0c\r\x0b\r\nb", ["ab"]],
    ["a line with white space after an equals sign", "a= x\r\nb=41", ["a= x\r\nbA", "abA"]],
    ["NULs, kept and dropped", "a=4\x001", ["a=4\x001", "a4\x001", "aA"]],
    ["white space at line ends, kept and deleted", "a \t\r\nb \nc= \r\nd\t", ["a \t\r\nb \ncd\t", "a\r\nb\ncd"]],
    ["white space at line ends and NULs", "a \r\n\0", ["a \r\n\0", "a \r\n", "a\r\n\0", "a\r\n"]],
    ["white space that is escaped or inside a line", "a b=20\r\n=09", ["a b \r\n\t"]],
    ["nothing", "", [""]],
  ])("reads %s", (_name, text, expected) => {
    expect(decode(text)).toEqual(expected);
  });

  test("never grows what it decodes", () => {
    const text = fc.array(fc.constantFrom("=", "4", "1", "\r", "\n", " ", "x")).map((pieces) => pieces.join(""));
    fc.assert(fc.property(text, (input) => decode(input).every((reading) => reading.length <= input.length)));
  });
});

describe("decodeStrictQuotedPrintable()", () => {
  test.each([
    ["a \t\r\nb", "a\r\nb"],
    ["foo = \t\r\nb=61r \r\n", "foo bar\r\n"],
    ["a=xy=20\n \n", "a=xy \n\n"],
    ["", ""],
  ])("reads %j", (text, expected) => {
    const decoded = decodeStrictQuotedPrintable(Buffer.from(text));
    expect(decoded.toString()).toBe(expected);
    expect(decode(text)).toContain(expected);
  });
});

describe("hasAmbiguousEscapes()", () => {
  test.each(["a=41=\r\nb", "a=\nb", "a= \t\r\nb", "a=b", "?a=1&b=2", "=====\r\n", "a=", "a =", ""])(
    "denies %j",
    (text) => {
      expect(hasAmbiguousEscapes(Buffer.from(text))).toBe(false);
    },
  );

  test.each(["=4=\r\n1", "=41==\r\nb", "a=\rb", "a=\r\r\nb", "a=\x0c\r\nb"])("affirms %j", (text) => {
    expect(hasAmbiguousEscapes(Buffer.from(text))).toBe(true);
  });
});

function decode(text: string): string[] {
  return decodeQuotedPrintable(Buffer.from(text, "latin1")).map((reading) => reading.toString("latin1"));
}
