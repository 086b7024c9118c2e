import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mimeLimits } from "../../../../../src/core/scan-limits.ts";
import { appleFileExtractor } from "../../../../../src/scan/extractors/apple-file.ts";
import {
  ascii85Extractor,
  binhexExtractor,
  hexDumpExtractor,
  uuencodeExtractor,
  yencExtractor,
} from "../../../../../src/scan/extractors/embedded-text-encodings.ts";
import type { Extractor } from "../../../../../src/scan/extractors/extractor.ts";
import { ascii85, binhex, hexDump, uuLines, yencLines } from "../../../../support/build-text-encodings.ts";
import { extract } from "../../../../support/extract.ts";

const CONTENT = Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 7) & 0xff));

const uuencoded = (content: Buffer): string =>
  `Hi\r\n\r\nbegin 644 a.bin\r\n${uuLines(content).join("\r\n")}\r\n\`\r\nend\r\n`;
const yencoded = (content: Buffer): string =>
  `=ybegin line=128 size=${content.length} name=a.bin\r\n${yencLines(content)}\r\n=yend size=${content.length}\r\n`;

const SAMPLES: readonly (readonly [string, Extractor, (content: Buffer) => string])[] = [
  ["uuencode", uuencodeExtractor, uuencoded],
  ["xxencode", uuencodeExtractor, (content) => `begin 644 a\n${uuLines(content, { isXx: true }).join("\n")}\n+\nend\n`],
  ["yEnc", yencExtractor, yencoded],
  ["BinHex", binhexExtractor, (content) => binhex("a.bin", content)],
  ["Ascii85", ascii85Extractor, (content) => `x ${ascii85(content)}`],
  ["a dump", hexDumpExtractor, (content) => `x\n${hexDump(content, "hexdump")}\n`],
];

