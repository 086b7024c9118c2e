import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromLatin1 } from "../../../../src/core/bytes.ts";
import { protocolLimits } from "../../../../src/core/limits.ts";
import { loginAccount, saslAccount } from "../../../../src/protocol/imap/account.ts";
import { readArguments, unquote } from "../../../../src/protocol/imap/astring.ts";
import { Collector } from "../../../../src/protocol/imap/collector.ts";
import { parseCommand } from "../../../../src/protocol/imap/command.ts";
import { itemKind, stringPlace } from "../../../../src/protocol/imap/fetch-item.ts";
import { headerLength } from "../../../../src/protocol/imap/header-guard.ts";
import { taggedReply } from "../../../../src/protocol/imap/reply.ts";
import { parseResponse } from "../../../../src/protocol/imap/response.ts";
import { buildPlain, parsePlain } from "../../../../src/protocol/imap/sasl-plain.ts";
import { SequenceSet } from "../../../../src/protocol/imap/sequence-set.ts";

const line = (text: string) => fromLatin1(`${text}\r\n`);

describe("parseCommand()", () => {
  it.each([
    ["a NOOP", "a", "NOOP", false, 6],
    [". noop", ".", "NOOP", false, 6],
    ["-elE7A uid fetch 1 FLAGS", "-elE7A", "FETCH", true, 17],
    ["a]:/=' LOGIN x", "a]:/='", "LOGIN", false, 13],
    ["a NOOP ", "a", "NOOP", false, 7],
  ])("parses %j", (text, tag, name, isUid, argumentsStart) => {
    expect(parseCommand(line(text))).toEqual({ type: "command", tag, name, isUid, argumentsStart });
  });

  it.each([
    ["", "*"],
    [" a NOOP", "*"],
    ["* NOOP", "*"],
    ["+ NOOP", "*"],
    ["a+ NOOP", "*"],
    ["a\tNOOP", "*"],
    ["a\0 NOOP", "*"],
    ["\xe9 NOOP", "*"],
    ["a{ NOOP", "*"],
    ['"a" NOOP', "*"],
    ["a", "a"],
    ["a ", "a"],
    ["a  NOOP", "a"],
    ["a NO\xe9P", "a"],
    ["a NOOP\tx", "a"],
    ["a UID", "a"],
    ["a UID  FETCH 1", "a"],
    [`a ${"x".repeat(65)}`, "a"],
    [`${"t".repeat(257)} NOOP`, "*"],
  ])("P-40 finds %j invalid", (text, tag) => {
    expect(parseCommand(line(text))).toMatchObject({ type: "invalid", tag });
  });

  it("takes a tag at its limit", () => {
    expect(parseCommand(line(`${"t".repeat(256)} NOOP`)).type).toBe("command");
  });

  it("P-36 finds nesting beyond the limit invalid, outside quoted strings", () => {
    const nested = (depth: number) => line(`a SEARCH ${"(".repeat(depth)}`);
    expect(parseCommand(nested(protocolLimits.imapNesting)).type).toBe("command");
    expect(parseCommand(nested(protocolLimits.imapNesting + 1)).type).toBe("invalid");
    expect(parseCommand(nested(60_000)).type).toBe("invalid");
    expect(parseCommand(line(`a SEARCH ${"()".repeat(1_000)}`)).type).toBe("command");
    expect(parseCommand(line(`a SEARCH "\\"${"(".repeat(1_000)}"`)).type).toBe("command");
  });
});

describe("parseResponse()", () => {
  it.each([
    ["+", { type: "continuation" }],
    ["+ ", { type: "continuation" }],
    ["a OK", { type: "tagged", tag: "a", status: "OK", textStart: 4 }],
    [". no  x", { type: "tagged", tag: ".", status: "NO", textStart: 4 }],
    ["* OK", { type: "status", status: "OK", textStart: 4 }],
    ["* bye x", { type: "status", status: "BYE", textStart: 5 }],
    ["*  12  exists", { type: "data", name: "EXISTS", number: 12, argumentsStart: 13 }],
    ["* LIST ()", { type: "data", name: "LIST", number: undefined, argumentsStart: 6 }],
  ])("parses %j", (text, response) => {
    expect(parseResponse(line(text))).toEqual(response);
  });

  it.each([
    "",
    "*",
    "* ",
    "*OK",
    "+x",
    "a",
    "a ",
    "a OKAY",
    "a FETCH",
    "(a OK",
    "a\tOK",
    "*\t1 FETCH (",
    "* 1",
    "* 1 FETCH(BODY[]",
    "* 1\tFETCH (",
    "* 1x FETCH",
    "* 12345678901 FETCH",
    '* "LIST"',
    "* {",
    "* 1 FET\0CH (",
    "\xe9 OK",
  ])("finds %j invalid", (text) => {
    expect(parseResponse(line(text))).toEqual({ type: "invalid" });
  });
});

