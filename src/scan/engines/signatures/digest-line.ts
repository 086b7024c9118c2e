/** Lists of digests, one `digest:size:name[:min[:max]]` a line (.hdb with MD5, .hsb with SHA-1 and SHA-256), or
 *  `size:digest:name` for sections of programs (.mdb, .msb). Lines are read as octets: there are millions of them. */
import { signatureLimits } from "../../../core/scan-limits.ts";
import { ANY_SIZE, type DigestKind, type HashTableBuilder } from "./hash-table.ts";
import { isForThisLevel } from "./target-type.ts";

/** Tables that lines go to. */
export type DigestBuilders = Readonly<Record<DigestKind, HashTableBuilder>>;

export type DigestOrder = "digest-first" | "size-first";

/** Adds the line [start, end) of `bytes`: what is wrong with it, if anything. */
export function addDigestLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  order: DigestOrder,
  builders: DigestBuilders,
): "added" | "skipped" | { readonly problem: string } {
  const isDigestFirst = order === "digest-first";
  const first = isDigestFirst ? digestEndAt(bytes, start, end) : indexOf(bytes, COLON, start, end);
  const second = indexOf(bytes, COLON, first + 1, end);
  if (first >= end || second >= end) return EXPECTED[order];
  const digestStart = isDigestFirst ? start : first + 1;
  const digestEnd = isDigestFirst ? first : second;
  const kind = KINDS[digestEnd - digestStart];
  if (kind === undefined) return NO_DIGEST;
  if (!readHex(bytes, digestStart, digestEnd)) return NOT_HEXADECIMAL;
  const size = isDigestFirst ? readSize(bytes, first + 1, second) : readSize(bytes, start, first);
  if (size === undefined) return NO_SIZE;
  // What follows the name are the versions of ClamAV that the signature is for.
  const nameEnd = indexOf(bytes, COLON, second + 1, end);
  if (nameEnd < end && !isForLevels(bytes, nameEnd + 1, end)) return "skipped";
  if (!isName(bytes, second + 1, nameEnd)) return NO_NAME;
  return builders[kind].add(digestScratch, size, bytes, second + 1, nameEnd) ? "added" : TOO_MANY;
}

/** Whether octets [start, end) are a name: printable, and not too long. */
export function isName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end <= start || end - start > signatureLimits.nameBytes) return false;
  for (let position = start; position < end; position += 1) {
    const octet = bytes[position] ?? 0;
    if (octet <= 0x20 || octet > 0x7e) return false;
  }
  return true;
}

/** The first colon: nearly always where a digest ends. A digest holds none, so nothing is missed. */
function digestEndAt(bytes: Uint8Array, start: number, end: number): number {
  for (const length of DIGEST_LENGTHS) {
    if (start + length < end && bytes[start + length] === COLON) return start + length;
  }
  return indexOf(bytes, COLON, start, end);
}

/** `end` when it is not there. */
function indexOf(bytes: Uint8Array, octet: number, start: number, end: number): number {
  let position = start;
  while (position < end && bytes[position] !== octet) position += 1;
  return position;
}

/** Into the scratch buffer. */
function readHex(bytes: Uint8Array, start: number, end: number): boolean {
  for (let position = start; position < end; position += 2) {
    const high = HEX[bytes[position] ?? 0] ?? NOT_HEX;
    const low = HEX[bytes[position + 1] ?? 0] ?? NOT_HEX;
    if (high === NOT_HEX || low === NOT_HEX) return false;
    digestScratch[(position - start) >> 1] = high * 16 + low;
  }
  return true;
}

function readSize(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start === 1 && bytes[start] === ASTERISK) return ANY_SIZE;
  if (end === start || end - start > 10) return undefined;
  let size = 0;
  for (let position = start; position < end; position += 1) {
    const digit = (bytes[position] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    size = size * 10 + digit;
  }
  return size < ANY_SIZE ? size : undefined;
}

function isForLevels(bytes: Uint8Array, start: number, end: number): boolean {
  const [min, max = `${Number.MAX_SAFE_INTEGER}`] = Buffer.from(bytes.subarray(start, end))
    .toString("latin1")
    .split(":");
  return isForThisLevel(Number(min) || 0, Number(max) || Number.MAX_SAFE_INTEGER);
}

const EXPECTED: Readonly<Record<DigestOrder, { readonly problem: string }>> = {
  "digest-first": { problem: "expected digest:size:name" },
  "size-first": { problem: "expected size:digest:name" },
};
const NO_DIGEST = { problem: "the digest is no MD5, SHA-1 or SHA-256" };
const NOT_HEXADECIMAL = { problem: "the digest is not hexadecimal" };
const NO_SIZE = { problem: "the size is no number and no *" };
const NO_NAME = { problem: "the name is empty, too long or not printable" };
const TOO_MANY = { problem: "there are more digests than are kept" };
const DIGEST_LENGTHS = [32, 40, 64] as const;
const KINDS: Readonly<Record<number, DigestKind>> = { 32: "md5", 40: "sha1", 64: "sha256" };
const COLON = 0x3a;
const ASTERISK = 0x2a;
const NOT_HEX = 0xff;
const HEX = new Uint8Array(256).fill(NOT_HEX);
for (let value = 0; value < 16; value += 1) {
  HEX[value.toString(16).charCodeAt(0)] = value;
  HEX[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}
const digestScratch = new Uint8Array(32);
