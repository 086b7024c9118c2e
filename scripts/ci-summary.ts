/** Adds up vitest's JSON reports for the gate: `node scripts/ci-summary.ts FAILED_STEPS REPORT…` prints the sums as its
 *  last line and fails when anything did. A report of end-to-end tests is one whose name contains "e2e". */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { addUp, countsOf, NO_REPORT, summaryLine } from "./test-counts.ts";

const [failedSteps = "", ...reports] = process.argv.slice(2);
const counts = reports.map((path) => {
  const report = readReport(path);
  if (report === undefined) console.log(`${basename(path)}: no report; counted as one failure`);
  return report === undefined ? NO_REPORT : countsOf(report, { areSkippedFailures: basename(path).includes("e2e") });
});
const sum = addUp([{ passed: 0, failed: Number(failedSteps), skipped: 0 }, ...counts]);
console.log(summaryLine(sum));
if (sum.failed > 0 || !Number.isInteger(sum.failed)) process.exitCode = 1;

function readReport(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
