import { describe, expect, test } from "vitest";
import { mimeLimits } from "../../../src/core/scan-limits.ts";
import { boundaryReadings } from "../../../src/mime/boundary-readings.ts";
import { type ContentFields, readContentFields } from "../../../src/mime/content-fields.ts";
import { parseHeader } from "../../../src/mime/header.ts";
import { parseStructuredValue } from "../../../src/mime/parameters.ts";

describe("readContentFields()", () => {
  test.each([
    ["Content-Disposition: attachment; filename=a.zip", "a.zip"],
    ['Content-Disposition: attachment; filename="a \\"b\\".zip"', 'a "b".zip'],
    ["Content-Type: a/b; name=a.zip", "a.zip"],
    ["Content-Type: a/b; name=a.zip\r\nContent-Disposition: x; filename=b.zip", "b.zip"],
    ["Content-Disposition: x; filename*=utf-8''%C3%A4.zip", "ä.zip"],
    ["Content-Disposition: x; filename*=iso-8859-1'de'%E4.zip", "ä.zip"],
    ["Content-Disposition: x; filename*0*=utf-8''%C3%A4; filename*1=b.zip", "äb.zip"],
    ["Content-Disposition: x; filename*1=b.zip; filename*0=a", "ab.zip"],
    ["Content-Disposition: x; filename==?utf-8?B?w6QuemlwCg==?=", "ä.zip\n"],
    ['Content-Disposition: x; filename="=?utf-8?Q?=C3=A4?= =?utf-8?Q?.zip?="', "ä.zip"],
    ["Content-Disposition: x; filename=\xe4.zip", "ä.zip"],
    ["Content-Disposition: x", ""],
    ["Content-Disposition: x; filename=", ""],
  ])("decodes the file name of %j", (text, expected) => {
    expect(read(text).fileName).toBe(expected);
  });

  test("cuts a long file name", () => {
    expect(read(`Content-Disposition: x; filename=${"a".repeat(10_000)}`).fileName).toHaveLength(
      mimeLimits.nameCharacters,
    );
  });

  test.each([
    ["base64", ["base64"]],
    ["Quoted-Printable", ["quoted-printable"]],
    ["x-uuencode", ["uuencode"]],
    ["8bit", []],
    ['"ba\0se64" (comment)', ["base64"]],
    ["base64 quoted", ["base64", "quoted-printable"]],
    ["base-64", ["base64"]],
    ["7bit,\r\n base64", ["base64"]],
    ["=?us-ascii?Q?base=364?=", ["base64"]],
    ["uue", ["uuencode"]],
    ["utf-8", []],
    ["", []],
  ])("reads the transfer encoding %j", (value, expected) => {
    expect(read(`Content-Transfer-Encoding: ${value}`).encodings).toEqual(expected);
  });

  test("takes no encoding from a list of field names in a signature", () => {
    const signature =
      "DKIM-Signature: v=1; h=From:To:\r\n\tContent-Transfer-Encoding:Content-Type; bh=base64uu64=; b=x";
    expect(read(signature).encodings).toEqual([]);
    expect(read(signature.replace("Encoding:", "Encoding; ")).encodings).toEqual([]);
  });

  test.each([
    ['Content-Type: a/b; name="a.zip"\r\nContent-Disposition: x; filename="b.ZIP"', ["zip"]],
    ['Content-Type: a/b; name="a.txt"\r\nContent-Disposition: x; filename="a.exe"', ["exe", "txt"]],
    ["Content-Disposition: x; filename=a.txt; filename*=''a.exe", ["txt", "exe"]],
    ["Content-Type: a/b; name=attachment\r\nContent-Disposition: x; filename=a.pdf", ["pdf"]],
    ["Content-Type: a/b", []],
  ])("reads the file endings of %j", (text, expected) => {
    expect(read(text).fileEndings).toEqual(expected);
  });

  test("takes the first type and keeps the others", () => {
    const { type, otherTypes } = read("Content-Type: Text/Plain (x); a=b\r\nContent-Type: multi\0part/mixed");
    expect([type, otherTypes]).toEqual(["text/plain", ["multipart/mixed"]]);
  });

  test("says when a field is longer or has more parameters than are read", () => {
    expect(read("Content-Type: a/b; c=d").isCut).toBe(false);
    expect(read(`Content-Type: a/b; c=${"d".repeat(mimeLimits.fieldBytes)}`).isCut).toBe(true);
    expect(read(`Content-Type: a/b${"; c=d".repeat(mimeLimits.parameters + 1)}`).isCut).toBe(true);
  });
});

