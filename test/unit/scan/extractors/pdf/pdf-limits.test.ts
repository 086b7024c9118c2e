import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pdfLimits } from "../../../../../src/core/scan-limits.ts";
import { pdfExtractor } from "../../../../../src/scan/extractors/pdf/pdf.ts";
import { buildPdf, objectStream, PAGES, pdfWithFile } from "../../../../support/build-pdf.ts";
import { encryptPdf } from "../../../../support/build-pdf-encryption.ts";
import { encodeAscii85, encodeLzw, predictPng } from "../../../../support/build-pdf-filters.ts";
import { type Extracted, extract } from "../../../../support/extract.ts";

describe("extract()", () => {
  test("stops at the octets that an attachment may unpack to, and says so", () => {
    const pdf = pdfWithFile({ entries: "/Filter /FlateDecode", data: deflateSync(Buffer.alloc(100_000)) });
    expect(extract(pdfExtractor, pdf, { limits: { archiveBytes: 100_000 } }).reasons).toEqual([]);
    const found = extract(pdfExtractor, pdf, { limits: { archiveBytes: 99_999 } });
    expect(found.reasons).toEqual(["limit-bytes: attached.dat"]);
    expect(found.entries[0]?.bytes).toHaveLength(99_999);
  });

  test.each([0, Number.NaN])("unpacks nothing when %d octets are allowed, and says so", (archiveBytes) => {
    const pdf = pdfWithFile({ entries: "/Filter /FlateDecode", data: deflateSync(Buffer.alloc(1_000)) });
    expect(extract(pdfExtractor, pdf, { limits: { archiveBytes } })).toMatchObject({
      entries: [],
      reasons: ["limit-bytes: attached.dat"],
    });
  });

  test("leaves pictures out before it leaves files out", () => {
    const picture = { entries: "/Subtype /Image /Filter /FlateDecode", data: deflateSync(Buffer.alloc(90_000)) };
    const file = { entries: "/Filter /FlateDecode", data: deflateSync(Buffer.alloc(20_000, "x")) };
    const specification = "<< /F (a.txt) /EF << /F 5 0 R >> >>";
    const pdf = buildPdf(["<< /Type /Catalog /Pages 2 0 R >>", ...PAGES, picture, file, specification]);
    const found = extract(pdfExtractor, pdf, { limits: { archiveBytes: 100_000 } });
    expect(found.entries[0]).toMatchObject({ name: "a.txt", bytes: Buffer.alloc(20_000, "x") });
    expect(found.reasons).toEqual(["limit-bytes: object 4"]);
  });

  test("tells of a bomb", () => {
    const bomb = deflateSync(deflateSync(Buffer.alloc(20_000_000)));
    const { reasons } = extract(pdfExtractor, pdfWithFile({ entries: "/Filter [/Fl /Fl]", data: bomb }));
    expect(reasons).toEqual(["limit-ratio: attached.dat"]);
  });

  test("counts what the stages of a stream unpack to", () => {
    const data = deflateSync(encodeLzw(Buffer.alloc(60_000, "~>")));
    const stream = { entries: "/Filter [/Fl /LZW /A85]", data };
    const pdf = buildPdf(["<< /Type /Catalog /Pages 2 0 R >>", ...PAGES, ...Array.from({ length: 5 }, () => stream)]);
    expect(extract(pdfExtractor, pdf, { limits: { archiveBytes: 200_000 } }).reasons).toContain(
      "limit-bytes: object 8",
    );
  });

  test("stops when the time is up, and says so", () => {
    const pdf = pdfWithFile({ entries: "/Filter /FlateDecode", data: deflateSync("content") });
    expect(extract(pdfExtractor, pdf, { outOfTime: true }).reasons).toEqual(["limit-time: streams of a PDF document"]);
  });

  test("reads as many streams as are allowed, and says when there are more", () => {
    const stream = "1 0 obj <</Length 1>> stream\nx\nendstream endobj\n";
    expect(extract(pdfExtractor, Buffer.from(stream.repeat(pdfLimits.streams))).reasons).toEqual([]);
    expect(extract(pdfExtractor, Buffer.from(stream.repeat(pdfLimits.streams + 1))).reasons).toEqual([
      `limit-entries: more than ${pdfLimits.streams} streams`,
    ]);
  });

  test("reads as many objects as are allowed, and says when there are more", () => {
    const object = "1 0 obj<<>>";
    expect(extract(pdfExtractor, Buffer.from(object.repeat(pdfLimits.objects))).reasons).toEqual([]);
    expect(extract(pdfExtractor, Buffer.from(object.repeat(pdfLimits.objects + 1))).reasons).toEqual([
      "limit-views: objects of a PDF document",
    ]);
  });

  test.each(Object.entries(floods()))("takes time in proportion for %s", (_name, build) => {
    const bytes = build();
    const start = performance.now();
    extract(pdfExtractor, bytes);
    // A hundred times what it takes on an idle machine, and far less than anything quadratic would.
    expect(performance.now() - start).toBeLessThan(Math.max(3_000, bytes.length / 100));
  });

  test("takes any damage", () => {
    const samples = documents();
    const change = fc.record({
      sample: fc.nat(samples.length - 1),
      cuts: fc.array(fc.tuple(fc.nat(3_000), fc.nat(255)), { maxLength: 12 }),
      length: fc.nat(4_000),
    });
    fc.assert(
      fc.property(change, ({ sample, cuts, length }) => {
        const bytes = Buffer.from(samples[sample] ?? Buffer.alloc(0));
        for (const [position, octet] of cuts) bytes[position % bytes.length] = octet;
        const damaged = bytes.subarray(0, Math.max(100, length));
        const found = extract(pdfExtractor, damaged, { limits: { archiveBytes: 50_000 }, passwords: ["word"] });
        expect(total(found)).toBeLessThan(50_000 * 2 + damaged.length * 20);
      }),
      { numRuns: 300 },
    );
  });
});

