import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readContentFields } from "../../../src/mime/content-fields.ts";
import { fieldAmbiguities } from "../../../src/mime/field-ambiguities.ts";
import { parseDoubtful, parseHeader } from "../../../src/mime/header.ts";
import { readPlainHeader } from "../../../src/mime/plain-header.ts";

describe("readPlainHeader()", () => {
  test.each([
    ["\n", 0],
    ["\r\n", 0],
    ["A: b\r\n c\r\n\td\r\n\r\nx", 14],
    ["A: b\nContent-Type: a/b;\n charset=x\n\n", 35],
    ["Received: x\n\tcustomer: example.org\n\n", 35],
  ])("reads %j", (text, blankStart) => {
    expect(read(text)).toMatchObject({ blankStart });
  });

  test.each([
    ["no blank line", "A: b\n"],
    ["a line without colon", "A: b\nC\n\n"],
    ["an empty name", ": b\n\n"],
    ["a blank before the colon", "A : b\n\n"],
    ["an mbox line", "From a@example.org\nA: b\n\n"],
    ["a folded first line", " A: b\n\n"],
    ["a folded line of white space", "A: b\n \n\n"],
    ["a bare CR", "A: b\rC: d\n\n"],
    ["two CRs", "A: b\r\r\n\n"],
    ["two CRs for a blank line", "A: b\r\n\r\r\n"],
    ["a NUL in a name", "A\0: b\n\n"],
    ["an indented field of MIME", "A: b\n Content-Type: c/d\n\n"],
    ["an indented field of MIME with octets that some skip", "A: b\n C\0ontent-Type: c/d\n\n"],
    ["an indented field of MIME behind such octets", "A: b\n \xa0Content-Type: c/d\n\n"],
  ])("leaves a header with %s alone", (_name, text) => {
    expect(read(text)).toBeUndefined();
  });

  test("looks at no octet outside of the range", () => {
    const bytes = Buffer.from("x\nA: b\n\nC: d\n\n");
    expect(readPlainHeader(bytes, 2, 7)).toBeUndefined();
    expect(readPlainHeader(bytes, 2, 8)).toMatchObject({ blankStart: 7, end: 8 });
    expect(readPlainHeader(bytes, 2, 4)).toBeUndefined();
  });
});

describe("parseHeader()", () => {
  test("sees in every header what is seen line by line", () => {
    let plain = 0;
    fc.assert(
      fc.property(headers(), fc.nat({ max: 3 }), (text, start) => {
        const bytes = Buffer.from(text, "latin1");
        expect(parseHeader(bytes, start, bytes.length)).toEqual(parseDoubtful(bytes, start, bytes.length));
        if (readPlainHeader(bytes, start, bytes.length) !== undefined) plain += 1;
      }),
      { numRuns: 1_500 },
    );
    expect(plain).toBeGreaterThan(30);
  });

  test("finds the name of the encoding wherever it stands", () => {
    for (const text of [
      "X: Content-Transfer-Encoding: base64\n\n",
      "X: y\n\tz Content-Transfer-Encoding base64\n\n",
      "Content-Transfer-Encoding: Content-Transfer-Encoding: base64\n\n",
    ]) {
      const header = parseHeader(Buffer.from(text), 0, text.length);
      expect(header).toEqual(parseDoubtful(Buffer.from(text), 0, text.length));
      expect(header.fields.some((field) => !field.isRegular)).toBe(true);
    }
  });

  test("keeps no more fields than there may be", () => {
    const text = `${"Content-A: b\n".repeat(300)}\n`;
    expect(parseHeader(Buffer.from(text), 0, text.length).isCut).toBe(true);
    const longName = `Content-${"a".repeat(2_000)}: b\n\n`;
    expect(parseHeader(Buffer.from(longName), 0, longName.length).fields).toEqual([]);
  });
});

describe("readContentFields()", () => {
  test("gives the same for fields that say the same, and tells apart those that do not", () => {
    const first = fieldsOf("Content-Type: text/plain; charset=x\nA: b\n\n");
    expect(fieldsOf("C: d\nContent-Type:  text/plain;\n charset=x\n\n")).toBe(first);
    expect(fieldsOf("Content-Type: text/plain; charset=y\n\n")).not.toBe(first);
    expect(fieldsOf("Content-Disposition: text/plain; charset=x\n\n").type).toBe("");
    expect(fieldsOf("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n").encodings).toEqual(["base64"]);
    expect(fieldsOf("Content-Type: text/plain\n\n").encodings).toEqual([]);
  });

  test("does not take an irregular field for the same", () => {
    expect(ambiguitiesOf("Content-Type: multipart/mixed; boundary=x\n\n")).toEqual([]);
    expect(ambiguitiesOf("A: b\n Content-Type: multipart/mixed; boundary=x\n\n")).toEqual(["field"]);
    expect(ambiguitiesOf("Content-Type: multipart/mixed; boundary=x\r\n\r\r\n")).toEqual(["header-end"]);
  });

  test("still knows what fields say after many others", () => {
    const first = fieldsOf("Content-Type: text/plain; charset=first\n\n");
    for (let index = 0; index < 600; index += 1) {
      expect(fieldsOf(`Content-Type: text/plain; x=${index}\n\n`).typeTexts).toEqual([`text/plain; x=${index}`]);
    }
    expect(fieldsOf("Content-Type: text/plain; charset=first\n\n")).toEqual(first);
  });
});

function read(text: string): ReturnType<typeof readPlainHeader> {
  return readPlainHeader(Buffer.from(text, "latin1"), 0, text.length);
}

function fieldsOf(text: string): ReturnType<typeof readContentFields> {
  const bytes = Buffer.from(text, "latin1");
  return readContentFields(bytes, parseHeader(bytes, 0, bytes.length));
}

function ambiguitiesOf(text: string): readonly string[] {
  const bytes = Buffer.from(text, "latin1");
  const header = parseHeader(bytes, 0, bytes.length);
  return fieldAmbiguities(bytes, header, readContentFields(bytes, header));
}

/** Mostly orderly lines, some of which are spoilt. */
function headers(): fc.Arbitrary<string> {
  const name = fc.constantFrom("A", "Content-Type", "content-transfer-encoding", "MIME-Version", "Message-ID", "Cc");
  const value = fc.constantFrom("", " x", " text/plain; charset=y", " a: b", " Content-Transfer-Encoding: base64");
  const end = fc.constantFrom("\n", "\r\n");
  const folding = fc.oneof(
    { weight: 6, arbitrary: fc.constant("") },
    fc.constantFrom(" x", "\tContent-X: y", " c: d", " co: d", "\tc\0o: d", " ", " \xe9: x", "  cOntent-y", "\tm"),
  );
  const line = fc
    .tuple(name, value, end, folding)
    .map(([field, text, stop, folded]) => `${field}:${text}${stop}${folded === "" ? "" : `${folded}${stop}`}`);
  const spoilt = fc.constantFrom(
    "\r",
    "\0",
    "x\n",
    " ",
    ":",
    "From a\n",
    "\r\r\n",
    ">From b\n",
    "\xe9",
    "Content",
    "-T",
  );
  return fc
    .array(fc.oneof({ weight: 12, arbitrary: line }, spoilt), { maxLength: 6 })
    .chain((lines) => fc.constantFrom("\n", "\r\n", "\r\r\n", "", "\nbody").map((stop) => `${lines.join("")}${stop}`));
}
