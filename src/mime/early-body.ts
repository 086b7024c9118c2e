/** Where a body begins for readers that need no blank line before it: they end a header at the first line that is no
 *  field. */
import { CR, LF, latin1, SPACE, TAB } from "../core/bytes.ts";

export interface EarlyBody {
  readonly start: number;
  /** The line is no field for lenient readers either: it has no colon. */
  readonly isCertain: boolean;
}

/** At most one for strict and one for lenient readers, in this order, in the header lines [start, end). */
export function findEarlyBodies(bytes: Buffer, start: number, end: number): EarlyBody[] {
  const lenient = firstStray(bytes, start, end, LENIENT);
  // What is no field for lenient readers is none for strict ones.
  const strict = firstStray(bytes, start, lenient ?? end, STRICT);
  const found: EarlyBody[] = [];
  if (strict !== undefined) found.push({ start: strict, isCertain: false });
  if (lenient !== undefined) found.push({ start: lenient, isCertain: true });
  return found;
}

interface Reader {
  /** After the line end of the line at `position`, or `end`. */
  endOfLine(bytes: Buffer, position: number, end: number): number;
  isField(bytes: Buffer, start: number, end: number): boolean;
  isContinuation(bytes: Buffer, start: number, end: number): boolean;
}

/** Lines end with LF; a field has a colon. */
const LENIENT: Reader = {
  endOfLine(bytes, position, end) {
    const lineFeed = bytes.subarray(position, end).indexOf(LF);
    return lineFeed < 0 ? end : position + lineFeed + 1;
  },
  isField: (bytes, start, end) => bytes.subarray(start, end).indexOf(COLON) >= 0,
  isContinuation: (bytes, start) => isBlank(bytes[start]),
};

/** A bare CR ends a line too; a field is one by RFC 5322 §2.2, and a line of nothing but white space ends the header. */
const STRICT: Reader = {
  endOfLine(bytes, position, end) {
    let mark = position;
    while (mark < end && bytes[mark] !== CR && bytes[mark] !== LF) mark += 1;
    // CRs before an LF are one line end with it.
    let lineFeed = mark;
    while (lineFeed < end && bytes[lineFeed] === CR) lineFeed += 1;
    return lineFeed < end && bytes[lineFeed] === LF ? lineFeed + 1 : Math.min(end, mark + 1);
  },
  isField(bytes, start, end) {
    let mark = start;
    while (mark < end && isNameCharacter(bytes[mark])) mark += 1;
    return mark > start && mark < end && bytes[mark] === COLON;
  },
  isContinuation(bytes, start, end) {
    if (!isBlank(bytes[start])) return false;
    let mark = start;
    while (mark < end && (isBlank(bytes[mark]) || bytes[mark] === CR || bytes[mark] === LF)) mark += 1;
    return mark < end;
  },
};

function firstStray(bytes: Buffer, start: number, end: number, reader: Reader): number | undefined {
  let position = start;
  while (position < end) {
    const lineEnd = reader.endOfLine(bytes, position, end);
    const isFirst = position === start;
    const isExpected =
      reader.isField(bytes, position, lineEnd) ||
      (isFirst ? isMailboxLine(bytes, start, lineEnd) : reader.isContinuation(bytes, position, lineEnd));
    if (!isExpected) return position;
    position = lineEnd;
  }
  return undefined;
}

/** The line that begins a message in an mbox file; readers skip it. */
function isMailboxLine(bytes: Buffer, start: number, end: number): boolean {
  return /^>?From /.test(latin1(bytes, start, Math.min(end, start + 6)));
}

function isNameCharacter(byte = 0): boolean {
  return byte > SPACE && byte < DELETE && byte !== COLON;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

const COLON = 0x3a;
const DELETE = 0x7f;
