/** Opens LZ4 files (the LZ4 frame format): all frames one after the other. */
import type { Extractor } from "../extractor.ts";
import { innerName } from "./inner-name.ts";
import { type PieceEnd, StreamMembers } from "./stream-members.ts";

export const lz4Extractor: Extractor = {
  name: "lz4",
  isLayer: true,
  matches: ({ bytes }) => isFrame(bytes, 0),
  extract({ bytes, name }, sink, budget) {
    const members = new StreamMembers(sink, budget, "LZ4 stream");
    const inner = innerName(name);
    let position = 0;
    while (isFrame(bytes, position) && members.begin(inner)) {
      const frame = new FrameDecoder(bytes, position, budget.outputBytes);
      const end = bytes.readUInt32LE(position) === MAGIC ? frame.run() : frame.runOld();
      members.add(inner, frame.output(), frame.position - position, end);
      position = frame.position;
      if (end !== "whole") break;
    }
    members.finish();
  },
};

function isFrame(bytes: Buffer, position: number): boolean {
  if (position + 7 > bytes.length) return false;
  const magic = bytes.readUInt32LE(position);
  return magic === MAGIC || magic === OLD_MAGIC;
}

class FrameDecoder {
  position: number;
  readonly #input: Buffer;
  readonly #maxBytes: number;
  #out = Buffer.allocUnsafe(64 * 1024);
  #written = 0;

  constructor(input: Buffer, position: number, maxBytes: number) {
    this.#input = input;
    this.position = position;
    this.#maxBytes = maxBytes;
  }

  output(): Buffer {
    return this.#out.subarray(0, this.#written);
  }

  /** A frame that breaks off is whole: there is no more of it. */
  run(): PieceEnd {
    const flags = this.#input[this.position + 4] ?? 0;
    const isVersion1 = flags >> 6 === 1;
    const hasBlockChecksums = (flags & 0x10) !== 0;
    this.position += 7 + ((flags & 8) !== 0 ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0);
    if (!isVersion1) return "damaged";
    while (this.position + 4 <= this.#input.length) {
      const size = this.#input.readUInt32LE(this.position);
      this.position += 4;
      if (size === 0) {
        if ((flags & 4) !== 0) this.position += 4;
        return "whole";
      }
      const length = size & 0x7fffffff;
      const block = this.#input.subarray(this.position, this.position + length);
      const end = size >>> 31 === 1 ? this.#append(block, 0, block.length) : this.#block(block);
      this.position = Math.min(this.#input.length, this.position + length + (hasBlockChecksums ? 4 : 0));
      if (end !== "whole") return end;
    }
    return "whole";
  }

  /** The frame of the first versions: nothing but blocks up to the end or to the next frame. */
  runOld(): PieceEnd {
    this.position += 4;
    while (this.position + 4 <= this.#input.length && !isFrame(this.#input, this.position)) {
      const start = this.position + 4;
      const end = start + this.#input.readUInt32LE(this.position);
      this.position = Math.min(this.#input.length, end);
      const blockEnd = this.#block(this.#input.subarray(start, end));
      if (blockEnd !== "whole") return blockEnd;
    }
    return "whole";
  }

  /** Sequences of literals and a match, which may reach back into the blocks before. */
  #block(block: Buffer): PieceEnd {
    let position = 0;
    while (position < block.length) {
      const token = block[position] ?? 0;
      const literals = readLength(block, position + 1, token >> 4);
      const end = this.#append(block, literals.next, literals.next + literals.length);
      if (end !== "whole") return end;
      position = literals.next + literals.length;
      if (position + 2 > block.length) return "whole";
      const distance = block.readUInt16LE(position);
      const match = readLength(block, position + 2, token & 15);
      if (distance === 0 || distance > this.#written) return "damaged";
      if (this.#repeat(distance, match.length + MIN_MATCH) === "capped") return "capped";
      position = match.next;
    }
    return "whole";
  }

  #append(source: Buffer, start: number, end: number): PieceEnd {
    const literals = source.subarray(start, end);
    const room = this.#maxBytes - this.#written;
    this.#grow(Math.min(literals.length, room));
    this.#written += literals.subarray(0, room).copy(this.#out, this.#written);
    return literals.length > room ? "capped" : "whole";
  }

  #repeat(distance: number, length: number): PieceEnd {
    const count = Math.min(length, this.#maxBytes - this.#written);
    this.#grow(count);
    const out = this.#out;
    const end = this.#written + count;
    for (let to = this.#written; to < end; to += 1) out[to] = out[to - distance] ?? 0;
    this.#written = end;
    return count < length ? "capped" : "whole";
  }

  #grow(count: number): void {
    if (this.#written + count <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#written + count, this.#out.length * 2));
    this.#out.copy(larger, 0, 0, this.#written);
    this.#out = larger;
  }
}

/** A length of four bits that goes on in octets while they are 255. */
function readLength(block: Buffer, start: number, first: number): { length: number; next: number } {
  let length = first;
  let next = start;
  if (first < 15) return { length, next };
  while (next < block.length) {
    const octet = block[next] ?? 0;
    next += 1;
    length += octet;
    if (octet !== 255) break;
  }
  return { length, next };
}

const MAGIC = 0x184d2204;
const OLD_MAGIC = 0x184c2102;
const MIN_MATCH = 4;
