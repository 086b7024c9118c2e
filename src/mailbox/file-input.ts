/** A file as the input of a reader: read in large pieces, one ahead, into two buffers that are used again and again.
 *  Messages are read from the file a second time, which the system has in memory by then. */
import { mailboxLimits } from "../core/limits.ts";
import type { MailboxInput, Stretch } from "./mailbox-reader.ts";
import type { SharedFile } from "./shared-file.ts";
import { systemProblem } from "./system-problem.ts";

export class FileInput implements MailboxInput {
  readonly path: string;
  readonly #file: SharedFile;
  readonly #bytes: number;
  #problem: string | undefined;

  /** Takes over one hold on `file`. Reads the first `bytes` octets: mail that is delivered meanwhile belongs to the next scan. */
  constructor(path: string, file: SharedFile, bytes: number) {
    this.path = path;
    this.#file = file;
    this.#bytes = bytes;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    this.#file.retain();
    let current = Buffer.allocUnsafeSlow(mailboxLimits.readBytes);
    let other = Buffer.allocUnsafeSlow(mailboxLimits.readBytes);
    let ahead = this.#read(current, 0);
    try {
      for (let position = 0; position < this.#bytes; ) {
        const length = await ahead;
        if (length === 0) break;
        position += length;
        const chunk = current.subarray(0, length);
        [current, other] = [other, current];
        ahead = this.#read(current, position);
        yield chunk;
      }
    } finally {
      await ahead;
      this.#file.release();
    }
  }

  stretch(start: number, end: number): Stretch {
    return this.#file.stretch(start, end);
  }

  forget(): void {}

  whole(): Stretch {
    return this.#file.stretch(0, this.#bytes);
  }

  close(): void {
    this.#file.release();
  }

  /** Fills `buffer` from `position` on and answers how far; 0 at the end or when nothing can be read. Never rejects. */
  async #read(buffer: Buffer, position: number): Promise<number> {
    const wanted = Math.min(buffer.length, this.#bytes - position);
    if (wanted <= 0 || this.#problem !== undefined) return 0;
    try {
      const length = await this.#file.readInto(buffer.subarray(0, wanted), position);
      if (length < wanted) this.#problem = "the file became shorter while it was read";
      return length;
    } catch (error) {
      this.#problem = systemProblem(error);
      return 0;
    }
  }
}
