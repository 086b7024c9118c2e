import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mimeLimits } from "../../../../src/core/scan-limits.ts";
import type { Content } from "../../../../src/scan/engine.ts";
import { embeddedEntityExtractor } from "../../../../src/scan/extractors/embedded-entities.ts";
import { type Extracted, extract } from "../../../support/extract.ts";

const ENCODING = "Content-Transfer-Encoding: base64";

describe("embeddedEntityExtractor", () => {
  test.each([
    ["after text", `some text\r\n${ENCODING}\r\n\r\nQ.U.J.D`],
    ["after another field", `text\r\nContent-Type: a/b\r\n${ENCODING}\r\n\r\nQ.U.J.D`],
    ["at the start, disguised", `${ENCODING.replace(":", "\x0b:")}\r\n\r\nQ.U.J.D`],
    ["with LF", `text\n${ENCODING}\n\nQ.U.J.D`],
    ["with bare CRs", `text\r${ENCODING}\r\rQ.U.J.D`],
    ["indented, in odd case", `text\r\n  ${ENCODING.toUpperCase()}\r\n\r\nQ.U.J.D`],
    ["before a line that is no field", `text\r\n${ENCODING}\r\nstray\r\n\r\nQ.U.J.D`],
    ["before a delimiter", `text\r\n${ENCODING}\r\n\r\nQ.U.J.D\r\n--b\r\n`],
    ["around a line that is no delimiter", `text\r\n${ENCODING}\r\n\r\nQ.U.\r\n--!\r\nJ.D`],
  ])("decodes what follows a transfer encoding %s", (_name, text) => {
    expect(contents(run(text))).toContain("ABC");
  });

  test("decodes one after the other, each up to the next delimiter", () => {
    const part = (octets: string): string => `--b\r\n${ENCODING}\r\n\r\n${Buffer.from(octets).toString("base64")}\r\n`;
    expect(contents(run(`text\r\n${part("one")}${part("two")}--b--\r\n`))).toEqual(["one", "two"]);
  });

  test.each([
    ["no field", "text Content-Transfer-Encoding: base64\r\n\r\nQUJD"],
    ["no encoding", "text\r\nContent-Type: text/plain\r\n\r\nQUJD"],
    ["nothing", ""],
  ])("finds nothing in text with %s", (_name, text) => {
    expect(run(text)).toMatchObject({ entries: [], reasons: [] });
  });

  test("leaves a message to those who take messages apart, and files alone", () => {
    expect(embeddedEntityExtractor.matches(content(`${ENCODING}\r\n\r\nQUJD`))).toBe(false);
    const file = { ...content(`\0\0\r\n${ENCODING}\r\n\r\nQUJD`), origin: "decoded" as const };
    expect(embeddedEntityExtractor.matches(file)).toBe(false);
  });

  test("names the limit when there are too many", () => {
    const make = (count: number): Extracted => run(`text\r\n${`${ENCODING}\r\n\r\nQUJD\r\n--b\r\n`.repeat(count)}`);
    const atCap = make(mimeLimits.embeddedPieces);
    expect([atCap.entries.length, atCap.reasons]).toEqual([mimeLimits.embeddedPieces, []]);
    const above = make(mimeLimits.embeddedPieces + 1);
    expect([above.entries.length, above.reasons]).toEqual([mimeLimits.embeddedPieces, ["limit-views: parts in text"]]);
  });

  test("names the limit when headers without an end would be read again and again", () => {
    const { reasons } = run(`text\r\n${"Content-Type: a/b\r\nstray\r\n".repeat(20_000)}`);
    expect(reasons).toEqual(["limit-views: parts in text"]);
  });

  test("ends on any octets", () => {
    const pieces = fc.constantFrom(ENCODING, "Content-Type: a/b", "\r", "\n", "\r\n", "--b", "QUJD", ":", " ", "\0");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 80 }), (parts) => {
        const { entries } = run(parts.join(""));
        expect(entries.every(({ origin }) => origin === "decoded")).toBe(true);
      }),
    );
  });
});

function run(text: string): Extracted {
  return extract(embeddedEntityExtractor, content(text));
}

function content(text: string): Content {
  return { bytes: Buffer.from(text, "latin1"), origin: "text", name: "" };
}

function contents({ entries }: Extracted): string[] {
  return entries.map(({ bytes }) => bytes.toString("latin1"));
}
