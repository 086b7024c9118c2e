/** An open file that several messages are read from: it is closed when the last of them is done. */
import { closeSync, read, readSync } from "node:fs";
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

  /** Throws when it is closed: by now its descriptor may be that of another file. */
  retain(): void {
    if (this.#holders === 0) throw new MailboxReadError("the file has been closed");
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) closeSync(this.fd);
  }

  /** Octets [start, end) of the file. A chunk of them holds until the next one is asked for. */
  stretch(start: number, end: number): Stretch {
    this.retain();
    return { source: this.#source(start, end), release: () => this.release() };
  }

  /** Fills `buffer` from `position` on and answers how far; less only at the end of the file. Rejects with system
   *  errors. */
  async readInto(buffer: Buffer, position: number): Promise<number> {
    let filled = 0;
    while (filled < buffer.length) {
      const count = await readSome(this.fd, buffer, filled, position + filled);
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  #source(start: number, end: number): MessageSource {
    const file = this;
    const bytes = end - start;
    return {
      bytes,
      ...(bytes <= SHORT_BYTES && { whole: () => file.#readShort(start, bytes) }),
      async *chunks() {
        if (start >= end) return;
        if (bytes <= SHORT_BYTES) {
          yield file.#readShort(start, bytes);
          return;
        }
        file.retain();
        const slab = takeSlab();
        try {
          for (let position = start; position < end; position += slab.length) {
            const chunk = slab.subarray(0, Math.min(slab.length, end - position));
            file.#fill(chunk, position);
            yield chunk;
          }
        } finally {
          giveBackSlab(slab);
          file.release();
        }
      },
    };
  }

  #readShort(start: number, bytes: number): Buffer {
    if (this.#holders === 0) throw new MailboxReadError("the file has been closed");
    const octets = Buffer.allocUnsafe(bytes);
    this.#fill(octets, start);
    return octets;
  }

  /** Synchronous, as small files are read: what has been gone through before comes from the system's memory, and each
   *  thread that is waited for costs more than the reading. */
  #fill(chunk: Buffer, position: number): void {
    let filled = 0;
    try {
      while (filled < chunk.length) {
        const count = readSync(this.fd, chunk, filled, chunk.length - filled, position + filled);
        if (count === 0) break;
        filled += count;
      }
    } catch (error) {
      throw new MailboxReadError(systemProblem(error));
    }
    if (filled < chunk.length) throw new MailboxReadError("the file became shorter while it was read");
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

/** Memory for as many octets as are read at once. It is used again: the garbage collector does not see how much memory
 *  stands behind a buffer, and lets hundreds of megabytes pile up. */
function takeSlab(): Buffer {
  return spareSlabs.pop() ?? Buffer.allocUnsafeSlow(mailboxLimits.reReadBytes);
}

function giveBackSlab(slab: Buffer): void {
  if (spareSlabs.length < MAX_SPARE_SLABS) spareSlabs.push(slab);
}

const spareSlabs: Buffer[] = [];
const MAX_SPARE_SLABS = 64;
const SHORT_BYTES = 64 * 1024;
