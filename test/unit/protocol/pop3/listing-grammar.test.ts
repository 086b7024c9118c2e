import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { protocolLimits } from "../../../../src/core/limits.ts";
import { ListingGrammar, type ListingKind } from "../../../../src/protocol/pop3/listing-grammar.ts";
import { eicar } from "../../../support/eicar.ts";

const accepts = (kind: ListingKind, text: string): boolean =>
  new ListingGrammar(kind).accepts(Buffer.from(`${text}\r\n`, "latin1"));

const KINDS: readonly ListingKind[] = ["sizes", "identifiers", "capabilities", "mechanisms", "languages"];

describe("ListingGrammar", () => {
  it.each([
    ["sizes", "1 120"],
    ["sizes", " 1  120 "],
    ["sizes", "1\t120"],
    ["sizes", "00001 0"],
    ["sizes", "2147483647 123456789012345"],
    ["sizes", "1 120 octets"],
    ["sizes", `1 120 ${"x".repeat(protocolLimits.pop3ListingRemarkBytes)}`],
    ["identifiers", "1 000000016b022187"],
    ["identifiers", " 1\t!~:{}@-_. "],
    ["identifiers", `1 ${"x".repeat(protocolLimits.pop3IdentifierBytes)}`],
    ["capabilities", "TOP"],
    ["capabilities", "UIDL "],
    ["capabilities", "sasl PLAIN\tLOGIN"],
    ["capabilities", "IMPLEMENTATION Some POP3 Server: v1.0 (x@y)"],
    ["capabilities", "X-Thing_1.2 a  b"],
    ["capabilities", `X ${"x".repeat(protocolLimits.pop3ListingLineBytes - 4)}`],
    ["mechanisms", "PLAIN"],
    ["mechanisms", "SCRAM-SHA-256-PLUS "],
    ["mechanisms", "KERBEROS_V4"],
    ["languages", "en English"],
    ["languages", "i-default"],
    ["languages", "zh-Hans-CN \xe4\xb8\xad\xe6\x96\x87 (simplified)"],
    ["languages", "fr Fran\xc3\xa7ais, l'autre"],
  ] as const)("accepts the %s line %j", (kind, text) => {
    expect(accepts(kind, text)).toBe(true);
  });

  it.each([
    ["sizes", ""],
    ["sizes", "1"],
    ["sizes", "1 "],
    ["sizes", "0 120"],
    ["sizes", "000 120"],
    ["sizes", "-1 120"],
    ["sizes", "1 120x"],
    ["sizes", "1 x"],
    ["sizes", "12345678901 1"],
    ["sizes", "1 1234567890123456"],
    ["sizes", "1 120 caf\xe9"],
    ["sizes", "1 120 a\x1bb"],
    ["sizes", `1 120 ${"x".repeat(protocolLimits.pop3ListingRemarkBytes + 1)}`],
    ["sizes", `1 ${" ".repeat(protocolLimits.pop3ListingLineBytes)}1`],
    ["sizes", ". 1"],
    ["identifiers", "1"],
    ["identifiers", "1 "],
    ["identifiers", "x"],
    ["identifiers", "0 x"],
    ["identifiers", "1x y"],
    ["identifiers", "1 two words"],
    ["identifiers", "1 caf\xe9"],
    ["identifiers", "1 a\x7f"],
    ["identifiers", `1 ${"x".repeat(protocolLimits.pop3IdentifierBytes + 1)}`],
    ["capabilities", ""],
    ["capabilities", "Subject: x"],
    ["capabilities", " X"],
    ["capabilities", ".X"],
    ["capabilities", "1"],
    ["capabilities", "<html>"],
    ["capabilities", "TVqQAAMA/+8="],
    ["capabilities", "X caf\xe9"],
    ["capabilities", `X ${"x".repeat(protocolLimits.pop3ListingLineBytes - 3)}`],
    ["mechanisms", ""],
    ["mechanisms", "PLAIN LOGIN"],
    ["mechanisms", "Subject: x"],
    ["mechanisms", "x".repeat(65)],
    ["languages", ""],
    ["languages", "Subject: x"],
    ["languages", "en-"],
    ["languages", "en $100"],
    ["languages", "en a\tb"],
    ["languages", "toolongtag x"],
    ["languages", `en ${"x".repeat(protocolLimits.pop3ListingLineBytes)}`],
  ] as const)("refuses %j %j: it could be mail (P-45)", (kind, text) => {
    expect(accepts(kind, text)).toBe(false);
  });

  it.each(KINDS)(
    "refuses a line of %s that is malicious software alone, or behind a number without a blank",
    (kind) => {
      const text = eicar().toString("latin1");
      expect(accepts(kind, text)).toBe(false);
      expect(accepts(kind, `1${text}`)).toBe(false);
    },
  );

  it("refuses malicious software behind a number, a size, or a language (P-45)", () => {
    const text = eicar().toString("latin1");
    expect(accepts("sizes", `1 ${text}`)).toBe(false);
    expect(accepts("sizes", `1 120 ${text}`)).toBe(false);
    expect(accepts("languages", `en ${text}`)).toBe(false);
  });

  it.each(KINDS)("never accepts a whole mail as %s, since a mail has an empty line (P-45)", (kind) => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary-ascii" })), (lines) => {
        const grammar = new ListingGrammar(kind);
        const mail = ["Subject: x", ...lines, "", "text"];
        expect(mail.every((line) => grammar.accepts(Buffer.from(`${line}\r\n`, "latin1")))).toBe(false);
      }),
    );
  });

  it.each(["capabilities", "mechanisms", "languages"] as const)("bounds all octets of %s", (kind) => {
    const grammar = new ListingGrammar(kind);
    const line = Buffer.from(`${"x".repeat(6)}\r\n`);
    const lines = protocolLimits.pop3ListingBytes / line.length;
    for (let count = 0; count < lines; count += 1) expect(grammar.accepts(line)).toBe(true);
    expect(grammar.accepts(line)).toBe(false);
  });

  it.each(["sizes", "identifiers"] as const)("bounds the number of lines of %s", (kind) => {
    const grammar = new ListingGrammar(kind);
    const line = Buffer.from("1 1\r\n");
    let accepted = 0;
    while (accepted <= protocolLimits.pop3ListingLines && grammar.accepts(line)) accepted += 1;
    expect(accepted).toBe(protocolLimits.pop3ListingLines);
  });
});
