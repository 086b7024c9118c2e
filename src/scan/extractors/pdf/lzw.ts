/** LZW as PDF has it (ISO 32000-2 §7.4.4): codes of 9 to 12 bits, the highest bit first. */
import type { Decoded } from "./pdf-filters.ts";

/** `isEarly`: codes grow one code before they must, as is the default. */
export function decodeLzw(input: Buffer, maxBytes: number, isEarly: boolean): Decoded {
  return new LzwDecoder(input, maxBytes, isEarly).run();
}

class LzwDecoder {
  readonly #input: Buffer;
  readonly #maxBytes: number;
  readonly #shift: 0 | 1;
  readonly #table = new LzwTable();
  #out: Buffer;
  #written = 0;
  #position = 0;
  #bits = 0;
  #bitCount = 0;
  #previous = -1;
  #hasEnded = false;

  constructor(input: Buffer, maxBytes: number, isEarly: boolean) {
    this.#input = input;
    this.#maxBytes = maxBytes;
    this.#shift = isEarly ? 1 : 0;
    this.#out = Buffer.allocUnsafe(Math.min(maxBytes, FIRST_OUTPUT_BYTES));
  }

  run(): Decoded {
    for (let code = this.#read(); code >= 0 && code !== END; code = this.#read()) {
      if (code === CLEAR) {
        this.#table.clear();
        this.#previous = -1;
        continue;
      }
      const problem = this.#take(code);
      if (problem !== undefined) return { bytes: this.#bytes, hasEnded: false, problem };
    }
    return { bytes: this.#bytes, hasEnded: this.#hasEnded };
  }

  get #bytes(): Buffer {
    return this.#out.subarray(0, this.#written);
  }

  /** The next code, or -1 when there are too few octets. */
  #read(): number {
    const width = Math.min(MAX_WIDTH, Math.max(FIRST_WIDTH, 32 - Math.clz32(this.#table.count + this.#shift)));
    while (this.#bitCount < width && this.#position < this.#input.length) {
      this.#bits = ((this.#bits << 8) | (this.#input[this.#position] ?? 0)) & 0xffffff;
      this.#bitCount += 8;
      this.#position += 1;
    }
    if (this.#bitCount < width) return -1;
    this.#bitCount -= width;
    const code = (this.#bits >>> this.#bitCount) & ((1 << width) - 1);
    this.#hasEnded = code === END;
    return code;
  }

  #take(code: number): Decoded["problem"] {
    const table = this.#table;
    const previous = this.#previous;
    const isKnown = code < CLEAR || (code > END && code < table.count);
    // The one code that may be used before it is complete: the previous sequence and its own first octet.
    if (!isKnown && (previous < 0 || code !== table.count)) return "damaged";
    const length = isKnown ? table.lengthOf(code) : table.lengthOf(previous) + 1;
    if (this.#written + length > this.#maxBytes) return "limit-bytes";
    this.#grow(length);
    const first = table.write(isKnown ? code : previous, this.#out, this.#written);
    this.#written += length;
    if (!isKnown) this.#out[this.#written - 1] = first;
    if (previous >= 0) table.add(previous, first);
    this.#previous = code;
    return undefined;
  }

  #grow(count: number): void {
    if (this.#written + count <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(this.#out.length * 2, this.#written + count)));
    this.#out.copy(larger, 0, 0, this.#written);
    this.#out = larger;
  }
}

/** Sequences by code: the one before, and its last octet. */
class LzwTable {
  count = END + 1;
  readonly #prefixes = new Uint16Array(MAX_CODES);
  readonly #last = new Uint8Array(MAX_CODES);
  readonly #lengths = new Uint32Array(MAX_CODES);

  constructor() {
    for (let octet = 0; octet < CLEAR; octet += 1) {
      this.#last[octet] = octet;
      this.#lengths[octet] = 1;
    }
  }

  clear(): void {
    this.count = END + 1;
  }

  lengthOf(code: number): number {
    return this.#lengths[code] ?? 1;
  }

  add(prefix: number, octet: number): void {
    if (this.count >= MAX_CODES) return;
    this.#prefixes[this.count] = prefix;
    this.#last[this.count] = octet;
    this.#lengths[this.count] = this.lengthOf(prefix) + 1;
    this.count += 1;
  }

  /** Writes the sequence of `code` and returns its first octet. */
  write(code: number, out: Buffer, start: number): number {
    let position = start + this.lengthOf(code) - 1;
    let at = code;
    while (position > start) {
      out[position] = this.#last[at] ?? 0;
      at = this.#prefixes[at] ?? 0;
      position -= 1;
    }
    const first = this.#last[at] ?? 0;
    out[start] = first;
    return first;
  }
}

/** Grows as it fills. */
const FIRST_OUTPUT_BYTES = 16 * 1024;
const CLEAR = 256;
const END = 257;
const FIRST_WIDTH = 9;
const MAX_WIDTH = 12;
const MAX_CODES = 4096;
