/** System errors as clamscan and most tools word them: "no such file or directory". */
import { getSystemErrorMap } from "node:util";
import { errorText } from "../core/errors.ts";

/** The words for `error`; its message when it is no system error. */
export function systemProblem(error: unknown): string {
  const errno = error instanceof Error && "errno" in error ? error.errno : undefined;
  const known = typeof errno === "number" ? getSystemErrorMap().get(errno) : undefined;
  return known?.[1] ?? errorText(error);
}
