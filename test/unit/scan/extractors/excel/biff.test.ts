import { describe, expect, test } from "vitest";
import { biffExtractor } from "../../../../../src/scan/extractors/excel/biff.ts";
import { biff12Extractor } from "../../../../../src/scan/extractors/excel/biff12.ts";
import { spreadsheetTextExtractor } from "../../../../../src/scan/extractors/office/spreadsheet-text.ts";
import { buildWorkbook, builtInName, ddeLink, formula, record } from "../../../../support/build-workbook.ts";
import { extract } from "../../../../support/extract.ts";

const EXEC = 0x6e;
const ALERT = 0x76;

describe("biffExtractor", () => {
  const heuristics = (plan: Parameters<typeof buildWorkbook>[0]): string[] =>
    extract(biffExtractor, buildWorkbook(plan)).heuristics.map(([name]) => name);

  test("finds nothing in a workbook with values", () => {
    const text = Buffer.concat([Buffer.from("cmd /c calc"), Buffer.from([0x42, 1, EXEC, 0])]);
    expect(extract(biffExtractor, buildWorkbook({ cell: text }))).toMatchObject({
      entries: [],
      heuristics: [],
      reasons: [],
    });
  });

  test.each([
    ["a macro sheet", { macros: [formula(ALERT, "hello")] }, ["macro-xl4"]],
    ["one that calls out", { macros: [formula(EXEC, "calc")] }, ["macro-xl4"]],
    ["one that runs by itself", { macros: [formula(ALERT, "a")], globals: [builtInName(1)] }, ["macro-xl4"]],
    [
      "one that does both",
      { macros: [formula(EXEC, "calc")], globals: [builtInName(1)] },
      ["macro-xl4", "macro-autorun"],
    ],
    [
      "a name that is a text",
      { macros: [formula(0x96, "Kernel32")], globals: [textName("Auto_Open7")] },
      ["macro-xl4", "macro-autorun"],
    ],
    [
      "one that writes formulas",
      { macros: [formula(0x8060, "a")], globals: [builtInName(2)] },
      ["macro-xl4", "macro-autorun"],
    ],
    ["a link to a shell", { globals: [ddeLink("cmd", "/c calc")] }, ["dde"]],
    [
      "a link to a shell by its path",
      { globals: [ddeLink("MSEXCEL", "\\..\\..\\Windows\\System32\\cmd.exe /c calc")] },
      ["dde"],
    ],
    ["a link to market data", { globals: [ddeLink("reuter", "IDN")] }, []],
    ["a link to a workbook", { globals: [ddeLink("C:\\Users\\a\\cmdlist.xls", "Sheet1")] }, []],
  ])("judges %s", (_name, plan, expected) => {
    expect(heuristics(plan)).toEqual(expected);
  });

  test("gives the strings of a macro sheet as text", () => {
    const { entries } = extract(
      biffExtractor,
      buildWorkbook({ macros: [formula(EXEC, "powershell"), formula(ALERT, "x")] }),
    );
    expect(entries.map(({ name, bytes }) => [name, bytes.toString()])).toEqual([["macro sheet", "powershell\nx\n"]]);
  });

  test("does not take other octets for a workbook", () => {
    for (const hex of ["0908", "090810000006", "0908ffff0006050000", "09081000000699990000"]) {
      expect(biffExtractor.matches({ bytes: Buffer.from(hex, "hex"), origin: "decoded", name: "" })).toBe(false);
    }
  });
});

describe("biff12Extractor", () => {
  const link = (service: string, topic: string): Buffer => {
    const words = [service, topic].map((word) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(word.length);
      return Buffer.concat([length, Buffer.from(word, "utf16le")]);
    });
    return Buffer.concat([Buffer.from([0xe8, 2, 40, 1, 0]), ...words]);
  };
  const sheet = Buffer.from([0x81, 1, 0, 0x17, 4, 0, 0x63, 0, 0x61, 0, 0x6c, 0, 0x63, 0, 0x42, 1, EXEC, 0]);

  test.each([
    ["a link to a shell", link("cmd", "/c calc"), "xl/externalLinks/externalLink1.bin", ["dde"]],
    ["a link to a workbook", link("book.xlsx", ""), "xl/externalLinks/externalLink1.bin", []],
    ["a macro sheet that calls out", sheet, "xl/macrosheets/sheet1.bin", ["macro-xl4", "macro-autorun"]],
    ["another sheet", sheet, "xl/worksheets/sheet1.bin", []],
  ])("judges %s", (_name, bytes, name, expected) => {
    const found = extract(biff12Extractor, { bytes, origin: "entry", name });
    expect(found.heuristics.map(([heuristic]) => heuristic)).toEqual(expected);
    if (expected.length === 2) expect(found.entries[0]?.bytes.toString()).toBe("calc");
  });
});

describe("spreadsheetTextExtractor", () => {
  const heuristics = (text: string): string[] =>
    extract(spreadsheetTextExtractor, Buffer.from(text)).heuristics.map(([name]) => name);

  test.each([
    ["=cmd|' /C calc'!A0\r\n"],
    ["name,date\r\nx,\"=cmd|' /C calc'!A0\"\r\n"],
    ["a;b\n-2+3+cmd|' /C calc'!A1\n"],
    ["@SUM(1+9)*cmd|' /C calc'!A0"],
    ["a\t+powershell.exe|' -e AAAA'!A0"],
    ["=MSEXCEL|'\\..\\..\\..\\Windows\\System32\\cmd.exe /c calc.exe'!''"],
    ["=rundll32|'URL.dll,OpenURL calc.exe'!A"],
    ["=CMD.EXE|'/k notepad'!A1"],
  ])("finds the formula in %s", (text) => {
    expect(heuristics(text)).toEqual(["dde"]);
  });

  test.each([
    ["a | b | c\r\n1 | 2 | 3"],
    ["Cells such as =cmd|' /C calc'!A0 start programs."],
    ["=reuter|IDN!'EUR='"],
    ["=blp|M!'IBM US Equity,[Px_Last]'"],
    ["x = cmd | tee log!"],
    ['=A1&"|"&B1'],
    ["excel|word!"],
  ])("finds nothing in %s", (text) => {
    expect(heuristics(text)).toEqual([]);
  });

  test.each([
    [
      'ID;P\r\nO;E\r\nNN;NAuto_open;ER101C1;KOut Flank;F\r\nC;X1;Y101;K0;EEXEC("CALC.EXE")\r\nE',
      ["macro-xl4", "macro-autorun"],
    ],
    ["ID;PWXL;N;E\r\nC;X1;Y1;K1\r\nC;X2;Y1;K2;ESUM(R1C1)\r\nE", []],
  ])("judges SYLK", (text, expected) => {
    expect(heuristics(text)).toEqual(expected);
  });
});

function textName(name: string): Buffer {
  const data = Buffer.alloc(15 + name.length);
  data[3] = name.length;
  data.write(name, 15, "latin1");
  return record(0x18, data);
}