describe("itemKind()", () => {
  it.each([
    [
      "plain",
      "FLAGS UID ENVELOPE BODY BODYSTRUCTURE INTERNALDATE RFC822.SIZE MODSEQ BINARY.SIZE[1] X-NEW EMAILID BODYX",
    ],
    ["header", "RFC822.HEADER BODY[HEADER] body[header] BODY[HEADER.FIELDS(A)] rfc822.header"],
    ["whole", "BODY[] body[] BODY[]<0> RFC822 rfc822"],
    [
      "forbidden",
      "BODY[1] BODY[TEXT] BODY[1.HEADER] BODY[HEADER]<0> BODY[]<1> BODY[]<00> BODY[]x BODY.PEEK[] BODY.PEEK RFC822.TEXT " +
        "RFC822.PEEK RFC822.HEADER.LINES BINARY[] BINARY BINARY[1]<0> PREVIEW SNIPPET X[] FLAGS[] RFC822[] BODY[HEADER.FIELDSX] BODY[",
    ],
  ])("finds these %s: %s", (kind, names) => {
    for (const name of names.split(" ")) expect([name, itemKind(name)]).toEqual([name, kind]);
  });

  it("knows HEADER.FIELDS with its list", () => {
    expect(itemKind('BODY[HEADER.FIELDS (DATE "X")]')).toBe("header");
    expect(itemKind("BODY[HEADER.FIELDS.NOT (DATE)]")).toBe("header");
    expect(itemKind("BODY[HEADER.FIELDS (DATE)]<0>")).toBe("forbidden");
  });
});

describe("stringPlace()", () => {
  it.each([
    ["nowhere", "FLAGS uid RFC822.SIZE INTERNALDATE MODSEQ BINARY.SIZE[] binary.size[1] EMAILID THREADID SAVEDATE"],
    ["list", "ENVELOPE BODY bodystructure"],
    ["anywhere", "X-GM-LABELS X-NEW ANNOTATION FLAGSX"],
  ])("is %s in %s", (place, names) => {
    for (const name of names.split(" ")) expect([name, stringPlace(name)]).toEqual([name, place]);
  });
});

