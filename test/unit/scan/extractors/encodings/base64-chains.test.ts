import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findBase64Chains } from "../../../../../src/scan/extractors/encodings/base64-chains.ts";

const DIGITS = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg==";

describe("findBase64Chains()", () => {
  test.each([
    ["a line", DIGITS, DIGITS],
    ["lines between others", `Dear all,\r\n\r\n${DIGITS}\r\n\r\nBye, all`, DIGITS],
    ["a token in a line", `see <${DIGITS}> there`, DIGITS],
    [
      "a value over several lines",
      `<a>${DIGITS.slice(0, 20)}\n  ${DIGITS.slice(20)}</a>`,
      `${DIGITS.slice(0, 20)}\n  ${DIGITS.slice(20)}`,
    ],
    [
      "quoted lines",
      `> ${DIGITS.slice(0, 40)}\r\n> ${DIGITS.slice(40)}`,
      `${DIGITS.slice(0, 40)}\r\n> ${DIGITS.slice(40)}`,
    ],
    ["short lines", DIGITS.replace(/.{3}/g, "$&\n"), DIGITS.replace(/.{3}/g, "$&\n").trim()],
  ])("finds %s", (_name, text, expected) => {
    expect(chains(text)).toEqual([expected]);
  });

  test.each([
    [
      "prose",
      "The quick brown fox jumps over the lazy dog, again and again and again and again, until it is tired of it.",
    ],
    ["short tokens", `see ${DIGITS.slice(0, 40)} there`],
    ["lines of hyphens", `${"-".repeat(70)}\n${"=".repeat(70)}\n${"1234567890".repeat(7)}`],
    ["nothing", ""],
  ])("finds nothing in %s", (_name, text) => {
    expect(chains(text)).toEqual([]);
  });

  test("gives two readings when the end of a line may be data or a word", () => {
    expect(chains(`DATA:AB\r\n ${DIGITS}`)).toEqual([`AB\r\n ${DIGITS}`, DIGITS]);
    expect(chains(`DATA:ABCD\r\n ${DIGITS}`)).toEqual([`ABCD\r\n ${DIGITS}`]);
    expect(chains(`a word\r\n${DIGITS}`)).toEqual([DIGITS]);
  });

  test("tells tokens within a line from lines", () => {
    expect(findBase64Chains(Buffer.from(`x="${DIGITS}"`), 10)).toMatchObject([{ isToken: true }]);
    expect(findBase64Chains(Buffer.from(`.\n${DIGITS}\n.`), 10)).toMatchObject([{ isToken: false }]);
  });

  test("stops at the number of chains that is asked for", () => {
    const text = Buffer.from(`"${DIGITS}",`.repeat(20));
    expect(findBase64Chains(text, 5)).toHaveLength(5);
    expect(findBase64Chains(text, 0)).toEqual([]);
    expect(findBase64Chains(text, 100)).toHaveLength(20);
  });

  test("finds base64 at any place and in any line length", () => {
    const place = fc.record({
      content: fc.uint8Array({ minLength: 60, maxLength: 300 }),
      line: fc.integer({ min: 1, max: 90 }),
      before: fc.integer({ min: 0, max: 70 }),
    });
    fc.assert(
      fc.property(place, ({ content, line, before }) => {
        const digits = Buffer.from(content).toString("base64");
        const text = `${"no base64. ".repeat(before)}\r\n${digits.replace(new RegExp(`.{${line}}`, "g"), "$&\r\n")}\r\n. and so on`;
        const found = chains(text).map((chain) => Buffer.from(chain.replace(/\s/g, ""), "base64").toString("latin1"));
        return /[a-zA-Z]/.test(digits) ? found.includes(Buffer.from(content).toString("latin1")) : true;
      }),
      { numRuns: 300 },
    );
  });

  test("gives chains in order and within the octets, for any octets", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(..."Aa+=- \r\n>.\t\0"), { maxLength: 400 }), (octets) => {
        const bytes = Buffer.from(octets.join(""), "latin1");
        let last = 0;
        for (const { start, end } of findBase64Chains(bytes, 1_000)) {
          expect(start).toBeLessThan(end);
          expect(end).toBeLessThanOrEqual(bytes.length);
          expect(end).toBeGreaterThanOrEqual(last);
          last = end;
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["blanks", Buffer.alloc(1 << 20, " ")],
    ["line ends", Buffer.alloc(1 << 20, "\n")],
    ["letters far apart", Buffer.from(`a${"\n".repeat(63)}`.repeat(16_000))],
    ["letters farther apart", Buffer.from(`a${"\n".repeat(64)}`.repeat(16_000))],
    ["words on lines", Buffer.from("a b\n".repeat(250_000))],
    ["equals signs", Buffer.alloc(1 << 20, "=")],
    ["octets of all kinds", randomBytes(1 << 20)],
  ])("takes no longer than its share for a megabyte of %s", (_name, bytes) => {
    const before = process.cpuUsage();
    findBase64Chains(bytes, 1_000);
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });
});

function chains(text: string): string[] {
  return findBase64Chains(Buffer.from(text, "latin1"), 100).map(({ start, end }) => text.slice(start, end));
}
