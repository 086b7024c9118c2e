import { describe, expect, test } from "vitest";
import { parseSectionName } from "../../../../src/mime/sections/section-name.ts";

describe("parseSectionName()", () => {
  test.each([
    ["", { path: [], what: "all", names: [] }],
    ["1", { path: [1], what: "all", names: [] }],
    ["2.13.1", { path: [2, 13, 1], what: "all", names: [] }],
    ["header", { path: [], what: "header", names: [] }],
    ["Text", { path: [], what: "text", names: [] }],
    ["3.MIME", { path: [3], what: "mime", names: [] }],
    ["3.1.TEXT", { path: [3, 1], what: "text", names: [] }],
    ["HEADER.FIELDS (To Cc)", { path: [], what: "fields", names: ["to", "cc"] }],
    ['2.header.fields.not ("Su\\"b")', { path: [2], what: "fields-not", names: ['su"b'] }],
    ["HEADER.FIELDS(X)", { path: [], what: "fields", names: ["x"] }],
  ])("reads %j", (text, expected) => {
    expect(parseSectionName(text)).toEqual(expected);
  });

  test.each([
    "0",
    "1.0",
    "1.",
    ".1",
    "1..2",
    "1HEADER",
    "MIME",
    "HEADER.FIELDS",
    "HEADER.FIELDS ()",
    "HEADER.FIELDS (a",
    'HEADER.FIELDS ("a)',
    "HEADER.FIELDS (a)b",
    "HEADER.FIELDS (a(b)",
    "TEXT ",
    "1.TEXT.1",
    "9999999999",
    "x",
  ])("refuses %j", (text) => {
    expect(parseSectionName(text)).toBeUndefined();
  });
});
