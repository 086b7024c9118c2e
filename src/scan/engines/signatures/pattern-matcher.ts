/** Finds patterns in content: where the filter says that one may be, it is verified octet by octet. The work is bounded,
 *  because content can be made of nothing but beginnings of signatures. */
import { signatureLimits } from "../../../core/scan-limits.ts";
import { findGrams } from "./gram-filter.ts";
import { PartMatcher } from "./part-matcher.ts";
import { type ExecutableLayout, OFFSET_ABSOLUTE, OFFSET_ANY, offsetRange } from "./pattern-offset.ts";
import { GROUP, PART, PATTERN, type PatternScope, type PatternTables } from "./pattern-tables.ts";
import type { StepBudget } from "./regex-automaton.ts";

/** What is looked into. The layout is asked for only when a pattern needs it. */
export interface MatchedContent {
  readonly bytes: Buffer;
  readonly layout: () => ExecutableLayout | undefined;
}

/** Told of each match that counts, with the offset at which it begins. */
export type MatchVisitor = (pattern: number, start: number) => void;

/** Keeps memory between contents, and nothing else. */
export class PatternMatcher {
  readonly #tables: PatternTables;
  readonly #parts: PartMatcher;
  readonly #matches: Uint16Array;
  readonly #lastStarts: Int32Array;
  readonly #touched: number[] = [];
  /** Of patterns with several groups. */
  readonly #memos = new Map<number, Memo>();
  readonly #literals = new Map<number, Buffer>();
  #content: MatchedContent = { bytes: Buffer.alloc(0), layout: () => undefined };
  #visit: MatchVisitor = () => {};

  constructor(tables: PatternTables) {
    const count = tables.patterns.length / PATTERN.NUMBERS;
    this.#tables = tables;
    this.#parts = new PartMatcher(tables);
    this.#matches = new Uint16Array(count);
    this.#lastStarts = new Int32Array(count);
  }

  /** Answers what is left of the work that is allowed: when there is nothing, something may have been missed. */
  match(content: MatchedContent, scopes: readonly PatternScope[], visit: MatchVisitor): StepBudget {
    const { bytes } = content;
    this.#content = content;
    this.#visit = visit;
    this.#parts.begin(bytes, signatureLimits.verifySteps + signatureLimits.verifyStepsPerByte * bytes.length);
    for (const scope of scopes) {
      if (scope.direct.length > 0) this.#matchDirect(scope.direct);
      for (const grams of scope.grams) {
        findGrams(bytes, grams, this.#verifyHit);
      }
    }
    this.#reset();
    return this.#parts;
  }

  #matchDirect(direct: Int32Array): void {
    const { patterns } = this.#tables;
    const { bytes, layout } = this.#content;
    for (let index = 0; index < direct.length; index += 1) {
      const pattern = direct[index] ?? 0;
      const at = pattern * PATTERN.NUMBERS;
      const last = bytes.length - (patterns[at + PATTERN.MIN_BYTES] ?? 0);
      if (last < 0) continue;
      const value = patterns[at + PATTERN.OFFSET] ?? 0;
      if (patterns[at + PATTERN.OFFSET_KIND] === OFFSET_ABSOLUTE && patterns[at + PATTERN.SHIFT] === 0) {
        if (value <= last) this.#verifyAt(pattern, value);
        continue;
      }
      const range = offsetRange(this.#offset(at), bytes.length, layout);
      if (range === undefined) continue;
      const end = Math.min(last, range.last);
      for (let start = Math.max(0, range.first); start <= end; start += 1) this.#verifyAt(pattern, start);
    }
  }

  readonly #verifyHit = (pattern: number, start: number): boolean => {
    this.#verify(pattern, start);
    return this.#parts.steps > 0;
  };

