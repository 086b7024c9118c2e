/** The records of a zip archive (APPNOTE 4.3), found by their signatures and read without believing more than needed. */
import { mimeLimits } from "../../core/scan-limits.ts";

/** A local header and where its data begin. */
export interface LocalHeader extends ZipFields {
  readonly position: number;
  readonly dataStart: number;
}

/** A record of the central directory. */
export interface CentralRecord extends ZipFields {
  readonly position: number;
  readonly end: number;
  /** Of the local header, from the start of the archive, which may not be the start of the octets. */
  readonly localOffset: number;
}

export interface ZipFields {
  readonly flags: number;
  readonly method: number;
  /** In the form of MS-DOS; with a data descriptor its upper half checks a password. */
  readonly time: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly size: number;
  readonly name: string;
  /** The extra fields (APPNOTE 4.5). */
  readonly extra: Buffer;
}

export const LOCAL_SIGNATURE = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
export const CENTRAL_SIGNATURE = Buffer.from([0x50, 0x4b, 0x01, 0x02]);
export const END_SIGNATURE = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
export const DESCRIPTOR_SIGNATURE = Buffer.from([0x50, 0x4b, 0x07, 0x08]);

/** The local header at `position`; undefined when it does not fit in. */
export function readLocalHeader(bytes: Buffer, position: number): LocalHeader | undefined {
  if (position < 0 || position + 30 > bytes.length || !hasSignature(bytes, position, LOCAL_SIGNATURE)) return undefined;
  const nameEnd = position + 30 + bytes.readUInt16LE(position + 26);
  const dataStart = nameEnd + bytes.readUInt16LE(position + 28);
  if (dataStart > bytes.length) return undefined;
  const fields = readFields(bytes, position + 6, position + 30, nameEnd, dataStart);
  const packedBytes =
    fields.packedBytes === ZIP64 ? (zip64Value(bytes, nameEnd, dataStart, 1) ?? ZIP64) : fields.packedBytes;
  return { ...fields, packedBytes, position, dataStart };
}

/** The central record at `position`; undefined when it does not fit in. */
export function readCentralRecord(bytes: Buffer, position: number): CentralRecord | undefined {
  if (position < 0 || position + 46 > bytes.length || !hasSignature(bytes, position, CENTRAL_SIGNATURE))
    return undefined;
  const nameEnd = position + 46 + bytes.readUInt16LE(position + 28);
  const extraEnd = nameEnd + bytes.readUInt16LE(position + 30);
  const end = extraEnd + bytes.readUInt16LE(position + 32);
  if (end > bytes.length) return undefined;
  const fields = readFields(bytes, position + 8, position + 46, nameEnd, extraEnd);
  const isLarge = bytes.readUInt32LE(position + 24) === ZIP64;
  const packedIndex = isLarge ? 1 : 0;
  const packedBytes =
    fields.packedBytes === ZIP64 ? (zip64Value(bytes, nameEnd, extraEnd, packedIndex) ?? ZIP64) : fields.packedBytes;
  const offset = bytes.readUInt32LE(position + 42);
  const offsetIndex = packedIndex + (fields.packedBytes === ZIP64 ? 1 : 0);
  const localOffset = offset === ZIP64 ? (zip64Value(bytes, nameEnd, extraEnd, offsetIndex) ?? ZIP64) : offset;
  return { ...fields, packedBytes, position, end, localOffset };
}

/** A central directory as an end record describes it: right before that record, whatever offset it gives. */
export interface Directory {
  readonly start: number;
  readonly end: number;
  /** From where the offsets in it count: how far the archive is from the start of the octets. */
  readonly shift: number;
}

export function readDirectories(bytes: Buffer): Directory[] {
  const directories: Directory[] = [];
  let position = bytes.indexOf(END_SIGNATURE);
  while (position >= 0 && position + 22 <= bytes.length && directories.length < MAX_ARCHIVES) {
    const start = position - bytes.readUInt32LE(position + 12);
    const shift = Math.max(0, start - bytes.readUInt32LE(position + 16));
    if (start >= 0) directories.push({ start, end: position, shift });
    position = bytes.indexOf(END_SIGNATURE, position + 4);
  }
  return directories;
}