function floods(): Record<string, () => Buffer> {
  const flood =
    (text: string, count = 20_000): (() => Buffer) =>
    () =>
      Buffer.from(`%PDF-1.7\n${text.repeat(count)}`, "latin1");
  return {
    "words for objects": flood("1 0 obj ", 100_000),
    "open strings": flood("1 0 obj("),
    "open hexadecimal strings": flood("1 0 obj<"),
    "open dictionaries": flood("1 0 obj<<"),
    "nested dictionaries": flood("<<", 300_000),
    comments: flood("%1 0 obj"),
    "streams without an end": flood("1 0 obj<<>>stream\n"),
    "compressed streams without an end": flood("1 0 obj<</Filter/Fl>>stream\n"),
    "streams that are all but compressed": flood("1 0 obj<</Filter/Fl>>stream\nx\x9c"),
    "streams in hexadecimal without an end": flood("1 0 obj<</Filter/AHx>>stream\n"),
    "streams without an object": flood("stream\nx\x9c"),
    "references in a circle": flood("5 0 obj 5 0 R endobj 6 0 obj<</Filter 5 0 R/Length 6 0 R>>stream\n", 3_000),
    trailers: flood("trailer<</Encrypt 1 0 R/ID[(a)]>>"),
    names: flood("/A", 500_000),
  };
}

function documents(): Buffer[] {
  const text = Buffer.from("some content of a stream ".repeat(20));
  const packed = objectStream(
    new Map([
      [7, "<< /S /JavaScript /JS (\\141) >>"],
      [8, "<< /F (a) /EF << /F 5 0 R >> >>"],
    ]),
  );
  const { trailer, encipher } = encryptPdf(4, { user: "word" });
  return [
    pdfWithFile({ entries: "/Filter /FlateDecode", data: deflateSync(text) }, [
      { entries: `${packed.entries} /Filter /Fl`, data: deflateSync(packed.data) },
      "<< /S /Launch /F (a.exe) >>",
    ]),
    pdfWithFile({
      entries: "/Filter [/A85 /LZW] /DecodeParms [null << /Predictor 12 /Columns 9 >>]",
      data: encodeAscii85(encodeLzw(predictPng(text, 9, 2))),
    }),
    pdfWithFile({ entries: "/Filter /FlateDecode", data: encipher(5, deflateSync(text)) }, [], { trailer }),
  ];
}

function total({ entries }: Extracted): number {
  return entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
