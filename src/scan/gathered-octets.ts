/** Octets that come in pieces, put together in memory of their own: a piece is a view, and keeping it would keep all of
 *  what it was received with, so that a sender of many small pieces could take many times what it was allowed. */
import { copyOf } from "../core/bytes.ts";

export class GatheredOctets {
  #memory: Buffer = NOTHING;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was added so far; a view that holds until more is added. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  add(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (this.#length === 0) {
      this.#memory = copyOf(piece);
    } else {
      if (length > this.#memory.length) this.#grow(length);
      this.#memory.set(piece, this.#length);
    }
    this.#length = length;
  }

  /** At least doubled, so that all copies together cost no more than a few of the result. */
  #grow(length: number): void {
    const memory = Buffer.allocUnsafe(Math.max(length, 2 * this.#memory.length));
    memory.set(this.bytes);
    this.#memory = memory;
  }
}

const NOTHING = Buffer.alloc(0);
