import { describe, expect, it } from "vitest";
import { addUp, countsOf, NO_REPORT, summaryLine } from "../../../scripts/test-counts.ts";

function report(success: boolean, ...files: [status: string, ...tests: string[]][]): unknown {
  const testResults = files.map(([status, ...tests]) => ({
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  }));
  return { success, testResults };
}

describe("countsOf()", () => {
  it("counts over all files", () => {
    const counted = report(false, ["passed", "passed", "passed"], ["failed", "passed", "failed", "pending"]);
    expect(countsOf(counted, { areSkippedFailures: false })).toEqual({ passed: 3, failed: 1, skipped: 1 });
  });

  it("counts skipped tests as failed when told so", () => {
    const counted = report(true, ["passed", "passed", "skipped", "todo", "pending"]);
    expect(countsOf(counted, { areSkippedFailures: true })).toEqual({ passed: 1, failed: 3, skipped: 0 });
  });

  it("counts a file that did not load as one failure", () => {
    expect(countsOf(report(false, ["failed"]), { areSkippedFailures: false }).failed).toBe(1);
  });

  it.each([
    ["nothing", undefined],
    ["no object", 3],
    ["another shape", { success: true, testResults: [{}] }],
    ["no test at all", report(true)],
    ["no success without a failed test", report(false, ["passed", "passed"])],
  ])("is a failure with %s", (_name, value) => {
    expect(countsOf(value, { areSkippedFailures: false }).failed).toBe(1);
  });
});

describe("summaryLine()", () => {
  it("leaves skipped tests out when there are none", () => {
    expect(summaryLine(addUp([{ passed: 2, failed: 0, skipped: 0 }, NO_REPORT]))).toBe("2 passed, 1 failed");
    expect(summaryLine({ passed: 2, failed: 0, skipped: 3 })).toBe("2 passed, 0 failed, 3 skipped");
  });
});
