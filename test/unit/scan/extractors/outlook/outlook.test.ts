import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compoundExtractor } from "../../../../../src/scan/extractors/ole/compound.ts";
import { compressedRtfExtractor } from "../../../../../src/scan/extractors/outlook/compressed-rtf.ts";
import { tnefExtractor } from "../../../../../src/scan/extractors/outlook/tnef.ts";
import {
  buildMessageFile,
  buildTnef,
  compressRtf,
  mapiProperty,
  messageStorage,
  namedProperty,
  objectProperty,
} from "../../../../support/build-outlook.ts";
import { extract } from "../../../../support/extract.ts";

const CONTENT = Buffer.from("the octets of an attachment");

describe("tnefExtractor", () => {
  test("gives attachments by their long names, though these come after the octets", () => {
    const file = buildTnef({
      attachments: [
        { name: "a long name.pdf", content: CONTENT },
        { name: "second.txt", content: Buffer.from("more octets") },
      ],
    });
    expect(named(file)).toEqual([
      ["a long name.pdf", CONTENT.toString()],
      ["second.txt", "more octets"],
    ]);
  });

  test("gives objects, texts of the message, and goes on behind named properties", () => {
    const file = buildTnef({
      properties: [
        namedProperty(0x8001, 0x1e, Buffer.from("a text with a name\0")),
        mapiProperty(0x1013, 0x102, CONTENT),
      ],
      attachmentProperties: [objectProperty(CONTENT), mapiProperty(0x3707, 0x1f, Buffer.from("näme.doc\0", "utf16le"))],
    });
    expect(named(file)).toEqual([
      ["", "a text with a name\0"],
      ["", CONTENT.toString()],
      ["näme.doc", CONTENT.toString()],
    ]);
  });

  test("gives what a file that is cut off still has", () => {
    const file = buildTnef({ attachments: [{ name: "a", content: CONTENT }] });
    const cut = file.subarray(0, file.indexOf(CONTENT) + 15);
    expect(named(cut)).toEqual([["SHORT.DAT", CONTENT.toString("latin1", 0, 15)]]);
  });

  test.each([1, 0, Number.NaN])("gives at most as many entries as are allowed: %s", (allowed) => {
    const file = buildTnef({
      attachments: [
        { name: "a", content: CONTENT },
        { name: "b", content: CONTENT },
      ],
    });
    const { entries, reasons } = extract(tnefExtractor, file, { limits: { entries: allowed } });
    expect(entries).toHaveLength(allowed || 0);
    expect(reasons).toEqual([`limit-entries: more than ${allowed} entries`]);
  });

  test("ends when counts of values are lies", () => {
    for (const type of ["0010", "0110", "0210", "0310", "0211", "1e10"]) {
      const property = Buffer.concat([Buffer.from(`${type}0130ffffffff`, "hex"), Buffer.alloc(100)]);
      expect(extract(tnefExtractor, buildTnef({ attachmentProperties: [property] })).reasons).toEqual([]);
    }
  });

  function named(file: Buffer): [string, string][] {
    const { entries, reasons } = extract(tnefExtractor, file);
    expect(reasons).toEqual([]);
    return entries
      .filter(({ bytes }) => !bytes.toString().startsWith("IPM."))
      .map(({ name, bytes }) => [name, bytes.toString()]);
  }
});

describe("compressedRtfExtractor", () => {
  test("decodes the example of [MS-OXRTFCP] 3.1", () => {
    const hex = "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0";
    const { entries } = extract(compressedRtfExtractor, Buffer.from(hex, "hex"));
    expect(entries[0]?.bytes.toString()).toBe("{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
  });

  test("restores what was compressed", () => {
    const words = fc.array(fc.constantFrom("{\\rtf1", "\\par ", "hello ", "x", "}"), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(words, (list) => {
        const text = list.join("");
        expect(extract(compressedRtfExtractor, compressRtf(Buffer.from(text))).entries[0]?.bytes.toString()).toBe(text);
      }),
      { numRuns: 30 },
    );
  });

  test("gives what is not compressed, and what is cut off", () => {
    const plain = Buffer.concat([Buffer.alloc(8), Buffer.from("MELA"), Buffer.alloc(4), CONTENT]);
    expect(extract(compressedRtfExtractor, plain).entries[0]?.bytes.equals(CONTENT)).toBe(true);
    const cut = compressRtf(Buffer.from("{\\rtf1 some words and some words}")).subarray(0, 30);
    expect(extract(compressedRtfExtractor, cut)).toMatchObject({ reasons: [] });
  });

  test("says so when there is more than is decoded", () => {
    const file = compressRtf(Buffer.alloc(5_000, "ab"));
    const { entries, reasons } = extract(compressedRtfExtractor, file, { limits: { archiveBytes: 1_000 } });
    expect(reasons).toEqual(["limit-bytes: compressed RTF"]);
    expect(entries[0]?.bytes.length).toBeLessThanOrEqual(1_000);
    expect(extract(compressedRtfExtractor, file, { limits: { archiveBytes: 0 } }).entries[0]?.bytes.length).toBe(0);
  });
});

describe("compoundExtractor with messages", () => {
  test("gives attachments by their names, and those of messages inside", () => {
    const inner = messageStorage([{ name: "inner.txt", content: Buffer.from("inner octets") }]);
    const file = buildMessageFile([{ name: "a long name.txt", content: CONTENT }], { embedded: inner });
    const { entries } = extract(compoundExtractor, file);
    const found = new Map(entries.map(({ name, bytes }) => [name, bytes.toString()]));
    expect(found.get("a long name.txt")).toBe(CONTENT.toString());
    expect(found.get("inner.txt")).toBe("inner octets");
    expect(entries.filter(({ bytes }) => bytes.equals(CONTENT))).toHaveLength(1);
  });

  test("gives the text in octets", () => {
    const { entries } = extract(compoundExtractor, buildMessageFile([]));
    expect(entries.map(({ bytes }) => bytes.toString())).toContain("See the attachment.");
  });
});
