import { describe, expect, test } from "vitest";
import { compoundExtractor } from "../../../../../src/scan/extractors/ole/compound.ts";
import {
  buildCompoundFile,
  type CompoundOptions,
  type CompoundStorage,
} from "../../../../support/build-compound-file.ts";
import { equationNative, ole10Native, urlMonikerStream } from "../../../../support/build-ole-objects.ts";
import { extract } from "../../../../support/extract.ts";

const LONG = Buffer.from(Array.from({ length: 2_000 }, (_, index) => `line ${index}\n`).join(""));
const TREE: CompoundStorage = {
  children: {
    small: Buffer.from("few octets"),
    long: LONG,
    Outer: { children: { Inner: { children: { deep: LONG } } } },
  },
};

describe("compoundExtractor", () => {
  test.each<[string, CompoundOptions]>([
    ["of version 3", {}],
    ["of version 4", { version: 4 }],
    ["in pieces", { isFragmented: true }],
    ["of version 4 in pieces", { version: 4, isFragmented: true }],
  ])("gives every stream of a file %s under its path", (_name, options) => {
    const { entries, reasons } = extract(compoundExtractor, buildCompoundFile(TREE, options));
    expect(entries.map(({ name }) => name).sort()).toEqual(["Outer/Inner/deep", "long", "small"]);
    expect(entries.find(({ name }) => name === "Outer/Inner/deep")?.bytes.equals(LONG)).toBe(true);
    expect(entries.find(({ name }) => name === "small")?.bytes.toString()).toBe("few octets");
    expect(reasons).toEqual([]);
  });

  test("finds the table's sectors that the header has no place for", () => {
    const large = Buffer.alloc(7_500_000, "0123456789");
    const { entries } = extract(compoundExtractor, buildCompoundFile({ children: { large, long: LONG } }));
    expect(entries.find(({ name }) => name === "large")?.bytes.equals(large)).toBe(true);
    expect(entries.find(({ name }) => name === "long")?.bytes.equals(LONG)).toBe(true);
  });

  test("gives what a file that is cut off still has", () => {
    const file = buildCompoundFile({ children: { first: LONG, second: LONG } });
    // The directory is at the end: the sectors are swapped so that it is at the beginning.
    const { entries } = extract(compoundExtractor, moveDirectoryForward(file).subarray(0, 30_000));
    expect(entries.length).toBeGreaterThan(0);
    expect(entries[0]?.bytes.length).toBeGreaterThan(10_000);
  });

  test("ends in a chain that is a circle", () => {
    const file = buildCompoundFile({ children: { long: LONG } });
    const entry = entryOf(file, "long");
    file.writeUInt32LE(0xfffffff0, entry + 120);
    const table = (file.readUInt32LE(76) + 1) * 512;
    file.writeUInt32LE(file.readUInt32LE(entry + 116), table + file.readUInt32LE(entry + 116) * 4);
    const { entries } = extract(compoundExtractor, file);
    expect(entries[0]?.bytes.length).toBeLessThanOrEqual(file.length);
  });

  test("counts as output what overlapping chains multiply", () => {
    const names = Array.from({ length: 200 }, (_, index) => `s${String(index).padStart(3, "0")}`);
    const file = buildCompoundFile({
      children: { long: LONG, ...Object.fromEntries(names.map((name) => [name, Buffer.from("x")])) },
    });
    for (const name of names)
      file.copy(file, entryOf(file, name) + 116, entryOf(file, "long") + 116, entryOf(file, "long") + 124);
    const limits = { archiveBytes: 300_000 };
    const { entries, reasons } = extract(compoundExtractor, file, { limits });
    const total = entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(total).toBeLessThanOrEqual(file.length + limits.archiveBytes);
    expect(reasons[0]).toMatch(/^limit-bytes/);
    expect(extract(compoundExtractor, file, { limits: { archiveBytes: Number.NaN } }).reasons[0]).toMatch(
      /^limit-bytes/,
    );
  });

  test.each([
    [4, 4, []],
    [3, 3, ["limit-entries: more than 3 entries"]],
    [0, 0, ["limit-entries: more than 0 entries"]],
    [Number.NaN, 0, ["limit-entries: more than NaN entries"]],
  ])("gives at most as many entries as are allowed: %s", (allowed, given, reasons) => {
    const children = Object.fromEntries(["a", "b", "c"].map((name) => [name, Buffer.from(name)]));
    const found = extract(compoundExtractor, buildCompoundFile({ children }), { limits: { entries: allowed } });
    expect(found.entries.length).toBeLessThanOrEqual(given);
    expect(found.reasons).toEqual(reasons);
  });

  test("says so when the time is up", () => {
    const { reasons } = extract(compoundExtractor, buildCompoundFile(TREE), { outOfTime: true });
    expect(reasons[0]).toMatch(/^limit-time/);
  });

  test("decodes the names of an installer package", () => {
    // "!_Tables" as Windows Installer packs it: pairs of a 64-letter alphabet, the mark of a table in front.
    const children = { "\u4840\u3f7f\u4164\u422f\u4836": Buffer.from("table") };
    expect(extract(compoundExtractor, buildCompoundFile({ children })).entries[0]?.name).toBe("!_Tables");
  });

  test("finds nothing without a directory, and does not fail", () => {
    const file = buildCompoundFile(TREE);
    file.writeUInt32LE(0xfffffffe, 48);
    expect(extract(compoundExtractor, file)).toMatchObject({ entries: [], reasons: [] });
    expect(extract(compoundExtractor, file.subarray(0, 8))).toMatchObject({ entries: [], reasons: [] });
  });
});

