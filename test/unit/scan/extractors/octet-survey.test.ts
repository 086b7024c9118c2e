import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Content, Origin } from "../../../../src/scan/engine.ts";
import { builtInExtractors } from "../../../../src/scan/extractors/built-in.ts";
import { BINARY_SIGNS, SIGNS, surveyOctets } from "../../../../src/scan/extractors/octet-survey.ts";

describe("surveyOctets()", () => {
  test("sees nothing in plain text", () => {
    expect(signsOf("Hello, reader!\r\n\r\nSee you on Monday;\tbring 'all' of \"it\".\r\n-- \r\nhave it\r\n")).toBe(
      SIGNS.hyphenLine,
    );
    expect(signsOf("")).toBe(0);
  });

  test.each([
    ["\0", SIGNS.nul],
    ["\x03", SIGNS.control],
    ["\x1b", SIGNS.escape],
    ["\x80", SIGNS.high],
    ["<", SIGNS.less],
    ["&", SIGNS.ampersand],
    ["+", SIGNS.plus],
    ["=", SIGNS.equals],
    ["~", SIGNS.tilde],
    ["|", SIGNS.bar],
    ["\\", SIGNS.backslash],
    ["(", SIGNS.bracket],
    ["[", SIGNS.squareBracket],
    ["%", SIGNS.percent],
  ])("sees %j at every place", (octet, sign) => {
    for (let before = 0; before < 9; before += 1) {
      for (let after = 0; after < 9; after += 1) {
        expect(signsOf(`${"x".repeat(before)}${octet}${"x".repeat(after)}`)).toBe(sign);
      }
    }
  });

  test.each([
    ["begin 644 name", SIGNS.uuencode | SIGNS.beginLine],
    ["> begin 644 name", SIGNS.uuencode],
    [`M${"A".repeat(60)}`, SIGNS.uuencode],
    [`:${"A".repeat(64)}`, SIGNS.binhex],
    ["00000000  41 41", SIGNS.zeroLine],
    ["-----BEGIN PGP MESSAGE-----", SIGNS.hyphenLine],
    ["BEGIN:VCARD", SIGNS.uuencode | SIGNS.beginLine],
    ["Content-Type: x", SIGNS.fieldLine],
    [" \tCONTENT-TRANSFER-ENCODING: x", SIGNS.fieldLine],
  ])("sees the line %j behind every line end", (line, sign) => {
    for (const before of ["", "\n", "\r", "\r\n", "x\n", "xx\r\n", "xxx\r", "xxxx\n", "\n\n\n"]) {
      expect((signsOf(`${before}${line}`) ?? 0) & ~SIGNS.bar).toBe(sign);
      expect((signsOf(`${before}${line}\n`) ?? 0) & sign).toBe(sign);
    }
    expect((signsOf(`x${line}`) ?? 0) & sign & ~SIGNS.equals).toBe(0);
  });

  test("sees everything in what has every octet, and does not look at what is long", () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet));
    expect(surveyOctets(all)).toBe(2 * SIGNS.fieldLine - 1);
    expect(surveyOctets(Buffer.alloc(16 * 1024, "x"))).toBe(0);
    expect(surveyOctets(Buffer.alloc(16 * 1024 + 1, "x"))).toBeUndefined();
  });
});

describe("Extractor.mayMatch()", () => {
  const surveyed = builtInExtractors.filter((extractor) => extractor.mayMatch !== undefined);

  test("is there where looking at all octets takes time", () => {
    expect(surveyed.length).toBeGreaterThan(30);
  });

  test("is true of all that the extractor matches, whatever stands around it", () => {
    const matched = new Set<string>();
    fc.assert(
      fc.property(contents(), (content) => {
        expectNoneMissed(content, matched);
      }),
      { numRuns: 1_500 },
    );
    expect([...matched].length).toBeGreaterThan(10);
  });

  test.each(Object.entries(SAMPLES))("is true of what begins as %s", (name, text) => {
    const matched = new Set<string>();
    for (const origin of ORIGINS) {
      expectNoneMissed({ bytes: Buffer.from(text, "latin1"), origin, name: "xl/macrosheets/a.bin" }, matched);
    }
    expect(matched).toContain(name);
  });

  test("is true of wide and foreign charsets that are declared only", () => {
    for (const charset of ["utf-16", "UTF-32BE", "IBM037", "cp500"]) {
      const content: Content = { bytes: Buffer.from("plain text"), origin: "text", name: "", charset };
      const matched = new Set<string>();
      expectNoneMissed(content, matched);
      expect(matched.size).toBe(1);
    }
  });

  /** Adds the names of those that match. */
  function expectNoneMissed(content: Content, matched: Set<string>): void {
    const survey = surveyOctets(content.bytes) ?? 0;
    for (const extractor of surveyed) {
      if (!extractor.matches(content)) continue;
      matched.add(extractor.name);
      expect([extractor.name, extractor.mayMatch?.(survey, content)]).toEqual([extractor.name, true]);
    }
  }
});

