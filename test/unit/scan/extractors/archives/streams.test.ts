import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lz4Extractor } from "../../../../../src/scan/extractors/archives/lz4.ts";
import { createLzipExtractor } from "../../../../../src/scan/extractors/archives/lzip.ts";
import { zstdExtractor } from "../../../../../src/scan/extractors/archives/zstd.ts";
import type { Extractor } from "../../../../../src/scan/extractors/extractor.ts";
import { gzipExtractor } from "../../../../../src/scan/extractors/gzip.ts";
import { buildLz4 } from "../../../../support/build-streams.ts";
import { type Extracted, extract } from "../../../../support/extract.ts";
import { sevenZip } from "../../../../support/seven-zip.ts";

const TEXT = Buffer.from("some text that is compressed ".repeat(50));
const ZEROS = Buffer.alloc(3_000_000);
const SKIPPABLE = Buffer.from("5f2a4d1803000000616263", "hex");
/** The word "lzip", as the program of that name packs it. */
const LZIP = Buffer.from(
  "4c5a4950010c00361e8956ba0977fffffb3c0000f3dbe8ed0400000000000000" + "2800000000000000",
  "hex",
);

describe("zstdExtractor", () => {
  test("gives the content without the ending in its name", () => {
    const content = { bytes: zstdCompressSync(TEXT), origin: "decoded" as const, name: "a.tzst" };
    expect(texts(extract(zstdExtractor, content))).toEqual([["a.tar", TEXT.toString()]]);
  });

  test("gives the first frames and all of them together, skippable ones passed over", () => {
    const file = Buffer.concat([SKIPPABLE, zstdCompressSync("one "), SKIPPABLE, zstdCompressSync("two")]);
    expect(texts(extract(zstdExtractor, file)).map(([, text]) => text)).toEqual(["one ", "two", "one two"]);
  });

  test("does not take a skippable frame alone for something to open", () => {
    expect(extract(zstdExtractor, SKIPPABLE).entries).toEqual([]);
  });

  test("gives what is allowed of a frame that is larger", () => {
    const { entries, reasons } = extract(zstdExtractor, zstdCompressSync(ZEROS), {
      limits: { archiveBytes: 1_000_000 },
    });
    expect(reasons).toContain("limit-bytes: Zstandard stream");
    expect(entries[0]?.bytes.length).toBeGreaterThan(800_000);
    expect(entries[0]?.bytes.length).toBeLessThanOrEqual(1_000_000);
  });

  test("gives what comes before a damaged block, and whole blocks of a frame that breaks off", () => {
    const noise = Buffer.from(Array.from({ length: 400_000 }, (_, index) => (index * 2_654_435_761) >>> 24));
    const frame = zstdCompressSync(noise);
    const cut = extract(zstdExtractor, frame.subarray(0, frame.length - 100));
    expect(cut.entries[0]?.bytes.length).toBeGreaterThanOrEqual(131_072);
    expect(cut.reasons).toEqual([]);
    expect(extract(zstdExtractor, frame.subarray(0, 12)).reasons).toEqual(["damaged: Zstandard stream"]);
  });

  test("opens a frame with a wrong checksum or a wrong size", () => {
    const frame = Buffer.concat([zstdCompressSync(TEXT), Buffer.alloc(4)]);
    frame[4] = (frame[4] ?? 0) | 4;
    expect(texts(extract(zstdExtractor, frame))[0]?.[1]).toBe(TEXT.toString());
  });

  test("names a frame that needs a dictionary", () => {
    const frame = zstdCompressSync(TEXT);
    const withDictionary = Buffer.concat([frame.subarray(0, 5), Buffer.from([7]), frame.subarray(5)]);
    withDictionary[4] = (withDictionary[4] ?? 0) | 1;
    expect(extract(zstdExtractor, withDictionary).reasons[0]).toMatch(/^unsupported/);
  });
});

describe("gzipExtractor", () => {
  test("gives the first members and all of them together", () => {
    const file = Buffer.concat([gzipSync("one "), Buffer.alloc(5), gzipSync("two")]);
    expect(texts(extract(gzipExtractor, file)).map(([, text]) => text)).toEqual(["one ", "two", "one two"]);
  });

  test("counts members as entries", () => {
    const file = Buffer.concat(Array.from({ length: 6 }, () => gzipSync("x")));
    expect(extract(gzipExtractor, file, { limits: { entries: 6 } }).reasons).toEqual([]);
    expect(extract(gzipExtractor, file, { limits: { entries: 5 } }).reasons).toEqual([
      "limit-entries: more than 5 entries",
    ]);
  });
});