describe("parseStructuredValue()", () => {
  test("takes as many parameters as allowed and says when there are more", () => {
    const atCap = parseStructuredValue(`a${";b=c".repeat(mimeLimits.parameters)}`);
    expect([atCap.parameters.length, atCap.isCut]).toEqual([mimeLimits.parameters, false]);
    const above = parseStructuredValue(`a${";b=c".repeat(mimeLimits.parameters + 1)}`);
    expect([above.parameters.length, above.isCut]).toEqual([mimeLimits.parameters, true]);
  });

  test("keeps semicolons inside quotes", () => {
    expect(parseStructuredValue('a; b="c;d"; e=f').parameters.map(({ name, value }) => [name, value])).toEqual([
      ["b", "c;d"],
      ["e", "f"],
    ]);
  });
});

describe("boundaryReadings()", () => {
  test.each([
    ["multipart/mixed; boundary=foo", ["foo"]],
    ['multipart/mixed; boundary="a b"', ["a b"]],
    ['multipart/mixed; boundary="a\\b"', ["ab", "a\\b"]],
    ["multipart/mixed; boundary=a; boundary=b", ["a", "b"]],
    ["multipart/mixed; boundary*=us-ascii''%61", ["a"]],
    ["text/plain", []],
  ])("reads %j", (text, expected) => {
    expect(boundaryReadings([text]).all.slice(0, expected.length)).toEqual(expected);
  });

  test("takes the first and the last of many before those between", () => {
    const text = `multipart/mixed${Array.from({ length: 5 }, (_, index) => `; boundary=b${index}`).join("")}`;
    expect(boundaryReadings([text]).all.slice(0, 5)).toEqual(["b0", "b4", "b1", "b3", "b2"]);
  });

  test("tells what orderly readers take from what others do", () => {
    expect(boundaryReadings(['multipart/mixed; boundary="a(b)c"']).usual).toEqual(["a(b)c"]);
    expect(boundaryReadings(['multipart/mixed; boundary="a(b)c"']).all).toContain("ac");
    expect(boundaryReadings(["multipart/mixed; boundary=a; boundary*=''b"]).usual).toEqual(["a", "b"]);
  });

  test.each([
    ['boundary="a b"', "a"],
    ["boundary*1=b; boundary*0=a", "ab"],
    ["boundary*0=a; boundary*1=x; boundary*1=b", "ab"],
    ["boundary*0=a; boundary*2=x", "a"],
    ["boundary*=utf-16le''%66%00%E9%00", "f\xc3\xa9"],
    ["boundary==?utf-16be?B?IKwgrA==?=", "\xe2\x82\xac\xe2\x82\xac"],
    [`boundary=${"x".repeat(100)}`, "x".repeat(70)],
  ])("reads %j as %j too", (parameter, expected) => {
    expect(boundaryReadings([`multipart/mixed; ${parameter}`]).all).toContain(expected);
  });

  test("lists as many as are looked for, and says when there are more", () => {
    const make = (count: number): string =>
      `multipart/mixed${Array.from({ length: count }, (_, index) => `; boundary=b${index}`).join("")}`;
    expect(boundaryReadings([make(mimeLimits.boundaries)])).toMatchObject({ isCut: false });
    const { all, isCut } = boundaryReadings([make(mimeLimits.boundaries + 1)]);
    expect([all.length, isCut]).toEqual([mimeLimits.boundaries, true]);
  });

  test("ends on a value of nothing but repetitions", () => {
    expect(boundaryReadings(["boundary=a;".repeat(20_000)]).all.length).toBeLessThan(10);
  });
});

function read(fields: string): ContentFields {
  const bytes = Buffer.from(`${fields}\r\n\r\n`, "latin1");
  return readContentFields(bytes, parseHeader(bytes, 0, bytes.length));
}