describe("compoundExtractor with objects", () => {
  const open = (storage: CompoundStorage) => extract(compoundExtractor, buildCompoundFile(storage));

  test("gives the file in a package by its name, once", () => {
    const { entries, heuristics } = open({ children: { "\x01Ole10Native": ole10Native("notes.txt", LONG) } });
    expect(entries.filter(({ bytes }) => bytes.length > 0).map(({ name }) => name)).toEqual(["notes.txt"]);
    expect(entries[0]?.bytes.equals(LONG)).toBe(true);
    expect(heuristics).toEqual([]);
  });

  test("finds a program in a package suspicious", () => {
    const script = Buffer.from("@echo off\r\nstart calc\r\n");
    const { heuristics } = open({ children: { "\x01Ole10Native": ole10Native("notes.bat", script) } });
    expect(heuristics).toEqual([["embedded-executable", "notes.bat"]]);
  });

  test.each([
    ["of a foreign host", "\\\\203.0.113.5\\a\\b.exe", 1],
    ["of a command", "cmd.exe /c start", 1],
    ["of a document", "C:\\Users\\a\\report.doc", 0],
  ])("judges a package that is a link %s", (_name, target, count) => {
    const link = Buffer.concat([
      Buffer.from([0, 0, 0, 0, 2, 0]),
      Buffer.from(`label\0${target}\0\0\0\x01\0\x01\0${target}\0`, "latin1"),
    ]);
    expect(open({ children: { "\x01Ole10Native": link } }).heuristics).toHaveLength(count);
  });

  test.each([
    ["a formula", "Equation Native", equationNative(), 0],
    ["a formula whose font overflows", "Equation Native", equationNative(Buffer.alloc(44, "a")), 1],
    ["octets that are no formula", "Equation Native", Buffer.alloc(100, 0x90), 1],
    ["an oddly written name", "eQuation nAtive", equationNative(), 1],
  ])("judges %s", (_name, name, content, count) => {
    const { heuristics } = open({ classId: "0002CE0200000000C000000000000046", children: { [name]: content } });
    expect(heuristics).toEqual(Array(count).fill(["equation-editor", ""]));
  });

  test.each([
    ["http://example.org/a.hta", 1],
    ["https://example.org/a.doc", 1],
    ["file://203.0.113.7/a/b.rtf", 1],
    ["\\\\server\\share\\table.xls", 0],
    ["C:\\table.xls", 0],
  ])("judges an object linked to %s", (url, count) => {
    const { heuristics } = open({ children: { "\x01Ole": urlMonikerStream(url) } });
    expect(heuristics).toEqual(Array(count).fill(["external-template", ""]));
  });

  test("finds a class that runs script suspicious", () => {
    const { heuristics } = open({ children: { a: { classId: "EAB22AC330C111CFA7EB0000C05BAE0B", children: {} } } });
    expect(heuristics).toEqual([["embedded-executable", ""]]);
  });
});

function entryOf(file: Buffer, name: string): number {
  return file.indexOf(Buffer.from(`${name}\0`, "utf16le"));
}

/** Swaps the directory's first sector and the table's with the first two of the file. */
function moveDirectoryForward(file: Buffer): Buffer {
  const output = Buffer.from(file);
  const table = file.readUInt32LE(76);
  const swap = (one: number, other: number): void => {
    const [a, b] = [(one + 1) * 512, (other + 1) * 512];
    const kept = Buffer.from(output.subarray(a, a + 512));
    output.copy(output, a, b, b + 512);
    kept.copy(output, b);
  };
  const directory = file.readUInt32LE(48);
  swap(0, directory);
  output.writeUInt32LE(0, 48);
  swap(1, table);
  output.writeUInt32LE(1, 76);
  return output;
}
