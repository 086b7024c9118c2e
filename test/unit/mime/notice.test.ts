import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rewriteLimits } from "../../../src/core/scan-limits.ts";
import { buildNotice, type NoticeFacts, noticeOf } from "../../../src/mime/notice.ts";
import { noticeBody, noticeFields } from "../../../src/mime/notice-body.ts";
import { decodeQuotedPrintable } from "../../../src/mime/quoted-printable.ts";

const FACTS: NoticeFacts = {
  scope: "part",
  part: "2",
  fileName: "invoice.zip",
  detections: [{ name: "Test.Sig", kind: "malware", engine: "signatures", part: "2", path: ["invoice.zip", "a.com"] }],
  reasons: [{ code: "encrypted", part: "2", detail: "b.txt" }],
  display: { subject: "the invoice", from: "ann@example.org", date: "today", messageId: "" },
  protocol: "pop3",
  upstream: "pop.example.org:995",
  account: "ben",
  date: "2026-01-01T10:00:00Z",
};

describe("buildNotice()", () => {
  test("tells what was found where, of which message, and when", () => {
    const text = buildNotice(FACTS).join("\n");
    for (const word of [
      "Test.Sig (malware) in invoice.zip > a.com",
      "encrypted: b.txt",
      "2  invoice.zip",
      "the invoice",
      "ann@example.org",
      "today",
      "ben",
      "pop3 pop.example.org:995",
      "2026-01-01T10:00:00Z",
    ]) {
      expect(text).toContain(word);
    }
  });

  test("lets no value break a line, send an escape sequence or hide text", () => {
    const evil = "a\r\n\r\n--boundary\u001b[2J\u202eb\u0000\u200bc\u2028d";
    const facts = {
      ...FACTS,
      fileName: evil,
      account: evil,
      display: { subject: evil, from: evil, date: evil, messageId: evil },
    };
    for (const line of buildNotice(facts)) {
      for (const character of "\r\n\u001b\u202e\u0000\u200b\u2028") expect(line).not.toContain(character);
      expect(line.startsWith("--")).toBe(false);
    }
  });

  test("bounds what it lists", () => {
    const detection = FACTS.detections[0];
    const many = detection === undefined ? [] : new Array(rewriteLimits.listedFindings + 3).fill(detection);
    const lines = buildNotice({ ...FACTS, detections: many, fileName: "x".repeat(100_000) });
    expect(lines.filter((line) => line.startsWith("Found:"))).toHaveLength(rewriteLimits.listedFindings);
    expect(lines).toContain("and 3 more");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(rewriteLimits.valueCharacters + 20);
  });
});

describe("noticeOf()", () => {
  test("has shorter forms, one line each, that say nothing of the message", () => {
    const name = "A<b>&\r\n--x";
    const { lines, short } = noticeOf({ ...FACTS, detections: FACTS.detections.map((found) => ({ ...found, name })) });
    expect(lines).toContain("Account:       ben");
    expect(short).toEqual([
      "mailward has removed a part of this message: A_b__\\x0d\\x0a--x",
      "mailward has removed a part of this message.",
      "removed by mailward",
      "removed",
    ]);
    expect(noticeOf({ ...FACTS, detections: [] }).short).toEqual(short.slice(1));
  });
});

describe("noticeBody()", () => {
  const texts = fc.array(fc.string({ unit: "grapheme", maxLength: 120 }).map((text) => text.replace(/[\r\n]/g, "")));

  test("has exactly the octets asked for and decodes to the same text", () => {
    fc.assert(
      fc.property(texts, fc.nat(3_000), fc.constantFrom("\r\n" as const, "\n" as const), (lines, extra, lineEnd) => {
        const smallest = noticeBody(lines, lineEnd);
        const filled = noticeBody(lines, lineEnd, smallest.length + extra);
        expect(filled.length).toBe(smallest.length + extra);
        expect(textOf(filled).replace(/ *-- mailward$/, "")).toBe(textOf(smallest).replace(/-- mailward$/, ""));
        expect(textOf(smallest)).toBe(`${lines.map((line) => line + lineEnd).join("")}-- mailward`);
      }),
    );
  });

  test("keeps lines short and within ASCII", () => {
    fc.assert(
      fc.property(texts, fc.nat(3_000), (lines, bytes) => {
        const body = noticeBody(lines, "\r\n", bytes).toString("latin1");
        expect(Math.max(...body.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(76);
        expect(body).toMatch(/^[\r\n\x20-\x7e]*$/);
      }),
    );
  });

  test("begins no line like a delimiter, a separator of mbox or the end of a POP3 response", () => {
    const risky = fc.string({ unit: fc.constantFrom("--foo--", "From ", ".", "x"), minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(risky, fc.nat(200), (line, bytes) => {
        expect(noticeBody([line], "\n", bytes).toString()).not.toMatch(/^(?:-|\.|From )/m);
      }),
    );
  });

  test.each([0, -5, Number.NaN, 10])("takes as many octets as it needs when %d are too few", (bytes) => {
    expect(noticeBody(["text"], "\n", bytes).toString()).toBe("text\n=2D- mailward");
  });
});

describe("noticeFields()", () => {
  test("ends each line", () => {
    expect(noticeFields("\n").split("\n")).toEqual([
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: quoted-printable",
      "",
    ]);
  });
});

function textOf(body: Buffer): string {
  const [first] = decodeQuotedPrintable(body);
  return first?.toString("utf8") ?? "";
}
