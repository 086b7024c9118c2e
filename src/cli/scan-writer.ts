/** Where the scan's reports write: results to standard output, errors to standard error. */
import { mailboxLimits } from "../core/limits.ts";
import { sanitize } from "../core/sanitize.ts";
import type { Output } from "./output.ts";

export class ScanWriter {
  readonly #stdout: Output;
  readonly #stderr: Output;
  #unsettledCharacters = 0;

  constructor(stdout: Output, stderr: Output) {
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** `text` has been sanitized, and ends without a line end. */
  result(text: string): void {
    this.#unsettledCharacters += text.length + 1;
    this.#stdout.write(`${text}\n`);
  }

  problem(path: string, error: string): void {
    this.#stderr.write(`mailward: Cannot read "${shownName(path)}": ${sanitize(error)}\n`);
  }

  /** As every command reports what it can not go on after. */
  failure(error: string, hint: string | undefined): void {
    this.#stderr.write(`mailward: ${sanitize(error)}\n`);
    if (hint !== undefined) this.#stderr.write(`${sanitize(hint)}\n`);
  }

  skipped(path: string, why: string): void {
    this.#stderr.write(`mailward: Not followed: "${shownName(path)}": ${sanitize(why)}\n`);
  }

  /** Waits for a slow reader of standard output now and then, so that results do not pile up in memory. */
  settle(): Promise<void> | undefined {
    if (this.#unsettledCharacters < mailboxLimits.unsettledCharacters) return undefined;
    this.#unsettledCharacters = 0;
    return this.#stdout.flush().then(() => undefined);
  }
}

/** A path or file name for people. It is never cut: the end of it is what tells files apart. */
export function shownName(path: string): string {
  return sanitize(path, Number.POSITIVE_INFINITY);
}
