/** RC4, which node:crypto no longer has: as a keystream that can begin at any octet of a block. */

/** The first `length` octets of the keystream of `key`. */
export function rc4Keystream(key: Uint8Array, length: number): Uint8Array {
  const state = new Uint8Array(256);
  for (let index = 0; index < 256; index += 1) state[index] = index;
  let other = 0;
  for (let index = 0; index < 256; index += 1) {
    const value = state[index] ?? 0;
    other = (other + value + (key[index % key.length] ?? 0)) & 255;
    state[index] = state[other] ?? 0;
    state[other] = value;
  }
  const stream = new Uint8Array(length);
  let first = 0;
  let second = 0;
  for (let index = 0; index < length; index += 1) {
    first = (first + 1) & 255;
    const value = state[first] ?? 0;
    second = (second + value) & 255;
    const swapped = state[second] ?? 0;
    state[first] = swapped;
    state[second] = value;
    stream[index] = state[(value + swapped) & 255] ?? 0;
  }
  return stream;
}

/** Decrypts octets of a stream in place whose key changes every `blockBytes`, counted from the stream's beginning. */
export class Rc4Stream {
  readonly #keyOf: (block: number) => Uint8Array;
  readonly #blockBytes: number;
  #block = -1;
  #keystream: Uint8Array = new Uint8Array(0);

  constructor(keyOf: (block: number) => Uint8Array, blockBytes: number) {
    this.#keyOf = keyOf;
    this.#blockBytes = blockBytes;
  }

  /** Octets [start, end) of `stream`. */
  decrypt(stream: Buffer, start: number, end: number): void {
    let position = start;
    while (position < end) {
      const block = Math.floor(position / this.#blockBytes);
      if (block !== this.#block) {
        this.#block = block;
        this.#keystream = rc4Keystream(this.#keyOf(block), this.#blockBytes);
      }
      const blockStart = block * this.#blockBytes;
      const stop = Math.min(end, blockStart + this.#blockBytes);
      for (; position < stop; position += 1) {
        stream[position] = (stream[position] ?? 0) ^ (this.#keystream[position - blockStart] ?? 0);
      }
    }
  }
}