describe("headerLength()", () => {
  it.each([
    "",
    "\r\n",
    "\n\n\n",
    "A: b\r\n\r\n",
    "A: b\r\n\r\n\r\n",
    "A: b",
    "A: b\rC: d",
    "A:\r\nB:c\r\n\td: {5}\r\n  e\r\n\r\n",
    "!\"'~;*-_: \x80\xff\x01\x7f\r\n",
    "From ann Mon Jan  1 00:00:00 2026\r\nA: b\r\n\r\n",
    "From ann\r\n",
    "A: b\r\n ",
    "A: b\r\n \t\r\n\r\n",
    "\x01\x7f\r\n",
  ])("is all of %j", (text) => {
    expect(headerLength(fromLatin1(text))).toBe(text.length);
  });

  it.each([
    "\r\n",
    "\n",
    "A: b\r\n\r\n",
    "A: b\n\n",
    "A: b\n\r\n",
    "A: b\r\n\r\r\n",
    "A: b\r\r",
    "A: b\n\r",
    "A: b\r\n\r\n\r\n",
    "A: b\r\r\n",
    "A: b\r\n \r\n",
    "A: b\r\n\t \x0b\n",
    "A: b\n\x01\x7f\r",
  ])("ends after %j where something follows", (text) => {
    for (const rest of ["x\r\n\r\ny", "C: d\r\n", " folded\r\n", "\0", " \r\n", "\x01"]) {
      expect([rest, headerLength(fromLatin1(text + rest))]).toEqual([rest, text.length]);
    }
  });

  it.each([
    "x",
    "x y: z",
    "Subject : x",
    "Subject\t: x",
    ": x",
    "<html>",
    "--boundary",
    "\x80: x",
    "A\x01: x",
    "From ann",
    ">From ann",
    "TVqQAAMAAAAEAAAA",
    "\x0bA: b",
    "\0",
    "\0A: b",
  ])("ends before the line %j, which is no field", (line) => {
    for (const start of ["A: b\r\n", "A: b\n", "A: b\r", "A: b\r\n c\r\n"]) {
      for (const rest of ["", "\r\n", "\r\nC: d\r\n\r\n"]) {
        expect([start, rest, headerLength(fromLatin1(start + line + rest))]).toEqual([start, rest, start.length]);
      }
    }
  });

  it.each(["x", " x", "\tx: y", "\0", "From", "from ann", ">From ann"])("is nothing of %j at the start", (text) => {
    expect(headerLength(fromLatin1(`${text}\r\nA: b\r\n`))).toBe(0);
  });

  it("takes no continuation after the line of a mailbox file", () => {
    const start = "From ann\r\n";
    expect(headerLength(fromLatin1(`${start} x\r\nA: b\r\n`))).toBe(start.length);
    expect(headerLength(fromLatin1(`${start}From bob\r\nA: b\r\n`))).toBe(start.length);
  });

  it("ends at a NUL", () => {
    expect(headerLength(fromLatin1("A: b\0c\r\nD: e\r\n"))).toBe(4);
    expect(headerLength(fromLatin1("A: b\r\nFoo\0: c\r\n"))).toBe(6);
  });

  it("leaves nothing that a program could take for a body, whatever it is given", () => {
    const piece = fc.constantFrom(
      "A: b",
      "Foo",
      ": ",
      " ",
      "\t",
      "\r",
      "\n",
      "\r\n",
      "\0",
      "From ",
      "\x0b",
      "\xff",
      "-",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const octets = fromLatin1(pieces.join(""));
        const text = octets.toString("latin1", 0, headerLength(octets));
        const lines = text.split(/\r\n|\r|\n/);
        const isBlank = (line: string) => line.trim() === "";
        const fields = lines.slice(0, lines.concat("").findIndex(isBlank));
        const [first, ...others] = fields[0]?.startsWith("From ") ? fields.slice(1) : fields;
        expect(first ?? "A:").toMatch(/^[!-9;-~]+:/);
        for (const field of others) expect(field).toMatch(/^(?:[!-9;-~]+:|[ \t])/);
        expect(lines.slice(fields.length + 1).join("")).toBe("");
        expect(text).not.toContain("\0");
        expect(headerLength(fromLatin1(text))).toBe(text.length);
      }),
      { numRuns: 2_000, seed: 4 },
    );
  });
});

describe("SequenceSet", () => {
  it.each([
    ["5", 5, true],
    ["5", 6, false],
    ["1:3,7,12:9", 10, true],
    ["1:3,7,12:9", 8, false],
    ["7:*", 1, true],
    ["*", 1, true],
    ["$", 1, true],
    ["", 0, true],
    [":,", 3, false],
  ])("of %j and %d is %s", (set, number, expected) => {
    expect(new SequenceSet(set).mayContain(number)).toBe(expected);
  });

  it.each([
    ["5", 5, 0],
    ["5", 6, 1],
    ["12:9,1:3,2:4,7", 7, 4],
    ["12:9,1:3,2:4,7", 11, 7],
    ["12:9,1:3,2:4,7", 100, 9],
    ["7:*", 9, 0],
  ])("%j has smaller numbers than %d: %d", (set, number, expected) => {
    expect(new SequenceSet(set).below(number)).toBe(expected);
  });

  it("takes a set that nobody writes for one that may hold any message", () => {
    expect(new SequenceSet("1,".repeat(40_000)).mayContain(7)).toBe(true);
  });
});

