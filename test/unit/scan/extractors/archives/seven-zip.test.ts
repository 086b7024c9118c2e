import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SevenZipRequest } from "../../../../../src/scan/extractors/archives/seven-zip.ts";
import { createSevenZip } from "../../../../../src/scan/extractors/archives/seven-zip.ts";
import { build7z } from "../../../../support/build-7z.ts";
import { buildIso } from "../../../../support/build-images.ts";
import { buildArj, buildCabinet, buildLzh } from "../../../../support/build-old-archives.ts";
import { buildRar4, buildRar5 } from "../../../../support/build-rar.ts";
import { buildXz } from "../../../../support/build-streams.ts";
import { sevenZip } from "../../../../support/seven-zip.ts";

const TEXT = Buffer.from("some text ".repeat(40));
const FILES = [
  { name: "folder/a.txt", content: TEXT },
  { name: "ü.txt", content: Buffer.from("second") },
];

describe("extract()", () => {
  test.each([
    ["7z", build7z(FILES)],
    ["rar", buildRar4(FILES)],
    ["rar5", buildRar5(FILES)],
  ])("gives all files of a %s archive by name", (format, archive) => {
    const { files, ...rest } = sevenZip.extract(archive, request({ format }));
    expect(files.map(({ name, bytes, isCut }) => [name, bytes.toString(), isCut])).toEqual([
      ["folder/a.txt", TEXT.toString(), false],
      ["ü.txt", "second", false],
    ]);
    expect(rest).toMatchObject({ isOpened: true, isEncrypted: false, isWhole: true, stopped: undefined, missing: [] });
  });

  test.each([
    ["cab", buildCabinet("a.txt", TEXT)],
    ["arj", buildArj("a.txt", TEXT)],
    ["lzh", buildLzh("a.txt", TEXT)],
    ["iso", buildIso("a.txt", TEXT)],
    ["xz", buildXz(TEXT)],
  ])("gives the file of a %s archive", (format, archive) => {
    const { files } = sevenZip.extract(archive, request({ format }));
    expect(files.map(({ bytes }) => bytes.toString())).toEqual([TEXT.toString()]);
  });

  test("leaves nothing of one archive for the next", () => {
    sevenZip.extract(build7z(FILES), request({ format: "7z" }));
    const { files } = sevenZip.extract(build7z(FILES.slice(1)), request({ format: "7z" }));
    expect(files.map(({ name }) => name)).toEqual(["ü.txt"]);
  });

  test("leaves out the files that it is told to", () => {
    const { files } = sevenZip.extract(build7z(FILES), request({ format: "7z", without: ["folder/a.txt"] }));
    expect(files.map(({ name }) => name)).toEqual(["ü.txt"]);
  });

  test("gives names that would leave the folder, and touches nothing there", () => {
    const archive = build7z([{ name: "../../etc/passwd", content: TEXT }]);
    const { files } = sevenZip.extract(archive, request({ format: "7z" }));
    expect(files.map(({ bytes }) => bytes.toString())).toEqual([TEXT.toString()]);
  });

  test.each([
    ["is as large as allowed", TEXT.length + 6, [TEXT.length, 6], [false, false]],
    ["is one octet too large: half of it, and what is behind it", TEXT.length - 1, [0, 6], [true, false]],
    ["is larger than what is left", TEXT.length, [TEXT.length, 0], [false, true]],
  ])("keeps of a file that %s", (_name, keptBytes, lengths, cuts) => {
    const { files, stopped } = sevenZip.extract(build7z(FILES), request({ format: "7z", keptBytes }));
    expect(files.map(({ bytes }) => bytes.length)).toEqual(lengths);
    expect(files.map(({ isCut }) => isCut)).toEqual(cuts);
    expect(stopped).toBeUndefined();
  });

  test("ends when a limit says so, and keeps what there is", () => {
    const large = build7z([
      { name: "a", content: TEXT },
      { name: "b", content: Buffer.alloc(60_000) },
    ]);
    const stop = (written: number): "limit-bytes" | undefined => (written > TEXT.length ? "limit-bytes" : undefined);
    const { files, stopped } = sevenZip.extract(large, request({ format: "7z", stop }));
    expect(stopped).toBe("limit-bytes");
    expect(files[0]?.bytes).toEqual(TEXT);
  });

  test("counts folders and files", () => {
    expect(sevenZip.extract(build7z(FILES), request({ format: "7z", files: 2 })).stopped).toBe("limit-entries");
    expect(sevenZip.extract(build7z(FILES), request({ format: "7z", files: 4 })).stopped).toBeUndefined();
  });

  test.each([
    ["7z", build7z(FILES, { password: "right" })],
    ["rar5", buildRar5(FILES, { password: "right" })],
    ["rar5", buildRar5(FILES, { password: "right", hidesNames: true })],
  ])("tells a wrong password of a %s archive from the right one", (format, archive) => {
    expect(sevenZip.extract(archive, request({ format, password: "wrong" })).isEncrypted).toBe(true);
    const { isEncrypted, files } = sevenZip.extract(archive, request({ format, password: "right" }));
    expect(isEncrypted).toBe(false);
    expect(files[0]?.bytes).toEqual(TEXT);
  });

  test("ends by itself at an encrypted header that it can not read, and goes on with the next archive", () => {
    const archive = build7z(FILES, { password: "right", hidesNames: true });
    const { crash, files } = sevenZip.extract(archive, request({ format: "7z", password: "wrong" }));
    expect(crash).toBeDefined();
    expect(files).toEqual([]);
    expect(sevenZip.extract(archive, request({ format: "7z", password: "right" })).files).toHaveLength(2);
  });

  test("names the volumes that are not here", () => {
    expect(sevenZip.extract(buildRar5(FILES, { isVolume: true }), request({ format: "rar5" })).missing).not.toEqual([]);
    expect(sevenZip.extract(buildRar4(FILES, { isVolume: true }), request({ format: "rar" })).missing).not.toEqual([]);
  });

  test("refuses a dictionary that is larger than the memory allowed", () => {
    const gibibyte = 0x24;
    expect(sevenZip.extract(buildXz(TEXT, gibibyte), request({ format: "xz" })).isOutOfMemory).toBe(true);
  });

  test("opens nothing that is no archive", () => {
    expect(sevenZip.extract(TEXT, request({ format: "7z" }))).toMatchObject({ isOpened: false, files: [] });
    expect(sevenZip.extract(Buffer.alloc(0), request({ format: "iso" }))).toMatchObject({ isOpened: false, files: [] });
  });

  test.each([
    ["7z", build7z(FILES)],
    ["rar", buildRar4(FILES)],
    ["rar5", buildRar5(FILES)],
    ["cab", buildCabinet("a.txt", TEXT)],
    ["arj", buildArj("a.txt", TEXT)],
    ["lzh", buildLzh("a.txt", TEXT)],
    ["xz", buildXz(TEXT)],
  ])("bears a %s archive with any octets changed", (format, archive) => {
    const change = fc.tuple(fc.nat(archive.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const changed = Buffer.from(archive);
        for (const [position, octet] of changes) changed[position] = octet;
        const { files } = sevenZip.extract(changed, request({ format, keptBytes: 10_000 }));
        expect(files.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(10_000);
      }),
      { numRuns: 40 },
    );
  });
});

describe("createSevenZip()", () => {
  test("throws at its first use when the octets are another program", () => {
    const empty = Buffer.from("0061736d01000000", "hex");
    expect(() => createSevenZip(empty).extract(TEXT, request({ format: "7z" }))).toThrow("another one than expected");
    expect(() => createSevenZip(TEXT).extract(TEXT, request({ format: "7z" }))).toThrow();
  });
});

function request(
  options: { readonly format: string } & Partial<SevenZipRequest> & Partial<SevenZipRequest["limits"]>,
): SevenZipRequest {
  const { format, password = "", without = [], files = 100, keptBytes = 1_000_000, stop = () => undefined } = options;
  return { format, password, without, limits: { files, keptBytes, stop } };
}
