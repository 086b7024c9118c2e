/** Where a body begins for readers that need no blank line before it: they end a header at the first line that is no
 *  field to them. What is none differs from reader to reader. */
import { CR, LF, SPACE, TAB } from "../core/bytes.ts";

export interface EarlyBody {
  readonly start: number;
  /** The line is no field for lenient readers either: it has no colon. */
  readonly isCertain: boolean;
  /** There is nothing before it that ends a header, or only white space is in the line, as where a body is meant to
   *  begin. The others hold nothing that these do not hold. */
  readonly isFirst: boolean;
}

/** The first line of each kind that is no field to some reader, in the header lines [start, end); in order, each place
 *  once. Whatever kinds a reader ends a header at, it is one of these places. */
export function findEarlyBodies(bytes: Buffer, start: number, end: number): EarlyBody[] {
  const firsts = new Map<LineKind, number>();
  let position = start;
  while (position < end) {
    const lineEnd = endOfLine(bytes, position, end);
    note(firsts, lineKind(bytes, position, lineEnd, position === start), position);
    noteReturns(firsts, bytes, position, lineEnd, end);
    position = lineEnd;
  }
  const certain = firsts.get("stray");
  const blank = firsts.get("blank");
  return [...new Set(firsts.values())]
    .toSorted((left, right) => left - right)
    .map((place, index) => ({
      start: place,
      isCertain: place === certain,
      isFirst: index === 0 || place === blank,
    }));
}

/** `blank`: nothing but white space. `stray`: no colon. `empty`, `spaced`, `words`: what stands before the colon is no
 *  name of a field (RFC 5322 §2.2): nothing, a name and white space, anything else. `folded`: it goes on with a field
 *  before the first. `mailbox`: a line as it separates messages in a file, quoted. `return`: any of these after a bare
 *  CR, which ends a line for some. */
type LineKind = "blank" | "stray" | "empty" | "spaced" | "words" | "folded" | "mailbox" | "return";

function note(firsts: Map<LineKind, number>, kind: LineKind | undefined, position: number): void {
  if (kind !== undefined && !firsts.has(kind)) firsts.set(kind, position);
}

/** Undefined for a field, for what goes on with one, and for the line that begins a message in an mbox file. */
function lineKind(bytes: Buffer, start: number, end: number, isFirst: boolean): LineKind | undefined {
  let mark = start;
  while (mark < end && isNameCharacter(bytes[mark])) mark += 1;
  if (mark > start && mark < end && bytes[mark] === COLON) return undefined;
  if (isFirst && isMailboxLine(bytes, start, end)) return undefined;
  if (isFirst && bytes[start] === QUOTE && isMailboxLine(bytes, start + 1, end)) return "mailbox";
  const isIndented = isWhite(bytes[start]);
  if (isIndented && skipWhite(bytes, start, end) === end) return "blank";
  if (isIndented && !isFirst) return undefined;
  if (bytes.subarray(mark, end).indexOf(COLON) < 0) return "stray";
  if (isIndented) return "folded";
  if (mark === start && bytes[mark] === COLON) return "empty";
  return mark > start && bytes[skipWhite(bytes, mark, end)] === COLON ? "spaced" : "words";
}

/** Lines that bare CRs make of one line. */
function noteReturns(
  firsts: Map<LineKind, number>,
  bytes: Buffer,
  start: number,
  end: number,
  headerEnd: number,
): void {
  let contentEnd = end;
  while (contentEnd > start && isLineEnd(bytes[contentEnd - 1])) contentEnd -= 1;
  // Two line ends, and so a blank line.
  const isDoubled = bytes[contentEnd] === CR && bytes[contentEnd + 1] === CR;
  if (isDoubled && contentEnd + 2 < end && end < headerEnd) note(firsts, "return", end);
  let found = bytes.subarray(start, contentEnd).indexOf(CR);
  let position = start;
  while (found >= 0 && !firsts.has("return")) {
    position += found + 1;
    const next = bytes.subarray(position, contentEnd).indexOf(CR);
    const kind = lineKind(bytes, position, next < 0 ? contentEnd : position + next, false);
    if (next === 0 || kind !== undefined) note(firsts, "return", position);
    found = next;
  }
}

function isMailboxLine(bytes: Buffer, start: number, end: number): boolean {
  return end - start >= FROM.length && bytes.subarray(start, start + FROM.length).equals(FROM);
}

/** After the white space and line ends at `start`. */
function skipWhite(bytes: Buffer, start: number, end: number): number {
  let mark = start;
  while (mark < end && (isWhite(bytes[mark]) || isLineEnd(bytes[mark]))) mark += 1;
  return mark;
}

function endOfLine(bytes: Buffer, position: number, end: number): number {
  const lineFeed = bytes.indexOf(LF, position);
  return lineFeed < 0 || lineFeed >= end ? end : lineFeed + 1;
}

function isNameCharacter(byte = 0): boolean {
  return byte > SPACE && byte < DELETE && byte !== COLON;
}

function isWhite(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === CR || byte === LF;
}

const COLON = 0x3a;
const QUOTE = 0x3e;
const DELETE = 0x7f;
const FROM = Buffer.from("From ", "latin1");
