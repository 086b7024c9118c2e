import fc from "fast-check";
import { expect, test } from "vitest";
import { type Detection, type Reason, verdictOf } from "../../../../src/core/model.ts";
import { remoteLimits, serviceLimits } from "../../../../src/core/scan-limits.ts";
import { knownFindings, parseKnownFindings } from "../../../../src/scan/remote/known-findings.ts";

test("knownFindings() keeps what scan threads can not find again", () => {
  const verdict = verdictOf(
    [detection("clamd", "A", "2"), detection("signatures", "B", "3"), detection("yara", "C", "3")],
    [
      reason("engine", "yara: the rules did not finish within 10 ms"),
      reason("engine", "clamd: no answer"),
      reason("engine", "zip: a bug"),
      reason("encrypted", "icap: a file's name"),
    ],
  );
  const known = knownFindings(verdict);
  expect(known).toEqual({ detections: [detection("clamd", "A", "2")], incomplete: ["yara", "clamd"] });
  expect(parseKnownFindings(JSON.parse(JSON.stringify(known)))).toEqual(known);
});

test("knownFindings() stays within a frame whatever the names are", () => {
  const text = "\u0001".repeat(10_000);
  const found = Array.from({ length: 1_000 }, () => ({
    ...detection("clamd", text, text),
    path: Array<string>(100).fill(text),
  }));
  const known = knownFindings(verdictOf(found, []));
  expect(known.detections).toHaveLength(remoteLimits.knownDetections);
  expect(JSON.stringify(known).length).toBeLessThan(serviceLimits.controlBytes);
  expect(parseKnownFindings(known)).toEqual(known);
});

test("parseKnownFindings() takes nothing for nothing, and nothing else for findings", () => {
  expect(parseKnownFindings(undefined)).toEqual({ detections: [], incomplete: [] });
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseKnownFindings(JSON.parse(text))).toBe(undefined);
    }),
  );
  const many = {
    detections: Array(remoteLimits.knownDetections + 1).fill(detection("clamd", "A", "1")),
    incomplete: [],
  };
  expect(parseKnownFindings(many)).toBe(undefined);
});

function detection(engine: string, name: string, part: string): Detection {
  return { name, kind: "malware", engine, part, path: [] };
}

function reason(code: Reason["code"], detail: string): Reason {
  return { code, part: "", detail };
}
