/** Counts tests in vitest's JSON reports. What can not be counted is a failure, never silence. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A run that left no report: it crashed, or never started. */
export const NO_REPORT: TestCounts = { passed: 0, failed: 1, skipped: 0 };

/** The counts of one report. A file that failed without a failed test (it did not load) is one failure more, and so is
 *  a run without any test. `areSkippedFailures` counts skipped tests as failed. */
export function countsOf(report: unknown, options: { areSkippedFailures: boolean }): TestCounts {
  if (!isReport(report)) return NO_REPORT;
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const file of report.testResults) {
    const failedBefore = failed;
    for (const { status } of file.assertionResults) {
      if (status === "passed") passed += 1;
      else if (status === "failed" || options.areSkippedFailures) failed += 1;
      else skipped += 1;
    }
    if (file.status === "failed" && failed === failedBefore) failed += 1;
  }
  if (passed + failed + skipped === 0) failed = 1;
  if (!report.success && failed === 0) failed = 1;
  return { passed, failed, skipped };
}

export function addUp(counts: readonly TestCounts[]): TestCounts {
  return counts.reduce((sum, { passed, failed, skipped }) => ({
    passed: sum.passed + passed,
    failed: sum.failed + failed,
    skipped: sum.skipped + skipped,
  }));
}

/** `N passed, N failed`, and how many were skipped when any were. */
export function summaryLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

function isReport(value: unknown): value is Report {
  return (
    typeof value === "object" &&
    value !== null &&
    "success" in value &&
    "testResults" in value &&
    Array.isArray(value.testResults) &&
    value.testResults.every((file: { assertionResults?: unknown }) => Array.isArray(file.assertionResults))
  );
}