  /** A pattern whose anchored part may begin at `start`. */
  #verify(pattern: number, start: number): void {
    const { patterns, parts } = this.#tables;
    const at = pattern * PATTERN.NUMBERS;
    this.#parts.steps -= 1;
    if (this.#isDone(pattern, at)) return;
    const part = patterns[at + PATTERN.ANCHOR_PART] ?? 0;
    if (!this.#parts.isAt(part, start)) return;
    const group = patterns[at + PATTERN.ANCHOR_GROUP] ?? 0;
    const starts = this.#extendLeft(group, part, start);
    if (starts.length === 0) return;
    const ends = this.#extendRight(group, part, [start + (parts[part * PART.NUMBERS + PART.LENGTH] ?? 0)]);
    if (ends.length > 0) this.#join(pattern, group, starts, ends);
  }

  /** A pattern that may begin at `start`. */
  #verifyAt(pattern: number, start: number): void {
    const { patterns, groups } = this.#tables;
    const at = pattern * PATTERN.NUMBERS;
    if (this.#isDone(pattern, at)) return;
    const group = patterns[at + PATTERN.FIRST_GROUP] ?? 0;
    const part = groups[group * GROUP.NUMBERS + GROUP.FIRST_PART] ?? 0;
    const ends = this.#extendRight(group, part, this.#parts.after(part, [start]));
    if (ends.length > 0) this.#join(pattern, group, [start], ends);
  }

  #isDone(pattern: number, at: number): boolean {
    return (this.#matches[pattern] ?? 0) >= (this.#tables.patterns[at + PATTERN.WANTED] ?? 1) || this.#parts.steps <= 0;
  }

  /** Where the group can begin when `part` of it is at `start`, ascending. */
  #extendLeft(group: number, part: number, start: number): number[] {
    const first = this.#tables.groups[group * GROUP.NUMBERS + GROUP.FIRST_PART] ?? 0;
    let starts = [start];
    for (let before = part - 1; before >= first && starts.length > 0; before -= 1) {
      starts = this.#parts.before(before, starts);
    }
    return starts;
  }

