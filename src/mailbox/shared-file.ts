/** An open file that several messages are read from: it is closed when the last of them is done. */
import { closeSync, read } from "node:fs";
import { mailboxLimits } from "../core/limits.ts";
import type { MessageSource } from "../scan/judge.ts";
import { MailboxReadError } from "./mailbox-message.ts";
import type { Stretch } from "./mailbox-reader.ts";
import { systemProblem } from "./system-problem.ts";

export class SharedFile {
  readonly fd: number;
  #holders = 1;

  /** Takes over `fd`, for one holder. */
  constructor(fd: number) {
    this.fd = fd;
  }

  retain(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) closeSync(this.fd);
  }

  /** Octets [start, end) of the file. */
  stretch(start: number, end: number): Stretch {
    this.retain();
    return { source: this.#source(start, end), release: () => this.release() };
  }

  /** Up to `length` octets from `position` on; fewer only at the end of the file. Rejects with system errors. */
  async readAt(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const count = await readSome(this.fd, buffer, filled, position + filled);
      if (count === 0) break;
      filled += count;
    }
    return buffer.subarray(0, filled);
  }

  #source(start: number, end: number): MessageSource {
    const file = this;
    return {
      bytes: end - start,
      async *chunks() {
        file.retain();
        try {
          for (let position = start; position < end; position += mailboxLimits.readBytes) {
            yield await file.#readWhole(position, Math.min(mailboxLimits.readBytes, end - position));
          }
        } finally {
          file.release();
        }
      },
    };
  }

  async #readWhole(position: number, length: number): Promise<Buffer> {
    const octets = await this.readAt(position, length).catch((error: unknown) => {
      throw new MailboxReadError(systemProblem(error));
    });
    if (octets.length < length) throw new MailboxReadError("the file became shorter while it was read");
    return octets;
  }
}

function readSome(fd: number, buffer: Buffer, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, offset, buffer.length - offset, position, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}
