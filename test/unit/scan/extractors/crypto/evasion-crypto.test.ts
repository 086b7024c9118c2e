import { describe, expect, test } from "vitest";
import { judgeContent } from "../../../../support/content-scanner.ts";
import { eicar } from "../../../../support/eicar.ts";
import { harmlessTwin } from "../../../../support/evasion.ts";
import { cryptoEvasions } from "../../../../support/evasion-crypto.ts";

describe("scan()", () => {
  test.each(cryptoEvasions)("finds the test file hidden by $name", ({ build }) => {
    expect(judgeContent(build(eicar())).detections).toContainEqual(expect.objectContaining({ name: "Test-File" }));
  });

  test.each(cryptoEvasions)("finds nothing in the twin of $name", ({ build }) => {
    expect(judgeContent(build(harmlessTwin()))).toEqual({ kind: "clean", detections: [], reasons: [] });
  });

  test.each(cryptoEvasions)("would not find what is hidden by $name without opening it", ({ build }) => {
    expect(judgeContent(build(eicar()), { extractors: [] }).detections).toEqual([]);
  });
});
