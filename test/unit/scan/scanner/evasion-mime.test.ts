import { describe, expect, test } from "vitest";
import { eicar } from "../../../support/eicar.ts";
import { harmlessTwin, mimeEvasions } from "../../../support/evasion.ts";
import { combinedEvasions, readingEvasions } from "../../../support/evasion-mime.ts";
import { sampleMails } from "../../../support/sample-mail.ts";
import { testScanner } from "../../../support/scan-message.ts";

const COMBINATIONS = 200;
const AMBIGUOUS = [
  ['base64 before "quoted-printable"', "duplicate-encoding"],
  ['encoding "base64base64"', "encoding"],
  ['field "Content-Transfer-Encoding : base64"', "field"],
  ["ended by white space: base64", "header-end"],
  ["base64: text after it", "base64"],
  ["quoted-printable: a soft line break inside every escape", "quoted-printable"],
  ["base64 | type before another type", "duplicate-type"],
  ['base64 | boundary "boundary=bar; boundary=foo"', "boundary"],
  ["base64 | delimiter: a suffix before the part", "delimiter"],
  ["base64 | after the closing", "late-part"],
  ["base64 | in a message in base64", "encoded-structure"],
  ["base64 | in a multipart in quoted-printable", "encoded-structure"],
] as const;

/** Twins that can not be looked at in full. */
const LIMITED: Readonly<Record<string, string[]>> = {};

describe("scan()", () => {
  const scanner = testScanner();
  const combined = combinedEvasions(COMBINATIONS);

  test.each(readingEvasions)("finds the test file, and nothing in its twin, in $name", ({ name, build }) => {
    expect(scanner.scan(build(eicar())).verdict.kind).toBe("infected");
    const { detections, reasons } = scanner.scan(build(harmlessTwin())).verdict;
    expect([detections, reasons.map(({ code }) => code)]).toEqual([[], LIMITED[name] ?? []]);
  });

  test("finds the test file behind several tricks at once", () => {
    expect(combined.length).toBeGreaterThan(COMBINATIONS);
    const missed = combined.filter(({ build }) => scanner.scan(build(eicar())).verdict.kind !== "infected");
    expect(missed.map(({ name }) => name)).toEqual([]);
  }, 120_000);

  test("finds nothing in the twins of several tricks at once, and calls few of them incomplete", () => {
    const verdicts = combined.map(({ name, build }) => ({
      name,
      verdict: scanner.scan(build(harmlessTwin())).verdict,
    }));
    expect(verdicts.filter(({ verdict }) => verdict.detections.length > 0)).toEqual([]);
    const codes = new Set(verdicts.flatMap(({ verdict }) => verdict.reasons.map(({ code }) => code)));
    expect([...codes].filter((code) => !code.startsWith("limit-") && code !== "partial")).toEqual([]);
    const incomplete = verdicts.filter(({ verdict }) => verdict.kind === "incomplete");
    expect(incomplete.length).toBeLessThan(combined.length / 50);
  }, 120_000);

  test("gives the same verdict twice", () => {
    for (const { build } of combined.slice(0, 200)) {
      const message = build(eicar());
      expect(testScanner().scan(Buffer.from(message)).verdict).toEqual(scanner.scan(message).verdict);
    }
  }, 120_000);

  test.each(AMBIGUOUS)("tells that %s is ambiguous", (name, code) => {
    const evasion = [...readingEvasions, ...mimeEvasions].find((candidate) => candidate.name.startsWith(name));
    const { remarks } = scanner.scan(evasion?.build(harmlessTwin()) ?? Buffer.alloc(0));
    expect(remarks.map(({ kind, detail }) => `${kind} ${detail.split(":", 1)}`)).toContain(`ambiguity ${code}`);
  });

  test.each(sampleMails().filter(({ name }) => name !== "NULs"))("calls $name not ambiguous", ({ message }) => {
    expect(scanner.scan(message).remarks).toEqual([]);
  });

  test("tells few things of a message that is ambiguous all over", () => {
    const part = "--b\r\nContent-Type : x/y\r\nContent-Transfer-Encoding: base64x\r\n\r\nQUJD!\r\n";
    const mail = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${part.repeat(500)}--b--\r\n`;
    const { remarks } = scanner.scan(Buffer.from(mail));
    expect(remarks.length).toBeGreaterThan(10);
    expect(remarks.length).toBeLessThanOrEqual(32);
  });
});