describe("readArguments()", () => {
  it.each([
    ["", []],
    ["a b", ["a", "b"]],
    ['"a b" "\\"\\\\"', ["a b", '"\\']],
    ['"" x', ["", "x"]],
    ["a ", ["a"]],
    ["a  b", undefined],
    [" a", undefined],
    ['"a', undefined],
    ['"a"b', undefined],
    ["(a)", undefined],
    ["a\0", undefined],
    ["\xe9", undefined],
  ])("of %j is %j", (text, expected) => {
    expect(readArguments(fromLatin1(text), 0, text.length)?.map((word) => word.toString("latin1"))).toEqual(expected);
  });

  it("restores any quoted word", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (word) => {
        const quoted = `"${word.replace(/["\\]/g, "\\$&")}"`;
        expect(unquote(fromLatin1(quoted)).toString("latin1")).toBe(word);
        expect(readArguments(fromLatin1(quoted), 0, quoted.length)?.map(String)).toEqual([word]);
      }),
    );
  });
});

describe("Collector", () => {
  it("collects up to its limit in all", () => {
    const collector = new Collector(10);
    for (const octet of "abcd") expect(collector.append(fromLatin1(octet))).toBe(true);
    expect(collector.peek().toString()).toBe("abcd");
    expect(collector.take().toString()).toBe("abcd");
    expect(collector.append(fromLatin1("1234567"))).toBe(false);
    expect(collector.append(fromLatin1("123456"))).toBe(true);
    expect(collector.take().toString()).toBe("123456");
    expect(collector.append(fromLatin1("x"))).toBe(false);
    expect(collector.length).toBe(0);
  });

  it.each([0, Number.NaN])("takes nothing with a limit of %d", (limit) => {
    expect(new Collector(limit).append(fromLatin1("x"))).toBe(false);
  });
});

describe("taggedReply()", () => {
  it("P-41 is one line of ASCII without braces, whatever the text", () => {
    const reply = taggedReply("a", "NO", "x\r\na OK \0é{5}\r\n", "CANNOT").toString("latin1");
    expect(reply).toBe("a NO [CANNOT] x?a OK ??5??\r\n");
    expect(taggedReply("a", "NO", "y".repeat(5_000)).length).toBeLessThan(512);
  });
});

describe("parsePlain()", () => {
  it("restores what buildPlain() built", () => {
    const message = parsePlain(Buffer.from("other\0ann\0se\r\ncret").toString("base64"));
    expect(message).toMatchObject({ authorization: "other", name: "ann" });
    if (message !== undefined) expect(buildPlain(message)).toBe("b3RoZXIAYW5uAHNlDQpjcmV0");
  });

  it.each([
    "",
    "=",
    "!!!!",
    "YQ",
    "YQ==",
    Buffer.from("a\0b").toString("base64"),
    Buffer.from("a\0b\0c\0").toString("base64"),
  ])("is undefined for %j", (text) => {
    expect(parsePlain(text)).toBeUndefined();
  });
});

describe("the account of a login", () => {
  const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");

  it.each([
    ["PLAIN", "\0ann\0secret", "ann"],
    ["PLAIN", "other\0ann\0secret", "ann"],
    ["LOGIN", "ann", "ann"],
    ["CRAM-MD5", "ann b 0123456789abcdef", "ann b"],
    ["SCRAM-SHA-256", "n,,n=ann,r=abc", "ann"],
    ["XOAUTH2", "user=ann@example.org\x01auth=Bearer x\x01\x01", "ann@example.org"],
    ["XOAUTH2", "user=ann\x01user=eve\x01auth=Bearer x\x01\x01", undefined],
    ["XOAUTH2", "x=\nuser=ann\x01user=eve\x01auth=Bearer x\x01\x01", undefined],
    ["OAUTHBEARER", "n,a=ann@example.org,\x01host=x\x01", "ann@example.org"],
    ["PLAIN", "garbage", undefined],
    ["X", "ann", undefined],
    ["LOGIN", "x".repeat(256), undefined],
  ])("by %s is read from %j", (mechanism, text, account) => {
    expect(saslAccount(mechanism, base64(text))).toBe(account);
  });

  it.each([
    ["ann secret", "ann"],
    ['"a \\"n\\"" secret', 'a "n"'],
    ["{3}", undefined],
    ["ann%b.example.org secret", "ann%b.example.org"],
    ['ann"b secret', undefined],
    ['"ann"b secret', undefined],
    ['"open', undefined],
    ['"j\xc3\xb6rg" x', "jörg"],
  ])("by LOGIN is read from %j", (text, account) => {
    expect(loginAccount(line(text), 0)).toBe(account);
  });
});