describe("text encodings", () => {
  test.each(SAMPLES)("%s gives any content back", (_name, extractor, encode) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 400 }), (octets) => {
        const content = Buffer.from(octets);
        const { entries } = extract(extractor, text(encode(content)));
        expect(entries.some(({ bytes }) => bytes.equals(content))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test.each(SAMPLES)("%s bears any octets changed", (_name, extractor, encode) => {
    const sample = Buffer.from(encode(CONTENT), "latin1");
    const change = fc.tuple(fc.nat(sample.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.nat(sample.length), (changes, length) => {
        const changed = Buffer.from(sample.subarray(0, length));
        for (const [position, octet] of changes) if (position < length) changed[position] = octet;
        const { entries } = extract(extractor, { bytes: changed, origin: "text", name: "" });
        expect(entries.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(200_000);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["Beginning with the end of it, begin again.\nbegin to understand it\nbegin\n", uuencodeExtractor],
    [
      "Many thanks for your message of today, which I have read twice.\nhttp://www.example.org/a/long/address/of/a/page/that/is/long\n",
      uuencodeExtractor,
    ],
    ["=ybegin is the word that yEnc begins with", yencExtractor],
    [": a colon at the beginning\n::::::::::::::::\n:-) :-) :-) :-) :-) :-) :-)\n", binhexExtractor],
    ["a <~ b and c ~> d", ascii85Extractor],
    ["00000010 is sixteen\n000010\n0000001 0000002\n", hexDumpExtractor],
  ])("finds nothing in %j", (words, extractor) => {
    expect(extract(extractor, { bytes: text(words), origin: "text", name: "" }).entries).toEqual([]);
  });
});

describe("uuencodeExtractor", () => {
  test("gives the name of each of several pieces", () => {
    const lines = uuLines(CONTENT).join("\n");
    const { entries } = extract(
      uuencodeExtractor,
      text(`begin 644 a b.txt\n${lines}\nend\n> begin c.txt\n> ${lines.replaceAll("\n", "\n> ")}\n`),
    );
    expect(entries.map(({ name, bytes }) => [name, bytes.equals(CONTENT)])).toEqual([
      ["a b.txt", true],
      ["c.txt", true],
    ]);
  });

  test("takes spaces that got lost at line ends for zeros", () => {
    const zeros = Buffer.alloc(90);
    const lines = uuLines(zeros, { zero: " " }).map((line) => line.trimEnd());
    expect(lines).toEqual(["M", "M"]);
    const { entries } = extract(uuencodeExtractor, text(`begin 644 a\n${uuLines(zeros)[0]}\n${lines[1]}\nend\n`));
    expect(entries[0]?.bytes.equals(zeros)).toBe(true);
  });

  test("looks at as many pieces as allowed", () => {
    const pieces = (count: number): Buffer => text("begin 644 a\n#0V%T\n`\nend\n".repeat(count));
    expect(extract(uuencodeExtractor, pieces(mimeLimits.embeddedPieces)).reasons).toEqual([]);
    const { entries, reasons } = extract(uuencodeExtractor, pieces(mimeLimits.embeddedPieces + 1));
    expect([entries.length, reasons]).toEqual([mimeLimits.embeddedPieces, ["limit-views: uuencode in text"]]);
  });
});

describe("yencExtractor", () => {
  test("puts parts of a file together by what they say of their place, and as they stand", () => {
    const part = (number: number, begin: number, content: string): string =>
      `=ybegin part=${number} line=128 size=6 name=a\r\n=ypart begin=${begin} end=9\r\n${yencLines(Buffer.from(content))}\r\n=yend size=3 part=${number}\r\n`;
    const inOrder = extract(yencExtractor, text(part(1, 1, "abc") + part(2, 4, "def")));
    expect(inOrder.entries.map(({ bytes }) => bytes.toString())).toEqual(["abcdef"]);
    const turned = extract(yencExtractor, text(part(2, 4, "def") + part(1, 1, "abc")));
    expect(turned.entries.map(({ bytes }) => bytes.toString())).toEqual(["abcdef", "defabc"]);
  });
});

describe("binhexExtractor", () => {
  test("gives both forks, and all of it when the header lies", () => {
    const { entries } = extract(binhexExtractor, text(binhex("a.txt", Buffer.from("data"), Buffer.from("resource"))));
    expect(entries.map(({ name, bytes }) => [name, bytes.toString()])).toEqual([
      ["a.txt", "data"],
      ["a.txt", "resource"],
    ]);
    const lying = binhex("a.txt", Buffer.alloc(0), Buffer.alloc(0)).replace(/:$/, "") + "!".repeat(400);
    expect(extract(binhexExtractor, text(lying)).entries.map(({ bytes }) => bytes.length > 250)).toEqual([true]);
  });

  test("expands runs up to what is allowed, and says when there is more", () => {
    const runs = text(binhex("a", Buffer.alloc(100_000)));
    expect(runs.length).toBeLessThan(2_000);
    const { entries, reasons } = extract(binhexExtractor, runs, { limits: { archiveBytes: 5_000 } });
    expect(reasons).toEqual(["limit-bytes: a"]);
    expect(entries.map(({ bytes }) => bytes.length)).toEqual([5_000 - 23]);
    expect(extract(binhexExtractor, runs, { limits: { archiveBytes: 0 } }).reasons).toContain("limit-bytes: ");
    expect(extract(binhexExtractor, runs, { limits: { entries: 0 } }).reasons).toEqual([
      "limit-entries: more than 0 entries",
    ]);
  });
});

describe("appleFileExtractor", () => {
  test("bears any octets", () => {
    const starts = ["00051600", "00051607", "0003616263"].map((start) => Buffer.from(start, "hex"));
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 300 }), (start, octets) => {
        expect(extract(appleFileExtractor, Buffer.concat([start, octets])).entries.length).toBeLessThan(10);
      }),
      { numRuns: 500 },
    );
  });
});

function text(characters: string): Buffer {
  return Buffer.from(characters, "latin1");
}
