/** What is wrong with databases, as the commands about them say it. */
import type { DatabaseProblem } from "../app/database-check.ts";
import { formatCount } from "../core/format.ts";
import { databaseLimits } from "../core/limits.ts";
import { sanitize } from "../core/sanitize.ts";
import type { CliContext } from "./context.ts";

/** A line on standard error for each, up to a point. */
export function writeProblems(problems: readonly DatabaseProblem[], context: CliContext): void {
  for (const problem of problems.slice(0, databaseLimits.listedProblems)) context.note(problemText(problem));
  const more = problems.length - databaseLimits.listedProblems;
  if (more > 0) context.note(`there are ${formatCount(more, "more problem")} like these`);
}

function problemText({ path, line, problem }: DatabaseProblem): string {
  return `${sanitize(path, MAX_PATH)}${line === 0 ? "" : `:${line}`}: ${sanitize(problem)}`;
}

const MAX_PATH = 4_096;
