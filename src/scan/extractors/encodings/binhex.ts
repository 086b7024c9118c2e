/** BinHex 4.0 (RFC 1741): Macintosh files as text, with both their forks. */
import { CR, LF, latin1, SPACE } from "../../../core/bytes.ts";
import { mimeLimits } from "../../../core/scan-limits.ts";

export interface BinhexPiece {
  /** What the text decodes to before runs are expanded. */
  readonly packed: Buffer;
  readonly end: number;
}

export interface MacintoshFile {
  readonly name: string;
  /** The forks that are not empty, the data fork first; all of the octets where they do not agree with the header. */
  readonly forks: readonly Buffer[];
}

/** Whether the line at `start` begins with a colon and digits. */
export function startsBinhexLine(text: Buffer, start: number): boolean {
  return text[start] === COLON && hasDigits(text, start + 1);
}

/** The pieces in `text`: digits between colons, on lines of their own. */
export function* findBinhex(text: Buffer): Generator<BinhexPiece, undefined> {
  let end = 0;
  for (const colon of starts(text)) {
    if (colon < end) continue;
    const piece = decodeDigits(text, colon + 1);
    if (piece.packed.length < MIN_BYTES) continue;
    end = piece.end;
    yield piece;
  }
  return undefined;
}

/** Expands runs (an octet, 0x90, a count) up to `maxBytes`. */
export function expandRuns(packed: Buffer, maxBytes: number): { bytes: Buffer; isCut: boolean } {
  const expanded = Buffer.allocUnsafe(Math.min(maxBytes, expandedLength(packed)));
  let written = 0;
  let last = 0;
  for (let position = 0; position < packed.length; position += 1) {
    if (written >= maxBytes) return { bytes: expanded.subarray(0, written), isCut: true };
    const byte = packed[position] ?? 0;
    const count = packed[position + 1];
    if (byte !== RUN || count === undefined) {
      expanded[written] = byte;
      written += 1;
      last = byte;
      continue;
    }
    position += 1;
    if (count === 0) {
      expanded[written] = RUN;
      written += 1;
      last = RUN;
      continue;
    }
    const end = Math.min(maxBytes, written + count - 1);
    expanded.fill(last, written, end);
    written = end;
  }
  return { bytes: expanded.subarray(0, written), isCut: false };
}

/** Reads the header: a name, type, creator and flags, and how long the forks are. */
export function readMacintoshFile(bytes: Buffer): MacintoshFile {
  const nameLength = bytes[0] ?? 0;
  const sizes = 1 + nameLength + 11;
  if (nameLength === 0 || nameLength > 63 || sizes + 8 > bytes.length) return { name: "", forks: [bytes] };
  const name = latin1(bytes, 1, 1 + nameLength).slice(0, mimeLimits.nameCharacters);
  const dataStart = sizes + 8 + CHECKSUM_BYTES;
  const dataEnd = dataStart + bytes.readUInt32BE(sizes);
  const resourceStart = dataEnd + CHECKSUM_BYTES;
  const resourceEnd = resourceStart + bytes.readUInt32BE(sizes + 4);
  const forks = [bytes.subarray(dataStart, dataEnd), bytes.subarray(resourceStart, resourceEnd)];
  // Lengths that lie would hide what is left over.
  if (resourceEnd + CHECKSUM_BYTES + MAX_FILLER_BYTES < bytes.length) forks.push(bytes);
  return { name, forks: forks.filter((fork) => fork.length > 0) };
}

/** The colons that begin a line and have digits after them. */
function* starts(text: Buffer): Generator<number, undefined> {
  for (let colon = text.indexOf(COLON); colon >= 0; colon = text.indexOf(COLON, colon + 1)) {
    const before = text[colon - 1];
    if ((before === undefined || before === LF || before === CR) && hasDigits(text, colon + 1)) yield colon;
  }
  return undefined;
}

/** Half a line of them is no text: there are neither blanks nor most of the small letters. */
function hasDigits(text: Buffer, start: number): boolean {
  for (let position = start; position < start + PROBE_DIGITS; position += 1) {
    if (digitAt(text, position) < 0) return false;
  }
  return true;
}

function decodeDigits(text: Buffer, start: number): BinhexPiece {
  let end = start;
  while (end < text.length && (digitAt(text, end) >= 0 || isBetween(text[end]))) end += 1;
  const packed = Buffer.allocUnsafe(Math.ceil(((end - start) * 3) / 4) + 3);
  let written = 0;
  let bits = 0;
  let digits = 0;
  for (let position = start; position < end; position += 1) {
    const value = digitAt(text, position);
    if (value < 0) continue;
    bits = (bits << 6) | value;
    digits += 1;
    if (digits < 4) continue;
    packed.writeUIntBE(bits & 0xffffff, written, 3);
    written += 3;
    digits = 0;
  }
  // What a broken-off group holds.
  if (digits > 0) packed.writeUIntBE((bits << (6 * (4 - digits))) & 0xffffff, written, 3);
  return { packed: packed.subarray(0, written + Math.floor((digits * 3) / 4)), end };
}

function digitAt(text: Buffer, position: number): number {
  return DIGIT_VALUES[text[position] ?? 0] ?? -1;
}

function isBetween(byte = 0): boolean {
  return byte <= SPACE || byte === QUOTE;
}

function expandedLength(packed: Buffer): number {
  let length = 0;
  for (let position = 0; position < packed.length; position += 1) {
    const isRun = packed[position] === RUN && position + 1 < packed.length;
    if (isRun) position += 1;
    length += isRun ? Math.max(1, (packed[position] ?? 0) - 1) : 1;
  }
  return length;
}

const DIGIT_VALUES = new Int8Array(256).fill(-1);
for (const [value, digit] of [..."!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"].entries()) {
  DIGIT_VALUES[digit.charCodeAt(0)] = value;
}
const COLON = 0x3a;
const QUOTE = 0x3e;
const RUN = 0x90;
const CHECKSUM_BYTES = 2;
/** Programs fill up to whole groups of digits and lines. */
const MAX_FILLER_BYTES = 128;
const PROBE_DIGITS = 30;
/** The smallest header with both checksums. */
const MIN_BYTES = 24;
