/** Octets waiting to become lines. */
import { view } from "../../core/bytes.ts";

/** Grows at its end and shrinks at its start, and never writes twice to the same memory: what `bytes()` once returned
 *  stays as it was, so it can be sent without a copy. */
export class AppendBuffer {
  #memory = EMPTY;
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  bytes(): Buffer {
    return this.#memory.subarray(this.#start, this.#end);
  }

  append(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#memory.length) this.#grow(chunk.length);
    view(chunk).copy(this.#memory, this.#end);
    this.#end += chunk.length;
  }

  /** Forgets the first `length` octets. */
  consume(length: number): void {
    this.#start += length;
    if (this.#start < this.#end) return;
    this.#memory = EMPTY;
    this.#start = 0;
    this.#end = 0;
  }

  #grow(added: number): void {
    const rest = this.bytes();
    const memory = Buffer.allocUnsafe(Math.max(MIN_BYTES, 2 * (rest.length + added)));
    rest.copy(memory);
    this.#memory = memory;
    this.#start = 0;
    this.#end = rest.length;
  }
}

const EMPTY = Buffer.alloc(0);
const MIN_BYTES = 128;
