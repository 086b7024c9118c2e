import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mimeLimits } from "../../../src/core/scan-limits.ts";
import { fieldText, parseHeader } from "../../../src/mime/header.ts";

describe("parseHeader()", () => {
  test.each([
    ["A: b\r\n\r\nbody", 6, 8],
    ["A: b\n\nbody", 5, 6],
    ["A: b\r\n\nbody", 6, 7],
    ["A: b\n\r\nbody", 5, 7],
    ["A: b\r\r\n\r\r\nbody", 7, 10],
    ["\r\nbody", 0, 2],
    ["A: b\r\n \r\nC: d\r\n", 15, 15],
    ["A: b", 4, 4],
    ["", 0, 0],
  ])("ends the header of %j at its blank line", (text, blankStart, end) => {
    expect(parseHeader(Buffer.from(text), 0, text.length)).toMatchObject({ start: 0, blankStart, end });
  });

  test("keeps within the entity", () => {
    const bytes = Buffer.from("xx\r\nContent-Type: a/b\r\n\r\n");
    const header = parseHeader(bytes, 4, 15);
    expect([header.end, fieldsOf(bytes, 4, 15)]).toEqual([15, []]);
  });

  test.each([
    ["Content-Type: a/b\r\n c\r\nX: y\r\n\r\n", [["content-type", "a/b c"]]],
    [
      "Content-Type:a\r\ncontent-TYPE : b\r\n\r\n",
      [
        ["content-type", "a"],
        ["content-type", "b"],
      ],
    ],
    [
      "Content-Type\0: a\r\nMIME-Version: 1.0\r\n\r\n",
      [
        ["content-type", "a"],
        ["mime-version", "1.0"],
      ],
    ],
    ["no colon\r\nContent-Type: a\r\n\r\n", [["content-type", "a"]]],
    ["X: y\rContent-Type: a\r\n\r\n", [["content-type", "a"]]],
    ["X: y\r\n Content-Type: a\r\n\r\n", [["content-type", "a"]]],
    ["Content: a\r\nMime: b\r\n\r\nContent-Type: c\r\n", []],
  ])("finds the MIME fields of %j", (text, expected) => {
    expect(fieldsOf(Buffer.from(text, "latin1"))).toEqual(expected);
  });

  test("marks what only some readers take for a field", () => {
    const bytes = Buffer.from("Content-Type: a\r\nX: y\rContent-Type: b\r\n Content-Type: c\r\n\r\n");
    expect(parseHeader(bytes, 0, bytes.length).fields.map((field) => field.isRegular)).toEqual([true, false, false]);
  });

  test.each([
    ["Content-Type: a", true],
    ["content-TYPE: a", true],
    ["Content-Type : a", false],
    ["Content-Type\0: a", false],
    ["Content-Type\0x: a", false],
    ["\xef\xbb\xbfContent-Type: a", false],
    ["Content-Type\xa0: a", false],
    ["Content-Type\r\n : a", false],
  ])("takes %j for a Content-Type field, plain or not", (line, isPlain) => {
    const bytes = Buffer.from(`${line}\r\n\r\n`, "latin1");
    expect(parseHeader(bytes, 0, bytes.length).fields).toMatchObject([{ name: "content-type", isPlain }]);
  });

  test.each([
    ["X-Content-Transfer-Encoding: base64", ["base64"]],
    ["Content-Transfer-Encoding base64", ["base64"]],
    ["Content-Transfer-Encoding(comment): base64", ["base64"]],
    ["DKIM-Signature: h=content-transfer-encoding:content-type; bh=base64", []],
    ["DKIM-Signature: h=content-transfer-encoding; bh=base64", []],
    ["X-A: content-transfer-encoding", []],
  ])("finds the transfer encoding that %j hides", (line, expected) => {
    const fields = fieldsOf(Buffer.from(`${line}\r\n\r\n`));
    expect(fields.filter(([name]) => name === "content-transfer-encoding").map(([, value]) => value)).toEqual(expected);
  });

  test("keeps the first and the last of too many fields", () => {
    const lines = Array.from({ length: mimeLimits.fields * 3 }, (_, index) => `Content-Type: ${index}\r\n`);
    const values = fieldsOf(Buffer.from(lines.join(""))).map(([, value]) => Number(value));
    expect([values[0], values.at(-1), values.length]).toEqual([0, mimeLimits.fields * 3 - 1, mimeLimits.fields]);
  });

  test("ends a field after a bare CR at the next one", () => {
    expect(fieldsOf(Buffer.from("X: y\rContent-Type: a;\r b\rContent-Type: c\r\n\r\n"))).toEqual([
      ["content-type", "a; b"],
      ["content-type", "c"],
    ]);
  });

  test("keeps as many fields as allowed and says when there are more", () => {
    const make = (count: number): Buffer => Buffer.from("Content-Type: a\r\n".repeat(count));
    const atCap = parseHeader(make(mimeLimits.fields), 0, make(mimeLimits.fields).length);
    expect([atCap.fields.length, atCap.isCut]).toEqual([mimeLimits.fields, false]);
    const above = parseHeader(make(mimeLimits.fields + 1), 0, make(mimeLimits.fields + 1).length);
    expect([above.fields.length, above.isCut]).toEqual([mimeLimits.fields, true]);
  });

  test.each(["\r", "\r ", "\r\0", "\0 ", "\n ", "content-transfer-encoding:base64\r ", "content-type\r "])(
    "comes to an end with a header of nothing but %j",
    (piece) => {
      const bytes = Buffer.from(`Subject: ${piece.repeat(1_000_000 / piece.length)}\r\n\r\nbody`, "latin1");
      expect(parseHeader(bytes, 0, bytes.length).end).toBe(bytes.length - "body".length);
    },
  );

  test("gives ranges inside the header for any octets", () => {
    const pieces = fc.constantFrom("Content-Type", ":", "\r", "\n", " ", "\0", "a", "MIME-Version: 1", "\r\n");
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const bytes = Buffer.from(parts.join(""), "latin1");
        const header = parseHeader(bytes, 0, bytes.length);
        expect(header.blankStart <= header.end && header.end <= bytes.length).toBe(true);
        for (const { start, valueStart, end } of header.fields) {
          expect(start < valueStart && valueStart <= end && end <= header.blankStart).toBe(true);
        }
      }),
    );
  });
});

function fieldsOf(bytes: Buffer, start = 0, end = bytes.length): [string, string][] {
  return parseHeader(bytes, start, end).fields.map((field) => [field.name, fieldText(bytes, field)]);
}
