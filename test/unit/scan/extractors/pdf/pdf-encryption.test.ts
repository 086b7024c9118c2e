import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { passwordLimits, pdfLimits } from "../../../../../src/core/scan-limits.ts";
import { pdfExtractor } from "../../../../../src/scan/extractors/pdf/pdf.ts";
import { buildPdf, PAGES, pdfWithFile } from "../../../../support/build-pdf.ts";
import { encryptPdf, hexString, type PdfRevision } from "../../../../support/build-pdf-encryption.ts";
import { buildZip } from "../../../../support/build-zip.ts";
import { eicar } from "../../../../support/eicar.ts";
import { mailWithFile } from "../../../../support/evasion-heuristics.ts";
import { extract } from "../../../../support/extract.ts";
import { testScanner } from "../../../../support/scan-message.ts";

const REVISIONS: readonly PdfRevision[] = [2, 3, 4, 5, 6, 7];

describe.each(REVISIONS)("extract() of a document encrypted by revision %i", (revision) => {
  const document = (user: string): Buffer => {
    const { trailer, encipher } = encryptPdf(revision, { user, owner: "the owner" });
    const name = hexString(encipher(4, Buffer.from("secret name.txt")));
    const data = encipher(5, deflateSync("content"));
    const script = `<< /JS ${hexString(encipher(6, Buffer.from("alert(1)")))} >>`;
    return pdfWithFile({ entries: "/Filter /FlateDecode", data }, [script], { trailer, name });
  };

  test("opens it without a password, and does not speak of it", () => {
    const found = extract(pdfExtractor, document(""));
    expect(found.entries.map(({ name, bytes }) => [name, String(bytes)])).toEqual(
      expect.arrayContaining([
        ["secret name.txt", "content"],
        ["object 6 (JavaScript)", "alert(1)"],
      ]),
    );
    expect(found.reasons).toEqual([]);
    expect(found.remarks).toEqual([]);
  });

  test.each(["the user", "the owner"])("opens it with the password of %s, and tells", (password) => {
    const found = extract(pdfExtractor, document("the user"), { passwords: ["a", "wrong", password] });
    expect(found.entries).toContainEqual(
      expect.objectContaining({ name: "secret name.txt", bytes: Buffer.from("content") }),
    );
    expect(found.reasons).toEqual([]);
    expect(found.remarks).toEqual([["opened", expect.stringContaining("with a word")]]);
  });

  test("says that it is encrypted when no password opens it", () => {
    const found = extract(pdfExtractor, document("the user"), { passwords: ["a", "wrong"] });
    expect(found.reasons).toEqual(["encrypted: PDF document"]);
    expect(found.entries.map(({ bytes }) => String(bytes))).not.toContain("content");
  });
});

describe("extract()", () => {
  test("says that a document of another handler is encrypted", () => {
    const trailer = "/Encrypt << /Filter /Adobe.PubSec /V 4 /CF << /A << /CFM /AESV2 >> >> /StmF /A /StrF /A >>";
    expect(
      extract(pdfExtractor, pdfWithFile({ entries: "", data: Buffer.from("x") }, [], { trailer })).reasons,
    ).toEqual(["encrypted: PDF document"]);
  });

  test("takes a document whose filters encrypt nothing for what it is", () => {
    const trailer = "/Encrypt << /Filter /Other /V 4 /StmF /Identity /StrF /Identity >>";
    const found = extract(pdfExtractor, pdfWithFile({ entries: "/Fl", data: Buffer.from("content") }, [], { trailer }));
    expect(found.reasons).toEqual([]);
    expect(found.entries.map(({ bytes }) => String(bytes))).toContain("content");
  });

  test("finds the encryption dictionary behind a reference, and in a cross-reference stream", () => {
    const { trailer, encipher } = encryptPdf(4);
    const [identifier = "", dictionary = ""] = trailer.split("/Encrypt ");
    const stream = { entries: "/Filter /FlateDecode", data: encipher(4, deflateSync("content")) };
    const table = { entries: `/Type /XRef /Root 1 0 R ${identifier} /#45ncrypt 6 0 R`, data: Buffer.from("x") };
    const pdf = buildPdf(["<< /Type /Catalog /Pages 2 0 R >>", ...PAGES, stream, table, dictionary]);
    const found = extract(pdfExtractor, pdf.subarray(0, pdf.indexOf("xref\n")));
    expect(found.entries.map(({ bytes }) => String(bytes))).toContain("content");
    expect(found.reasons).toEqual([]);
  });

  test("tries no more passwords than a message is allowed", () => {
    const { trailer } = encryptPdf(3, { user: "the user" });
    const pdf = pdfWithFile({ entries: "", data: Buffer.from("x") }, [], { trailer });
    const tries = Math.floor(passwordLimits.cost / pdfLimits.passwordCost);
    const wrong = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);
    expect(extract(pdfExtractor, pdf, { passwords: [...wrong(tries - 1), "the user"] }).reasons).toEqual([]);
    expect(extract(pdfExtractor, pdf, { passwords: [...wrong(tries), "the user"] }).reasons).toEqual([
      "encrypted: PDF document",
    ]);
  });

  test("finds out of no more documents than a message is allowed whether they open without a password", () => {
    const tries = Math.floor(passwordLimits.emptyCost / pdfLimits.slowPasswordCost);
    const locked = encryptPdf(6, { user: "the user" });
    const open = encryptPdf(6);
    const documents = (count: number): Buffer =>
      buildZip([
        ...Array.from({ length: count }, (_, index) => ({
          name: `${index}.pdf`,
          content: pdfWithFile({ entries: "", data: Buffer.from(`${index}`) }, [], { trailer: locked.trailer }),
        })),
        {
          name: "open.pdf",
          content: pdfWithFile({ entries: "", data: open.encipher(5, eicar()) }, [], { trailer: open.trailer }),
        },
      ]);
    const kindOf = (count: number): string => testScanner().scan(mailWithFile("a.zip", documents(count))).verdict.kind;
    expect(kindOf(tries - 1)).toBe("infected");
    expect(kindOf(tries)).toBe("incomplete");
  });

  test.each([
    "/Encrypt << >>",
    "/Encrypt << /Filter /Standard >>",
    "/Encrypt << /Filter /Standard /V 5 /R 6 /O () /U () /OE () /UE () >>",
    "/Encrypt << /Filter /Standard /V 5 /R 5 /U <00> >>",
    "/Encrypt << /Filter /Standard /V 4 /R 4 /CF << /A 5 >> /StmF /A /O (x) /U (x) /Length -8 >>",
    "/Encrypt << /Filter /Standard /V 99 /R 99999999999 /P 99999999999 /Length 1e9 >>",
    "/Encrypt 5 0 R",
    "/Encrypt 1 0 R /ID 7",
  ])("takes any dictionary: %s", (trailer) => {
    const found = extract(pdfExtractor, pdfWithFile({ entries: "/Fl", data: Buffer.from("content") }, [], { trailer }));
    expect(found.entries.map(({ bytes }) => String(bytes))).toContain("content");
  });
});
