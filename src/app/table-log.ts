/** The log while the live table has the terminal: the last notice is shown in the table, and lines for standard error
 *  wait until the terminal is free again. */
import type { Clock } from "../core/clock.ts";
import { formatCount } from "../core/format.ts";
import { logLimits } from "../core/limits.ts";
import type { LogFields, Logger, LogLevel } from "../core/log.ts";
import { sanitize } from "../core/sanitize.ts";
import type { NoticeLine } from "../core/snapshot.ts";
import { createLogger, type LogOutput } from "./log-writer.ts";

export interface TableLogOptions {
  readonly output: LogOutput;
  readonly format: "text" | "json";
  readonly clock: Clock;
}

export class TableLog implements Logger {
  readonly #output: LogOutput;
  readonly #clock: Clock;
  readonly #errors: Logger;
  readonly #listeners = new Set<() => void>();
  #latest: NoticeLine | undefined;
  #isHeld = false;
  readonly #held: string[] = [];

  constructor({ output, format, clock }: TableLogOptions) {
    this.#output = output;
    this.#clock = clock;
    this.#errors = createLogger({ output: { write: (text) => this.#write(text) }, format, level: "error", clock });
  }

  log(level: LogLevel, event: string, fields: LogFields = {}): void {
    this.#errors.log(level, event, fields);
    if (level === "debug" || !isNoticed(level, event)) return;
    this.#latest = { at: this.#clock.now(), level, text: noticeText(event, fields) };
    for (const listener of this.#listeners) listener();
  }

  /** From now on the terminal is the table's. */
  hold(): void {
    this.#isHeld = true;
  }

  /** The table is gone: what was held is written. */
  release(): void {
    this.#isHeld = false;
    for (const text of this.#held.splice(0)) this.#output.write(text);
  }

  /** For the table: the last notice. */
  readonly getSnapshot = (): NoticeLine | undefined => this.#latest;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #write(text: string): void {
    if (!this.#isHeld) this.#output.write(text);
    else {
      this.#held.push(text);
      if (this.#held.length > logLimits.heldLines) this.#held.shift();
    }
  }
}

/** Messages stand in the table itself. What is well again takes the place of what was wrong. */
function isNoticed(level: LogLevel, event: string): boolean {
  if (level === "info") return event === "engine-up" || event === "databases-loaded";
  return event !== "message";
}

function noticeText(event: string, { engine, error, detail, text, signatures }: LogFields): string {
  const count = typeof signatures === "number" ? formatCount(signatures, "signature") : undefined;
  const what = error ?? detail ?? text ?? count;
  const subject = engine === undefined ? event : `${event} ${engine}`;
  return sanitize(what === undefined ? subject : `${subject}: ${what}`, logLimits.valueCharacters);
}
