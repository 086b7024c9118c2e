import { describe, expect, test } from "vitest";
import { compoundExtractor } from "../../../../../src/scan/extractors/ole/compound.ts";
import { hasDdeField } from "../../../../../src/scan/extractors/word/word-fields.ts";
import { buildCompoundFile } from "../../../../support/build-compound-file.ts";
import { extract } from "../../../../support/extract.ts";

describe("hasDdeField()", () => {
  test.each([
    ["octets", Buffer.from('text \x13 DDEAUTO c:\\cmd.exe "/c" \x14 result \x15', "latin1"), true],
    ["UTF-16", Buffer.from("text \x13 dde cmd x\x15", "utf16le"), true],
    ["a field in front", Buffer.from('\x13\x13QUOTE x\x14 "\x15DDE a', "latin1"), false],
    ["a field that begins inside", Buffer.from("\x13 \x13 DDE a", "latin1"), true],
    ["another field", Buffer.from('\x13 HYPERLINK "DDE" \x15', "latin1"), false],
    ["a longer word", Buffer.from("\x13 DDENAME \x15", "latin1"), false],
    ["text", Buffer.from("DDEAUTO c:\\cmd.exe"), false],
    ["the end of the octets", Buffer.from("\x13 DD", "latin1"), false],
  ])("reads %s", (_name, bytes, expected) => {
    expect(hasDdeField(bytes)).toBe(expected);
  });
});

describe("compoundExtractor with documents of Word", () => {
  const open = (template: string, text = "") => {
    const main = Buffer.alloc(1_000);
    main.writeUInt16LE(0xa5ec, 0);
    main.writeUInt32LE(10, 154 + 32 * 8);
    main.write(text, 600, "latin1");
    const words = ["", template].map((word) =>
      Buffer.concat([Buffer.from([word.length, 0]), Buffer.from(word, "utf16le")]),
    );
    const table = Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff, 2, 0, 0, 0]), ...words]);
    return extract(compoundExtractor, buildCompoundFile({ children: { WordDocument: main, "0Table": table } }))
      .heuristics;
  };

  test("judges where the template is, and fields", () => {
    expect(open("http://example.org/a.dotm")).toEqual([["external-template", ""]]);
    expect(open("C:\\Templates\\Normal.dot")).toEqual([]);
    expect(open("", "\x13 DDE cmd \x15")).toEqual([["dde", ""]]);
  });
});
