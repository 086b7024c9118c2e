import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sectionLimits } from "../../../../src/core/section-limits.ts";
import { isImapList } from "../../../../src/mime/sections/imap-value.ts";
import { structureOf } from "../../../../src/mime/sections/message-structure.ts";
import { mimeShapes } from "../../../support/mime-shapes.ts";

const octets = (text: string): Buffer => Buffer.from(text, "latin1");
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString("latin1");

function envelope(header: string): string | undefined {
  return text(structureOf(octets(`${header}\r\n\r\n`)).envelope);
}

function bodyStructure(message: string): string | undefined {
  return text(structureOf(octets(message)).bodyStructure);
}

/** The `to` of an envelope that has nothing else. */
function addresses(value: string): string | undefined {
  return envelope(`To: ${value}`)?.replace(/^\(NIL NIL NIL NIL NIL (.*) NIL NIL NIL NIL\)$/s, "$1");
}

describe("structureOf()", () => {
  test("has an envelope of NILs for a message without a header", () => {
    expect(envelope("")).toBe("(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
  });

  test("takes From for a Sender or Reply-To that is missing or empty", () => {
    const from = '(("A" NIL "a" "example.org"))';
    expect(envelope("From: A <a@example.org>\r\nSender:")).toBe(
      `(NIL NIL ${from} ${from} ${from} NIL NIL NIL NIL NIL)`,
    );
  });

  test("writes quoted strings where it can and literals where it must", () => {
    expect(envelope("Subject: plain")).toContain('NIL "plain" NIL');
    expect(envelope('Subject: with "quotes"')).toContain('NIL {13}\r\nwith "quotes" NIL');
    expect(envelope("Subject: gr\xfc\xdfe")).toContain("NIL {5}\r\ngr\xfc\xdfe NIL");
    expect(envelope("Subject: two\r\n\tlines ")).toContain("NIL {9}\r\ntwo lines NIL");
    expect(envelope("Message-ID:\r\n <a@b>")).toContain('" <a@b>")');
    expect(envelope("Message-ID: a\0b")).toContain("{5}\r\na\xef\xbf\xbdb)");
    expect(envelope('Date: """"')).toContain('("\\"\\"\\"\\"" NIL');
    expect(envelope('Date: """""')).toContain('({5}\r\n""""" NIL');
  });

  test.each([
    ["a@example.org", '((NIL NIL "a" "example.org"))'],
    ["A B <a@example.org>, c@example.org", '(("A B" NIL "a" "example.org")(NIL NIL "c" "example.org"))'],
    ["a@example.org (A B)", '(("A B" NIL "a" "example.org"))'],
    ["Group: a@example.org;", '((NIL NIL "Group" NIL)(NIL NIL "a" "example.org")(NIL NIL NIL NIL))'],
    ["empty:;", '((NIL NIL "empty" NIL)(NIL NIL NIL NIL))'],
    ["<@r.example.org:a@example.org>", '((NIL "@r.example.org" "a" "example.org"))'],
    ["a@[192.0.2.1]", '((NIL NIL "a" "[192.0.2.1]"))'],
    ["word", '((NIL NIL "word" "MISSING_DOMAIN"))'],
    ["two words", '(("two words" NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))'],
    ["A <a@example.org", '(("A" NIL "a" "SYNTAX_ERROR"))'],
    ["", "NIL"],
    ["()", "NIL"],
    ["(never closed", "NIL"],
  ])("reads the addresses %j", (value, expected) => {
    expect(addresses(value)).toBe(expected);
  });

  test("joins continued parameters and keeps their charset", () => {
    const structure = bodyStructure("Content-Type: a/b; n*0=x; n*1*=%20y; m*=utf-8''z; g*0=1; g*2=2\r\n\r\n");
    expect(structure).toContain(`("g*0" "1" "g*2" "2" "m*" "utf-8''z" "n*" "''x%20y")`);
  });

  test("has the fields of MIME in a part, and none of them when the header does not say that it is MIME", () => {
    const fields = "Content-ID: <i>\r\nContent-MD5: m\r\nContent-Language: de, en\r\nContent-Location: l\r\n";
    expect(bodyStructure(`Content-Type: a/b\r\n${fields}\r\n`)).toBe(
      '("a" "b" NIL "<i>" NIL "7bit" 0 "m" NIL ("de" "en") "l")',
    );
    expect(bodyStructure(`${fields}\r\n`)).toBe(
      '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL)',
    );
  });

  test("counts octets and lines of texts and messages", () => {
    const part = "Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\na\r\nb\r\n";
    expect(bodyStructure(part)).toBe(
      '("message" "rfc822" NIL NIL NIL "7bit" 20 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) ' +
        '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 2 NIL NIL NIL NIL) 4 NIL NIL NIL NIL)',
    );
  });

  test("leaves out what is too much to say, and nothing else", () => {
    const many = (count: number): string => "a@b,".repeat(count);
    expect(envelope(`To: ${many(sectionLimits.addresses - 1)}`)).toBeDefined();
    const folded = `${many(sectionLimits.addresses / 2)}\r\nTo: ${many(sectionLimits.addresses / 2)}`;
    expect(envelope(`To: ${folded}`)).toBeUndefined();
    const name = "a".repeat(sectionLimits.fieldBytes);
    const part = `--b\r\nContent-Type: text/plain; name=${name}\r\n\r\n\r\n`;
    const count = Math.ceil(sectionLimits.structureBytes / sectionLimits.fieldBytes) + 1;
    const message = octets(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${part.repeat(count)}`);
    const { envelope: rest, body, bodyStructure: extended } = structureOf(message);
    expect([text(rest)?.length, body, extended]).toEqual([41, undefined, undefined]);
  });

  test("says in well-formed lists what it says, whatever the message", () => {
    const field = fc.constantFrom(
      "To",
      "Subject",
      "Content-Type",
      "Content-Disposition",
      "Content-Language",
      "Message-ID",
    );
    const word = fc.constantFrom(
      "<",
      ">",
      "@",
      ",",
      ";",
      ":",
      '"',
      "\\",
      "(",
      ")",
      "[",
      "]",
      "=",
      "*0",
      ".",
      "a",
      "\0",
      "\xff",
      "\r\n ",
      "/",
    );
    const value = fc.array(word, { maxLength: 30 }).map((words) => words.join(""));
    const header = fc.array(
      fc.tuple(field, value).map(([name, words]) => `${name}: ${words}\r\n`),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(header, fc.constantFrom(...mimeShapes()), (fields, { message }) => {
        const {
          envelope: first,
          body,
          bodyStructure: last,
        } = structureOf(Buffer.concat([octets(fields.join("")), message]));
        for (const list of [first, body, last]) expect(isImapList(list ?? octets(""))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