test("BINARY_SIGNS are those of octets that text has not", () => {
  expect(
    (signsOf(String.fromCharCode(...Array.from({ length: 95 }, (_, index) => index + 32))) ?? 0) & BINARY_SIGNS,
  ).toBe(0);
});

function signsOf(text: string): number | undefined {
  return surveyOctets(Buffer.from(text, "latin1"));
}

/** Pieces of formats between pieces of text, whole and broken. */
function contents(): fc.Arbitrary<Content> {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...FRAGMENTS) },
    { weight: 2, arbitrary: fc.constantFrom(...Object.values(SAMPLES)) },
    fc.string({ maxLength: 12 }),
    fc.uint8Array({ maxLength: 6 }).map((octets) => Buffer.from(octets).toString("latin1")),
    fc.constantFrom("\n", "\r\n", "\r", " ", "\t", "\0"),
  );
  return fc
    .record({
      pieces: fc.array(piece, { maxLength: 6 }),
      origin: fc.constantFrom(...ORIGINS),
      type: fc.constantFrom("text/plain", "text/html", "application/octet-stream"),
      cut: fc.nat({ max: 20 }),
    })
    .map(({ pieces, origin, type, cut }) => {
      const bytes = Buffer.from(pieces.join(""), "latin1");
      return { bytes: bytes.subarray(Math.max(0, cut - 16)), origin, name: "", type };
    });
}

const ORIGINS: readonly Origin[] = ["text", "quoted", "decoded", "entry"];

/** What the extractor of each name matches. */
const SAMPLES = {
  message: "Subject: x\r\n\r\nx",
  part: "x\n Content-Transfer-Encoding: base64\n\nQUJD",
  zip: "xPK\x03\x04",
  zstd: "\x28\xb5\x2f\xfd\0\0\0\0",
  uuencode: "x\r\n> begin 644 x\r\n",
  yenc: "=ybegin line=128 size=1 name=x\n",
  binhex: `:${"A".repeat(64)}\n`,
  ascii85: `<~${"A".repeat(40)}~>`,
  "hex-dump": "00000000  41 42 43 44 45 46 47 48  41 42 43 44 45 46 47 48  |ABCDEFGH|\n",
  "quoted-printable": "a=3Db",
  "utf-16": "\xff\xfea\0b\0c\0",
  charset: "+AGEAYgBj-",
  "rendered-text": "<html><b>",
  html: "a &#97; b",
  script: '"a" + "b"',
  calendar: "\xef\xbb\xbfbegin:vcard\n",
  "cleartext-signature": "-----BEGIN PGP SIGNED MESSAGE-----\n\n- x\n",
  "openpgp-armor": "-----BEGIN PGP MESSAGE-----\n",
  pdf: "1 0 obj<<>>",
  ole: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
  biff12: "\xe8\x02",
  "office-xml": '  <Relationships xmlns="urn:x"></Relationships>',
  "spreadsheet-text": "=cmd|' /C x'!A0",
  rtf: "{\\rtf1}",
  tnef: `\x78\x9f\x3e\x22${"\0".repeat(30)}`,
  onenote: "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3",
  lnk: `\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46${"\0".repeat(80)}`,
  "shell-file": "[InternetShortcut]\r\nURL=file://x\r\n",
  "7-Zip": "7z\xbc\xaf\x27\x1c",
  "7-Zip stream": `#!/bin/sh\nBZh91AY&SY`,
} as const;

/** Whole and broken marks. */
const FRAGMENTS = [
  "CWS",
  "vhdxfile",
  "hsqs",
  "conectix",
  "ITOLITLS",
  "BZh91AY&SY",
  "Rar!\x1a\x07\0",
  "\xfd7zXZ\0",
  "xxxNTFS    ",
  "!<arch>\n",
  "070701",
  "ustar",
  "MZ",
  "WEB\n1\nhttps:",
  "\\objdata",
  "ID;P",
  "x|y",
  "~{",
  "\x1b$B",
  "&AGEAYgBj-",
  "\xc1\xa1\xe0\x80\xaf",
  "@".repeat(30),
  "From a@example.org\n",
  ">",
  "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]",
  'eval("x")',
  "\\n\\n'",
  "<!doctype html>",
  "<script>",
  "%PDF-",
  "content-type: x\n",
];
