import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arExtractor } from "../../../../../src/scan/extractors/archives/ar.ts";
import { cpioExtractor } from "../../../../../src/scan/extractors/archives/cpio.ts";
import { diskImageExtractor } from "../../../../../src/scan/extractors/archives/disk-image.ts";
import type { Extractor } from "../../../../../src/scan/extractors/extractor.ts";
import { buildCpio, type CpioForm } from "../../../../support/build-cpio.ts";
import { buildGptDisk, buildMbrDisk, buildVhd } from "../../../../support/build-images.ts";
import { buildAr } from "../../../../support/build-old-archives.ts";
import { extract } from "../../../../support/extract.ts";

const A = { name: "a.txt", content: Buffer.from("first") };
const B = { name: "b.txt", content: Buffer.from("second!") };
const FORMS: CpioForm[] = ["newc", "odc", "little", "big"];
const VOLUME = Buffer.alloc(2048, "volume ");

describe("cpioExtractor", () => {
  test.each(FORMS)("gives every file of the form %s", (form) => {
    expect(contents(cpioExtractor, buildCpio(form, [A, B]))).toEqual([
      ["a.txt", "first"],
      ["b.txt", "second!"],
    ]);
  });

  test("goes on behind the trailer", () => {
    const archive = Buffer.concat([buildCpio("newc", [A]), Buffer.alloc(100), buildCpio("odc", [B])]);
    expect(contents(cpioExtractor, archive).map(([name]) => name)).toEqual(["a.txt", "b.txt"]);
  });

  test("gives what is there of a file whose size is a lie, and the headers in it", () => {
    const found = contents(cpioExtractor, buildCpio("newc", [{ ...A, size: 0xfffffff0 }, B]));
    expect(found[0]?.[1].startsWith("first")).toBe(true);
    expect(found).toContainEqual(["b.txt", "second!"]);
  });

  test("does not take any text that begins with digits for an archive", () => {
    expect(cpioExtractor.matches({ bytes: Buffer.from("070707 is a number"), origin: "decoded", name: "" })).toBe(
      false,
    );
    expect(cpioExtractor.matches({ bytes: Buffer.alloc(100, "\xc7\x71", "latin1"), origin: "decoded", name: "" })).toBe(
      false,
    );
  });
});

describe("arExtractor", () => {
  test("takes names of GNU and of BSD", () => {
    const archive = buildAr([
      { name: "a.txt/", content: A.content },
      { name: "//", content: Buffer.from("one-long-name/\nanother-long-name/\n") },
      { name: "/15", content: B.content },
      { name: "#1/4", content: Buffer.from("bsd\0third") },
    ]);
    expect(contents(arExtractor, archive)).toEqual([
      ["a.txt", "first"],
      ["another-long-name", "second!"],
      ["bsd\0", "third"],
    ]);
  });

  test.each(["9999999999", "-1", "1e9", "x"])("gives what is there of a file whose size is %j", (size) => {
    const found = contents(arExtractor, buildAr([{ ...A, size }, B]));
    expect(found[0]?.[1].startsWith("first")).toBe(true);
    expect(found).toContainEqual(["b.txt", "second!"]);
  });
});

describe("diskImageExtractor", () => {
  test.each([
    ["a master boot record", buildMbrDisk(VOLUME)],
    ["a GUID partition table", buildGptDisk(VOLUME)],
    ["a VHD around a disk", buildVhd(buildMbrDisk(VOLUME))],
  ])("gives the partition of %s", (_name, disk) => {
    expect(contents(diskImageExtractor, disk)).toEqual([["partition 1", VOLUME.toString()]]);
  });

  test("gives all of a VHD that has no partitions", () => {
    expect(contents(diskImageExtractor, buildVhd(VOLUME))).toEqual([["disk", VOLUME.toString()]]);
  });

  test("follows logical drives, but not in circles", () => {
    const disk = buildMbrDisk(Buffer.concat([buildMbrDisk(VOLUME), Buffer.alloc(512)]));
    disk[450] = 0x05;
    expect(contents(diskImageExtractor, disk)).toEqual([["partition 1", VOLUME.toString()]]);
    const circle = buildMbrDisk(Buffer.alloc(2048));
    circle[450] = 0x05;
    const record = 63 * 512;
    circle.writeUInt32LE(0, record + 470);
    circle.writeUInt32LE(1, record + 474);
    circle.writeUInt16LE(0xaa55, record + 510);
    expect(contents(diskImageExtractor, circle)).toEqual([]);
  });

  test("leaves boot sectors alone that are no disk", () => {
    const sector = Buffer.alloc(4096, 0x90);
    sector.writeUInt16LE(0xaa55, 510);
    expect(extract(diskImageExtractor, sector).entries).toEqual([]);
  });

  test("takes only so many partitions", () => {
    const disk = buildGptDisk(VOLUME);
    disk.writeUInt32LE(0xffffffff, 512 + 80);
    for (let entry = 1024; entry < 64 * 512; entry += 128) disk.copy(disk, entry, 1024, 1152);
    const { entries } = extract(diskImageExtractor, disk);
    expect(entries.length).toBeLessThanOrEqual(128);
  });
});

describe("archives of stored files", () => {
  test.each([
    ["cpio, newc", cpioExtractor, buildCpio("newc", [A, B])],
    ["cpio, odc", cpioExtractor, buildCpio("odc", [A, B])],
    ["cpio, binary", cpioExtractor, buildCpio("little", [A, B])],
    ["ar", arExtractor, buildAr([{ name: "#1/2", content: A.content }, B])],
    ["a disk", diskImageExtractor, buildGptDisk(VOLUME)],
  ] as const)("are borne with any octets changed: %s", (_name, extractor, archive) => {
    const change = fc.tuple(fc.nat(Math.min(archive.length - 1, 2_000)), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const changed = Buffer.from(archive);
        for (const [position, octet] of changes) changed[position] = octet;
        expect(extract(extractor, changed).entries.length).toBeLessThan(200);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ["cpio", cpioExtractor, buildCpio("odc", [A, B, A, B])],
    ["ar", arExtractor, buildAr([A, B, A, B])],
  ] as const)("stop at the limit of entries: %s", (_name, extractor, archive) => {
    expect(extract(extractor, archive, { limits: { entries: 4 } }).reasons).toEqual([]);
    const { entries, reasons } = extract(extractor, archive, { limits: { entries: 3 } });
    expect(entries).toHaveLength(3);
    expect(reasons).toEqual(["limit-entries: more than 3 entries"]);
  });
});

function contents(extractor: Extractor, archive: Buffer): [string, string][] {
  return extract(extractor, archive).entries.map(({ name, bytes }) => [name, bytes.toString()]);
}
