import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tarExtractor } from "../../../../../src/scan/extractors/archives/tar.ts";
import { buildTar, paxMember, type TarEntry, tarMember } from "../../../../support/build-tar.ts";
import { extract } from "../../../../support/extract.ts";

const A: TarEntry = { name: "a.txt", content: Buffer.from("first") };
const B: TarEntry = { name: "folder/b.txt", content: Buffer.alloc(600, "second ") };

describe("tarExtractor", () => {
  test("gives every file by name, and no folders", () => {
    const folder = { name: "folder/", content: Buffer.alloc(0), type: "5" };
    expect(contents(buildTar([A, folder, B]))).toEqual([
      ["a.txt", "first"],
      ["folder/b.txt", B.content.toString()],
    ]);
    expect(extract(tarExtractor, buildTar([A, B])).reasons).toEqual([]);
  });

  test("takes names from the headers of GNU tar and pax before the file", () => {
    const archive = Buffer.concat([
      tarMember({ name: "././@LongLink", type: "L", content: Buffer.from("gnu name\0") }),
      tarMember(A),
      paxMember({ path: "pax name" }),
      tarMember(A),
      tarMember(B),
    ]);
    expect(contents(archive).map(([name]) => name)).toEqual(["gnu name", "pax name", "folder/b.txt"]);
  });

  test("puts the prefix of ustar before the name", () => {
    const edit = (header: Buffer): void => void header.write("some/folder", 345, "latin1");
    expect(contents(buildTar([{ ...A, edit }]))).toEqual([["some/folder/a.txt", "first"]]);
  });

  test.each([
    ["as signed octets", signedChecksum(buildTar([{ ...A, name: "ü.txt", isOld: true }]))],
    ["not at all, where it says ustar", buildTar([{ ...A, name: "ü.txt", checksumError: 9 }])],
  ])("accepts headers that are summed %s", (_name, archive) => {
    expect(contents(archive)).toEqual([["ü.txt", "first"]]);
  });

  test("does not recognize an old header whose checksum is wrong", () => {
    expect(extract(tarExtractor, buildTar([{ ...A, isOld: true, checksumError: 1 }])).entries).toEqual([]);
    expect(contents(buildTar([{ ...A, isOld: true }]))).toEqual([["a.txt", "first"]]);
  });

  test.each([
    ["octal digits", Buffer.from("77777777777\0")],
    ["a binary number", Buffer.from("80ffffffffffffffffffffff", "hex")],
    ["a negative number", Buffer.from("ffffffffffffffffffffffff", "hex")],
  ])("gives what is there of a file whose size is a lie in %s, and the headers in it", (_name, size) => {
    const found = contents(buildTar([{ ...A, size }, B]));
    expect(found[0]?.[1].startsWith("first")).toBe(true);
    expect(found).toContainEqual(["folder/b.txt", B.content.toString()]);
  });

  test("finds archives behind the end, aligned or not", () => {
    const archive = Buffer.concat([buildTar([A]), Buffer.from("x"), buildTar([B])]);
    expect(contents(archive).map(([name]) => name)).toEqual(["a.txt", "folder/b.txt"]);
  });

  test("skips blocks before the first header as GNU tar does", () => {
    expect(contents(Buffer.concat([Buffer.alloc(512, "x"), buildTar([A])]))).toEqual([["a.txt", "first"]]);
  });

  test("puts a file of pax with holes together as it is on disk", () => {
    const map = { "GNU.sparse.map": "4,3,0,2", "GNU.sparse.name": "real" };
    const archive = Buffer.concat([paxMember(map), buildTar([{ name: "stored", content: Buffer.from("abcde") }])]);
    expect(contents(archive)).toEqual([["real", "de\0\0abc"]]);
  });

  test("reads the map that stands before the data", () => {
    const content = Buffer.concat([Buffer.from("2\n4\n3\n0\n2\n".padEnd(512, "\0")), Buffer.from("abcde")]);
    const archive = Buffer.concat([paxMember({ "GNU.sparse.major": "1" }), buildTar([{ name: "stored", content }])]);
    expect(contents(archive)).toEqual([["stored", "de\0\0abc"]]);
  });

  test("does not put together a file that would be larger than allowed", () => {
    const map = { "GNU.sparse.map": "99999999999,5" };
    const archive = Buffer.concat([paxMember(map), buildTar([{ name: "stored", content: Buffer.from("abcde") }])]);
    const { entries, reasons } = extract(tarExtractor, archive);
    expect(reasons).toEqual(["limit-bytes: stored"]);
    expect(entries.map(({ bytes }) => bytes.toString())).toEqual(["abcde"]);
  });

  test("stops at the limit of entries, and says so once", () => {
    const archive = buildTar(Array.from({ length: 9 }, (_, index) => ({ ...A, name: `${index}` })));
    expect(extract(tarExtractor, archive, { limits: { entries: 9 } }).reasons).toEqual([]);
    const { entries, reasons } = extract(tarExtractor, archive, { limits: { entries: 8 } });
    expect(entries).toHaveLength(8);
    expect(reasons).toEqual(["limit-entries: more than 8 entries"]);
    expect(extract(tarExtractor, archive, { limits: { entries: Number.NaN } }).entries).toEqual([]);
  });

  test("stops when the time is up", () => {
    expect(extract(tarExtractor, buildTar([A]), { outOfTime: true })).toMatchObject({
      entries: [],
      reasons: ["limit-time: a.txt"],
    });
  });

  test("does not hand on the same octets without end when every size is a lie", () => {
    const size = Buffer.from("77777777777\0");
    const archive = buildTar(Array.from({ length: 200 }, () => ({ ...B, size })));
    const { entries, reasons } = extract(tarExtractor, archive, { limits: { archiveBytes: 200_000 } });
    expect(entries.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(1_000_000);
    expect(reasons.at(-1)).toMatch(/^limit-bytes/);
  });

  test("bears archives with any octets changed", () => {
    const archive = Buffer.concat([paxMember({ path: "p", "GNU.sparse.map": "0,5" }), buildTar([A, B])]);
    const change = fc.tuple(fc.nat(archive.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const changed = Buffer.from(archive);
        for (const [position, octet] of changes) changed[position] = octet;
        expect(extract(tarExtractor, changed).entries.length).toBeLessThan(20);
      }),
      { numRuns: 500 },
    );
  });

  test.each([0, 1, 511, 512, 600, 1024, 1500])("bears an archive that breaks off after %i octets", (length) => {
    expect(extract(tarExtractor, buildTar([A, B]).subarray(0, length)).reasons).toEqual([]);
  });
});

function contents(archive: Buffer): [string, string][] {
  return extract(tarExtractor, archive).entries.map(({ name, bytes }) => [name, bytes.toString()]);
}

/** Some old programs took octets above 127 as negative. */
function signedChecksum(archive: Buffer): Buffer {
  const header = Buffer.from(archive.subarray(0, 512)).fill(0x20, 148, 156);
  const sum = header.reduce((total, octet) => total + (octet > 127 ? octet - 256 : octet), 0);
  archive.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return archive;
}
