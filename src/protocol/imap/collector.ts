/** Octets collected in one piece, however small the pieces are that they come in. */

/** Refuses to grow beyond its limit: `append` is then false, and nothing was added. */
export class Collector {
  readonly #maxBytes: number;
  #memory = EMPTY;
  #length = 0;
  #taken = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Octets that were collected since the last `take`. */
  get length(): number {
    return this.#length;
  }

  /** The limit counts what was taken already. */
  append(bytes: Uint8Array): boolean {
    const length = this.#length + bytes.length;
    if (!(this.#taken + length <= this.#maxBytes)) return false;
    if (length > this.#memory.length) {
      const memory = Buffer.allocUnsafe(Math.max(MIN_MEMORY_BYTES, length, Math.min(2 * length, this.#maxBytes)));
      memory.set(this.#memory.subarray(0, this.#length));
      this.#memory = memory;
    }
    this.#memory.set(bytes, this.#length);
    this.#length = length;
    return true;
  }

  /** What is collected so far; valid until the next append. */
  peek(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** What was collected; it is the caller's. */
  take(): Buffer {
    const bytes = this.#memory.subarray(0, this.#length);
    this.#taken += this.#length;
    this.#memory = EMPTY;
    this.#length = 0;
    return bytes;
  }
}

const EMPTY = Buffer.alloc(0);
const MIN_MEMORY_BYTES = 128;
