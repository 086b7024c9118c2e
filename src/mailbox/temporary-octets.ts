/** A long message that came through a pipe, in a temporary file without a name. */
import { mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Stretch } from "./mailbox-reader.ts";
import { SharedFile } from "./shared-file.ts";

export class TemporaryOctets {
  readonly #file: SharedFile;
  #length = 0;

  /** An empty file in `directory`. Throws system errors. */
  constructor(directory: string) {
    // A new directory of our own: nobody else can have put anything there.
    const own = mkdtempSync(join(directory, "mailward-"));
    try {
      this.#file = new SharedFile(openSync(join(own, "message"), "wx+", 0o600));
    } finally {
      rmSync(own, { recursive: true });
    }
  }

  /** Throws system errors. */
  append(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length; ) {
      const count = writeSync(this.#file.fd, bytes, written, bytes.length - written, this.#length);
      written += count;
      this.#length += count;
    }
  }

  /** Octets [start, end) of what was appended; readable after close(). */
  stretch(start: number, end: number): Stretch {
    return this.#file.stretch(start, end);
  }

  close(): void {
    this.#file.release();
  }
}
