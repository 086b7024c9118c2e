/** Reads headers as honest mail has them in one go over their octets: every line a field or the rest of one, and CRs only
 *  before LFs. All readers see the same in these. */
import { CR, LF, SPACE, TAB } from "../core/bytes.ts";

export interface PlainHeader {
  readonly blankStart: number;
  readonly end: number;
  /** Start, colon and end of each field that may be one of MIME, one after the other. */
  readonly fields: readonly number[];
  /** Places of what may be the name of the encoding's field, wherever it stands in a line. */
  readonly encodingNames: readonly number[];
}

/** Undefined for every other header, also one that no blank line ends. */
export function readPlainHeader(bytes: Buffer, start: number, end: number): PlainHeader | undefined {
  const fields: number[] = [];
  const encodingNames: number[] = [];
  let position = start;
  while (position >= 0 && position < end) {
    const isFolding = bytes[position] === SPACE || bytes[position] === TAB;
    if (isFolding && (position === start || !isOrdinaryFolding(bytes, position + 1, end))) return undefined;
    if (!isFolding) {
      if (fields.length % 3 === 2) fields.push(position);
      const blankBytes = blankLineBytes(bytes, position, end);
      if (blankBytes > 0) return { blankStart: position, end: position + blankBytes, fields, encodingNames };
      const colon = nameEnd(bytes, position, end);
      if (colon < 0) return undefined;
      if (mayBeMime(bytes, position)) fields.push(position, colon);
    }
    position = lineEnd(bytes, position, end, encodingNames);
  }
  return undefined;
}

/** 0 when it is none to everybody. */
function blankLineBytes(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] === LF) return 1;
  return bytes[start] === CR && start + 1 < end && bytes[start + 1] === LF ? 2 : 0;
}

/** The colon right behind the name of the field; -1 when there is none. */
function nameEnd(bytes: Buffer, start: number, end: number): number {
  let colon = start;
  while (colon < end && IS_NAME[bytes[colon] as number] === 1) colon += 1;
  return colon > start && colon < end && bytes[colon] === COLON ? colon : -1;
}

/** After the LF, -1 when a CR stands before anything else. */
function lineEnd(bytes: Buffer, start: number, end: number, encodingNames: number[]): number {
  let position = start;
  for (; position < end && bytes[position] !== LF; position += 1) {
    const byte = bytes[position];
    if (byte === CR && (position + 1 >= end || bytes[position + 1] !== LF)) return -1;
    if (byte === HYPHEN && isInEncodingName(bytes, position)) encodingNames.push(position - HYPHEN_OFFSET);
  }
  return position + 1;
}

/** Not a blank line to anybody, nor one that some take for a field of MIME. */
function isOrdinaryFolding(bytes: Buffer, start: number, end: number): boolean {
  let position = start;
  while (position < end && (bytes[position] === SPACE || bytes[position] === TAB)) position += 1;
  const first = position < end ? (bytes[position] as number) : LF;
  const second = position + 1 < end ? (bytes[position + 1] as number) : LF;
  // Octets that some skip in names.
  if (first < SPACE || first >= DELETE) return false;
  const lower = first | 0x20;
  if (lower !== LETTER_C && lower !== LETTER_M) return true;
  const isOther = second > SPACE && second < DELETE && !mayBeMime(bytes, position);
  return isOther || !hasColon(bytes, position, end);
}

function hasColon(bytes: Buffer, start: number, end: number): boolean {
  for (let position = start; position < end && bytes[position] !== LF; position += 1) {
    if (bytes[position] === COLON) return true;
  }
  return false;
}

/** "Content-…" or "MIME-…" by its first letters. */
function mayBeMime(bytes: Buffer, start: number): boolean {
  const second = (bytes[start + 1] ?? 0) | 0x20;
  const first = (bytes[start] ?? 0) | 0x20;
  return (first === LETTER_C && second === 0x6f) || (first === LETTER_M && second === 0x69);
}

/** Whether the hyphen at `position` may be the first of "Content-Transfer-Encoding". */
function isInEncodingName(bytes: Buffer, position: number): boolean {
  const before = (bytes[position - 1] ?? 0) | 0x20;
  return (
    before === LETTER_T &&
    ((bytes[position + 1] ?? 0) | 0x20) === LETTER_T &&
    ((bytes[position + 2] ?? 0) | 0x20) === LETTER_R
  );
}

const COLON = 0x3a;
const HYPHEN = 0x2d;
const DELETE = 0x7f;
const LETTER_C = 0x63;
const LETTER_M = 0x6d;
const LETTER_R = 0x72;
const LETTER_T = 0x74;
const HYPHEN_OFFSET = 7;
/** RFC 5322 §2.2. */
const IS_NAME = new Uint8Array(256);
for (let octet = SPACE + 1; octet < DELETE; octet += 1) IS_NAME[octet] = 1;
IS_NAME[COLON] = 0;
