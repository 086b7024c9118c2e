/** Macintosh files with both their forks in one: MacBinary I to III, and AppleSingle and AppleDouble (RFC 1740). */
import { latin1 } from "../../../core/bytes.ts";
import { mimeLimits } from "../../../core/scan-limits.ts";

export interface AppleFile {
  readonly name: string;
  /** Data and resource fork, those that are not empty. */
  readonly forks: readonly Buffer[];
}

/** Undefined when `bytes` are none of them. */
export function readAppleFile(bytes: Buffer): AppleFile | undefined {
  if (bytes[0] !== 0) return undefined;
  return readAppleSingle(bytes) ?? readMacBinary(bytes);
}

/** 128 octets of header, then the forks, each filled up to 128 octets. */
function readMacBinary(bytes: Buffer): AppleFile | undefined {
  const nameLength = bytes[1] ?? 0;
  if (bytes.length <= HEADER_BYTES || nameLength < 1 || nameLength > 63) return undefined;
  if (bytes[74] !== 0 || bytes[82] !== 0 || bytes.indexOf(0, 2) < 2 + nameLength) return undefined;
  const dataLength = bytes.readUInt32BE(83);
  const resourceLength = bytes.readUInt32BE(87);
  const secondHeader = filled(bytes.readUInt16BE(120));
  const dataStart = HEADER_BYTES + secondHeader;
  const resourceStart = dataStart + filled(dataLength);
  if (dataLength + resourceLength === 0 || dataLength > MAX_FORK_BYTES || resourceLength > MAX_FORK_BYTES) {
    return undefined;
  }
  const forks = [
    bytes.subarray(dataStart, dataStart + dataLength),
    bytes.subarray(resourceStart, resourceStart + resourceLength),
  ];
  return { name: text(bytes, 2, 2 + nameLength), forks: forks.filter((fork) => fork.length > 0) };
}

/** A list of entries, each with a kind, an offset and a length. */
function readAppleSingle(bytes: Buffer): AppleFile | undefined {
  if (bytes.length < 26 || (bytes.readUInt32BE(0) & ~7) !== 0x00051600) return undefined;
  const count = Math.min(bytes.readUInt16BE(24), Math.floor((bytes.length - 26) / 12));
  const forks: Buffer[] = [];
  let name = "";
  for (let index = 0; index < count; index += 1) {
    const kind = bytes.readUInt32BE(26 + index * 12);
    const start = bytes.readUInt32BE(30 + index * 12);
    const end = start + bytes.readUInt32BE(34 + index * 12);
    if (kind === REAL_NAME) name = text(bytes, start, end);
    const isFork = kind === DATA_FORK || kind === RESOURCE_FORK;
    if (isFork && start < bytes.length && forks.length < MAX_FORKS) forks.push(bytes.subarray(start, end));
  }
  return { name, forks: forks.filter((fork) => fork.length > 0) };
}

function text(bytes: Buffer, start: number, end: number): string {
  return latin1(bytes, start, Math.min(end, start + mimeLimits.nameCharacters, bytes.length));
}

function filled(length: number): number {
  return Math.ceil(length / 128) * 128;
}

const HEADER_BYTES = 128;
const MAX_FORK_BYTES = 0x7fffffff;
const DATA_FORK = 1;
const RESOURCE_FORK = 2;
const REAL_NAME = 3;
/** Two are all there is; more of them may overlap and be the same octets again and again. */
const MAX_FORKS = 8;
