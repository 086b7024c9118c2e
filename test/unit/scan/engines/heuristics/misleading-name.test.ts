import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { extensionOf, nameFamily } from "../../../../../src/scan/engines/heuristics/file-extensions.ts";
import { hasBidiOverride, hasDoubleExtension } from "../../../../../src/scan/engines/heuristics/misleading-name.ts";

describe("extensionOf()", () => {
  test.each([
    ["a.EXE", "exe"],
    ["a.exe. . .", "exe"],
    ["a.exe\u00a0", "exe"],
    ["C:\\folder.x\\a.pdf", "pdf"],
    ["folder.x/a", ""],
    ["a", ""],
    [".bashrc", "bashrc"],
    ["", ""],
    ["...", ""],
  ])("of %j is %j", (name, extension) => {
    expect(extensionOf(name)).toBe(extension);
  });
});

describe("hasDoubleExtension()", () => {
  test.each([
    ["invoice.pdf.exe", true],
    ["invoice.pdf .exe", true],
    [`invoice.pdf${" ".repeat(100)}.scr`, true],
    [`invoice${"\u3000".repeat(20)}.exe`, true],
    ["photo.jpg.lnk", true],
    ["invoice.exe", false],
    ["invoice.pdf", false],
    ["invoice.exe.pdf", false],
    ["page.html.js", false],
    ["jquery.min.js", false],
    ["backup.zip.exe", false],
    ["version 1.2.exe", false],
    ["my pdf.exe", false],
    [".pdf.exe", true],
    ["", false],
  ])("of %j is %j", (name, expected) => {
    expect(hasDoubleExtension(name)).toBe(expected);
  });
});

describe("hasBidiOverride()", () => {
  test.each([
    ["a\u202efdp.exe", true],
    ["a\u2066b.exe", true],
    ["a\u00e2\u0080\u00aefdp.exe", true],
    ["\u05d3\u05d5\u05d7\u200f.exe", false],
    ["a.exe", false],
  ])("of %j is %j", (name, expected) => {
    expect(hasBidiOverride(name)).toBe(expected);
  });
});

test("names of any kind and length are read at once", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (name) => {
      expect(nameFamily(extensionOf(name))).toBe(nameFamily(extensionOf(`${name} `)));
      hasDoubleExtension(name);
    }),
  );
  const start = performance.now();
  for (const unit of [" ", "_", ".", "\u200b", "/", ".exe", "pdf.exe "])
    hasDoubleExtension(`a${unit.repeat(200_000)}.exe`);
  expect(performance.now() - start).toBeLessThan(1_000);
});
