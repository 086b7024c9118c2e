/** ClamAV's text lists of digests: `.hdb` with MD5, `.hsb` with SHA-1 and SHA-256, one `digest:size:name` a line. */
import { LF } from "../../../core/bytes.ts";
import { signatureLimits } from "../../../core/limits.ts";
import { ANY_SIZE, type DigestKind, type HashTable, HashTableBuilder } from "./hash-table.ts";

export interface HashListFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A line that is left out. `line` counts from 1. */
export interface SignatureProblem {
  readonly path: string;
  readonly line: number;
  readonly problem: string;
}

/** The tables that are not empty. Plain data: it can be sent to another thread. */
export interface HashSignatures {
  readonly tables: readonly HashTable[];
}

/** Reads lists of any mixture of digests. A broken line is a problem and the rest is kept. */
export function loadHashLists(files: readonly HashListFile[]): {
  readonly signatures: HashSignatures;
  readonly problems: readonly SignatureProblem[];
} {
  const builders = {
    md5: new HashTableBuilder("md5"),
    sha1: new HashTableBuilder("sha1"),
    sha256: new HashTableBuilder("sha256"),
  };
  const problems = files.flatMap((file) => readList(file, builders));
  const tables = Object.values(builders)
    .map((builder) => builder.build())
    .filter((table) => table.count > 0);
  return { signatures: { tables }, problems };
}

type Builders = Record<DigestKind, HashTableBuilder>;

function readList(file: HashListFile, builders: Builders): SignatureProblem[] {
  const bytes = Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
  const problems: SignatureProblem[] = [];
  let broken = 0;
  let line = 0;
  let position = 0;
  while (position < bytes.length) {
    const lineFeed = bytes.indexOf(LF, position);
    const end = lineFeed < 0 ? bytes.length : lineFeed;
    line += 1;
    const problem = readLine(bytes, position, end, builders);
    position = end + 1;
    if (problem === undefined) continue;
    broken += 1;
    if (broken <= signatureLimits.problems) problems.push({ path: file.path, line, problem });
  }
  if (broken > signatureLimits.problems) {
    const more = broken - signatureLimits.problems;
    problems.push({ path: file.path, line, problem: `${more} more lines up to here are no signatures` });
  }
  return problems;
}

/** Adds the line [start, end); what is wrong with it, if anything. */
function readLine(bytes: Buffer, start: number, lineEnd: number, builders: Builders): string | undefined {
  let end = lineEnd;
  while (end > start && (bytes[end - 1] ?? 0) <= 0x20) end -= 1;
  if (end === start || bytes[start] === HASH) return undefined;
  if (end - start > signatureLimits.lineBytes) return "the line is too long";
  const digestEnd = bytes.indexOf(COLON, start);
  const sizeEnd = digestEnd < 0 ? -1 : bytes.indexOf(COLON, digestEnd + 1);
  if (digestEnd < 0 || digestEnd >= end || sizeEnd < 0 || sizeEnd >= end) return "expected digest:size:name";
  const kind = KINDS[digestEnd - start];
  if (kind === undefined) return "the digest is no MD5, SHA-1 or SHA-256";
  if (!readHex(bytes, start, digestEnd)) return "the digest is not hexadecimal";
  const size = readSize(bytes, digestEnd + 1, sizeEnd);
  if (size === undefined) return "the size is no number and no *";
  // What follows the name are the engine versions that the signature is for.
  const colon = bytes.indexOf(COLON, sizeEnd + 1);
  const nameEnd = colon < 0 || colon > end ? end : colon;
  if (!isName(bytes, sizeEnd + 1, nameEnd)) return "the name is empty, too long or not printable";
  builders[kind].add(digestScratch, size, bytes, sizeEnd + 1, nameEnd);
  return undefined;
}

/** Into the scratch buffer. */
function readHex(bytes: Buffer, start: number, end: number): boolean {
  for (let position = start; position < end; position += 2) {
    const high = HEX[bytes[position] ?? 0] ?? NOT_HEX;
    const low = HEX[bytes[position + 1] ?? 0] ?? NOT_HEX;
    if (high === NOT_HEX || low === NOT_HEX) return false;
    digestScratch[(position - start) >> 1] = high * 16 + low;
  }
  return true;
}

function readSize(bytes: Buffer, start: number, end: number): number | undefined {
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

function isName(bytes: Buffer, start: number, end: number): boolean {
  if (end <= start || end - start > signatureLimits.nameBytes) return false;
  for (let position = start; position < end; position += 1) {
    const byte = bytes[position] ?? 0;
    if (byte <= 0x20 || byte > 0x7e) return false;
  }
  return true;
}

const KINDS: Readonly<Record<number, DigestKind>> = { 32: "md5", 40: "sha1", 64: "sha256" };
const COLON = 0x3a;
const HASH = 0x23;
const ASTERISK = 0x2a;
const NOT_HEX = 0xff;
const HEX = new Uint8Array(256).fill(NOT_HEX);
for (let value = 0; value < 16; value += 1) {
  HEX[value.toString(16).charCodeAt(0)] = value;
  HEX[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}
const digestScratch = new Uint8Array(32);
