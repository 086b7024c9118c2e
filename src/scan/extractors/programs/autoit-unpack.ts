/** The compression of AutoIt: literals and matches in a stream of bits, the highest first. */
import type { PieceEnd } from "../archives/stream-members.ts";

/** `data` begins with the version and the size of the output, which is not believed. */
export function unpackAutoIt(data: Buffer, maxBytes: number): { bytes: Buffer; end: PieceEnd } {
  const version = data.toString("latin1", 0, 4);
  if (data.length < 8 || (version !== "EA05" && version !== "EA06")) return { bytes: NOTHING, end: "damaged" };
  const reader = new BitReader(data, 8);
  const size = data.readUInt32BE(4);
  const room = Math.min(size, maxBytes);
  // In EA06 a set bit announces a literal, in EA05 a match.
  const literalBit = version === "EA06" ? 1 : 0;
  let out: Buffer = Buffer.allocUnsafe(Math.min(room, Math.max(1024, data.length * 4)));
  let written = 0;
  while (written < room && reader.hasMore) {
    const isLiteral = reader.take(1) === literalBit;
    const distance = isLiteral ? 0 : reader.take(15);
    const length = isLiteral ? 1 : matchLength(reader);
    if (!isLiteral && (distance === 0 || distance > written))
      return { bytes: out.subarray(0, written), end: "damaged" };
    const end = Math.min(room, written + length);
    if (end > out.length) out = enlarged(out, written, Math.min(room, Math.max(end, out.length * 2)));
    if (isLiteral) out[written] = reader.take(8);
    else for (let to = written; to < end; to += 1) out[to] = out[to - distance] ?? 0;
    written = end;
  }
  return { bytes: out.subarray(0, written), end: written >= maxBytes && size > maxBytes ? "capped" : "whole" };
}

/** Two bits, which go on in three, five, and then eight as long as all of them are set. */
function matchLength(reader: BitReader): number {
  let length = MIN_MATCH;
  for (const bits of [2, 3, 5]) {
    const value = reader.take(bits);
    length += value;
    if (value < (1 << bits) - 1) return length;
  }
  let value = 255;
  while (value === 255 && reader.hasMore) {
    value = reader.take(8);
    length += value;
  }
  return length;
}

class BitReader {
  readonly #bytes: Buffer;
  #position: number;
  #bits = 0;
  #count = 0;

  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  get hasMore(): boolean {
    return this.#position < this.#bytes.length || this.#count > 0;
  }

  /** At most 16 bits; zeros behind the end. */
  take(count: number): number {
    while (this.#count < count) {
      this.#bits = ((this.#bits << 8) | (this.#bytes[this.#position] ?? 0)) & 0xffffff;
      this.#position += 1;
      this.#count += 8;
    }
    this.#count -= count;
    return (this.#bits >>> this.#count) & ((1 << count) - 1);
  }
}

function enlarged(out: Buffer, written: number, size: number): Buffer {
  const larger = Buffer.allocUnsafe(size);
  out.copy(larger, 0, 0, written);
  return larger;
}

const NOTHING = Buffer.alloc(0);
const MIN_MATCH = 3;
