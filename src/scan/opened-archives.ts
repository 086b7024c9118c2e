/** Which archives of a part have been opened: the same octets may show twice, as an entry of a container and inside the
 *  container itself, and opening them once is enough. */
import { createHash } from "node:crypto";

export class OpenedArchives {
  readonly #opened: { readonly format: string; readonly length: number; readonly digest: string }[] = [];

  /** Remembers an archive that was read to its end: `bytes` are all of it. */
  add(format: string, bytes: Buffer): void {
    if (this.#opened.length >= MAX_REMEMBERED) return;
    this.#opened.push({ format, length: bytes.length, digest: digestOf(bytes) });
  }

  /** Whether `bytes` begin with one that was opened. */
  has(format: string, bytes: Buffer): boolean {
    return this.#opened.some(
      (opened) =>
        opened.format === format &&
        opened.length <= bytes.length &&
        opened.digest === digestOf(bytes.subarray(0, opened.length)),
    );
  }

  clear(): void {
    if (this.#opened.length > 0) this.#opened.length = 0;
  }
}

function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("base64");
}

/** Comparing takes a digest for each. */
const MAX_REMEMBERED = 32;
