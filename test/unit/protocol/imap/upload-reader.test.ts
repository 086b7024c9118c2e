import { describe, expect, it } from "vitest";
import { fromLatin1 } from "../../../../src/core/bytes.ts";
import { findLiteral } from "../../../../src/protocol/imap/literal-head.ts";
import { UploadReader } from "../../../../src/protocol/imap/upload-reader.ts";

/** What each line announces; a name's literal is "NAME". */
function read(name: "APPEND" | "REPLACE", ...lines: string[]) {
  const reader = new UploadReader(name);
  const parts = lines.map((text) => {
    const line = fromLatin1(`${text}\r\n`);
    const literal = findLiteral(line, "client");
    if (literal === "malformed") throw new Error(`"${text}" announces nothing that can be read`);
    const part = reader.line(line, 0, literal === "none" ? undefined : literal);
    if (part === "name") reader.named(fromLatin1("NAME"));
    return typeof part === "string" ? part : part.type === "unknown" ? `unknown ${part.word}` : part.type;
  });
  return { parts, mailbox: reader.mailbox };
}

const append = (...lines: string[]) => read("APPEND", ...lines).parts;

describe("UploadReader", () => {
  it.each([
    ["one message", ["INBOX {5}", ""]],
    ["flags and a date", ['INBOX (\\Seen $Forwarded) " 1-Jan-2026 00:00:00 +0000" {5}', ""]],
    ["several messages", ['"a \\"b" {5}', " (\\Seen) {5+}", ' "17-Jul-1996 02:44:25 -0700" ~{5}', ""]],
    ["UTF-8", ["INBOX UTF8 (~{5}", ")"]],
    ["several of UTF-8", ["INBOX utf8 (~{5}", ") (\\Seen) UTF8 (~{5+}", ")"]],
    ["an annotation (RFC 5257)", ['INBOX ANNOTATION (/comment (value.priv "x")) {5}', ""]],
    ["words in lists", ['INBOX (CATENATE URL "x" (y)) {5}', ""]],
    ["an empty mailbox name", ['"" {5}', ""]],
    ["no flags", ["INBOX () {5}", ""]],
  ])("finds the messages with %s", (_what, lines) => {
    expect(append(...lines)).toEqual([...lines.slice(1).map(() => "message"), "end"]);
  });

  it("finds names that are literals", () => {
    expect(read("APPEND", "{4}", " (\\Seen) {9}", "")).toEqual({ parts: ["name", "message", "end"], mailbox: "NAME" });
    expect(read("REPLACE", "12 {4+}", " {9}", "")).toEqual({ parts: ["name", "message", "end"], mailbox: "NAME" });
  });

  it.each([
    ["INBOX {5}", "INBOX"],
    ['"a \\"b\\" c" {5}', 'a "b" c'],
    ["Entw&APw-rfe {5}", "Entw&APw-rfe"],
    ['"\xc3\xa9" {5}', "é"],
  ])("tells the mailbox of %j", (line, mailbox) => {
    expect(read("APPEND", line).mailbox).toBe(mailbox);
  });

  it("tells what REPLACE replaces from where it goes", () => {
    expect(read("REPLACE", "12 Drafts (\\Draft) {5}", "")).toEqual({ parts: ["message", "end"], mailbox: "Drafts" });
    expect(read("REPLACE", "* Drafts {5}").parts).toEqual(["message"]);
    for (const line of ["Drafts {5}", "12", "0 x {5}", "1:2 x {5}", "12  x {5}", "12345678901 x {5}", ""]) {
      expect(read("REPLACE", line).parts).toEqual(["malformed"]);
    }
  });

  it.each([
    ["INBOX CATENATE (URL {5}", "unknown CATENATE"],
    ['INBOX (\\Seen) "17-Jul-1996 02:44:25 -0700" catenate (TEXT {5}', "unknown CATENATE"],
    ["INBOX X-NEW {5}", "unknown X-NEW"],
    ['INBOX URL "imap://x" {5}', "unknown URL"],
    [`INBOX ${"x".repeat(1_000)} {5}`, `unknown ${"X".repeat(32)}`],
    ["INBOX \\Seen {5}", "unknown \\SEEN"],
  ])("P-23 knows nothing else: %s", (line, problem) => {
    expect(append(line)).toEqual([problem]);
  });

  it("P-23 knows nothing else behind a message", () => {
    expect(append("INBOX {5}", ' CATENATE (URL "x")')).toEqual(["message", "unknown CATENATE"]);
    expect(append("INBOX UTF8 (~{5}", ") CATENATE (TEXT {5}")).toEqual(["message", "unknown CATENATE"]);
  });

  it.each([
    "",
    '"INBOX',
    "INBOX(\\Seen) {5}",
    "INBOX (\\Seen)( {5}",
    'INBOX (a"b") {5}',
    'INBOX "a"b {5}',
    "INBOX ) {5}",
    "INBOX (",
    "( {5}",
    "INBOX* {5}",
    " INBOX {5}",
    "~{5}",
    `INBOX "${"x".repeat(60)}" {5}`,
    `INBOX ${"(".repeat(200)} {5}`,
  ])("P-36 does not guess what %j means", (line) => {
    expect(append(line)).toEqual(["malformed"]);
  });

  it("does not guess what stands behind a message", () => {
    for (const line of [")", "x {5}", "(\\Seen) {5}", '"x" {5}', " (", " (\\Seen"]) {
      expect(append("INBOX {5}", line)).toEqual(["message", "malformed"]);
    }
    expect(append("INBOX UTF8 (~{5}", "")).toEqual(["message", "malformed"]);
  });
});
