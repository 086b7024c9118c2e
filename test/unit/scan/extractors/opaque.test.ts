import { describe, expect, test } from "vitest";
import { opaqueExtractor } from "../../../../src/scan/extractors/opaque.ts";
import { extract } from "../../../support/extract.ts";

describe("opaqueExtractor", () => {
  test("names archives that nothing here opens, and hands on nothing", () => {
    for (const [magic, label] of [
      ["ALZ\x01", "ALZip archive"],
      ["EGGA\0\x01\0", "EGG archive"],
      ["StuffIt (c)1997", "StuffIt archive"],
      ["SIT!\0", "StuffIt archive"],
      ["\x12\x34\x31\0\0\0\x90**ACE**\x14\x14", "ACE archive"],
    ] as const) {
      const { entries, reasons } = extract(opaqueExtractor, Buffer.from(`${magic}${"\0".repeat(100)}`, "latin1"));
      expect([entries, reasons]).toEqual([[], [`unsupported: ${label}`]]);
    }
  });

  test("leaves everything else alone, and what is cut off before it can be told", () => {
    for (const text of ["", "**ACE**", "EGG", "a list of **ACE** cards", "\x12\x34\x31\0\0\0\x90**ACE*"]) {
      expect(opaqueExtractor.matches({ bytes: Buffer.from(text, "latin1"), origin: "decoded", name: "" })).toBe(false);
    }
  });
});