/** Whether the archive goes on in other files: an end record that is not that of the first one, or the mark that only
 *  the first of several has (APPNOTE 8.5). */
export function isSplit(bytes: Buffer, directories: readonly Directory[]): boolean {
  const isLater = directories.some(({ end }) => {
    const disk = bytes.readUInt16LE(end + 4);
    const comment = bytes.readUInt16LE(end + 20);
    return disk !== 0 && disk !== 0xffff && end + 22 + comment <= bytes.length;
  });
  if (isLater) return true;
  return directories.length === 0 && hasSignature(bytes, 0, DESCRIPTOR_SIGNATURE) && isLocalHeader(bytes, 4);
}

/** Whether the octets end with the end record of an archive that began in another file: there need not be anything but
 *  the rest of a member before. */
export function isLastVolume(bytes: Buffer): boolean {
  const end = bytes.length - END_BYTES;
  if (end < 0 || !hasSignature(bytes, end, END_SIGNATURE)) return false;
  const disk = bytes.readUInt16LE(end + 4);
  return disk !== 0 && disk !== 0xffff;
}

/** Where the local header that a record names may be: counted as its directory counts, else in every way there is. */
export function localPositions(bytes: Buffer, record: CentralRecord, directories: readonly Directory[]): number[] {
  const own = directories.filter(({ start, end }) => record.position >= start && record.end <= end);
  const positions = (shifts: readonly number[]): number[] =>
    [...new Set(shifts)]
      .map((shift) => record.localOffset + shift)
      .filter((position) => isLocalHeader(bytes, position));
  const expected = positions(own.map(({ shift }) => shift));
  return expected.length > 0 ? expected : positions([0, ...directories.map(({ shift }) => shift)]);
}

/** Flags to packed size: the same octets in both kinds of header. */
function readFields(bytes: Buffer, start: number, nameStart: number, nameEnd: number, extraEnd: number): ZipFields {
  const flags = bytes.readUInt16LE(start);
  const name = bytes.toString((flags & UTF8_NAMES) === 0 ? "latin1" : "utf8", nameStart, nameEnd);
  return {
    flags,
    method: bytes.readUInt16LE(start + 2),
    time: bytes.readUInt16LE(start + 4),
    crc: bytes.readUInt32LE(start + 8),
    packedBytes: bytes.readUInt32LE(start + 12),
    size: bytes.readUInt32LE(start + 16),
    name: name.slice(0, mimeLimits.nameCharacters),
    extra: bytes.subarray(nameEnd, extraEnd),
  };
}

/** The value at `index` of the zip64 extra field (APPNOTE 4.5.3), which holds only what did not fit elsewhere. */
function zip64Value(bytes: Buffer, start: number, end: number, index: number): number | undefined {
  let position = start;
  while (position + 4 <= end) {
    const length = bytes.readUInt16LE(position + 2);
    const value = position + 4 + index * 8;
    if (bytes.readUInt16LE(position) === 1) {
      if (value + 8 > Math.min(end, position + 4 + length)) return undefined;
      return Number(bytes.readBigUInt64LE(value));
    }
    position += 4 + length;
  }
  return undefined;
}

function isLocalHeader(bytes: Buffer, position: number): boolean {
  return position + 30 <= bytes.length && hasSignature(bytes, position, LOCAL_SIGNATURE);
}

function hasSignature(bytes: Buffer, position: number, signature: Buffer): boolean {
  return position + 4 <= bytes.length && bytes.compare(signature, 0, 4, position, position + 4) === 0;
}

const ZIP64 = 0xffffffff;
const UTF8_NAMES = 0x0800;
const MAX_ARCHIVES = 100;
const END_BYTES = 22;
