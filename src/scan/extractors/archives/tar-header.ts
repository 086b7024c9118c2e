/** The headers of tar archives: of Unix version 7, ustar (POSIX.1-1988), pax (POSIX.1-2001) and GNU tar. */
import { latin1 } from "../../../core/bytes.ts";
import { mimeLimits } from "../../../core/scan-limits.ts";

export interface TarHeader {
  readonly position: number;
  readonly name: string;
  readonly type: string;
  /** As the header says; not believed. */
  readonly size: number;
}

/** What a file is put together from: octets of its data and where they belong. */
export interface TarSegment {
  readonly offset: number;
  readonly length: number;
}

export const TAR_BLOCK = 512;

/** Undefined when there is no header at `position`: neither its checksum is right nor does it say "ustar". Readers
 *  differ on which of the two they want. */
export function readTarHeader(bytes: Buffer, position: number): TarHeader | undefined {
  if (position < 0 || position + TAR_BLOCK > bytes.length || bytes[position] === 0) return undefined;
  const isUstar =
    bytes[position + MAGIC] === LETTER_U && latin1(bytes, position + MAGIC, position + MAGIC + 5) === "ustar";
  if (!isUstar && !isChecksumRight(bytes, position)) return undefined;
  const size = readNumber(bytes, position + 124, 12);
  if (size === undefined) return undefined;
  const prefix = isUstar && bytes[position + MAGIC + 5] === 0 ? text(bytes, position + 345, 155) : "";
  const name = text(bytes, position, 100);
  return {
    position,
    name: prefix === "" ? name : `${prefix}/${name}`,
    type: String.fromCharCode(bytes[position + 156] ?? 0),
    size,
  };
}

/** Octal digits, or since GNU tar a binary number when the first bit is set. Undefined when it is neither. */
export function readNumber(bytes: Buffer, start: number, length: number): number | undefined {
  const first = bytes[start] ?? 0;
  if ((first & 0x80) !== 0) {
    let value = first & 0x7f;
    for (let index = 1; index < length; index += 1) value = value * 256 + (bytes[start + index] ?? 0);
    return value;
  }
  const digits = latin1(bytes, start, start + length)
    .replace(/[\0 ]+$/, "")
    .trimStart();
  if (digits === "") return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** The map of an old GNU sparse file, and where its data begin: behind the blocks in which the map goes on. */
export function readSparseMap(bytes: Buffer, header: TarHeader): { segments: TarSegment[]; dataStart: number } {
  const segments: TarSegment[] = [];
  addSegments(bytes, header.position + 386, 4, segments);
  let dataStart = header.position + TAR_BLOCK;
  let isExtended = bytes[header.position + 482] === 1;
  while (isExtended && dataStart + TAR_BLOCK <= bytes.length && segments.length < MAX_SEGMENTS) {
    addSegments(bytes, dataStart, 21, segments);
    isExtended = bytes[dataStart + 504] === 1;
    dataStart += TAR_BLOCK;
  }
  return { segments, dataStart };
}

function addSegments(bytes: Buffer, start: number, count: number, segments: TarSegment[]): void {
  for (let position = start; position < start + count * 24; position += 24) {
    const offset = readNumber(bytes, position, 12);
    const length = readNumber(bytes, position + 12, 12);
    if (bytes[position] === 0 || offset === undefined || length === undefined) return;
    segments.push({ offset, length });
  }
}

/** The records of a pax header, `length key=value`, the last of each key. */
export function readPaxRecords(bytes: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  const data = bytes.subarray(0, MAX_PAX_BYTES);
  const sparse: string[] = [];
  let position = 0;
  while (position < data.length && records.size < MAX_PAX_RECORDS) {
    const space = data.indexOf(0x20, position);
    const length = Number(latin1(data, position, Math.max(position, Math.min(space, position + 8))));
    if (!Number.isSafeInteger(length) || length < 4 || position + length > data.length) break;
    const equals = data.indexOf(0x3d, space);
    if (equals < 0 || equals >= position + length) break;
    const key = latin1(data, space + 1, equals);
    const value = data.toString("utf8", equals + 1, position + length - 1);
    // GNU's sparse format 0.0 gives the map in keys that come again and again.
    if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes") sparse.push(value);
    else records.set(key, value);
    position += length;
  }
  if (sparse.length > 0 && !records.has("GNU.sparse.map")) records.set("GNU.sparse.map", sparse.join(","));
  return records;
}

/** Offsets and lengths by turns. */
export function parseSegments(numbers: readonly string[]): TarSegment[] {
  const segments: TarSegment[] = [];
  for (let index = 0; index + 1 < numbers.length && segments.length < MAX_SEGMENTS; index += 2) {
    const offset = Number(numbers[index]);
    const length = Number(numbers[index + 1]);
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) break;
    segments.push({ offset, length });
  }
  return segments;
}

/** The sum of all octets of the header, its own field read as spaces; some programs have summed signed octets. */
function isChecksumRight(bytes: Buffer, position: number): boolean {
  const field = bytes[position + CHECKSUM] ?? 0;
  if (field !== 0x20 && field !== 0 && (field < 0x30 || field > 0x37)) return false;
  // Most octets of text are no figures, and blanks are everywhere.
  if (!hasFigure(bytes, position + CHECKSUM)) return false;
  const stated = readNumber(bytes, position + CHECKSUM, 8);
  if (stated === undefined || stated === 0) return false;
  let unsigned = 8 * 0x20;
  let signed = unsigned;
  for (let index = 0; index < TAR_BLOCK; index += 1) {
    if (index === CHECKSUM) index += 8;
    const octet = bytes[position + index] ?? 0;
    unsigned += octet;
    signed += octet > 127 ? octet - 256 : octet;
  }
  return stated === unsigned || stated === signed;
}

function hasFigure(bytes: Buffer, start: number): boolean {
  for (let position = start; position < start + 8; position += 1) {
    const octet = bytes[position] ?? 0;
    if (octet >= 0x30 && octet <= 0x37) return true;
  }
  return false;
}

function text(bytes: Buffer, start: number, length: number): string {
  const zero = bytes.indexOf(0, start);
  const end = zero < 0 || zero > start + length ? start + length : zero;
  return bytes.toString("utf8", start, Math.min(end, start + mimeLimits.nameCharacters));
}

const LETTER_U = 0x75;
const MAGIC = 257;
const CHECKSUM = 148;
const MAX_SEGMENTS = 10_000;
const MAX_PAX_BYTES = 256 * 1024;
const MAX_PAX_RECORDS = 1_000;
