import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { archivesAtStart, embeddedArchives } from "../../../../../src/scan/extractors/archives/archive-formats.ts";
import { build7z } from "../../../../support/build-7z.ts";
import { buildFat, buildIso } from "../../../../support/build-images.ts";
import { buildArj, buildCabinet, buildLzh } from "../../../../support/build-old-archives.ts";
import { buildRar4, buildRar5 } from "../../../../support/build-rar.ts";
import { buildXz } from "../../../../support/build-streams.ts";

const TEXT = Buffer.from("some text");
const FILES = [{ name: "a.txt", content: TEXT }];
const PROGRAM = Buffer.concat([Buffer.from("MZ"), Buffer.alloc(500)]);

describe("archivesAtStart()", () => {
  test.each([
    ["7z", build7z(FILES)],
    ["rar", buildRar4(FILES)],
    ["rar5", buildRar5(FILES)],
    ["cab", buildCabinet("a", TEXT)],
    ["arj", buildArj("a", TEXT)],
    ["lzh", buildLzh("a", TEXT)],
    ["iso", buildIso("a", TEXT)],
    ["fat", buildFat("A          ", TEXT)],
    ["xz", buildXz(TEXT)],
    ["bzip2", Buffer.from("BZh91AY&SY", "latin1")],
    ["wim", Buffer.from("MSWIM\0\0\0", "latin1")],
    ["lzma", Buffer.from("5d00008000ffffffffffffffff0000000000", "hex")],
    ["Z", Buffer.from("1f9d90", "hex")],
  ])("recognizes %s", (format, bytes) => {
    expect(archivesAtStart(bytes).map((found) => found.format)).toEqual([format]);
  });

  test("recognizes nothing in texts, whatever they are about", () => {
    for (const text of ["", "7z", "Rar! is a program", "BZh9 is not enough", "MSCF", "%PDF-1.7", "PK", "\x5d\0\0"]) {
      expect(archivesAtStart(Buffer.from(text, "latin1"))).toEqual([]);
    }
  });

  test("bears any octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => archivesAtStart(Buffer.from(bytes)).length < 4),
    );
  });
});

describe("embeddedArchives()", () => {
  test("finds archives behind other octets, in the order of their kinds", () => {
    const junk = Buffer.from("junk");
    const all = Buffer.concat([junk, buildRar5(FILES), build7z(FILES), buildRar4(FILES)]);
    expect(embeddedArchives(all, 9).map(({ format, position }) => [format, position])).toEqual([
      ["7z", 4 + buildRar5(FILES).length],
      ["rar", 4 + buildRar5(FILES).length + build7z(FILES).length],
      ["rar5", 4],
    ]);
  });

  test("finds more kinds in a program", () => {
    const cabinet = buildCabinet("a", TEXT);
    expect(embeddedArchives(Buffer.concat([PROGRAM, cabinet]), 9).map(({ format }) => format)).toEqual(["cab"]);
    expect(embeddedArchives(Buffer.concat([TEXT, cabinet]), 9)).toEqual([]);
    const installer = Buffer.concat([PROGRAM, Buffer.from("efbeadde", "hex"), Buffer.from("NullsoftInst")]);
    expect(embeddedArchives(installer, 9)).toMatchObject([{ format: "nsis", position: 0 }]);
  });

  test("finds none where the content begins, and none without its first octets", () => {
    expect(embeddedArchives(build7z(FILES), 9)).toEqual([]);
    expect(embeddedArchives(Buffer.from("x\xbc\xaf\x27\x1c", "latin1"), 9)).toEqual([]);
  });

  test("stops at the number asked for", () => {
    const many = Buffer.concat(Array.from({ length: 50 }, () => Buffer.concat([TEXT, build7z(FILES)])));
    expect(embeddedArchives(many, 5)).toHaveLength(5);
    expect(embeddedArchives(many, 0)).toEqual([]);
  });

  test("takes little time for many beginnings of marks", () => {
    const start = performance.now();
    embeddedArchives(Buffer.alloc(300_000, "\x1a\x07\x00", "latin1"), 16);
    embeddedArchives(Buffer.alloc(300_000, "\xbc\xaf\x27\x1c", "latin1"), 16);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
