/** All lines of some octets that could be MIME delimiters, found once for every entity and every reading. */
import { CR, LF, latin1, NUL, SPACE, TAB } from "../core/bytes.ts";
import { mimeLimits } from "../core/limits.ts";
import type { WalkAllowance } from "./walk-allowance.ts";

/** Octets [start, end). */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A delimiter: the line [start, end) with its line end. */
export interface Delimiter extends Range {
  readonly isClosing: boolean;
}

/** How a line is compared. `exact`: the hyphens begin it, and only white space stands after the boundary (RFC 2046
 *  §5.1.1). `loose`: blanks and NULs may stand before, anything after, and a bare CR begins and ends a line. */
export type DelimiterMatch = "exact" | "loose";

export class DelimiterLines {
  readonly #bytes: Buffer;
  /** Offsets of the two hyphens, ascending. */
  readonly #hyphens: readonly number[];
  /** There are more such lines than are kept: what is after them counts as part of the last one. */
  readonly isCut: boolean;
  readonly #allowance: WalkAllowance;

  /** Comparing is taken from `allowance`; when that is used up, nothing more is found. */
  constructor(bytes: Buffer, allowance: WalkAllowance) {
    const hyphens = findHyphens(bytes);
    this.#bytes = bytes;
    this.#allowance = allowance;
    this.isCut = hyphens.length > mimeLimits.delimiterLines;
    this.#hyphens = hyphens;
  }

  /** The delimiters of `boundary` in `range`, in order. */
  find(range: Range, boundary: Buffer, match: DelimiterMatch, maxCount: number): Delimiter[] {
    const found: Delimiter[] = [];
    for (let index = this.#indexFrom(range.start); index < this.#hyphens.length; index += 1) {
      const hyphens = this.#hyphens[index] ?? range.end;
      if (hyphens >= range.end || found.length >= maxCount || this.#allowance.comparisons <= 0) break;
      this.#allowance.comparisons -= 1;
      const delimiter = this.#match(hyphens, range, boundary, match);
      if (delimiter !== undefined) found.push(delimiter);
    }
    return found;
  }

  /** What stands after the hyphens in the first such line of `range`: the boundary that a reader without one guesses. */
  firstText(range: Range): string | undefined {
    const hyphens = this.#hyphens[this.#indexFrom(range.start)];
    if (hyphens === undefined || hyphens >= range.end) return undefined;
    const end = lineContentEnd(this.#bytes, hyphens + 2, Math.min(range.end, hyphens + MAX_GUESSED_BYTES));
    return latin1(this.#bytes, hyphens + 2, end).trimEnd();
  }

  #match(hyphens: number, range: Range, boundary: Buffer, match: DelimiterMatch): Delimiter | undefined {
    const bytes = this.#bytes;
    const text = hyphens + 2;
    const after = text + boundary.length;
    if (after > range.end) return undefined;
    // A loop and not Buffer.compare: nearly all differ in the first few octets.
    for (let index = 0; index < boundary.length; index += 1) {
      if (bytes[text + index] !== boundary[index]) return undefined;
    }
    const isClosing = bytes[after] === HYPHEN && bytes[after + 1] === HYPHEN && after + 2 <= range.end;
    const rest = skipBlanks(bytes, isClosing ? after + 2 : after, range.end);
    const content = lineContentEnd(bytes, rest, range.end);
    const end = lineEndAfter(bytes, content, range.end);
    const delimiter = { start: Math.max(range.start, lineStartBefore(bytes, hyphens, range.start)), end };
    if (match === "loose") return { ...delimiter, isClosing: isClosing && rest === content };
    const isLine = hyphens === range.start || bytes[hyphens - 1] === LF;
    const isAlone = rest === content && (end === range.end || bytes[end - 1] === LF);
    return isLine && isAlone ? { ...delimiter, isClosing } : undefined;
  }

  /** Index of the first line at or after `position`. */
  #indexFrom(position: number): number {
    let low = 0;
    let high = this.#hyphens.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#hyphens[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** `position` without the line end before it: that belongs to the delimiter (RFC 2046 §5.1.1). */
export function beforeLineEnd(bytes: Buffer, position: number, start: number): number {
  if (position > start && bytes[position - 1] === CR) return position - 1;
  if (position <= start || bytes[position - 1] !== LF) return position;
  return position - 1 > start && bytes[position - 2] === CR ? position - 2 : position - 1;
}

function findHyphens(bytes: Buffer): number[] {
  const hyphens: number[] = [];
  let position = bytes.indexOf("--", 0, "latin1");
  while (position >= 0) {
    if (lineStartBefore(bytes, position, 0) >= 0) {
      if (hyphens.push(position) > mimeLimits.delimiterLines) break;
    }
    let next = position + 2;
    while (bytes[next] === HYPHEN) next += 1;
    position = bytes.indexOf("--", next, "latin1");
  }
  return hyphens;
}

/** Where the line of the hyphens starts when nothing but blanks stands before them, else -1. */
function lineStartBefore(bytes: Buffer, hyphens: number, start: number): number {
  const stop = Math.max(start, hyphens - mimeLimits.delimiterIndentBytes);
  let position = hyphens;
  while (position > stop && isBlank(bytes[position - 1])) position -= 1;
  if (position === start) return position;
  const before = bytes[position - 1];
  return before === LF || before === CR ? position : -1;
}

function skipBlanks(bytes: Buffer, start: number, end: number): number {
  let position = start;
  while (position < end && isBlank(bytes[position])) position += 1;
  return position;
}

/** The first CR or LF from `start` on. */
function lineContentEnd(bytes: Buffer, start: number, end: number): number {
  let position = start;
  while (position < end && bytes[position] !== LF && bytes[position] !== CR) position += 1;
  return position;
}

/** After the line end at `position`: CRs and one LF, or CRs alone. */
function lineEndAfter(bytes: Buffer, position: number, end: number): number {
  let mark = position;
  while (mark < end && bytes[mark] === CR) mark += 1;
  return mark < end && bytes[mark] === LF ? mark + 1 : mark;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === NUL;
}

const HYPHEN = 0x2d;
/** RFC 2046 boundaries have at most 70 characters. */
const MAX_GUESSED_BYTES = 200;
