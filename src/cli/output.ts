/** Standard output and standard error as commands use them: a reader that goes away ends the writing, not the program. */
import type { Writable } from "node:stream";
import { systemErrorCode, systemErrorText } from "../core/errors.ts";

export interface Output {
  /** Writes `text` as it is; the caller has sanitized what came from the wire. Never throws. */
  write(text: string): void;
  readonly isTty: boolean;
  /** The terminal's width, undefined when this is no terminal. */
  readonly columns: number | undefined;
  /** Octets written here that the reader has not taken yet. */
  readonly pendingBytes: number;
  /** Aborted when nobody reads any more (`mailward scan … | head`), or when the output can not be written. */
  readonly closed: AbortSignal;
  /** Waits until all is written. Answers one line about what could not be written; a reader that left is no failure. */
  flush(): Promise<string | undefined>;
}

interface TerminalStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** An output over `stream`, which may be a file, a pipe or a terminal. */
export function outputTo(stream: TerminalStream): Output {
  const closing = new AbortController();
  let failure: string | undefined;
  const fail = (error: unknown): void => {
    if (!closing.signal.aborted && systemErrorCode(error) !== "EPIPE") failure = systemErrorText(error);
    closing.abort();
  };
  stream.on("error", fail);
  return {
    write(text) {
      if (closing.signal.aborted) return;
      try {
        stream.write(text);
      } catch (error) {
        fail(error);
      }
    },
    get isTty() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.isTTY === true ? stream.columns : undefined;
    },
    get pendingBytes() {
      return stream.writableLength;
    },
    closed: closing.signal,
    async flush() {
      if (!closing.signal.aborted) {
        await new Promise<void>((resolve) => {
          closing.signal.addEventListener("abort", () => resolve(), { once: true });
          stream.write("", () => resolve());
        });
      }
      return failure;
    },
  };
}

/** Rows with their columns aligned, two spaces between; the last column is not padded. */
export function alignRows(rows: readonly (readonly string[])[], indent = ""): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  const lines = rows.map((row) => {
    const cells = row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)));
    return `${indent}${cells.join("  ")}`.trimEnd();
  });
  return lines.map((line) => `${line}\n`).join("");
}
