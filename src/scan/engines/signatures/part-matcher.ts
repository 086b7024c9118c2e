/** Compares parts of patterns with content, and counts what that costs. */
import {
  EDGES,
  isBoundary,
  isOctetOf,
  isWord,
  KIND_MASK,
  NEGATED,
  RIGHT_SHIFT,
  SET_CODE,
  WIDE_EDGES,
} from "./pattern-codes.ts";
import { NEGATED_CHOICE, OCTETS, PART, type PatternTables } from "./pattern-tables.ts";

export class PartMatcher {
  readonly #tables: PatternTables;
  #bytes: Buffer = Buffer.alloc(0);
  /** Comparisons that are left; nothing matches any more when there are none. */
  steps = 0;

  constructor(tables: PatternTables) {
    this.#tables = tables;
  }

  begin(bytes: Buffer, steps: number): void {
    this.#bytes = bytes;
    this.steps = steps;
  }

  /** Whether the part, which is no choice, is at `start`. */
  isAt(part: number, start: number): boolean {
    const { parts } = this.#tables;
    const at = part * PART.NUMBERS;
    const length = parts[at + PART.LENGTH] ?? 0;
    if (start < 0 || start + length > this.#bytes.length) return false;
    const edges = parts[at + PART.EDGES] ?? 0;
    if (!this.#hasCodes(parts[at + PART.START] ?? 0, length, start, parts[at + PART.SETS] ?? 0)) return false;
    return edges === 0 || (this.#hasLeftEdge(edges, start) && this.#hasRightEdge(edges, start + length));
  }

  /** Where the part ends when the one before it ends at one of `ends`. Both are ascending. */
  after(part: number, ends: readonly number[]): number[] {
    const { parts } = this.#tables;
    const at = part * PART.NUMBERS;
    const found: number[] = [];
    let tried = -1;
    for (const end of ends) {
      const last = Math.min(end + (parts[at + PART.GAP_MAX] ?? 0), this.#bytes.length);
      for (let start = Math.max(end + (parts[at + PART.GAP_MIN] ?? 0), tried + 1); start <= last; start += 1) {
        if (this.steps <= 0) return [];
        this.steps -= 1;
        this.#addEnds(at, part, start, found);
      }
      tried = Math.max(tried, last);
    }
    return parts[at + PART.KIND] === OCTETS ? found : ascending(found);
  }

  /** Where the part begins when the one after it begins at one of `starts`. Both are ascending. */
  before(part: number, starts: readonly number[]): number[] {
    const { parts } = this.#tables;
    const at = part * PART.NUMBERS;
    const next = at + PART.NUMBERS;
    const found: number[] = [];
    let tried = -1;
    for (const start of starts) {
      const last = start - (parts[next + PART.GAP_MIN] ?? 0);
      for (let end = Math.max(start - (parts[next + PART.GAP_MAX] ?? 0), tried + 1, 0); end <= last; end += 1) {
        if (this.steps <= 0) return [];
        this.steps -= 1;
        this.#addStarts(at, part, end, found);
      }
      tried = Math.max(tried, last);
    }
    return parts[at + PART.KIND] === OCTETS ? found : ascending(found);
  }

  /** The first place from `from` on where the fixed octets of a part stand, or -1. */
  seek(literals: Map<number, Buffer>, part: number, offset: number, octets: number, from: number): number {
    const { parts, codes } = this.#tables;
    const start = (parts[part * PART.NUMBERS + PART.START] ?? 0) + offset;
    let literal = literals.get(start);
    if (literal === undefined) {
      const fixed = codes.subarray(start, start + octets);
      // Letters of either case are looked for one by one.
      literal = fixed.every((code) => code < 0x100) ? Buffer.from(fixed) : NO_LITERAL;
      literals.set(start, literal);
    }
    if (literal !== NO_LITERAL) {
      if (from + octets > this.#bytes.length) return -1;
      const found = this.#bytes.indexOf(literal, from);
      this.steps -= 1 + (((found < 0 ? this.#bytes.length : found) - from) >>> SEEK_SHIFT);
      return this.steps > 0 ? found : -1;
    }
    for (let place = from; place + octets <= this.#bytes.length && this.steps > 0; place += 1) {
      if (this.#hasCodes(start, octets, place, 0)) return place;
    }
    return -1;
  }

  #addEnds(at: number, part: number, start: number, found: number[]): void {
    const { parts } = this.#tables;
    const kind = parts[at + PART.KIND];
    if (kind === OCTETS) {
      if (this.isAt(part, start)) found.push(start + (parts[at + PART.LENGTH] ?? 0));
      return;
    }
    this.#matchChoice(
      at,
      kind === NEGATED_CHOICE,
      (length) => {
        found.push(start + length);
      },
      (length) => (start + length <= this.#bytes.length ? start : -1),
    );
  }

  #addStarts(at: number, part: number, end: number, found: number[]): void {
    const { parts } = this.#tables;
    const kind = parts[at + PART.KIND];
    if (kind === OCTETS) {
      const start = end - (parts[at + PART.LENGTH] ?? 0);
      if (this.isAt(part, start)) found.push(start);
      return;
    }
    this.#matchChoice(
      at,
      kind === NEGATED_CHOICE,
      (length) => {
        found.push(end - length);
      },
      (length) => end - length,
    );
  }

  /** Calls `take` with the length of every string that stands at `place`. */
  #matchChoice(
    at: number,
    isNegated: boolean,
    take: (length: number) => void,
    place: (length: number) => number,
  ): void {
    const { parts, strings } = this.#tables;
    const first = parts[at + PART.START] ?? 0;
    const last = first + (parts[at + PART.LENGTH] ?? 0);
    let hasAny = false;
    let length = 0;
    for (let string = first; string < last; string += 1) {
      length = strings[string * 2 + 1] ?? 0;
      const start = place(length);
      if (start < 0 || start + length > this.#bytes.length) {
        hasAny = isNegated;
        continue;
      }
      if (!this.#hasCodes(strings[string * 2] ?? 0, length, start, 0)) continue;
      hasAny = true;
      if (!isNegated) take(length);
    }
    // All strings of a negated choice have one length.
    if (isNegated && !hasAny) take(length);
  }

  #hasCodes(codesStart: number, length: number, start: number, sets: number): boolean {
    const { codes } = this.#tables;
    for (let index = 0; index < length; index += 1) {
      const code = codes[codesStart + index] ?? 0;
      const octet = this.#bytes[start + index] ?? 0;
      if (code === octet || (code >= 0x100 && this.#isOctet(code, octet, sets))) continue;
      this.steps -= index + 1;
      return false;
    }
    this.steps -= length;
    return true;
  }

  #isOctet(code: number, octet: number, sets: number): boolean {
    if ((code & KIND_MASK) !== SET_CODE) return isOctetOf(code, octet);
    const set = this.#tables.sets[(sets + (code & 0xff)) * 32 + (octet >>> 3)] ?? 0;
    return ((set >>> (octet & 7)) & 1) === 1;
  }

  #hasLeftEdge(edges: number, start: number): boolean {
    const before = this.#bytes[start - 1] ?? 0;
    if ((edges & EDGES.B) !== 0 && (start === 0 || isBoundary(before, "left")) === ((edges & NEGATED.B) !== 0)) {
      return false;
    }
    if ((edges & EDGES.L) !== 0 && (start === 0 || before === LF) === ((edges & NEGATED.L) !== 0)) return false;
    if ((edges & EDGES.W) === 0) return true;
    const isWide = (edges & WIDE_EDGES) !== 0;
    const isInWord = isWide
      ? start > 1 && before === 0 && isWord(this.#bytes[start - 2] ?? 0)
      : start > 0 && isWord(before);
    return isInWord === ((edges & NEGATED.W) !== 0);
  }

  #hasRightEdge(edges: number, end: number): boolean {
    const flags = edges >>> RIGHT_SHIFT;
    const isAtEnd = end === this.#bytes.length;
    const after = this.#bytes[end] ?? 0;
    if ((flags & EDGES.B) !== 0 && (isAtEnd || isBoundary(after, "right")) === ((flags & NEGATED.B) !== 0)) {
      return false;
    }
    const isLineEnd = isAtEnd || after === LF || (after === CR && this.#bytes[end + 1] === LF);
    if ((flags & EDGES.L) !== 0 && isLineEnd === ((flags & NEGATED.L) !== 0)) return false;
    if ((flags & EDGES.W) === 0) return true;
    const isWide = (edges & WIDE_EDGES) !== 0 && end + 1 < this.#bytes.length;
    const isInWord = !isAtEnd && isWord(after) && (!isWide || this.#bytes[end + 1] === 0);
    return isInWord === ((flags & NEGATED.W) !== 0);
  }
}

function ascending(numbers: number[]): number[] {
  if (numbers.length < 2) return numbers;
  return [...new Set(numbers)].sort((left, right) => left - right);
}

const NO_LITERAL = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;
/** indexOf goes over so many octets while one comparison is made. */
const SEEK_SHIFT = 4;
