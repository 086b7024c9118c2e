import { describe, expect, test } from "vitest";
import { oneNoteExtractor } from "../../../../../src/scan/extractors/onenote/one-note.ts";
import { buildOneNote, buildShortcut } from "../../../../support/build-shortcut.ts";
import { extract } from "../../../../support/extract.ts";

const PICTURE = Buffer.from("\x89PNG\r\n\x1a\n a picture", "latin1");
const TEXT = Buffer.from("start powershell.exe -w hidden x");

describe("oneNoteExtractor", () => {
  test("gives every embedded file", () => {
    const { entries, heuristics, reasons } = extract(oneNoteExtractor, buildOneNote([PICTURE, TEXT]));
    expect(entries.map(({ bytes }) => bytes.equals(PICTURE) || bytes.equals(TEXT))).toEqual([true, true]);
    expect(heuristics).toEqual([]);
    expect(reasons).toEqual([]);
  });

  test.each([
    ["a script", Buffer.from('<job><script language="VBScript">x</script></job>'), undefined, 1],
    ["a shortcut", buildShortcut({ commandLine: "/c calc", target: "cmd.exe" }), undefined, 1],
    ["text that a name makes a script", TEXT, "open.bat", 1],
    ["text that no name makes a script", TEXT, "open.txt", 0],
    ["a picture beside such a name", PICTURE, "open.bat", 0],
  ])("judges %s", (_name, file, name, count) => {
    const { heuristics } = extract(oneNoteExtractor, buildOneNote([file], name));
    expect(heuristics.filter(([heuristic]) => heuristic === "onenote-dropper")).toHaveLength(count);
  });

  test("finds the end of a file whose length is a lie", () => {
    for (const length of [0, 3, 0x7fffffff, 0xffffffff]) {
      const file = buildOneNote([TEXT, PICTURE]);
      file.writeUInt32LE(length, 1024 + 16);
      const { entries } = extract(oneNoteExtractor, file);
      expect(entries[0]?.bytes.subarray(0, TEXT.length).equals(TEXT)).toBe(true);
      expect(entries[1]?.bytes.equals(PICTURE)).toBe(true);
    }
  });

  test("finds files in a section that is packaged in the other way", () => {
    const section = buildOneNote([]);
    section.write("2fe98d63d4a6c14b9a36b3fc2511a5b7", 48, "hex");
    const shortcut = buildShortcut({ commandLine: "/c calc" });
    const { entries, heuristics } = extract(oneNoteExtractor, Buffer.concat([section, shortcut]));
    expect(entries.map(({ bytes }) => bytes.equals(shortcut))).toEqual([true]);
    expect(heuristics).toEqual([["onenote-dropper", ""]]);
    expect(extract(oneNoteExtractor, Buffer.concat([section, TEXT]))).toMatchObject({ entries: [], heuristics: [] });
  });

  test.each([
    ["entries", { entries: 1 }, 1, "limit-entries: more than 1 entries"],
    ["entries when there is no number", { entries: Number.NaN }, 0, "limit-entries: more than NaN entries"],
  ])("gives at most as many %s as are allowed", (_name, limits, count, reason) => {
    const { entries, reasons } = extract(oneNoteExtractor, buildOneNote([PICTURE, TEXT]), { limits });
    expect(entries).toHaveLength(count);
    expect(reasons).toEqual([reason]);
  });

  test("bounds what files in files cost, and says so", () => {
    const headers = buildOneNote([]);
    const parts = Array.from({ length: 3_000 }, (_, index) => {
      const header = Buffer.alloc(36);
      header.write("e716e3bd65261145a4c48d4d0b7a9eac", 0, "hex");
      header.writeUInt32LE((3_000 - index) * 36 - 36, 16);
      return header;
    });
    const end = Buffer.from("22a7fb71790f0b4abb13899256426b24", "hex");
    const file = Buffer.concat([headers, ...parts, end]);
    const { entries, reasons } = extract(oneNoteExtractor, file);
    expect(reasons).toEqual(["limit-views: files in files of a OneNote section"]);
    expect(entries.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(9 * file.length + 2 ** 21);
  });
});
