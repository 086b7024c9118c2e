import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { biffExtractor } from "../../../../../src/scan/extractors/excel/biff.ts";
import { biff12Extractor } from "../../../../../src/scan/extractors/excel/biff12.ts";
import type { Extractor } from "../../../../../src/scan/extractors/extractor.ts";
import { activeMimeExtractor } from "../../../../../src/scan/extractors/office/active-mime.ts";
import { officeXmlExtractor } from "../../../../../src/scan/extractors/office/office-xml.ts";
import { spreadsheetTextExtractor } from "../../../../../src/scan/extractors/office/spreadsheet-text.ts";
import { compoundExtractor } from "../../../../../src/scan/extractors/ole/compound.ts";
import { oldObjectExtractor } from "../../../../../src/scan/extractors/ole/old-object.ts";
import { oneNoteExtractor } from "../../../../../src/scan/extractors/onenote/one-note.ts";
import { compressedRtfExtractor } from "../../../../../src/scan/extractors/outlook/compressed-rtf.ts";
import { tnefExtractor } from "../../../../../src/scan/extractors/outlook/tnef.ts";
import { rtfExtractor } from "../../../../../src/scan/extractors/rtf/rtf.ts";
import { shellFileExtractor } from "../../../../../src/scan/extractors/shortcut/shell-file.ts";
import { shortcutExtractor } from "../../../../../src/scan/extractors/shortcut/shortcut.ts";
import { buildCompoundFile } from "../../../../support/build-compound-file.ts";
import { agileDocument, encryptWorkbook } from "../../../../support/build-encrypted-office.ts";
import {
  equationNative,
  oldObject,
  ole10Native,
  packagedFile,
  rtfWithObject,
} from "../../../../support/build-ole-objects.ts";
import {
  buildMessageFile,
  buildTnef,
  compressRtf,
  namedProperty,
  objectProperty,
} from "../../../../support/build-outlook.ts";
import { buildOneNote, buildShortcut } from "../../../../support/build-shortcut.ts";
import { buildVbaProject } from "../../../../support/build-vba.ts";
import { buildWorkbook, builtInName, ddeLink, formula } from "../../../../support/build-workbook.ts";
import { extract } from "../../../../support/extract.ts";

const FILE = Buffer.from("some octets of a file, and more of them");
const WORKBOOK = buildWorkbook({ macros: [formula(0x6e, "calc")], globals: [builtInName(1), ddeLink("cmd", "/c")] });

