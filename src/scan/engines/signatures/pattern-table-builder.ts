/** Puts parsed patterns into tables, and chooses how each will be found. */
import { signatureLimits } from "../../../core/scan-limits.ts";
import { isBase64Pattern } from "./base64-pattern.ts";
import { GramTableBuilder, WINDOW_CLASSES } from "./gram-filter.ts";
import { type Growable, growableCodes, growableNumbers, growableOctets } from "./growable.ts";
import type { HexPattern, PatternPart } from "./hex-pattern.ts";
import { type Anchor, chooseAnchor, fixedRuns, GramCensus, gramAt, pairAt } from "./pattern-anchor.ts";
import { OFFSET_ANY, OFFSET_WHOLE_SECTION, type PatternOffset } from "./pattern-offset.ts";
import {
  CHOICE,
  ENCODED_SCOPE,
  GROUP,
  NEGATED_CHOICE,
  OCTETS,
  PART,
  PATTERN,
  type PatternScope,
  type PatternTables,
} from "./pattern-tables.ts";
import { TARGETS } from "./target-type.ts";

/** What a pattern belongs to, as in `PATTERN`. */
export interface PatternOwner {
  readonly isLogical: boolean;
  readonly owner: number;
  readonly detail: number;
  readonly target: number;
  readonly wanted: number;
}

export class PatternTableBuilder {
  readonly #patterns: Growable<Int32Array> = growableNumbers();
  readonly #groups: Growable<Int32Array> = growableNumbers();
  readonly #parts: Growable<Int32Array> = growableNumbers();
  readonly #strings: Growable<Int32Array> = growableNumbers();
  readonly #codes: Growable<Uint16Array> = growableCodes();
  readonly #sets: Growable<Uint8Array> = growableOctets();
  readonly #encoded = new Set<number>();

