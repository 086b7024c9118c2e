/** The records of the file with verdicts: fixed in length, each with a checksum of its own. */
import { crc32 } from "node:zlib";

/** That a message is clean. */
export interface SavedVerdict {
  /** 32 octets, of which the first 16 are kept. */
  readonly context: Buffer;
  /** Latin-1 text of 32 characters. */
  readonly digest: string;
  readonly headerBytes: number;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
}

/** Digest 32, context 16, header length 4, time in seconds 4, nothing 4, CRC-32 of all that 4; big-endian. */
export const RECORD_BYTES = 64;

/** What the file begins with; as long as a record. */
export const FILE_HEAD = Buffer.alloc(RECORD_BYTES, " ");
FILE_HEAD.write("mailward verdicts, version 1\n");

export function encodeVerdict({ context, digest, headerBytes, savedAt }: SavedVerdict): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record.write(digest, 0, DIGEST_BYTES, "latin1");
  context.copy(record, DIGEST_BYTES, 0, CONTEXT_BYTES);
  record.writeUInt32BE(headerBytes, HEADER_OFFSET);
  record.writeUInt32BE(Math.max(0, Math.floor(savedAt / 1_000)) % 2 ** 32, TIME_OFFSET);
  record.writeUInt32BE(crc32(record.subarray(0, CHECKSUM_OFFSET)), CHECKSUM_OFFSET);
  return record;
}

/** The record at `start`; undefined when it is of another context. */
export function readVerdict(
  bytes: Buffer,
  start: number,
  context: Buffer,
): { readonly digest: string; readonly headerBytes: number } | undefined | "damaged" {
  if (!isWhole(bytes, start)) return "damaged";
  const contextStart = start + DIGEST_BYTES;
  if (bytes.compare(context, 0, CONTEXT_BYTES, contextStart, contextStart + CONTEXT_BYTES) !== 0) return undefined;
  const digest = bytes.toString("latin1", start, contextStart);
  return { digest, headerBytes: bytes.readUInt32BE(start + HEADER_OFFSET) };
}

/** What two records about the same message in the same context have in common; undefined for a damaged one. */
export function recordKey(bytes: Buffer, start: number): string | undefined {
  return isWhole(bytes, start) ? bytes.toString("latin1", start, start + DIGEST_BYTES + CONTEXT_BYTES) : undefined;
}

function isWhole(bytes: Buffer, start: number): boolean {
  const end = start + CHECKSUM_OFFSET;
  return crc32(bytes.subarray(start, end)) === bytes.readUInt32BE(end);
}

const DIGEST_BYTES = 32;
const CONTEXT_BYTES = 16;
const HEADER_OFFSET = 48;
const TIME_OFFSET = 52;
const CHECKSUM_OFFSET = 60;
