import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { passwordLimits } from "../../../../../src/core/scan-limits.ts";
import { createZipExtractor, zipExtractor } from "../../../../../src/scan/extractors/zip.ts";
import { buildEncryptedZip } from "../../../../support/build-encrypted-zip.ts";
import { buildZip } from "../../../../support/build-zip.ts";
import { extract } from "../../../../support/extract.ts";
import { sevenZip } from "../../../../support/seven-zip.ts";

const TEXT = Buffer.from("some text ".repeat(40));
const METHODS = ["traditional", "aes"] as const;

describe("encrypted members of zip archives", () => {
  test.each(METHODS)("are opened with the right word of several: %s", (encryption) => {
    const archive = buildEncryptedZip({ name: "a.js", content: TEXT, password: "right", encryption });
    const { entries, reasons, remarks, heuristics } = extract(zipExtractor, archive, {
      passwords: ["x", "right", "y"],
    });
    expect(entries.map(({ name, bytes }) => [name, bytes.toString()])).toEqual([["a.js", TEXT.toString()]]);
    expect(reasons).toEqual([]);
    expect(remarks).toEqual([["opened", "zip archive: with a word of the message"]]);
    expect(heuristics).toEqual([["archive-password-in-text", "a.js"]]);
  });

  test.each(METHODS)("are named when no word is right: %s", (encryption) => {
    const archive = buildEncryptedZip({ name: "a", content: TEXT, password: "right", encryption });
    const { reasons, remarks, heuristics } = extract(zipExtractor, archive, { passwords: ["wrong", "Right", ""] });
    expect(reasons).toEqual(["encrypted: a"]);
    expect(remarks).toEqual([]);
    expect(heuristics).toEqual([]);
  });

  test.each(METHODS)("are opened with words beyond ASCII: %s", (encryption) => {
    const archive = buildEncryptedZip({ name: "a", content: TEXT, password: "Grün€", encryption });
    expect(extract(zipExtractor, archive, { passwords: ["Grün€"] }).entries[0]?.bytes).toEqual(TEXT);
  });

  test.each(METHODS)("are looked at although nothing proves the password, and stay named: %s", (encryption) => {
    const archive = buildEncryptedZip({ name: "a", content: TEXT, password: "right", encryption, isUnproven: true });
    const { entries, reasons, remarks } = extract(zipExtractor, archive, { passwords: ["wrong", "right"] });
    expect(entries.map(({ bytes }) => bytes)).toContainEqual(TEXT);
    expect(reasons).toEqual(["encrypted: a"]);
    expect(remarks).toEqual([]);
  });

  test("are opened with what has opened another one first", () => {
    const one = { name: "a", content: TEXT, password: "right", encryption: "aes" } as const;
    const archives = Buffer.concat(Array.from({ length: 4 }, () => buildEncryptedZip(one)));
    const words = [...Array.from({ length: passwordLimits.cost - 10 }, (_, index) => `wrong ${index}`), "right"];
    expect(extract(zipExtractor, archives, { passwords: words }).reasons).toEqual([]);
  });

  test("are given up after a few that no word opens", () => {
    const members = Array.from({ length: 50 }, (_, index) =>
      buildEncryptedZip({ name: `${index}`, content: TEXT, password: "right", encryption: "traditional" }),
    );
    const words = Array.from({ length: 500 }, (_, index) => `wrong ${index}`);
    const start = performance.now();
    expect(extract(zipExtractor, Buffer.concat(members), { passwords: words }).reasons).toHaveLength(50);
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  test("are read as they are when the headers lie about the encryption", () => {
    const archive = buildZip([{ name: "a", content: TEXT }]);
    archive.writeUInt16LE(1, 6);
    expect(extract(zipExtractor, archive).entries[0]?.bytes).toEqual(TEXT);
    archive.writeUInt32LE(1, 14);
    archive.writeUInt32LE(1, archive.indexOf("PK\x01\x02", 0, "latin1") + 16);
    const { entries, reasons } = extract(zipExtractor, archive);
    expect(entries[0]?.bytes).toEqual(TEXT);
    expect(reasons).toEqual(["encrypted: a"]);
  });
});

describe("createZipExtractor()", () => {
  test("names members that are packed in ways that only 7-Zip knows, where it is not there", () => {
    expect(extract(zipExtractor, bzip2Zip()).reasons).toEqual(["unsupported: a.txt: compression method 12"]);
  });

  test("has 7-Zip unpack them", () => {
    const { entries, reasons } = extract(createZipExtractor(sevenZip), bzip2Zip());
    expect(entries.map(({ name, bytes }) => [name, bytes.toString()])).toEqual([["a.txt", "bzip2"]]);
    expect(reasons).toEqual([]);
  });

  test("names methods that nobody knows", () => {
    const archive = Buffer.from(bzip2Zip());
    archive.writeUInt16LE(96, 8);
    archive.writeUInt16LE(96, archive.indexOf("PK\x01\x02", 0, "latin1") + 10);
    expect(extract(createZipExtractor(sevenZip), archive).reasons).toEqual([
      "unsupported: a.txt: compression method 96",
    ]);
  });

  test("tells that an archive goes on elsewhere", () => {
    const last = buildZip([{ name: "a", content: TEXT }]);
    last.writeUInt16LE(2, last.length - 18);
    expect(extract(zipExtractor, last).reasons).toEqual(["partial: zip archive: the other parts are not here"]);
    const first = Buffer.concat([Buffer.from("PK\x07\x08", "latin1"), last.subarray(0, 60)]);
    expect(extract(zipExtractor, first).reasons).toContain("partial: zip archive: the other parts are not here");
  });

  test("leaves room for what stands behind a member that is too large", () => {
    const archive = buildZip([
      { name: "zeros", content: Buffer.alloc(300_000) },
      { name: "a", content: TEXT },
    ]);
    const { entries, reasons } = extract(zipExtractor, archive, { limits: { archiveBytes: 100_000 } });
    expect(reasons).toEqual(["limit-bytes: zeros"]);
    expect(entries.at(-1)).toMatchObject({ name: "a", bytes: TEXT });
  });
});

/** A stored member whose octets are the word "bzip2" as the program of that name packs it, with the method and the
 *  checksum that go with them. */
function bzip2Zip(): Buffer {
  const packed = Buffer.from(
    "425a683931415926535948632c440000008980100010204010200030cd00c1a680717724538509048632c440",
    "hex",
  );
  const archive = buildZip([{ name: "a.txt", content: packed, method: "store" }]);
  for (const position of [8, archive.indexOf("PK\x01\x02", 0, "latin1") + 10]) {
    archive.writeUInt16LE(12, position);
    archive.writeUInt32LE(crc32(Buffer.from("bzip2")), position + 6);
    archive.writeUInt32LE(5, position + 14);
  }
  return archive;
}
