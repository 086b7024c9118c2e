/** Chooses by which octets the filter finds a pattern: a window of fixed octets that is long, and rare in files. */
import { foldGram, foldPair, WINDOW_CLASSES } from "./gram-filter.ts";
import { CASELESS_CODE, KIND_MASK } from "./pattern-codes.ts";
import { CHOICE, NEGATED_CHOICE, PART, type PatternTables } from "./pattern-tables.ts";

export type PartTables = Pick<PatternTables, "parts" | "codes">;

/** Octets [offset, offset + octets) of a part. */
export interface Run {
  readonly part: number;
  readonly offset: number;
  readonly octets: number;
}

/** A window and the class it belongs to. */
export interface Anchor {
  readonly part: number;
  readonly offset: number;
  readonly windowClass: number;
}

/** Runs of fixed octets, of either case, in the parts [first, first + count). */
export function* fixedRuns({ parts, codes }: PartTables, first: number, count: number): Generator<Run> {
  for (let part = first; part < first + count; part += 1) {
    const at = part * PART.NUMBERS;
    const kind = parts[at + PART.KIND];
    if (kind === CHOICE || kind === NEGATED_CHOICE) continue;
    const start = parts[at + PART.START] ?? 0;
    const length = parts[at + PART.LENGTH] ?? 0;
    let from = 0;
    for (let index = 0; index <= length; index += 1) {
      if (index < length && isFixed(codes[start + index] ?? 0)) continue;
      if (index > from) yield { part, offset: from, octets: index - from };
      from = index + 1;
    }
  }
}

/** How many patterns have which grams, roughly: those that many have would make the filter stop for all of them. */
export class GramCensus {
  readonly #bits: number;
  readonly #counts: Uint16Array;

  constructor(patterns: number) {
    this.#bits = Math.min(MAX_CENSUS_BITS, Math.ceil(Math.log2((patterns + 1) * GRAMS_PER_PATTERN)));
    this.#counts = new Uint16Array(2 ** this.#bits);
  }

  add(tables: PartTables, first: number, count: number): void {
    for (const run of fixedRuns(tables, first, count)) {
      for (let index = 0; index + 4 <= run.octets; index += 1) {
        const slot = this.#slotOf(gramAt(tables, run.part, run.offset + index));
        this.#counts[slot] = Math.min(0xffff, (this.#counts[slot] ?? 0) + 1);
      }
    }
  }

  /** Patterns besides one that have the gram. */
  others(gram: number): number {
    return Math.max(0, (this.#counts[this.#slotOf(gram)] ?? 0) - 1);
  }

  #slotOf(gram: number): number {
    return Math.imul(gram, 0x9e3779b1) >>> (32 - this.#bits);
  }
}

/** The best window in parts [first, first + count); undefined when there are not even two fixed octets in a row. */
export function chooseAnchor(tables: PartTables, first: number, count: number, census: GramCensus): Anchor | undefined {
  const runs = [...fixedRuns(tables, first, count)].map((run) => ({ ...run, scores: gramScores(tables, run, census) }));
  let best: (Anchor & { readonly score: number }) | undefined;
  for (const [windowClass, { window, stride, gramBytes }] of WINDOW_CLASSES.entries()) {
    for (const { part, offset, octets, scores } of runs) {
      for (let at = 0; at + window <= octets; at += 1) {
        const score = gramBytes === 4 ? leastOf(scores, at, stride) : pairScore(tables, part, offset + at);
        if (best === undefined || score > best.score) best = { part, offset: offset + at, windowClass, score };
      }
    }
    // Rare enough: a shorter window would be looked for at more places.
    if (best !== undefined && best.score >= GOOD_SCORE) return best;
  }
  return best;
}

/** The four octets at `offset` of the part, folded. */
export function gramAt({ parts, codes }: PartTables, part: number, offset: number): number {
  const at = (parts[part * PART.NUMBERS + PART.START] ?? 0) + offset;
  return foldGram(low(codes[at]), low(codes[at + 1]), low(codes[at + 2]), low(codes[at + 3]));
}

export function pairAt({ parts, codes }: PartTables, part: number, offset: number): number {
  const at = (parts[part * PART.NUMBERS + PART.START] ?? 0) + offset;
  return foldPair(low(codes[at]), low(codes[at + 1]));
}

/** Of each gram of the run: how rare it is in files, and among patterns. */
function gramScores(tables: PartTables, { part, offset, octets }: Run, census: GramCensus): Float64Array {
  const scores = new Float64Array(Math.max(0, octets - 3));
  for (let at = 0; at < scores.length; at += 1) {
    const gram = gramAt(tables, part, offset + at);
    scores[at] = rarity(gram, 4) - Math.log2(1 + census.others(gram));
  }
  return scores;
}

/** A window is as good as its most common gram: whichever is looked at must be rare. */
function leastOf(scores: Float64Array, start: number, count: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = start; at < start + count; at += 1) least = Math.min(least, scores[at] ?? 0);
  return least;
}

function pairScore(tables: PartTables, part: number, offset: number): number {
  return rarity(pairAt(tables, part, offset), 2);
}

/** Roughly the bits of information in the gram: an octet that repeats the one before tells little. */
function rarity(gram: number, octets: number): number {
  let bits = 0;
  let before = -1;
  for (let index = 0; index < octets; index += 1) {
    const octet = (gram >>> (index * 8)) & 0xff;
    bits += octet === before ? REPEATED_BITS : (OCTET_BITS[octet] ?? 0);
    before = octet;
  }
  return bits;
}

const OCTET_BITS = Float64Array.from({ length: 256 }, (_, folded) => {
  // Zero and the blank are one when folded.
  if (folded === 0x20) return 1;
  if (folded === 0xff || folded === 0x90 || folded === 0xcc) return 2;
  if (folded >= 0x61 && folded <= 0x7a) return 4;
  return folded < 0x80 ? 4.5 : 7;
});

function isFixed(code: number): boolean {
  const kind = code & KIND_MASK;
  return kind === 0 || kind === CASELESS_CODE;
}

function low(code: number | undefined): number {
  return (code ?? 0) & 0xff;
}

const MAX_CENSUS_BITS = 22;
const GRAMS_PER_PATTERN = 64;
const REPEATED_BITS = 0.5;
/** Such a gram is met every few thousand octets of ordinary files. */
const GOOD_SCORE = 12;
