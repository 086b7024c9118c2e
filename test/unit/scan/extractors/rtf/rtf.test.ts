import { describe, expect, test } from "vitest";
import { oldObjectExtractor } from "../../../../../src/scan/extractors/ole/old-object.ts";
import { rtfExtractor } from "../../../../../src/scan/extractors/rtf/rtf.ts";
import {
  equationNative,
  hexLines,
  oldLink,
  oldObject,
  packagedFile,
  rtfWithObject,
} from "../../../../support/build-ole-objects.ts";
import { extract } from "../../../../support/extract.ts";

const DATA = Buffer.from("the octets of an object");
const HEX = DATA.toString("hex");

describe("rtfExtractor", () => {
  const read = (text: string) => extract(rtfExtractor, Buffer.from(text, "latin1"));
  const contents = (text: string): string[] => read(text).entries.map(({ bytes }) => bytes.toString("latin1"));

  test.each([
    ["an object", rtfWithObject(HEX)],
    ["a picture", `{\\rtf1{\\pict\\wmetafile8 ${HEX}}}`],
    ["a destination that nobody knows", `{\\rtf1{\\*\\nobody ${HEX}}}`],
    ["an object that does not end", `{\\rtf1{\\object{\\*\\objdata ${HEX}`],
    ["an object in capitals and lines", rtfWithObject(hexLines(DATA).toUpperCase())],
    ["raw octets", `{\\rtf1{\\pict\\bin${DATA.length} ${DATA.toString("latin1")}}}`],
    ["what begins with junk", `\n \t{\\rt{\\*\\objdata ${HEX}}}`],
    ["what has no beginning", `Dear reader {\\object{\\*\\objdata ${HEX}}}`],
  ])("gives the octets of %s", (_name, text) => {
    expect(contents(text)).toContain(DATA.toString());
  });

  test("reads data that nothing disturbs in one way alone", () => {
    expect(contents(rtfWithObject(hexLines(DATA)))).toEqual([DATA.toString()]);
  });

  test("does not take text for data", () => {
    const letter =
      "{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}{\\info{\\author abcdef}}Dear reader, add face cafe 1234567890\\par}";
    expect(read(letter)).toMatchObject({ entries: [], heuristics: [], reasons: [] });
  });

  test.each([
    ["{\\field{\\*\\fldinst DDEAUTO c:\\\\\\\\cmd.exe}{\\fldrslt x}}", ["dde"]],
    ["{\\field{\\*\\fldinst {\\b D}{\\i DE}{ AUTO}}}", ["dde"]],
    ["{\\field{\\*\\fldinst \\'44\\'44E cmd}}", ["dde"]],
    ['{\\field{\\*\\fldinst HYPERLINK "http://example.org/"}}', []],
    ["{\\*\\template http://example.org/a.dotm}", ["external-template"]],
    ["{\\*\\template \\u104?ttp://example.org/a}", ["external-template"]],
    ["{\\*\\template C:\\\\Templates\\\\Normal.dot}", []],
  ])("judges %s", (group, expected) => {
    expect(read(`{\\rtf1 ${group}}`).heuristics.map(([name]) => name)).toEqual(expected);
  });

  test("gives the HTML that Outlook keeps in it", () => {
    const text =
      '{\\rtf1\\ansi\\fromhtml1 {\\fonttbl x}{\\*\\htmltag64 <a title="}\\htmlrtf {\\b hidden}\\htmlrtf0 \\\'e4 \\{b\\}\\par {\\*\\htmltag ">}{\\*\\other y}}';
    expect(contents(text)).toEqual(['<a title="ä {b}\r\n">']);
  });

  test.each([
    ["entries", { entries: 2 }, 2, "limit-entries: more than 2 entries"],
    ["entries when there is no number", { entries: Number.NaN }, 0, "limit-entries: more than NaN entries"],
  ])("gives at most as many %s as are allowed", (_name, limits, count, reason) => {
    const text = Buffer.from(`{\\rtf1${`{\\pict ${HEX}}`.repeat(4)}}`);
    const { entries, reasons } = extract(rtfExtractor, text, { limits });
    expect(entries).toHaveLength(count);
    expect(reasons).toEqual([reason]);
  });

  test("bounds what groups in each other cost, and says so", () => {
    const text = Buffer.from(`{\\rtf1${"{\\objdata 41414141".repeat(20_000)}`);
    const start = performance.now();
    const { entries, reasons } = extract(rtfExtractor, text);
    expect(performance.now() - start).toBeLessThan(3_000);
    expect(reasons[0]).toMatch(/^limit-views/);
    expect(entries.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(10 * text.length);
  });

  test("says so when the time is up", () => {
    expect(extract(rtfExtractor, Buffer.from(rtfWithObject(HEX)), { outOfTime: true }).reasons[0]).toMatch(
      /^limit-time/,
    );
  });
});

describe("oldObjectExtractor", () => {
  test("gives the file in a package, and other content under its class", () => {
    const packed = extract(oldObjectExtractor, oldObject("Package", packagedFile("a.txt", DATA)));
    expect(packed.entries[0]?.name).toBe("a.txt");
    expect(packed.entries[0]?.bytes.equals(DATA)).toBe(true);
    const other = extract(oldObjectExtractor, oldObject("PBrush", DATA));
    expect(other.entries.map(({ name, bytes }) => [name, bytes.toString()])).toEqual([["PBrush", DATA.toString()]]);
    expect([...packed.heuristics, ...other.heuristics]).toEqual([]);
  });

  test.each([
    ["a link to the web", oldLink("htmlfile", "http://example.org/a.hta"), ["external-template"]],
    ["a link to a file", oldLink("Excel.Sheet.8", "C:\\table.xls"), []],
    ["a formula", oldObject("Equation.3", equationNative()), []],
    [
      "an attack on the equation editor",
      oldObject("Equation.3", equationNative(Buffer.alloc(60, "x"))),
      ["equation-editor"],
    ],
    [
      "a script in a package",
      oldObject("Package", packagedFile("a.js", Buffer.from("new ActiveXObject('x')"))),
      ["embedded-executable"],
    ],
  ])("judges %s", (_name, bytes, expected) => {
    expect(extract(oldObjectExtractor, bytes).heuristics.map(([name]) => name)).toEqual(expected);
  });

  test("does not take other octets for an object", () => {
    for (const hex of [
      "01050000020000000800000001020304050607080000",
      "0105000003000000080000005061636b61676500",
      "00",
    ]) {
      expect(oldObjectExtractor.matches({ bytes: Buffer.from(hex, "hex"), origin: "decoded", name: "" })).toBe(false);
    }
  });
});
