/** All lines of some octets that could be MIME delimiters, found once for every entity and every reading. */
import { CR, LF, latin1, NUL, SPACE, TAB } from "../core/bytes.ts";
import { mimeLimits } from "../core/scan-limits.ts";
import type { WalkAllowance } from "./walk-allowance.ts";

/** Octets [start, end). */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A delimiter: the line [start, end) with its line end. */
export interface Delimiter extends Range {
  readonly isClosing: boolean;
  /** What a reader must tolerate to take the line for a delimiter: a sum of `LOOSENESS`, 0 for none (RFC 2046 §5.1.1). */
  readonly looseness: number;
}

/** White space or NULs before the hyphens; other text after the boundary; a bare CR for a line end; other letters,
 *  lower or upper case; NULs inside; more hyphens. */
export const LOOSENESS = { indent: 1, suffix: 2, carriageReturn: 4, letterCase: 8, nul: 16, hyphens: 32 } as const;

export class DelimiterLines {
  readonly #bytes: Buffer;
  /** Offsets of the first hyphens of lines, ascending. */
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

  /** What some reader takes for a delimiter of `boundary` in `range`, in order. */
  find(range: Range, boundary: Buffer, maxCount: number): Delimiter[] {
    const found: Delimiter[] = [];
    const ownHyphens = leadingHyphens(boundary);
    const cost = 1 + (boundary.length >>> 5);
    for (let index = this.#indexFrom(range.start); index < this.#hyphens.length; index += 1) {
      const hyphens = this.#hyphens[index] ?? range.end;
      if (hyphens >= range.end || found.length >= maxCount || !this.#allowance.takeComparison(cost)) break;
      const delimiter = this.#match(hyphens, range, boundary, ownHyphens);
      if (delimiter !== undefined) found.push(delimiter);
    }
    return found;
  }

  /** What stands after the hyphens of such lines in `range`, the first ones: what a reader without a boundary guesses. */
  texts(range: Range, maxCount: number): string[] {
    const texts = new Set<string>();
    const first = this.#indexFrom(range.start);
    for (let index = first; index < first + maxCount * MANY && texts.size < maxCount; index += 1) {
      const hyphens = this.#hyphens[index];
      if (hyphens === undefined || hyphens >= range.end) break;
      const end = lineContentEnd(this.#bytes, hyphens + 2, Math.min(range.end, hyphens + MAX_GUESSED_BYTES));
      texts.add(latin1(this.#bytes, hyphens + 2, end).trimEnd());
    }
    return [...texts];
  }

  #match(hyphens: number, range: Range, boundary: Buffer, ownHyphens: number): Delimiter | undefined {
    const bytes = this.#bytes;
    let looseness = 0;
    let text = hyphens + 2;
    let after = compare(bytes, text, range.end, boundary);
    if (after < 0 && bytes[text] === HYPHEN) {
      // The line has more hyphens than the delimiter should.
      while (bytes[text] === HYPHEN && text < hyphens + MAX_HYPHENS) text += 1;
      text -= ownHyphens;
      if (text > hyphens + 2) after = compare(bytes, text, range.end, boundary);
      looseness |= LOOSENESS.hyphens;
    }
    if (after < 0) return undefined;
    if (after - text > boundary.length) looseness |= LOOSENESS.nul;
    if (!isSame(bytes, text, after, boundary)) looseness |= LOOSENESS.letterCase;
    const isFollowed = bytes[after] === HYPHEN && bytes[after + 1] === HYPHEN && after + 2 <= range.end;
    const rest = skipPadding(bytes, isFollowed ? after + 2 : after, range.end);
    const content = lineContentEnd(bytes, rest, range.end);
    if (rest !== content) looseness |= LOOSENESS.suffix;
    const end = lineEndAfter(bytes, content, range.end);
    if (end < range.end && bytes[end - 1] !== LF) looseness |= LOOSENESS.carriageReturn;
    const start = Math.max(range.start, lineStartBefore(bytes, hyphens, range.start));
    this.#allowance.takeComparison((end - hyphens) >>> 5);
    if (start < hyphens) looseness |= LOOSENESS.indent;
    if (start > range.start && bytes[start - 1] !== LF) looseness |= LOOSENESS.carriageReturn;
    return { start, end, isClosing: isFollowed && rest === content, looseness };
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

/** `delimiters` as they are to different readers: to the strictest one first, then to readers with one tolerance more,
 *  and to the one with all of them. Empty lists and repetitions are left out. */
export function delimiterReadings(delimiters: readonly Delimiter[]): Delimiter[][] {
  const present = delimiters.reduce((bits, { looseness }) => bits | looseness, 0);
  if (present === 0) return delimiters.length === 0 ? [] : [[...delimiters]];
  const kinds = Object.values(LOOSENESS).filter((bit) => (present & bit) !== 0);
  const tolerances = kinds.length <= MAX_COMBINED ? subsets(kinds) : [0, ...kinds, present];
  const readings: Delimiter[][] = [];
  for (const tolerance of tolerances) {
    const reading = delimiters.filter(({ looseness }) => (looseness & ~tolerance) === 0);
    // A tolerance more never finds less: as many are the same ones.
    if (reading.length > 0 && !readings.some((other) => areSame(other, reading))) readings.push(reading);
  }
  return readings;
}

/** `position` without the line end before it: that belongs to the delimiter (RFC 2046 §5.1.1). */
export function beforeLineEnd(bytes: Buffer, position: number, start: number): number {
  if (position > start && bytes[position - 1] === CR) return position - 1;
  if (position <= start || bytes[position - 1] !== LF) return position;
  return position - 1 > start && bytes[position - 2] === CR ? position - 2 : position - 1;
}

/** All sums of the bits `kinds`, smaller sets first. */
function subsets(kinds: readonly number[]): number[] {
  let sums = [0];
  for (const bit of kinds) sums = sums.concat(sums.map((sum) => sum | bit));
  return sums.toSorted((left, right) => bitCount(left) - bitCount(right));
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

function areSame(left: readonly Delimiter[], right: readonly Delimiter[]): boolean {
  return left.length === right.length && left.every((delimiter, index) => delimiter === right[index]);
}

function findHyphens(bytes: Buffer): number[] {
  const hyphens: number[] = [];
  let position = bytes.indexOf(HYPHENS);
  while (position >= 0) {
    if (lineStartBefore(bytes, position, 0) >= 0) {
      if (hyphens.push(position) > mimeLimits.delimiterLines) break;
    }
    let next = position + 2;
    while (bytes[next] === HYPHEN) next += 1;
    position = bytes.indexOf(HYPHENS, next);
  }
  return hyphens;
}

/** After the `boundary` that stands at `start`, in any letter case and with NULs in between; else -1. A loop and not
 *  Buffer.compare: nearly all differ in the first few octets. */
function compare(bytes: Buffer, start: number, end: number, boundary: Buffer): number {
  let position = start;
  for (let index = 0; index < boundary.length; index += 1) {
    const stop = Math.min(end, start + index + MAX_NULS);
    while (bytes[position] === NUL && boundary[index] !== NUL && position < stop) position += 1;
    if (position >= end) return -1;
    const byte = bytes[position] ?? 0;
    const expected = boundary[index] ?? 0;
    if (byte !== expected && !(byte !== NUL && lowerCase(byte) === lowerCase(expected))) return -1;
    position += 1;
  }
  return position;
}

/** Whether the octets [start, end), NULs left out, are those of `boundary`, letter case included. */
function isSame(bytes: Buffer, start: number, end: number, boundary: Buffer): boolean {
  if (end - start === boundary.length) return bytes.compare(boundary, 0, boundary.length, start, end) === 0;
  let index = 0;
  for (let position = start; position < end; position += 1) {
    if (bytes[position] === boundary[index]) index += 1;
    else if (bytes[position] !== NUL) return false;
  }
  return true;
}

function lowerCase(byte: number): number {
  return byte >= LETTER_A && byte <= LETTER_Z ? byte | 0x20 : byte;
}

function leadingHyphens(boundary: Buffer): number {
  let count = 0;
  while (boundary[count] === HYPHEN) count += 1;
  return count;
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

/** After the white space that may follow a boundary. */
function skipPadding(bytes: Buffer, start: number, end: number): number {
  let position = start;
  while (position < end && (bytes[position] === SPACE || bytes[position] === TAB)) position += 1;
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
  return byte === SPACE || byte === TAB || byte === NUL || byte === VERTICAL_TAB || byte === FORM_FEED;
}

const HYPHEN = 0x2d;
const HYPHENS = Buffer.from("--", "latin1");
const VERTICAL_TAB = 0x0b;
const FORM_FEED = 0x0c;
const LETTER_A = 0x41;
const LETTER_Z = 0x5a;
/** RFC 2046 boundaries have at most 70 characters. */
const MAX_GUESSED_BYTES = 200;
/** Lines looked at for one new text. */
const MANY = 4;
/** Of a line before its boundary, and NULs inside that; more is nothing that a reader skips. */
const MAX_HYPHENS = 200;
const MAX_NULS = 64;
/** Kinds of looseness of which every combination is a reading. */
const MAX_COMBINED = 3;