/** What a mutation may not make of a valid file: a fault, more than is allowed, or no end. */
const SAMPLES: readonly [string, Extractor, Buffer][] = [
  [
    "a document",
    compoundExtractor,
    buildCompoundFile({ children: { "\x01Ole10Native": ole10Native("a.txt", FILE), b: { children: { c: FILE } } } }),
  ],
  [
    "one in pieces",
    compoundExtractor,
    buildCompoundFile({ children: { long: Buffer.alloc(9_000, "x") } }, { isFragmented: true }),
  ],
  [
    "a formula",
    compoundExtractor,
    buildCompoundFile({ classId: "0002CE02", children: { "Equation Native": equationNative() } }),
  ],
  [
    "a macro project",
    compoundExtractor,
    buildVbaProject([{ name: "M", source: 'Sub AutoOpen()\r\nShell "x"\r\nEnd Sub' }]),
  ],
  ["an encrypted document", compoundExtractor, agileDocument(FILE, "VelvetSweatshop", 10)],
  ["a message file", compoundExtractor, buildMessageFile([{ name: "a.txt", content: FILE }])],
  ["a workbook", biffExtractor, WORKBOOK],
  ["an encrypted workbook", biffExtractor, encryptWorkbook(WORKBOOK, "VelvetSweatshop", "xor")],
  [
    "a link of a workbook",
    biff12Extractor,
    Buffer.from("e80228010003000000630 06d006400 00000000".replaceAll(" ", ""), "hex"),
  ],
  ["an object", oldObjectExtractor, oldObject("Package", packagedFile("a.txt", FILE))],
  ["RTF", rtfExtractor, Buffer.from(rtfWithObject(`${FILE.toString("hex")}{\\*\\x 41}\\'41\\bin3 abc 4142`))],
  [
    "RTF from HTML",
    rtfExtractor,
    Buffer.from("{\\rtf1\\fromhtml1{\\*\\htmltag <p>}\\htmlrtf x\\htmlrtf0 text{\\field{\\*\\fldinst DDE x}}}"),
  ],
  ["compressed RTF", compressedRtfExtractor, compressRtf(Buffer.from("{\\rtf1 hello hello hello}"))],
  [
    "TNEF",
    tnefExtractor,
    buildTnef({
      attachments: [{ name: "a", content: FILE }],
      properties: [namedProperty(0x8001, 0x1e, FILE)],
      attachmentProperties: [objectProperty(FILE)],
    }),
  ],
  ["a OneNote section", oneNoteExtractor, buildOneNote([FILE, FILE], "a.bat")],
  [
    "a shortcut",
    shortcutExtractor,
    buildShortcut({ target: "cmd.exe", commandLine: "/c calc", icon: "a", appended: FILE }),
  ],
  ["a link file", shellFileExtractor, Buffer.from("[InternetShortcut]\r\nURL=file://server/a.exe\r\n")],
  [
    "relationships",
    officeXmlExtractor,
    Buffer.from(
      '<?xml version="1.0"?><Relationships><Relationship Type="x/frame" Target="http&#58;//a" TargetMode="External"/></Relationships>',
    ),
  ],
  [
    "a document in XML",
    officeXmlExtractor,
    Buffer.from(
      '<w:document><w:fldChar w:fldCharType="begin"/><w:instrText>QUOTE 68</w:instrText><w:fldChar w:fldCharType="end"/></w:document>',
    ),
  ],
  [
    "a flat package",
    officeXmlExtractor,
    Buffer.from(`<pkg:package><pkg:binaryData>${FILE.toString("base64")}</pkg:binaryData></pkg:package>`),
  ],
  ["separated values", spreadsheetTextExtractor, Buffer.from("a,b\r\n=cmd|' /c calc'!A0,c\r\n")],
  [
    "ActiveMime",
    activeMimeExtractor,
    Buffer.concat([
      Buffer.from("ActiveMime"),
      Buffer.alloc(40),
      Buffer.from("789c4b4a4e01000 24d0127".replaceAll(" ", ""), "hex"),
    ]),
  ],
];

describe("extractors of Microsoft's formats", () => {
  test.each(SAMPLES)("recognize %s", (_name, extractor, sample) => {
    expect(extractor.matches({ bytes: sample, origin: "decoded", name: "" })).toBe(true);
  });

  test.each(SAMPLES)("neither fail nor exceed their allowance on %s that was changed", (_name, extractor, sample) => {
    const limits = { archiveBytes: 50_000, messageArchiveBytes: 50_000, entries: 100 };
    const change = fc.record({
      at: fc.nat(sample.length - 1),
      octet: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x22, 0x3c, 0x5c, 0x7b, 0x7d),
    });
    const plan = fc.record({
      changes: fc.array(change, { maxLength: 12 }),
      keep: fc.double({ min: 0.05, max: 1, noNaN: true }),
      cuts: fc.boolean(),
    });
    fc.assert(
      fc.property(plan, ({ changes, keep, cuts }) => {
        const bytes = Buffer.from(sample.subarray(0, cuts ? Math.ceil(sample.length * keep) : sample.length));
        for (const { at, octet } of changes) if (at < bytes.length) bytes[at] = octet;
        const start = performance.now();
        const { entries } = extract(extractor, bytes, { limits, passwords: ["a"] });
        expect(performance.now() - start).toBeLessThan(3_000);
        const total = entries.reduce((sum, { bytes: entry }) => sum + entry.length, 0);
        expect(total).toBeLessThanOrEqual(20 * bytes.length + 4 * limits.archiveBytes + 2 ** 20);
      }),
      { numRuns: 60 },
    );
  });

  test.each(SAMPLES)("find nothing to fear in random octets behind the beginning of %s", (_name, extractor, sample) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(80), (octets, kept) => {
        extract(extractor, Buffer.concat([sample.subarray(0, kept), octets]), { limits: { entries: 100 } });
      }),
      { numRuns: 60 },
    );
  });
});
