import { describe, expect, test } from "vitest";
import { judgeContent } from "../../../../support/content-scanner.ts";
import { eicar } from "../../../../support/eicar.ts";
import { harmlessTwin } from "../../../../support/evasion.ts";
import { textEvasions } from "../../../../support/evasion-text.ts";

describe("scan()", () => {
  test.each(textEvasions)("finds the test file hidden by $name", ({ build }) => {
    expect(judgeContent(build(eicar())).detections).toContainEqual(expect.objectContaining({ name: "Test-File" }));
  });

  test.each(textEvasions)("finds nothing in the twin of $name", ({ build }) => {
    expect(judgeContent(build(harmlessTwin()))).toEqual({ kind: "clean", detections: [], reasons: [] });
  });

  test.each(textEvasions)("would not find what is hidden by $name without decoding it", ({ build }) => {
    expect(judgeContent(build(eicar()), { extractors: [] }).detections).toEqual([]);
  });
});
