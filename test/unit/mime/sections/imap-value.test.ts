import { describe, expect, test } from "vitest";
import { isImapList } from "../../../../src/mime/sections/imap-value.ts";

const octets = (text: string): Buffer => Buffer.from(text, "latin1");

describe("isImapList()", () => {
  test.each(["()", '(NIL 1 "a")', '("a\\"b" {3}\r\n)\r\n (NIL))', "({0}\r\n)", '((("text") 12) "x")'])(
    "is true of %j",
    (text) => {
      expect(isImapList(octets(text))).toBe(true);
    },
  );

  test.each([
    "",
    "NIL",
    "(",
    ")",
    "(a)",
    "())",
    "() ",
    "()\r\n* OK",
    '("a)',
    '("a\r\nb")',
    '("\xe4")',
    '("\\a")',
    "({3}\r\nab)",
    "({3}\nabc)",
    "({01}\r\na)",
    "({99999999999}\r\na)",
    "({1}\r\n\0)",
    "(~{1}\r\na)",
    "(\r\n)",
    '("\0")',
    "(1\t2)",
    "(-1)",
  ])("is false of %j", (text) => {
    expect(isImapList(octets(text))).toBe(false);
  });

  test("is false of lists that are too deep", () => {
    expect(isImapList(octets(`${"(".repeat(200)}${")".repeat(200)}`))).toBe(true);
    expect(isImapList(octets(`${"(".repeat(201)}${")".repeat(201)}`))).toBe(false);
  });
});
