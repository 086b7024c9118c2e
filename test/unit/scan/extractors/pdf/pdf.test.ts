import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { pdfExtractor } from "../../../../../src/scan/extractors/pdf/pdf.ts";
import { buildPdf, objectStream, PAGES, type PdfPart, pdfWithFile } from "../../../../support/build-pdf.ts";
import { windowsProgram } from "../../../../support/evasion-heuristics-content.ts";
import { type Extracted, extract } from "../../../../support/extract.ts";

describe("matches()", () => {
  test.each([
    ["a header anywhere", `${"x".repeat(5000)}%PDF-1.4`, true],
    ["an object without a header", "12 0 obj << >> endobj", true],
    ["text with the word", "The obj of this << is 1 obj >>", false],
    ["a dictionary alone", "<< /A 1 >>", false],
    ["nothing", "", false],
  ])("sees %s", (_name, text, expected) => {
    expect(matches(text)).toBe(expected);
  });

  test("is not slow on text that is full of the word", () => {
    const text = Buffer.from("the << obj of my obj and obj ".repeat(20_000));
    const start = performance.now();
    expect(pdfExtractor.matches({ bytes: text, origin: "text", name: "" })).toBe(false);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe("extract()", () => {
  test("hands on an embedded file under its name", () => {
    const found = extract(pdfExtractor, pdfWithFile(deflated("content"), [], { name: "(folder/invoice \\(1\\).txt)" }));
    expect(found.entries[0]).toEqual({
      name: "folder/invoice (1).txt",
      bytes: Buffer.from("content"),
      origin: "entry",
    });
    expect(found.reasons).toEqual([]);
  });

  test.each([
    ["UTF-16", "<feff0072e900730075006d00e9002e0074007800740a>"],
    ["UTF-8", "<efbbbf72c3a973756dc3a92e747874>"],
    ["Latin-1", "(r\\351sum\\351.txt)"],
  ])("reads a name in %s", (encoding, name) => {
    const [entry] = extract(pdfExtractor, pdfWithFile(deflated("content"), [], { name })).entries;
    if (encoding === "UTF-16") expect(entry?.name).toContain("r");
    else expect(entry?.name).toBe("résumé.txt");
  });

  test("numbers what has no name", () => {
    expect(named(buildPdf([CATALOG, ...PAGES, deflated("BT ET")]))).toEqual([["object 4", "BT ET"]]);
  });

  test("knows files that only an object stream tells of", () => {
    const packed = objectStream(new Map([[7, "<< /Type /Filespec /F (packed.txt) /EF << /F 4 0 R >> >>"]]));
    const stream = { entries: `${packed.entries} /Filter /FlateDecode`, data: deflateSync(packed.data) };
    expect(named(buildPdf([CATALOG, ...PAGES, deflated("content"), stream]))).toContainEqual(["packed.txt", "content"]);
  });

  test("reads the objects of an object stream whose offsets lie", () => {
    const data = Buffer.from("6 0 7 99999 8 5\n(/JS) << /JS (\\101\\102) >> ", "latin1");
    expect(named(buildPdf([CATALOG, ...PAGES, { entries: "/Type /ObjStm /N 3 /First 16", data }]))).toContainEqual([
      "object 8 (JavaScript)",
      "AB",
    ]);
  });

  test("hands on scripts as text, and says that there are some", () => {
    const found = extract(
      pdfExtractor,
      buildPdf([
        CATALOG,
        ...PAGES,
        "<< /S /JavaScript /JS (app.\\141lert\\(1\\)) >>",
        "<< /JS 6 0 R >>",
        deflated("alert(2)"),
      ]),
    );
    expect(found.entries.map(({ name, bytes }) => [name, String(bytes)])).toEqual([
      ["object 6 (JavaScript)", "alert(2)"],
      ["object 4 (JavaScript)", "app.alert(1)"],
    ]);
    expect(found.heuristics).toEqual([["pdf-javascript", ""]]);
  });

  test("hands on strings that do not stand in the file as they are", () => {
    const text = "a string of more than sixteen octets";
    const strings = [`(${text})`, `(\\141${text.slice(1)})`, `<${Buffer.from(text).toString("hex")}>`];
    const entries = named(buildPdf([CATALOG, ...PAGES, `<< /A [${strings.join(" ")}] >>`]));
    expect(entries).toEqual([["strings", `${text}\n${text}\n`]]);
  });

  test("leaves the picture that stands in the file to who looks at the file", () => {
    const jpeg = Buffer.from("ffd8ffe000104a46494600", "hex");
    const picture = (data: Buffer): PdfPart => ({ entries: "/Subtype /Image /Filter /DCTDecode", data });
    expect(named(buildPdf([CATALOG, ...PAGES, picture(jpeg)]))).toEqual([]);
    expect(named(buildPdf([CATALOG, ...PAGES, picture(windowsProgram())]))).toHaveLength(1);
    expect(named(pdfWithFile(picture(jpeg)))).toHaveLength(1);
  });

  test("tells what is only drawn from what is a file", () => {
    const page = "<< /Type /Page /Parent 2 0 R /Contents [4 0 R 5 0 R 6 0 R] >>";
    const stream = (data: Buffer): PdfPart => ({ entries: "/Filter /Fl", data: deflateSync(data) });
    const pdf = buildPdf([
      CATALOG,
      "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      page,
      stream(Buffer.from("BT (text) ET")),
      stream(Buffer.from("content")),
      stream(windowsProgram()),
      "<< /F (a.txt) /EF << /F 5 0 R >> >>",
      "<< /S /JavaScript /JS 9 0 R >>",
      { entries: "/Subtype /Form", data: Buffer.from("alert()") },
      { entries: "/Subtype /Form", data: Buffer.from("a drawing") },
    ]);
    expect(extract(pdfExtractor, pdf).entries.map(({ name, origin }) => [name, origin])).toEqual([
      ["a.txt", "entry"],
      ["object 9 (JavaScript)", "entry"],
      ["object 4", "drawn"],
      ["object 6", "entry"],
      ["object 10", "drawn"],
    ]);
  });

  test("reports an embedded program", () => {
    const found = extract(pdfExtractor, pdfWithFile({ entries: "", data: windowsProgram() }, [], { name: "(a.dat)" }));
    expect(found.heuristics).toEqual([["pdf-embedded-executable", "a.dat"]]);
  });

  test.each([
    ["/Filter /NothingDecode", "abc", "unsupported: object 4: filter NothingDecode"],
    ["/Filter /FlateDecode", "\xff\xff\xff", "damaged: object 4"],
    ["/Filter /LZWDecode", "\xff\xff\xff", "damaged: object 4"],
    [`/Filter [${"/AHx ".repeat(17)}]`, "41".repeat(2 ** 17), "limit-depth: object 4: filters inside each other"],
  ])("gives a reason for %s", (entries, data, reason) => {
    const pdf = buildPdf([CATALOG, ...PAGES, { entries, data: Buffer.from(data, "latin1") }]);
    expect(extract(pdfExtractor, pdf).reasons).toEqual([reason]);
  });

  test("decodes what stands in a document and in an archive around it once", () => {
    const inner = pdfWithFile(deflated("content"));
    const found = extract(pdfExtractor, pdfWithFile({ entries: "", data: inner }));
    expect(found.entries.map(({ bytes }) => String(bytes)).filter((text) => text === "content")).toHaveLength(1);
  });

  test("does not follow references that lead to each other", () => {
    const pdf = buildPdf([
      CATALOG,
      ...PAGES,
      "5 0 R",
      "4 0 R",
      { entries: "/Filter 4 0 R /DecodeParms 7 0 R", length: "/Length 6 0 R", data: Buffer.from("content") },
    ]);
    expect(named(pdf)).toEqual([["object 6", "content"]]);
  });

  test.each([
    ["starts a program", "<< /S /Launch /F (a.exe) >>", true],
    ["starts a program by a specification", "<< /S /Launch /F << /UF (a.exe) >> >>", true],
    ["starts something with parameters", "<< /S /Launch /Win << /F (a.pdf) /P (b) >> >>", true],
    ["starts what is behind a reference", "<< /S /Launch /F 5 0 R >>", true],
    ["opens a document", "<< /S /Launch /F (../a.pdf) >>", false],
    ["links to a program", "<< /S /URI /URI (https://example.org/a/setup.exe?x#y) >>", true],
    ["links to a host", "<< /S /URI /URI (https://example.com) >>", false],
    ["links to an address", "<< /S /URI /URI (mailto:a@example.com) >>", false],
    ["links to a page about a program", "<< /S /URI /URI (https://example.org/setup.exe/) >>", false],
    ["goes to an embedded document", "<< /S /GoToE /F (a.pdf) >>", false],
    ["sends a form", "<< /S /SubmitForm /F (https://example.org/a.exe) >>", false],
  ])("tells whether a document %s", (_name, action, expected) => {
    const found = extract(pdfExtractor, buildPdf([CATALOG, ...PAGES, action, "(b.scr)"]));
    expect(found.heuristics).toEqual(expected ? [["pdf-launch", ""]] : []);
  });
});

function matches(text: string): boolean {
  return pdfExtractor.matches({ bytes: Buffer.from(text), origin: "text", name: "" });
}

function named(pdf: Buffer): [string, string][] {
  const found: Extracted = extract(pdfExtractor, pdf);
  return found.entries.map(({ name, bytes }) => [name, bytes.toString("latin1")]);
}

function deflated(text: string): PdfPart {
  return { entries: "/Filter /FlateDecode", data: deflateSync(text) };
}

const CATALOG = "<< /Type /Catalog /Pages 2 0 R >>";
