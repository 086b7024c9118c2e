/** What is wrong with databases, as the commands about them say it. */
import { formatCount } from "../core/format.ts";
import { databaseLimits } from "../core/limits.ts";
import { sanitize } from "../core/sanitize.ts";
import type { CliContext } from "./context.ts";

/** A line on standard error for each, up to a point. */
export function writeProblems(problems: readonly string[], context: CliContext): void {
  for (const problem of problems.slice(0, databaseLimits.listedProblems)) context.note(sanitize(problem, MAX_LINE));
  const more = problems.length - databaseLimits.listedProblems;
  if (more > 0) context.note(`there are ${formatCount(more, "more problem")} like these`);
}

const MAX_LINE = 4_096;
