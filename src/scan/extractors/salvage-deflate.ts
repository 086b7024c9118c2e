/** An inflater (RFC 1951) that keeps what it has when the stream is damaged or larger than allowed. Slower than zlib,
 *  and only asked when zlib has refused. */
import type { Inflated } from "./inflate.ts";

/** At most `maxBytes` of output. */
export function salvageDeflate(input: Buffer, maxBytes: number): Inflated {
  const inflater = new Inflater(input, maxBytes);
  const end = inflater.run();
  return { bytes: inflater.output(), consumed: inflater.consumed, end };
}

/** Codes by their bits, as read: `value << 4 | length`, 0 where no code is. */
interface CodeTable {
  readonly entries: Uint16Array;
  readonly bits: number;
}

type BlockEnd = "next" | "last" | "capped" | "damaged" | "cut";

class Inflater {
  readonly #input: Buffer;
  readonly #maxBytes: number;
  #out: Buffer;
  #written = 0;
  #position = 0;
  #bits = 0;
  #bitCount = 0;

  constructor(input: Buffer, maxBytes: number) {
    this.#input = input;
    this.#maxBytes = maxBytes;
    this.#out = Buffer.allocUnsafe(Math.min(maxBytes, MAX_FIRST_BYTES, Math.max(1024, input.length * 4)));
  }

