import { describe, expect, test } from "vitest";
import { eicar } from "../../../support/eicar.ts";
import { harmlessTwin } from "../../../support/evasion.ts";
import { limitedPdfTwins, pdfEvasions } from "../../../support/evasion-pdf.ts";
import { testScanner } from "../../../support/scan-message.ts";

describe("scan()", () => {
  const scanner = testScanner();

  test.each(pdfEvasions)("finds the test file hidden by $name", ({ build }) => {
    const { verdict } = scanner.scan(build(eicar()));
    expect(verdict.kind).toBe("infected");
    expect(verdict.detections[0]).toMatchObject({ name: "Eicar-Test-Signature", part: "2" });
  });

  test.each(pdfEvasions)("finds nothing in the twin of $name", ({ name, build }) => {
    const { verdict } = scanner.scan(build(harmlessTwin()));
    expect(verdict.detections).toEqual([]);
    expect([...new Set(verdict.reasons.map((reason) => reason.code))]).toEqual(limitedPdfTwins[name] ?? []);
  });

  test.each(pdfEvasions)("gives the same verdict twice for $name", ({ build }) => {
    const message = build(eicar());
    expect(testScanner().scan(Buffer.from(message)).verdict).toEqual(scanner.scan(message).verdict);
  });
});