  /** What is wrong with the first of these patterns that has anything wrong. */
  findProblems(
    patterns: readonly { readonly pattern: HexPattern; readonly offset: PatternOffset }[],
  ): string | undefined {
    for (const { pattern, offset } of patterns) {
      const problem = findProblem(groupParts(pattern.parts), isDirect(offset.kind, offset.shift));
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  /** What is wrong with the pattern, if anything; it is then not added. */
  add(pattern: HexPattern, offset: PatternOffset, owner: PatternOwner): string | undefined {
    const groups = groupParts(pattern.parts);
    const problem = findProblem(groups, isDirect(offset.kind, offset.shift));
    if (problem !== undefined) return problem;
    const index = this.#patterns.length / PATTERN.NUMBERS;
    const firstSet = this.#sets.length / 32;
    for (const set of pattern.sets) this.#sets.addOctets(set, 0, set.length);
    const firstGroup = this.#groups.length / GROUP.NUMBERS;
    for (const parts of groups) this.#addGroup(parts, firstSet);
    this.#patterns.push(
      owner.isLogical ? 1 : 0,
      owner.owner,
      owner.detail,
      owner.target,
      firstGroup,
      groups.length,
      0,
      0,
      offset.kind,
      offset.value,
      offset.shift,
      offset.section,
      minBytes(pattern),
      owner.wanted,
    );
    if (owner.target === TARGETS.any && isBase64Pattern(pattern)) this.#encoded.add(index);
    return undefined;
  }

  /** `isIgnored` is asked of each pattern's owner. */
  build(isIgnored: (isLogical: boolean, owner: number, detail: number) => boolean): PatternTables {
    const tables = {
      patterns: this.#patterns.view(),
      groups: this.#groups.view(),
      parts: this.#parts.view(),
      strings: this.#strings.view(),
      codes: this.#codes.view(),
      sets: this.#sets.view(),
    };
    const { patterns } = tables;
    const used: number[] = [];
    const census = new GramCensus(patterns.length / PATTERN.NUMBERS);
    for (let at = 0; at < patterns.length; at += PATTERN.NUMBERS) {
      const isLogical = patterns[at + PATTERN.IS_LOGICAL] === 1;
      if (isIgnored(isLogical, patterns[at + PATTERN.OWNER] ?? 0, patterns[at + PATTERN.DETAIL] ?? 0)) continue;
      used.push(at / PATTERN.NUMBERS);
      for (const { first, count } of groupsOf(tables, at)) census.add(tables, first, count);
    }
    const scopes = new Map<number, ScopeBuilder>();
    for (const pattern of used) {
      const at = pattern * PATTERN.NUMBERS;
      // What is counted by its last group is looked for by that.
      const isLastCounted = (patterns[at + PATTERN.WANTED] ?? 1) > 1 && (patterns[at + PATTERN.GROUPS] ?? 1) > 1;
      const hasPlace = isDirect(patterns[at + PATTERN.OFFSET_KIND] ?? 0, patterns[at + PATTERN.SHIFT] ?? 0);
      const anchor = hasPlace && !isLastCounted ? undefined : this.#anchor(tables, at, census);
      const targets = [patterns[at + PATTERN.TARGET] ?? 0, ...(this.#encoded.has(pattern) ? [ENCODED_SCOPE] : [])];
      for (const target of targets) {
        const scope = scopes.get(target) ?? new ScopeBuilder();
        scopes.set(target, scope);
        scope.add(pattern, anchor);
      }
    }
    const built = [...scopes].map(([target, scope]) => scope.build(target, tables));
    return { ...tables, scopes: built.sort((left, right) => left.target - right.target) };
  }

  /** Chosen among all groups and noted in the pattern's record. */
  #anchor(tables: Omit<PatternTables, "scopes">, at: number, census: GramCensus): Anchor | undefined {
    // Matches are counted by where they end: then it is best to see every end.
    const isCounted = (tables.patterns[at + PATTERN.WANTED] ?? 1) > 1;
    let best: Anchor | undefined;
    for (const { group, first, count } of groupsOf(tables, at)) {
      const anchor = chooseAnchor(tables, first, count, census);
      if (anchor === undefined || (!isCounted && best !== undefined && anchor.windowClass >= best.windowClass))
        continue;
      best = anchor;
      tables.patterns[at + PATTERN.ANCHOR_GROUP] = group;
      tables.patterns[at + PATTERN.ANCHOR_PART] = anchor.part;
    }
    return best;
  }

  #addGroup(parts: readonly PatternPart[], firstSet: number): void {
    const firstPart = this.#parts.length / PART.NUMBERS;
    for (const [index, part] of parts.entries()) this.#addPart(part, index === 0, firstSet);
    const tables = { parts: this.#parts.view(), codes: this.#codes.view() };
    const runs = [...fixedRuns(tables, firstPart, parts.length)];
    const seek = runs.reduce((best, run) => (run.octets > best.octets ? run : best), NO_RUN);
    this.#groups.push(firstPart, parts.length, parts[0]?.gap.min ?? 0, seek.part, seek.offset, seek.octets);
  }

  #addPart(part: PatternPart, isFirst: boolean, firstSet: number): void {
    const gap = isFirst ? { min: 0, max: 0 } : part.gap;
    if (part.kind === "octets") {
      const start = this.#codes.push(...part.codes);
      this.#parts.push(OCTETS, start, part.codes.length, gap.min, gap.max, part.edges, firstSet);
      return;
    }
    const start = this.#strings.length / 2;
    for (const codes of part.strings) this.#strings.push(this.#codes.push(...codes), codes.length);
    this.#parts.push(
      part.isNegated ? NEGATED_CHOICE : CHOICE,
      start,
      part.strings.length,
      gap.min,
      gap.max,
      0,
      firstSet,
    );
  }
}

class ScopeBuilder {
  readonly #anchored: { readonly pattern: number; readonly anchor: Anchor }[] = [];
  readonly #direct: number[] = [];

  add(pattern: number, anchor: Anchor | undefined): void {
    if (anchor === undefined) this.#direct.push(pattern);
    else this.#anchored.push({ pattern, anchor });
  }

