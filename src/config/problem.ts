/** What is wrong with a configuration, and where. */
import { UserError } from "../core/errors.ts";
import { sanitize } from "../core/sanitize.ts";
import { withoutCredentials } from "./forward.ts";

/** `place` is `file:line:column`, the name of an environment variable or the like; `text` is one sanitized line. */
export interface Problem {
  readonly place: string;
  readonly text: string;
}

/** One line a problem, in the form that editors and terminals jump to. */
export function problemLines(problems: readonly Problem[]): string {
  return problems.map((problem) => `${problem.place}: ${problem.text}`).join("\n");
}

/** The error that all of `problems` amount to. */
export function problemError(problems: readonly Problem[]): UserError {
  const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
  return new UserError(`Cannot use the configuration: ${count}\n${problemLines(problems)}`, {
    hint: "All keys and what they accept: mailward config --help",
  });
}

/** A value as messages show it: JSON on one line, cut, without what may be a password. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "string" ? withoutCredentials(inner) : inner,
  );
  return sanitize(text ?? "nothing", SHOWN_CHARACTERS);
}

const SHOWN_CHARACTERS = 120;
