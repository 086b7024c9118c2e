import { describe, expect, test } from "vitest";
import { scanLimits } from "../../../../../src/core/scan-limits.ts";
import { heuristicPolicy } from "../../../../../src/scan/engines/heuristics/catalogue.ts";
import { createHeuristicEngine } from "../../../../../src/scan/engines/heuristics/heuristic-engine.ts";
import { createScanner, type ScannerSetup } from "../../../../../src/scan/scanner.ts";
import { eicar } from "../../../../support/eicar.ts";
import { harmlessTwin } from "../../../../support/evasion.ts";
import { officeEvasions } from "../../../../support/evasion-office.ts";
import { officeTextEvasions } from "../../../../support/evasion-office-text.ts";

const ALL = [...officeEvasions, ...officeTextEvasions];

describe("scan()", () => {
  const isHeuristicOn = heuristicPolicy({ isOn: true, on: [], off: [] });
  const testFile = eicar();
  const setup: ScannerSetup = {
    engines: [
      {
        name: "test",
        inspect: ({ bytes }) => (bytes.indexOf(testFile) >= 0 ? [{ name: "Test-File", kind: "malware" }] : []),
      },
      createHeuristicEngine(isHeuristicOn),
    ],
    options: scanLimits,
    clock: { now: () => 0, monotonic: () => 0 },
    isHeuristicOn,
  };
  const scanner = createScanner(setup);

  test.each(ALL)("finds the test file hidden by $name", ({ build }) => {
    const { verdict } = scanner.scan(build(testFile));
    expect(verdict.detections).toContainEqual(expect.objectContaining({ name: "Test-File" }));
  });

  test.each(ALL)("finds nothing in the twin of $name", ({ name, build }) => {
    const { verdict } = scanner.scan(build(harmlessTwin()));
    expect(verdict.detections.map((detection) => detection.name)).toEqual(SUSPICIOUS[name] ?? []);
    expect([...new Set(verdict.reasons.map((reason) => reason.code))]).toEqual([]);
  });

  test.each(ALL)("would not find what is hidden by $name without opening it", ({ build }) => {
    const blind = createScanner({ ...setup, extractors: [] });
    const names = blind.scan(build(testFile)).verdict.detections.map((detection) => detection.name);
    expect(names).not.toContain("Test-File");
  });
});

/** Twins that are suspicious by what they are. */
const SUSPICIOUS: Readonly<Record<string, string[]>> = {
  "office: lnk: octets behind it": ["Heuristics.shortcut"],
  "office: lnk: arguments": ["Heuristics.shortcut"],
};
