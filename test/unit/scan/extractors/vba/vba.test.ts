import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compoundExtractor } from "../../../../../src/scan/extractors/ole/compound.ts";
import { analyseMacros } from "../../../../../src/scan/extractors/vba/macro-analysis.ts";
import { decompressVba } from "../../../../../src/scan/extractors/vba/vba-compression.ts";
import { buildCompoundFile } from "../../../../support/build-compound-file.ts";
import { buildVbaProject, compressVba, vbaStorage } from "../../../../support/build-vba.ts";
import { extract } from "../../../../support/extract.ts";

describe("decompressVba()", () => {
  test("decodes the example of [MS-OVBA] 3.2.3", () => {
    expect(decompressVba(Buffer.from("0103b002614500", "hex"), 0, 1_000)?.bytes.toString()).toBe("a".repeat(73));
  });

  test("restores what was compressed", () => {
    const text = fc.array(fc.constantFrom("Sub ", "End ", "a", "b", "\r\n", "x = 1"), { maxLength: 2_000 });
    fc.assert(
      fc.property(text, (words) => {
        const bytes = Buffer.from(words.join(""));
        const packed = Buffer.concat([Buffer.from("before"), compressVba(bytes)]);
        const decoded = decompressVba(packed, 6, 100_000)?.bytes ?? Buffer.alloc(0);
        // A chunk that is stored is filled up.
        expect(decoded.subarray(0, bytes.length).equals(bytes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    [8_000, false],
    [7_999, true],
    [0, true],
  ])("stops at its cap of %s octets", (maxBytes, isCapped) => {
    const packed = compressVba(Buffer.alloc(8_000, "ab"));
    expect(decompressVba(packed, 0, maxBytes)).toMatchObject({ isCapped });
    expect(decompressVba(packed, 0, maxBytes)?.bytes.length).toBe(maxBytes);
  });

  test("never fails", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        const result = decompressVba(Buffer.from([1, ...octets]), 0, 10_000);
        expect(result?.bytes.length).toBeLessThanOrEqual(10_000);
      }),
    );
  });
});

describe("analyseMacros()", () => {
  const run = 'Sub AutoOpen()\r\n Shell "cmd /c calc", 0\r\nEnd Sub';

  test.each([
    ["a call of Shell", run],
    ["a class", 'Sub Workbook_Open()\r\nSet a = CreateObject("WScript.Shell")\r\na.Run b\r\nEnd Sub'],
    [
      "a class in pieces",
      'Private Sub Document_Open()\r\nSet a = CreateObject("WScr" & "ipt.S" + _\r\n "hell")\r\nEnd Sub',
    ],
    ["characters by number", "Sub AutoOpen\r\nSet a = GetObject(Chr(119) & Chr(105) & ChrW(&H6e) & f(3))\r\nEnd Sub"],
    ["a computed class", 'Sub Auto_Close()\r\nCreateObject(Decode("x9")).Go\r\nEnd Sub'],
    [
      "a declared function",
      'Declare PtrSafe Function d Lib "urlmon" Alias "URLDownloadToFileA" (x)\r\nSub AutoExec()\r\nd 1\r\nEnd Sub',
    ],
    [
      "a program that is written",
      'Sub AutoOpen()\r\nOpen Environ("TEMP") & "\\a.exe" For Binary As #1\r\nPut #1, , b\r\nEnd Sub',
    ],
    ["a control's event", "Sub InkPicture1_Painted(a)\r\nx = Shell(y)\r\nEnd Sub"],
    ["an Excel 4 macro", "Sub Workbook_Activate()\r\nExecuteExcel4Macro s\r\nEnd Sub"],
  ])("calls %s dangerous", (_name, source) => {
    expect(analyseMacros(source)).toMatchObject({ isCode: true, isAutomatic: true, isDangerous: true });
  });

  test.each([
    ["text that speaks of a shell", 'Sub AutoOpen()\r\nMsgBox "the Shell (of a nut)"\r\nEnd Sub'],
    ["a comment", "Sub AutoOpen()\r\n' Shell \"calc\"\r\nRem WScript.Shell\r\nx = 1 ' CreateObject(a(b))\r\nEnd Sub"],
    ["a dictionary", 'Sub Workbook_Open()\r\nSet d = CreateObject("Scripting.Dictionary")\r\nEnd Sub'],
    ["another program of the office", 'Sub Workbook_Open()\r\nSet o = CreateObject("Outlook.Application")\r\nEnd Sub'],
    ["a log", 'Sub Workbook_Open()\r\nOpen "C:\\log.txt" For Append As #1\r\nPrint #1, Now\r\nEnd Sub'],
    [
      "a ribbon that is restored",
      'Declare Sub CopyMemory Lib "kernel32" Alias "RtlMoveMemory" (d, s)\r\nSub Workbook_Open()\r\nCopyMemory a, b\r\nEnd Sub',
    ],
  ])("does not call %s dangerous", (_name, source) => {
    expect(analyseMacros(source)).toMatchObject({ isCode: true, isAutomatic: true, isDangerous: false });
  });

  test("knows what does not run by itself, and what is no code", () => {
    expect(analyseMacros(run.replace("AutoOpen", "Button1_Click")).isAutomatic).toBe(false);
    expect(analyseMacros(run.replace("AutoOpen", "MyAutoOpen")).isAutomatic).toBe(false);
    expect(analyseMacros('Attribute VB_Name = "Sheet1"\r\nOption Explicit\r\n').isCode).toBe(false);
  });
});

describe("compoundExtractor with macros", () => {
  const dangerous = 'Sub AutoOpen()\r\n Shell "calc"\r\nEnd Sub\r\n';
  const open = (file: Buffer) => extract(compoundExtractor, file);

  test("gives the source of every module under its name", () => {
    const modules = [
      { name: "ThisDocument", source: "" },
      { name: "Modul1", source: "Sub Auto_Open()\r\nMsgBox 1\r\nEnd Sub\r\n" },
    ];
    const { entries, heuristics } = open(buildVbaProject(modules));
    const source = entries.find(({ name }) => name === "Modul1")?.bytes.toString();
    expect(source).toBe('Attribute VB_Name = "Modul1"\r\nSub Auto_Open()\r\nMsgBox 1\r\nEnd Sub\r\n');
    expect(heuristics).toEqual([["macro", ""]]);
  });

  test("gives the texts that a macro puts together", () => {
    const source = 'x = "ab" & "cd" & Chr(101) _\r\n + "f" \' not this\r\n';
    const { entries } = open(buildVbaProject([{ name: "M", source }]));
    const code = entries.find(({ name }) => name === "macro")?.bytes.toString();
    expect(code).toContain('x = "abcdef"');
    expect(code).not.toContain("not this");
    expect(open(buildVbaProject([{ name: "M", source: "x = 1\r\n" }])).entries.map(({ name }) => name)).not.toContain(
      "macro",
    );
  });

  test("tells macros that run by themselves and are dangerous", () => {
    const modules = [
      { name: "ThisDocument", source: "Sub Document_Open()\r\nGo\r\nEnd Sub\r\n" },
      { name: "Modul1", source: 'Sub Go()\r\n Shell "calc"\r\nEnd Sub\r\n' },
    ];
    expect(open(buildVbaProject(modules)).heuristics).toEqual([
      ["macro", ""],
      ["macro-autorun", ""],
    ]);
  });

  test("finds nothing in a project without code", () => {
    expect(open(buildVbaProject([{ name: "Sheet1", source: "Option Explicit\r\n" }])).heuristics).toEqual([]);
  });

  test("reads modules that the project does not list, and those whose offset is a lie", () => {
    const { children } = vbaStorage([{ name: "Modul1", source: dangerous }]);
    for (const changed of [
      { dir: Buffer.from("nothing") },
      { dir: Buffer.alloc(0) },
      { Modul1: Buffer.concat([Buffer.alloc(9, 1), children.Modul1 as Buffer]) },
    ]) {
      const { heuristics } = open(buildCompoundFile({ children: { VBA: { children: { ...children, ...changed } } } }));
      expect(heuristics).toContainEqual(["macro-autorun", ""]);
    }
  });

  test("tells code that is compiled and not shown", () => {
    const compiled = Buffer.from("\x03\x00WScript.Shell\0powershell -enc AAAA", "latin1");
    const modules = [{ name: "ThisDocument", source: "Sub Hello()\r\nEnd Sub\r\n", compiled }];
    const stomped = vbaStorage(modules, "Document_Open\0CreateObject\0");
    expect(open(buildCompoundFile({ children: { VBA: stomped } })).heuristics).toContainEqual(["macro-autorun", ""]);
    const honest = vbaStorage([{ name: "M", source: "Sub Document_Open()\r\nEnd Sub\r\n" }], "Document_Open\0Format\0");
    expect(open(buildCompoundFile({ children: { VBA: honest } })).heuristics).toEqual([["macro", ""]]);
  });

  test("says so when the source is more than is decoded", () => {
    const file = buildVbaProject([{ name: "M", source: "' abc\r\n".repeat(5_000) }]);
    const { reasons } = extract(compoundExtractor, file, { limits: { archiveBytes: 2_000 } });
    expect(reasons.some((reason) => reason.startsWith("limit-bytes"))).toBe(true);
  });
});
