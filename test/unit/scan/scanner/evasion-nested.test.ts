import { describe, expect, test } from "vitest";
import { judgeContent } from "../../../support/content-scanner.ts";
import { eicar } from "../../../support/eicar.ts";
import { harmlessTwin } from "../../../support/evasion.ts";
import { nestedEvasions } from "../../../support/evasion-nested.ts";

describe("scan()", () => {
  test.each(nestedEvasions)("finds the test file hidden by $name", ({ build }) => {
    expect(judgeContent(build(eicar())).detections).toContainEqual(expect.objectContaining({ name: "Test-File" }));
  });

  test.each(nestedEvasions)("finds nothing in the twin of $name", ({ build }) => {
    expect(judgeContent(build(harmlessTwin()))).toEqual({ kind: "clean", detections: [], reasons: [] });
  });
});