describe("lz4Extractor", () => {
  test("gives frames that are stored, one by one and together", () => {
    const file = Buffer.concat([buildLz4(Buffer.from("one ")), buildLz4(Buffer.from("two"))]);
    expect(texts(extract(lz4Extractor, file)).map(([, text]) => text)).toEqual(["one ", "two", "one two"]);
  });

  test("gives blocks in the frame of the first versions", () => {
    const block = Buffer.from([0x3f, 0x61, 0x62, 0x63, 3, 0, 2, 0x10, 0x64]);
    const old = Buffer.concat([Buffer.from("02214c18", "hex"), Buffer.of(block.length, 0, 0, 0), block]);
    expect(texts(extract(lz4Extractor, old))).toEqual([["", `${"abc".repeat(8)}d`]]);
  });

  test("follows matches, also where they overlap", () => {
    // Three literals, 4 + 15 + 2 octets from 3 octets back, one literal.
    const block = Buffer.from([0x3f, 0x61, 0x62, 0x63, 3, 0, 2, 0x10, 0x64]);
    expect(texts(extract(lz4Extractor, frameOf(block)))).toEqual([["", `${"abc".repeat(8)}d`]]);
  });

  test("stops at a match that reaches back too far", () => {
    expect(extract(lz4Extractor, frameOf(Buffer.from([0x10, 0x61, 9, 0]))).reasons).toEqual(["damaged: LZ4 stream"]);
  });

  test("stops at the limit", () => {
    const block = Buffer.from([0x1f, 0x61, 1, 0, ...Array.from({ length: 5_000 }, () => 255), 0]);
    const { entries, reasons } = extract(lz4Extractor, frameOf(block), { limits: { archiveBytes: 100_000 } });
    expect(entries[0]?.bytes.length).toBe(100_000);
    expect(reasons).toContain("limit-bytes: LZ4 stream");
  });
});

describe("createLzipExtractor()", () => {
  test("names the file where 7-Zip is not there", () => {
    expect(extract(createLzipExtractor(), LZIP).reasons).toEqual(["unsupported: lzip stream"]);
  });

  test("gives what 7-Zip unpacks of every member", () => {
    const { entries } = extract(createLzipExtractor(sevenZip), LZIP);
    expect(entries.map(({ bytes }) => bytes.toString())).toEqual(["lzip"]);
  });

  test("gives the content whatever part of a power of two the dictionary is", () => {
    const file = Buffer.from(LZIP);
    file[5] = 0xce;
    const { entries, reasons } = extract(createLzipExtractor(sevenZip), file);
    expect([entries.map(({ bytes }) => bytes.toString()), reasons]).toEqual([["lzip"], []]);
  });
});

describe("streams", () => {
  test.each([
    ["zstd", zstdExtractor, Buffer.concat([zstdCompressSync(TEXT), SKIPPABLE, zstdCompressSync(TEXT)])],
    ["lz4", lz4Extractor, frameOf(Buffer.from([0x3f, 0x61, 0x62, 0x63, 3, 0, 2, 0x10, 0x64]))],
    ["gzip", gzipExtractor, gzipSync(TEXT)],
    ["lzip", createLzipExtractor(sevenZip), LZIP],
  ] as [string, Extractor, Buffer][])("are borne with any octets changed: %s", (name, extractor, file) => {
    const change = fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.nat(file.length), (changes, length) => {
        const changed = Buffer.from(file.subarray(0, length));
        for (const [position, octet] of changes) if (position < length) changed[position] = octet;
        const { entries } = extract(extractor, changed, { limits: { archiveBytes: 1_000_000 } });
        expect(entries.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(5_000_000);
      }),
      { numRuns: name === "lzip" ? 30 : 300 },
    );
  });
});

function texts({ entries }: Extracted): [string, string][] {
  return entries.map(({ name, bytes }) => [name, bytes.toString()]);
}

function frameOf(block: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  return Buffer.concat([Buffer.from("04224d18604082", "hex"), size, block, Buffer.alloc(4)]);
}
