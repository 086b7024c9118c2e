import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Content } from "../../../../../src/scan/engine.ts";
import { charsetTextExtractor, wideTextExtractor } from "../../../../../src/scan/extractors/wide-text.ts";
import { ebcdic, overlongUtf8, utf7, utf32 } from "../../../../support/build-charsets.ts";
import { type Extracted, extract } from "../../../../support/extract.ts";

const WORDS = "Some words that are long enough to be told, with [signs] and more of them!";

describe("wideTextExtractor", () => {
  test.each([
    ["UTF-16LE", Buffer.from(WORDS, "utf16le")],
    ["UTF-16BE", Buffer.from(WORDS, "utf16le").swap16()],
    ["UTF-16LE with a mark", Buffer.from(`\ufeff${WORDS}`, "utf16le")],
    ["UTF-32LE", utf32(WORDS, false)],
    ["UTF-32BE", utf32(WORDS, true)],
    ["UTF-32BE with a mark", utf32(`\ufeff${WORDS}`, true)],
  ])("reads %s", (_name, bytes) => {
    expect(texts(wide(bytes))).toEqual([WORDS]);
  });

  test("gives other writing in UTF-8", () => {
    const words = `${WORDS} \u017c\u00f3\u0142w \u4e2d\u6587 ${WORDS}`;
    expect(texts(wide(Buffer.from(`\ufeff${words}`, "utf16le")))).toEqual([words]);
  });

  test("goes by the charset that is declared where the octets tell nothing", () => {
    const bytes = Buffer.from("\u4e2d\u6587".repeat(40), "utf16le");
    expect(wide(bytes).entries).toEqual([]);
    for (const charset of ["utf-16le", "UTF-16", "ucs-2", "ISO-10646-UCS-2", "unicode"]) {
      expect(texts(wide(bytes, charset))).toEqual(["\u4e2d\u6587".repeat(40)]);
    }
    expect(texts(wide(Buffer.from(bytes).swap16(), "utf-16be"))).toEqual(["\u4e2d\u6587".repeat(40)]);
    for (const charset of ["utf-8", "utf-7", "iso-8859-1", "", "x"]) expect(wide(bytes, charset).entries).toEqual([]);
  });

  test.each([
    ["text", Buffer.from(WORDS.repeat(20))],
    ["octets of all kinds", randomBytes(5_000)],
    ["zeros", Buffer.alloc(5_000)],
    ["numbers of 32 bits", Buffer.from(Uint32Array.from({ length: 500 }, (_, index) => index * 77).buffer)],
  ])("reads nothing in %s", (_name, bytes) => {
    expect(wide(bytes).entries).toEqual([]);
  });
});

describe("charsetTextExtractor", () => {
  test.each([
    ["UTF-7", Buffer.from(utf7(WORDS, 3)), WORDS],
    ["UTF-7 with plain text", Buffer.from(`a +- b ${utf7("\u00fc!", 2)} c+AGQAZQ.`), "a + b \u00fc! cde."],
    ["modified UTF-7", Buffer.from(`a &- b ${utf7("!x", 2, "modified")}`), "a & b !x"],
    ["overlong UTF-8", Buffer.concat([Buffer.from("\u00fc "), overlongUtf8(Buffer.from(WORDS), 2)]), `\u00fc ${WORDS}`],
    ["ISO 2022", Buffer.from(`a\x1b(Bb\x1b$B$"\x1b(Bc \x1b\x1bx d`), 'ab$"c \x1b\x1bx d'],
    ["HZ", Buffer.from("a~{~}b~~c ~ d~\ne~\r\nf"), "ab~c ~ def"],
  ])("reads %s", (_name, bytes, expected) => {
    expect(texts(charset(bytes))).toEqual([expected]);
  });

  test("reads EBCDIC in all its code pages", () => {
    expect(texts(charset(ebcdic(Buffer.from(WORDS))))).toContain(WORDS);
    const signs = "a[b]c!d^e|f$g*(h);";
    const pages = [
      "81ba82bb835a84b0854f865b875c4d885d5e",
      "814a825a834f845f85bb865b875c4d885d5e",
      "81ad82bd835a845f854f865b875c4d885d5e",
    ];
    for (const page of pages) expect(texts(charset(Buffer.from(page, "hex"), "ibm500"))).toContain(signs);
  });

  test.each([
    "1 + 1 = 2, a+b, C++, +48 22 555 12 34, user+tag@example.org, +1-202-555-0101, a+ABC-def+XYZ",
    "AT&T-Mobile, R&D-Team, <a href='?a=1&b=2'>, &amp; &nbsp; &AElig; &Acirc;",
    "~ a ~~ b ~/bin ~user",
    "\u00c0 propos \u00c1\u00e9\u4e2d\u6587",
  ])("reads nothing in %j", (words) => {
    expect(charset(Buffer.from(words)).entries).toEqual([]);
  });

  test("reads nothing in other 8-bit charsets", () => {
    expect(charset(Buffer.from("c0c1 e0e1 f7f5 c1 b0c1 81 c080 c0", "hex")).entries).toEqual([]);
    expect(
      charset(Buffer.from("\xc0\xa9 propos de l'\xc1\xe2t\xe9, qui n'est pas de l'UTF-8", "latin1")).entries,
    ).toEqual([]);
  });

  test("bears any octets, and gives no more than a few times as many", () => {
    const octet = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(..."+&~{}-A\x1b(B$\xc1\x81").map((c) => c.charCodeAt(0)),
    );
    fc.assert(
      fc.property(
        fc.array(octet, { maxLength: 500 }),
        fc.constantFrom("", "utf-7", "ibm037", "utf-16"),
        (octets, name) => {
          const bytes = Buffer.from(octets);
          const given = [...charset(bytes, name).entries, ...wide(bytes, name).entries];
          expect(given.reduce((sum, entry) => sum + entry.bytes.length, 0)).toBeLessThanOrEqual(bytes.length * 8);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function wide(bytes: Buffer, charset = ""): Extracted {
  return extract(wideTextExtractor, content(bytes, charset));
}

function charset(bytes: Buffer, name = ""): Extracted {
  return extract(charsetTextExtractor, content(bytes, name));
}

function content(bytes: Buffer, name: string): Content {
  return { bytes, origin: "decoded", name: "", charset: name };
}

function texts({ entries }: Extracted): string[] {
  return entries.map(({ bytes }) => bytes.toString());
}
