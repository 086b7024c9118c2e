/** What the scan service's process writes to stderr: its last words, which an attacker may have written. */

import type { Logger } from "../core/log.ts";
import { sanitize } from "../core/sanitize.ts";
import { serviceLimits } from "../core/scan-limits.ts";

/** Logs the first lines and remembers the one that says best why the process ended. */
export class ServiceStderr {
  readonly #logger: Logger;
  #rest = "";
  #lines = 0;
  #complaint = "";
  #isTelling = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** One line, "" when the process said nothing. */
  get complaint(): string {
    this.#line(this.#rest);
    this.#rest = "";
    return this.#complaint;
  }

  receive(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString("latin1")).split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, serviceLimits.errorLineCharacters);
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    const text = sanitize(line.trim(), serviceLimits.errorLineCharacters);
    if (text === "" || this.#lines >= serviceLimits.errorLines) return;
    this.#lines += 1;
    this.#logger.log("warning", "scan-service-stderr", { text });
    if (this.#isTelling) return;
    this.#isTelling = TELLING.test(text);
    this.#complaint = text;
  }
}

/** What a runtime's own report begins with; its last line is only a stack frame or a version. */
const TELLING = /error|fatal|memory|cannot|can not/i;
