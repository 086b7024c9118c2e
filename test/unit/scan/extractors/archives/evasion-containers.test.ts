import { describe, expect, test } from "vitest";
import { eicar } from "../../../../support/eicar.ts";
import { harmlessTwin } from "../../../../support/evasion.ts";
import { containerEvasions } from "../../../../support/evasion-containers.ts";
import { testScanner } from "../../../../support/scan-message.ts";

describe("scan() of containers", () => {
  const scanner = testScanner();

  test.each(containerEvasions)("finds the test file hidden by $name", ({ build }) => {
    const { verdict } = scanner.scan(build(eicar()));
    expect(verdict.detections[0]).toMatchObject({ name: "Eicar-Test-Signature", engine: "signatures" });
  });

  test.each(containerEvasions)("finds nothing in the twin of $name", ({ name, build }) => {
    const { verdict } = scanner.scan(build(harmlessTwin()));
    expect(verdict.detections).toEqual([]);
    expect([...new Set(verdict.reasons.map((reason) => reason.code))]).toEqual(LIMITED[name] ?? []);
  });

  test.each(containerEvasions)("gives the same verdict twice for $name", ({ build }) => {
    const message = build(eicar());
    expect(testScanner().scan(Buffer.from(message)).verdict).toEqual(scanner.scan(message).verdict);
  });

  test.each(containerEvasions.filter(({ name }) => name.startsWith("password:")))(
    "says that it was opened: $name",
    ({ build }) => {
      expect(scanner.scan(build(eicar())).remarks.map(({ kind }) => kind)).toContain("opened");
    },
  );
});

/** Twins that can not be looked at in full. */
const LIMITED: Readonly<Record<string, string[]>> = {
  "zip: a bomb before it": ["limit-ratio", "limit-bytes"],
};