  /** Where the group can end when `part` of it ends at one of `partEnds`, ascending. */
  #extendRight(group: number, part: number, partEnds: readonly number[]): readonly number[] {
    const { groups } = this.#tables;
    const record = group * GROUP.NUMBERS;
    const last = (groups[record + GROUP.FIRST_PART] ?? 0) + (groups[record + GROUP.PARTS] ?? 0) - 1;
    let ends = partEnds;
    for (let after = part + 1; after <= last && ends.length > 0; after += 1) ends = this.#parts.after(after, ends);
    return ends;
  }

  /** One group has been found: are the others before and after it, and does it all begin where it must? */
  #join(pattern: number, group: number, starts: readonly number[], ends: readonly number[]): void {
    const { patterns } = this.#tables;
    const at = pattern * PATTERN.NUMBERS;
    const first = patterns[at + PATTERN.FIRST_GROUP] ?? 0;
    const last = first + (patterns[at + PATTERN.GROUPS] ?? 1) - 1;
    let begin = starts[0] ?? 0;
    if (group === first) {
      const allowed = starts.find((start) => this.#isPlace(at, start));
      if (allowed === undefined) return;
      begin = allowed;
    } else {
      const memo = this.#memo(pattern);
      memo.prefix ??= this.#chain(at, first, group - 1, 0);
      const { prefix } = memo;
      const earliest = prefix.end + this.#gap(group);
      if (prefix.end < 0 || !starts.some((start) => start >= earliest)) return;
      begin = prefix.begin;
    }
    if (group < last && !this.#hasSuffix(pattern, at, group, last, ends[0] ?? 0)) return;
    if (this.#hasGaps(at) && (patterns[at + PATTERN.WANTED] ?? 1) > 1) this.#countEnds(pattern, at, begin, ends);
    else this.#countStart(pattern, begin);
  }

  /** What was not found after one place is not after a later one either. */
  #hasSuffix(pattern: number, at: number, group: number, last: number, end: number): boolean {
    const memo = this.#memo(pattern);
    if (end >= memo.failedFrom) return false;
    if (this.#chain(at, group + 1, last, end).end >= 0) return true;
    memo.failedFrom = end;
    return false;
  }

  /** Groups [first, last], each as early as it can end: if that leads to nothing, nothing does. */
  #chain(at: number, first: number, last: number, from: number): Chain {
    let position = from;
    let begin = -1;
    for (let group = first; group <= last; group += 1) {
      const isFirst = group === this.#tables.patterns[at + PATTERN.FIRST_GROUP];
      const found = this.#earliest(group, position + this.#gap(group), isFirst ? at : undefined);
      if (found === undefined) return NOT_FOUND;
      if (begin < 0) begin = found.begin;
      position = found.end;
    }
    return { begin, end: position };
  }

  /** The match of the group from `from` on that ends first; `at` when it is the first of its pattern. */
  #earliest(group: number, from: number, at: number | undefined): Chain | undefined {
    const { groups, parts } = this.#tables;
    const record = group * GROUP.NUMBERS;
    const part = groups[record + GROUP.SEEK_PART] ?? 0;
    const offset = groups[record + GROUP.SEEK_OFFSET] ?? 0;
    const octets = groups[record + GROUP.SEEK_OCTETS] ?? 0;
    let best: Chain | undefined;
    for (let place = from; ; place += 1) {
      const found = this.#parts.seek(this.#literals, part, offset, octets, place + offset);
      if (found < 0 || (best !== undefined && found >= best.end)) return best;
      place = found - offset;
      if (!this.#parts.isAt(part, place)) continue;
      const begin = this.#extendLeft(group, part, place).find(
        (start) => start >= from && (at === undefined || this.#isPlace(at, start)),
      );
      if (begin === undefined) continue;
      const ends = this.#extendRight(group, part, [place + (parts[part * PART.NUMBERS + PART.LENGTH] ?? 0)]);
      const [end] = ends;
      if (end !== undefined && (best === undefined || end < best.end)) best = { begin, end };
    }
  }

  #isPlace(at: number, start: number): boolean {
    if (this.#tables.patterns[at + PATTERN.OFFSET_KIND] === OFFSET_ANY) return true;
    const range = offsetRange(this.#offset(at), this.#content.bytes.length, this.#content.layout);
    return range !== undefined && start >= range.first && start <= range.last;
  }

  #offset(at: number): { kind: number; value: number; shift: number; section: number } {
    const { patterns } = this.#tables;
    return {
      kind: patterns[at + PATTERN.OFFSET_KIND] ?? 0,
      value: patterns[at + PATTERN.OFFSET] ?? 0,
      shift: patterns[at + PATTERN.SHIFT] ?? 0,
      section: patterns[at + PATTERN.SECTION] ?? 0,
    };
  }

  #gap(group: number): number {
    return this.#tables.groups[group * GROUP.NUMBERS + GROUP.GAP] ?? 0;
  }

  #memo(pattern: number): Memo {
    let memo = this.#memos.get(pattern);
    if (memo === undefined) {
      memo = { prefix: undefined, failedFrom: Number.POSITIVE_INFINITY, ends: new Set() };
      this.#memos.set(pattern, memo);
    }
    return memo;
  }

  /** As ClamAV counts what is in one piece: each match that begins behind the one before. */
  #countStart(pattern: number, start: number): void {
    if ((this.#matches[pattern] ?? 0) > 0 && start <= (this.#lastStarts[pattern] ?? 0)) return;
    this.#lastStarts[pattern] = start;
    this.#count(pattern, start);
  }

  /** And what has gaps: each place of its last piece. */
  #countEnds(pattern: number, at: number, start: number, ends: readonly number[]): void {
    const memo = this.#memo(pattern);
    for (const end of ends) {
      if (this.#isDone(pattern, at) || memo.ends.has(end)) continue;
      memo.ends.add(end);
      this.#count(pattern, start);
    }
  }

  #count(pattern: number, start: number): void {
    const matches = this.#matches[pattern] ?? 0;
    if (matches === 0) this.#touched.push(pattern);
    this.#matches[pattern] = matches + 1;
    this.#visit(pattern, start);
  }

  #hasGaps(at: number): boolean {
    const { patterns, groups } = this.#tables;
    const group = patterns[at + PATTERN.FIRST_GROUP] ?? 0;
    return (patterns[at + PATTERN.GROUPS] ?? 1) > 1 || (groups[group * GROUP.NUMBERS + GROUP.PARTS] ?? 1) > 1;
  }

  #reset(): void {
    for (const pattern of this.#touched) this.#matches[pattern] = 0;
    this.#touched.length = 0;
    if (this.#memos.size > 0) this.#memos.clear();
  }
}

/** What is known of a pattern in this content. */
interface Memo {
  /** The groups before the anchored one. */
  prefix: Chain | undefined;
  /** From here on, the groups after it are not found. */
  failedFrom: number;
  /** Where matches that count have ended. */
  readonly ends: Set<number>;
}

/** `end` is negative when there is none. */
interface Chain {
  readonly begin: number;
  readonly end: number;
}

const NOT_FOUND: Chain = { begin: -1, end: -1 };