  get consumed(): number {
    return Math.max(0, this.#position - (this.#bitCount >> 3));
  }

  output(): Buffer {
    return this.#out.subarray(0, this.#written);
  }

  run(): Inflated["end"] {
    while (true) {
      const end = this.#block();
      if (end === "capped" || end === "damaged") return end;
      if (end !== "next") return "whole";
    }
  }

  #block(): BlockEnd {
    if (!this.#need(3)) return "cut";
    const isLast = this.#take(1) === 1;
    const kind = this.#take(2);
    const end =
      kind === 0 ? this.#stored() : kind === 1 ? this.#coded(FIXED_LITERALS, FIXED_DISTANCES) : this.#dynamic(kind);
    return end === "next" && isLast ? "last" : end;
  }

  #stored(): BlockEnd {
    this.#take(this.#bitCount & 7);
    if (!this.#need(32)) return "cut";
    const length = this.#take(16);
    if (this.#take(16) !== (~length & 0xffff)) return "damaged";
    const start = this.#position - (this.#bitCount >> 3);
    this.#bits = 0;
    this.#bitCount = 0;
    const count = Math.min(length, this.#input.length - start, this.#maxBytes - this.#written);
    this.#grow(count);
    this.#input.copy(this.#out, this.#written, start, start + count);
    this.#written += count;
    this.#position = start + count;
    if (count === length) return "next";
    return this.#written >= this.#maxBytes ? "capped" : "cut";
  }

  #dynamic(kind: number): BlockEnd {
    if (kind !== 2) return "damaged";
    if (!this.#need(14)) return "cut";
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const codes = this.#take(4) + 4;
    const codeLengths = new Uint8Array(19);
    for (let index = 0; index < codes; index += 1) {
      if (!this.#need(3)) return "cut";
      codeLengths[CODE_ORDER[index] ?? 0] = this.#take(3);
    }
    const lengths = new Uint8Array(literals + distances);
    const end = this.#readLengths(buildTable(codeLengths), lengths);
    if (end !== "next") return end;
    return this.#coded(buildTable(lengths.subarray(0, literals)), buildTable(lengths.subarray(literals)));
  }

  #readLengths(table: CodeTable, lengths: Uint8Array): BlockEnd {
    let filled = 0;
    while (filled < lengths.length) {
      const symbol = this.#symbol(table);
      if (symbol < 0) return this.#broken();
      if (symbol < 16) {
        lengths[filled] = symbol;
        filled += 1;
        continue;
      }
      const [extra, base] = symbol === 16 ? [2, 3] : symbol === 17 ? [3, 3] : [7, 11];
      if (!this.#need(extra)) return "cut";
      const count = base + this.#take(extra);
      if (filled + count > lengths.length || (symbol === 16 && filled === 0)) return "damaged";
      lengths.fill(symbol === 16 ? (lengths[filled - 1] ?? 0) : 0, filled, filled + count);
      filled += count;
    }
    return "next";
  }

  #coded(literals: CodeTable, distances: CodeTable): BlockEnd {
    while (true) {
      const symbol = this.#symbol(literals);
      if (symbol < 0) return this.#broken();
      if (symbol === 256) return "next";
      if (symbol < 256) {
        if (this.#written >= this.#maxBytes) return "capped";
        this.#grow(1);
        this.#out[this.#written] = symbol;
        this.#written += 1;
        continue;
      }
      const end = this.#copy(symbol - 257, distances);
      if (end !== "next") return end;
    }
  }

  #copy(lengthCode: number, distances: CodeTable): BlockEnd {
    const lengthBits = LENGTH_BITS[lengthCode];
    if (lengthBits === undefined) return "damaged";
    if (!this.#need(lengthBits)) return "cut";
    const length = (LENGTH_BASE[lengthCode] ?? 0) + this.#take(lengthBits);
    const distanceCode = this.#symbol(distances);
    if (distanceCode < 0) return this.#broken();
    const distanceBits = DISTANCE_BITS[distanceCode];
    if (distanceBits === undefined) return "damaged";
    if (!this.#need(distanceBits)) return "cut";
    const distance = (DISTANCE_BASE[distanceCode] ?? 0) + this.#take(distanceBits);
    if (distance > this.#written) return "damaged";
    const count = Math.min(length, this.#maxBytes - this.#written);
    this.#grow(count);
    const out = this.#out;
    const end = this.#written + count;
    for (let to = this.#written; to < end; to += 1) out[to] = out[to - distance] ?? 0;
    this.#written = end;
    return count === length ? "next" : "capped";
  }

  /** The next symbol, or -1 when the bits are no code or there are too few. */
  #symbol(table: CodeTable): number {
    this.#need(table.bits);
    const entry = table.entries[this.#bits & ((1 << table.bits) - 1)] ?? 0;
    const length = entry & 15;
    if (length === 0 || length > this.#bitCount) return -1;
    this.#take(length);
    return entry >> 4;
  }

  /** Why there was no symbol: a code needs at most 15 bits. */
  #broken(): BlockEnd {
    return this.#position >= this.#input.length && this.#bitCount < 15 ? "cut" : "damaged";
  }

  /** Fills up to at least `count` bits (at most 25, or 32 from a byte boundary); false when the input has no more. */
  #need(count: number): boolean {
    while (this.#bitCount < count && this.#position < this.#input.length) {
      this.#bits |= (this.#input[this.#position] ?? 0) << this.#bitCount;
      this.#position += 1;
      this.#bitCount += 8;
    }
    return this.#bitCount >= count;
  }

  #take(count: number): number {
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#bitCount -= count;
    return value;
  }

  #grow(count: number): void {
    if (this.#written + count <= this.#out.length) return;
    const wanted = Math.min(this.#maxBytes, Math.max(this.#out.length * 2, this.#written + count));
    // Pages that nothing is written to take no memory, and copies of what is large do.
    const roomy = wanted < LARGE_BYTES ? wanted : Math.max(wanted, Math.min(this.#maxBytes, ROOMY_BYTES));
    const larger = Buffer.allocUnsafeSlow(roomy);
    this.#out.copy(larger, 0, 0, this.#written);
    this.#out = larger;
  }
}

/** The table of the canonical code with these lengths (RFC 1951 §3.2.2). Lengths that are no code give a table in
 *  which some bits mean nothing or the last code that claims them. */
function buildTable(lengths: Uint8Array): CodeTable {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  counts[0] = 0;
  let bits = 15;
  while (bits > 1 && counts[bits] === 0) bits -= 1;
  const next = new Uint32Array(16);
  for (let length = 1; length < 16; length += 1) {
    next[length] = ((next[length - 1] ?? 0) + (counts[length - 1] ?? 0)) << 1;
  }
  const entries = new Uint16Array(1 << bits);
  for (const [value, length] of lengths.entries()) {
    if (length === 0) continue;
    const code = next[length] ?? 0;
    next[length] = code + 1;
    for (let index = reversed(code, length); index < entries.length; index += 1 << length) {
      entries[index] = (value << 4) | length;
    }
  }
  return { entries, bits };
}

function reversed(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit += 1) result |= ((code >> bit) & 1) << (length - 1 - bit);
  return result;
}

/** Damage shows early as a rule: a large output is not worth its memory before there is something to write. */
const MAX_FIRST_BYTES = 2 * 1024;
const LARGE_BYTES = 1024 * 1024;
const ROOMY_BYTES = 32 * LARGE_BYTES;
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const DISTANCE_BITS = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const FIXED_LITERALS = buildTable(
  Uint8Array.from({ length: 288 }, (_, value) => (value < 144 ? 8 : value < 256 ? 9 : value < 280 ? 7 : 8)),
);
const FIXED_DISTANCES = buildTable(new Uint8Array(30).fill(5));
