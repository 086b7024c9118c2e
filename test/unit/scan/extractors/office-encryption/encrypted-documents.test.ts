import { describe, expect, test } from "vitest";
import { passwordLimits } from "../../../../../src/core/scan-limits.ts";
import { biffExtractor } from "../../../../../src/scan/extractors/excel/biff.ts";
import { compoundExtractor } from "../../../../../src/scan/extractors/ole/compound.ts";
import { buildCompoundFile } from "../../../../support/build-compound-file.ts";
import {
  agileDocument,
  encryptedPackage,
  encryptWorkbook,
  keystream,
  rc4Header,
  standardDocument,
} from "../../../../support/build-encrypted-office.ts";
import { buildWorkbook, formula } from "../../../../support/build-workbook.ts";
import { extract } from "../../../../support/extract.ts";

const CONTENT = Buffer.from(Array.from({ length: 900 }, (_, index) => `part ${index}, `).join(""));
const DEFAULT = "VelvetSweatshop";

describe("compoundExtractor with encrypted documents", () => {
  test.each<[string, (content: Buffer, password: string) => Buffer]>([
    ["agile", agileDocument],
    ["standard", standardDocument],
  ])("opens %s encryption with Excel's own password and with words of the message", (_name, encrypt) => {
    const own = extract(compoundExtractor, encrypt(CONTENT, DEFAULT));
    expect(own.entries[0]?.name).toBe("document");
    expect(own.entries[0]?.bytes.subarray(0, CONTENT.length).equals(CONTENT)).toBe(true);
    expect(own.remarks).toEqual([["opened", "document: with Excel's own password"]]);
    expect(own.reasons).toEqual([]);
    const word = extract(compoundExtractor, encrypt(CONTENT, "Grünkohl 7"), { passwords: ["wrong", "Grünkohl 7"] });
    expect(word.entries[0]?.bytes.subarray(0, CONTENT.length).equals(CONTENT)).toBe(true);
    expect(word.remarks).toHaveLength(1);
    expect(word.reasons).toEqual([]);
    const closed = extract(compoundExtractor, encrypt(CONTENT, "secret"), { passwords: ["wrong"] });
    expect(closed.reasons).toEqual(["encrypted: document"]);
    expect(closed.remarks).toEqual([]);
  });

  test.each(["9e99", "9999", "-100", "NaN0"])("hashes no more than is allowed for a count of %s", (count) => {
    const file = agileDocument(CONTENT, DEFAULT, 1_000).toString("latin1");
    const patched = Buffer.from(file.replace('spinCount="1000"', `spinCount="${count}"`), "latin1");
    const { reasons } = extract(compoundExtractor, patched, {
      passwords: ["a", "b"],
    });
    expect(reasons).toEqual(["encrypted: document"]);
  });

  test("stops trying words when they cost too much", () => {
    const words = Array.from(
      { length: passwordLimits.cost / passwordLimits.hashCost / 10_020 + 1 },
      (_, index) => `w${index}`,
    );
    const file = agileDocument(CONTENT, "right", 10_000);
    expect(extract(compoundExtractor, file, { passwords: [...words, "right"] }).reasons).toEqual([
      "encrypted: document",
    ]);
    expect(extract(compoundExtractor, file, { passwords: ["right", ...words] }).reasons).toEqual([]);
  }, 20_000);

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["a version that nobody knows", Buffer.from([9, 0, 9, 0, 0, 0, 0, 0, 1, 2, 3, 4])],
    ["agile without XML", Buffer.from([4, 0, 4, 0, 0x40, 0, 0, 0])],
    ["standard cut off", Buffer.from([3, 0, 2, 0, 0x24, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])],
    ["rights management", Buffer.from([4, 0, 3, 0, 0, 0, 0, 0, 0, 0])],
  ])("says that a document is encrypted whose description is %s", (_name, info) => {
    expect(extract(compoundExtractor, encryptedPackage(info, CONTENT)).reasons).toEqual(["encrypted: document"]);
  });

  test("says so when the document is more than is decoded", () => {
    const { entries, reasons } = extract(compoundExtractor, agileDocument(CONTENT, DEFAULT), {
      limits: { archiveBytes: 160 },
    });
    expect(reasons).toContain("limit-bytes: document");
    expect(entries[0]?.bytes.length).toBeLessThanOrEqual(160);
  });

  test.each(["rc4", "rc4-cryptoapi"] as const)(
    "opens a document of Word in %s",
    (kind) => {
      const { header, keyOf } = rc4Header("word", kind);
      const table = Buffer.concat([header, Buffer.alloc(500)]);
      const main = Buffer.alloc(5_000);
      main.writeUInt16LE(0xa5ec, 0);
      main.writeUInt16LE(0x0300, 10);
      main.writeUInt32LE(header.length, 14);
      main.write("the text of the document", 3_000);
      for (let index = 68; index < main.length; index += 1) {
        main[index] = (main[index] ?? 0) ^ (keystream(keyOf(Math.floor(index / 512)), 512)[index % 512] ?? 0);
      }
      const file = buildCompoundFile({ children: { WordDocument: main, "1Table": table } });
      const { entries, reasons } = extract(compoundExtractor, file, { passwords: ["a", "word"] });
      expect(entries[0]?.bytes.toString("latin1", 3_000, 3_024)).toBe("the text of the document");
      expect(reasons).toEqual([]);
      expect(extract(compoundExtractor, file).reasons).toEqual(["encrypted: document"]);
    },
    20_000,
  );
});

describe("biffExtractor with encrypted workbooks", () => {
  const stream = buildWorkbook({ cell: Buffer.from("the text of a cell"), macros: [formula(0x6e, "calc")] });

  test.each(["rc4", "rc4-cryptoapi", "xor"] as const)(
    "opens %s",
    (kind) => {
      for (const password of [DEFAULT, "short"]) {
        const { entries, reasons } = extract(biffExtractor, encryptWorkbook(stream, password, kind), {
          passwords: ["short"],
        });
        expect(entries).toHaveLength(1);
        const plain = entries[0]?.bytes ?? Buffer.alloc(0);
        expect(plain.indexOf("the text of a cell")).toBeGreaterThan(0);
        expect(reasons).toEqual([]);
        expect(extract(biffExtractor, plain).heuristics).toEqual([["macro-xl4", ""]]);
      }
      const closed = extract(biffExtractor, encryptWorkbook(stream, "other", kind));
      expect(closed).toMatchObject({ reasons: ["encrypted: workbook"], entries: [], heuristics: [] });
    },
    20_000,
  );

  test("goes on behind a record that is not where Excel looks for it", () => {
    const late = Buffer.concat([stream, Buffer.from([0x2f, 0, 4, 0, 1, 2, 3, 4]), stream]);
    const { reasons, heuristics } = extract(biffExtractor, late);
    expect(reasons).toEqual(["encrypted: workbook"]);
    expect(heuristics).toEqual([["macro-xl4", ""]]);
  });
});