  build(target: number, tables: Omit<PatternTables, "scopes">): PatternScope {
    const counts = WINDOW_CLASSES.map(
      (_, windowClass) => this.#anchored.filter(({ anchor }) => anchor.windowClass === windowClass).length,
    );
    const builders = WINDOW_CLASSES.map((windowClass) => new GramTableBuilder(windowClass));
    for (const { pattern, anchor } of this.#anchored) {
      const windowClass = mergedClass(counts, anchor.windowClass);
      const { stride, gramBytes } = WINDOW_CLASSES[windowClass] ?? { stride: 1, gramBytes: 4 };
      for (let index = 0; index < stride; index += 1) {
        const offset = anchor.offset + index;
        const gram = gramBytes === 4 ? gramAt(tables, anchor.part, offset) : pairAt(tables, anchor.part, offset);
        builders[windowClass]?.add(gram, pattern, offset);
      }
    }
    const grams = builders.filter((builder) => builder.count > 0).map((builder) => builder.build());
    return { target, grams, direct: Int32Array.from(this.#direct) };
  }
}

/** A few patterns are better looked for together with those of shorter windows than in a pass of their own. */
function mergedClass(counts: readonly number[], windowClass: number): number {
  let merged = windowClass;
  for (let shorter = windowClass + 1; shorter < WINDOW_CLASSES.length; shorter += 1) {
    if (WINDOW_CLASSES[shorter]?.gramBytes !== 4) break;
    if ((counts[shorter] ?? 0) > 0 && (counts[merged] ?? 0) <= FEW_PATTERNS) merged = shorter;
  }
  return merged;
}

function* groupsOf(
  { patterns, groups }: Pick<PatternTables, "patterns" | "groups">,
  at: number,
): Generator<{ readonly group: number; readonly first: number; readonly count: number }> {
  const first = patterns[at + PATTERN.FIRST_GROUP] ?? 0;
  for (let group = first; group < first + (patterns[at + PATTERN.GROUPS] ?? 0); group += 1) {
    const record = group * GROUP.NUMBERS;
    yield { group, first: groups[record + GROUP.FIRST_PART] ?? 0, count: groups[record + GROUP.PARTS] ?? 0 };
  }
}

/** Looked for where it must begin: that is one place, or a few. */
function isDirect(kind: number, shift: number): boolean {
  return kind !== OFFSET_ANY && kind !== OFFSET_WHOLE_SECTION && shift <= signatureLimits.directShift;
}

function findProblem(groups: readonly (readonly PatternPart[])[], hasPlace: boolean): string | undefined {
  const runs = groups.map((parts) => Math.max(0, ...parts.map(longestRun)));
  const longest = Math.max(0, ...runs);
  if (longest === 0) return "it has no fixed octet";
  // Each group is found by what is fixed in it, but for one whose place is known.
  if (runs.slice(hasPlace ? 1 : 0).some((run) => run === 0)) return "a piece between gaps has no fixed octet";
  return hasPlace || longest >= 2 ? undefined : "it has no two fixed octets in a row";
}

function groupParts(parts: readonly PatternPart[]): PatternPart[][] {
  const groups: PatternPart[][] = [];
  for (const part of parts) {
    if (groups.length === 0 || part.gap.max === Number.POSITIVE_INFINITY) groups.push([]);
    groups.at(-1)?.push(part);
  }
  return groups;
}

function longestRun(part: PatternPart): number {
  if (part.kind === "choice") return 0;
  let longest = 0;
  let run = 0;
  for (const code of part.codes) {
    run = code < FIRST_WILD_CODE ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

function minBytes({ parts }: HexPattern): number {
  return parts.reduce((sum, { gap, ...part }) => {
    const width = part.kind === "octets" ? part.codes.length : Math.min(...part.strings.map(({ length }) => length));
    return sum + gap.min + width;
  }, 0);
}

const NO_RUN = { part: 0, offset: 0, octets: 0 };
const FIRST_WILD_CODE = 0x200;
const FEW_PATTERNS = 2_000;
