import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Extractor } from "../../../../src/scan/extractors/extractor.ts";
import { gzipExtractor } from "../../../../src/scan/extractors/gzip.ts";
import { zipExtractor } from "../../../../src/scan/extractors/zip.ts";
import { buildZip } from "../../../support/build-zip.ts";
import { extract as extractWith } from "../../../support/extract.ts";

const TEXT = Buffer.alloc(300, "some text ");
const TWO = [
  { name: "a.txt", content: TEXT },
  { name: "ü.txt", content: Buffer.from("second"), method: "store" as const },
];

describe("zipExtractor", () => {
  test("gives every member once, by name", () => {
    expect(extract(buildZip(TWO)).entries).toEqual([
      ["a.txt", TEXT.toString()],
      ["ü.txt", "second"],
    ]);
  });

  test("does not take members of a stored archive for its own", () => {
    const inner = buildZip(TWO);
    const entries = extract(buildZip([{ name: "inner.zip", content: inner, method: "store" }])).entries;
    expect(entries.map(([name]) => name)).toEqual(["inner.zip"]);
  });

  test("reads a member that the directory and the local header describe differently in both ways", () => {
    const archive = buildZip([{ name: "a", content: TEXT }]);
    archive.writeUInt16LE(0, 8);
    archive.writeUInt32LE(1, 14);
    archive.writeUInt32LE(1, archive.indexOf("PK\x01\x02", 0, "latin1") + 16);
    expect(extract(archive).entries.map(([, content]) => content)).toContain(TEXT.toString());
  });

  test("finds a member by the directory although octets stand before the archive", () => {
    const archive = Buffer.concat([Buffer.alloc(1_000, "x"), buildZip(TWO)]);
    expect(extract(archive).entries).toHaveLength(2);
  });

  test("reads sizes and offsets of zip64", () => {
    const archive = buildZip([{ name: "a", content: Buffer.from("stored"), method: "store" }]);
    const extra = Buffer.alloc(20);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(16, 2);
    extra.writeBigUInt64LE(6n, 4);
    extra.writeBigUInt64LE(6n, 12);
    archive.writeUInt32LE(0xffffffff, 18);
    archive.writeUInt32LE(0xffffffff, 22);
    archive.writeUInt16LE(20, 28);
    const large = Buffer.concat([archive.subarray(0, 31), extra, archive.subarray(31, 37)]);
    expect(extract(large).entries).toEqual([["a", "stored"]]);
  });

  test.each([
    ["encrypted", 6, 8, 1, "encrypted"],
    ["of an unsupported method", 8, 10, 12, "unsupported"],
  ])("names a member that is %s, and gives the others", (_name, localOffset, centralOffset, value, code) => {
    const archive = buildZip(TWO);
    archive.fill(0xaa, 35, 40);
    archive.writeUInt16LE(value, localOffset);
    archive.writeUInt16LE(value, archive.indexOf("PK\x01\x02", 0, "latin1") + centralOffset);
    const { entries, reasons } = extract(archive);
    expect(reasons.map(([reason, detail]) => [reason, detail.split(":")[0]])).toEqual([[code, "a.txt"]]);
    expect(entries.map(([name]) => name)).toEqual(["ü.txt"]);
  });

  test("goes through the octets once for thousands of members without a length", () => {
    const members = Array.from({ length: 2_000 }, (_, index) => ({ name: `${index}`, content: Buffer.alloc(0) }));
    const archive = buildZip(members.map((member) => ({ ...member, method: "store" as const })));
    const search = vi.spyOn(archive, "indexOf");
    extract(archive);
    // Two for each local header and one for each record of the directory, and a few.
    expect(search.mock.calls.length).toBeLessThan(6_100);
  });

  test("names a member whose data are damaged", () => {
    const archive = buildZip([
      { name: "a", content: Buffer.from(Array.from({ length: 900 }, (_, index) => `${index * 7}`).join()) },
    ]);
    archive.fill(0xff, 300, 340);
    expect(extract(archive).reasons).toEqual([["damaged", "a"]]);
  });

  test("says of the last volume of an archive that the others are not here", () => {
    const archive = buildZip([{ name: "a", content: TEXT }]);
    const directory = archive.indexOf("PK\x01\x02", 0, "latin1");
    archive.writeUInt16LE(1, archive.length - 18);
    const { reasons } = extract(archive.subarray(directory - 5));
    expect(reasons).toEqual([["partial", "zip archive: the other parts are not here"]]);
  });

  test("does not take a chance signature for an archive", () => {
    const chance = Buffer.alloc(200, 0xee);
    chance.write("PK\x03\x04", 50, "latin1");
    expect(extract(chance)).toEqual({ entries: [], reasons: [] });
  });

  test("gives no directories", () => {
    const archive = buildZip([{ name: "folder/", content: Buffer.alloc(0), method: "store" }, ...TWO]);
    expect(
      extract(archive)
        .entries.filter(([, content]) => content !== "")
        .map(([name]) => name),
    ).toEqual(["a.txt", "ü.txt"]);
    expect(extract(archive).reasons).toEqual([]);
  });

  test("bears archives with any octets changed", () => {
    const archive = buildZip(TWO);
    const change = fc.tuple(fc.nat(archive.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const changed = Buffer.from(archive);
        for (const [position, octet] of changes) changed[position] = octet;
        expect(extract(changed).entries.length).toBeLessThan(20);
      }),
      { numRuns: 500 },
    );
  });
});

describe("gzipExtractor", () => {
  test("bears any octets after the signature", () => {
    const start = Buffer.from([0x1f, 0x8b, 8]);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        (bytes) => extract(Buffer.concat([start, bytes]), gzipExtractor).entries.length < 50,
      ),
    );
  });
});

function extract(
  bytes: Buffer,
  extractor: Extractor = zipExtractor,
): { entries: [string, string][]; reasons: [string, string][] } {
  const { entries, reasons } = extractWith(extractor, bytes);
  return {
    entries: entries.map((entry) => [entry.name, entry.bytes.toString()]),
    reasons: reasons.map((reason) => [reason.slice(0, reason.indexOf(":")), reason.slice(reason.indexOf(":") + 2)]),
  };
}
