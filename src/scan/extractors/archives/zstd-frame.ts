/** Zstandard frames (RFC 8878), taken apart into blocks so that zlib can be given the beginning of one: it throws all
 *  output away when a frame is damaged, cut off or larger than allowed. */
import * as zlib from "node:zlib";
import type { PieceEnd } from "./stream-members.ts";

export interface ZstdFrame {
  readonly start: number;
  /** Behind the checksum, or at the end of the octets. */
  readonly end: number;
  readonly blocksStart: number;
  /** Where each whole block ends. */
  readonly blockEnds: readonly number[];
  /** The window descriptor; of a frame without one, one that is large enough. */
  readonly window: number;
  readonly needsDictionary: boolean;
  /** All blocks are there, up to the one that says that it is the last. */
  readonly isWhole: boolean;
}

export const ZSTD_MAGIC = 0xfd2fb528;

/** Whether this Node has a decoder: since 22.15. */
export const hasZstd: boolean = "zstdDecompressSync" in zlib;

export function isSkippable(magic: number): boolean {
  return magic >>> 4 === SKIPPABLE_MAGIC;
}

/** The frame at `start`; undefined when there is none. */
export function readZstdFrame(bytes: Buffer, start: number): ZstdFrame | undefined {
  if (start + 6 > bytes.length || bytes.readUInt32LE(start) !== ZSTD_MAGIC) return undefined;
  const descriptor = bytes[start + 4] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionaryBytes = DICTIONARY_BYTES[descriptor & 3] ?? 0;
  const sizeBytes = descriptor >> 6 === 0 ? (isSingle ? 1 : 0) : 1 << (descriptor >> 6);
  const dictionaryStart = start + (isSingle ? 5 : 6);
  const blocksStart = dictionaryStart + dictionaryBytes + sizeBytes;
  if (blocksStart > bytes.length) return undefined;
  const dictionary = bytes.subarray(dictionaryStart, dictionaryStart + dictionaryBytes);
  const blockEnds: number[] = [];
  let position = blocksStart;
  let isLast = false;
  while (!isLast && position + 3 <= bytes.length) {
    const header = bytes.readUIntLE(position, 3);
    const type = (header >> 1) & 3;
    const end = position + 3 + (type === RLE ? 1 : header >> 3);
    if (type === RESERVED || end > bytes.length) break;
    isLast = (header & 1) === 1;
    blockEnds.push(end);
    position = end;
  }
  const checksumBytes = isLast && (descriptor & 4) !== 0 ? 4 : 0;
  return {
    start,
    end: Math.min(bytes.length, position + checksumBytes),
    blocksStart,
    blockEnds,
    window: isSingle ? LARGEST_WINDOW : Math.min(bytes[start + 5] ?? 0, LARGEST_WINDOW),
    needsDictionary: dictionary.some((octet) => octet !== 0),
    isWhole: isLast,
  };
}

/** The frame's content, at most `maxBytes` of it. Of a damaged frame, what comes before the damaged block. */
export function decodeZstdFrame(bytes: Buffer, frame: ZstdFrame, maxBytes: number): { bytes: Buffer; end: PieceEnd } {
  if (maxBytes <= 0) return { bytes: NOTHING, end: "capped" };
  const count = frame.blockEnds.length;
  if (count === 0) return { bytes: NOTHING, end: frame.isWhole ? "whole" : "damaged" };
  const whole = decodeBlocks(bytes, frame, count, maxBytes);
  // A frame that merely breaks off is all that there is of it.
  if (whole instanceof Buffer) return { bytes: whole, end: "whole" };
  const isTooLarge = whole === "too-large";
  // No block is larger than this, so that so many of them fit for certain.
  const fitting = isTooLarge ? Math.max(1, Math.floor(maxBytes / MAX_BLOCK_BYTES)) : count;
  // All of them were just tried: thousands of broken frames would cost twice as much.
  const best = longestPrefix(Math.min(count - 1, fitting), (length) => decodeBlocks(bytes, frame, length, maxBytes));
  return { bytes: best, end: isTooLarge ? "capped" : "damaged" };
}

/** What the most blocks give that can be decoded, found by halving. */
function longestPrefix(count: number, decode: (length: number) => Buffer | "too-large" | "damaged"): Buffer {
  let good = 0;
  let bad = count + 1;
  let best: Buffer = NOTHING;
  let length = count;
  while (bad - good > 1) {
    const decoded = decode(length);
    if (decoded instanceof Buffer) {
      good = length;
      best = decoded;
    } else bad = length;
    length = Math.floor((good + bad) / 2);
  }
  return best;
}

/** Decodes the first `count` blocks as a frame of their own, without size and checksum, which may be lies. */
function decodeBlocks(
  bytes: Buffer,
  frame: ZstdFrame,
  count: number,
  maxBytes: number,
): Buffer | "too-large" | "damaged" {
  const end = frame.blockEnds[count - 1];
  const last = count > 1 ? frame.blockEnds[count - 2] : frame.blocksStart;
  if (end === undefined || last === undefined) return NOTHING;
  const header = Buffer.alloc(6);
  header.writeUInt32LE(ZSTD_MAGIC, 0);
  header[5] = frame.window;
  const own = Buffer.concat([header, bytes.subarray(frame.blocksStart, end)]);
  const lastBlock = header.length + last - frame.blocksStart;
  own[lastBlock] = (own[lastBlock] ?? 0) | 1;
  try {
    return zlib.zstdDecompressSync(own, { maxOutputLength: maxBytes });
  } catch (error) {
    return error instanceof RangeError ? "too-large" : "damaged";
  }
}

const NOTHING = Buffer.alloc(0);
const SKIPPABLE_MAGIC = 0x184d2a5;
const DICTIONARY_BYTES = [0, 1, 2, 4];
const RLE = 1;
const RESERVED = 3;
const MAX_BLOCK_BYTES = 128 * 1024;
/** 128 MiB, the most that decoders take; more than the output is never needed. */
const LARGEST_WINDOW = (27 - 10) << 3;
