/** A file as the input of a reader: read in large pieces, one ahead; long messages are read from it again. */
import { mailboxLimits } from "../core/limits.ts";
import type { LongMessage, MailboxInput, Stretch } from "./mailbox-reader.ts";
import type { SharedFile } from "./shared-file.ts";
import { systemProblem } from "./system-problem.ts";

export class FileInput implements MailboxInput {
  readonly path: string;
  readonly #file: SharedFile;
  readonly #bytes: number;
  #problem: string | undefined;

  /** Reads the first `bytes` octets: mail that is delivered meanwhile belongs to the next scan. */
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
    let ahead = this.#read(0);
    try {
      for (let position = 0; position < this.#bytes; ) {
        const chunk = await ahead;
        position += chunk.length;
        if (chunk.length === 0) break;
        ahead = this.#read(position);
        yield chunk;
      }
    } finally {
      await ahead;
      this.#file.release();
    }
  }

  whole(): Stretch {
    return this.#file.stretch(0, this.#bytes);
  }

  openLongMessage(): LongMessage {
    const file = this.#file;
    file.retain();
    return {
      append() {},
      stretch: (start, end) => file.stretch(start, end),
      close: () => file.release(),
    };
  }

  /** The octets at `position`; none at the end or when they can not be read. Never rejects. */
  async #read(position: number): Promise<Buffer> {
    const length = Math.min(mailboxLimits.readBytes, this.#bytes - position);
    if (length <= 0 || this.#problem !== undefined) return Buffer.alloc(0);
    try {
      const chunk = await this.#file.readAt(position, length);
      if (chunk.length < length) this.#problem = "the file became shorter while it was read";
      return chunk;
    } catch (error) {
      this.#problem = systemProblem(error);
      return Buffer.alloc(0);
    }
  }
}
