import { describe, expect, test } from "vitest";
import { eicar } from "../../../support/eicar.ts";
import { harmlessTwin, mimeEvasions } from "../../../support/evasion.ts";
import { archiveEvasions } from "../../../support/evasion-archives.ts";
import { testScanner } from "../../../support/scan-message.ts";

describe("scan()", () => {
  const scanner = testScanner();

  test.each([...mimeEvasions, ...archiveEvasions])("finds the test file hidden by $name", ({ build }) => {
    const { verdict } = scanner.scan(build(eicar()));
    expect(verdict.kind).toBe("infected");
    expect(verdict.detections[0]).toMatchObject({ name: "Eicar-Test-Signature", engine: "signatures" });
  });

  test.each([...mimeEvasions, ...archiveEvasions])("finds nothing in the twin of $name", ({ name, build }) => {
    const { verdict } = scanner.scan(build(harmlessTwin()));
    expect(verdict.detections).toEqual([]);
    expect([...new Set(verdict.reasons.map((reason) => reason.code))]).toEqual(LIMITED[name] ?? []);
  });

  test.each([...mimeEvasions, ...archiveEvasions])("gives the same verdict twice for $name", ({ build }) => {
    const message = build(eicar());
    expect(testScanner().scan(Buffer.from(message)).verdict).toEqual(scanner.scan(message).verdict);
  });
});

/** Twins that can not be looked at in full. */
const LIMITED: Readonly<Record<string, string[]>> = {
  "placement: a hundred and twenty multiparts deep": ["limit-depth", "limit-views"],
};
