/** System errors as the end of a sentence: "no such file or directory". */
import { getSystemErrorMessage } from "node:util";
import { errorText } from "../core/errors.ts";

/** The words for `error`; its message when it is no system error. */
export function systemProblem(error: unknown): string {
  const errno = error instanceof Error && "errno" in error ? error.errno : undefined;
  return typeof errno === "number" ? getSystemErrorMessage(errno) : errorText(error);
}
