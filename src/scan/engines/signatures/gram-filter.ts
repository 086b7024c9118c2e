/** Finds where one of many patterns may begin, by grams: short strings of which every window of a pattern holds one at
 *  each offset up to the stride. So only one place in so many octets is looked at, whatever the content is. */
import { type Growable, growableNumbers } from "./growable.ts";

/** Plain data: it survives being sent to another thread. */
export interface GramTable {
  /** 4, or 2 for patterns without four fixed octets in a row. */
  readonly gramBytes: number;
  /** Octets from one place that is looked at to the next. */
  readonly stride: number;
  /** Of a gram's hash, to the bits of `marks`. */
  readonly shift: number;
  /** A bit for every hash that some gram has. */
  readonly marks: Uint8Array;
  readonly bucketShift: number;
  /** Where each bucket's entries begin. */
  readonly buckets: Uint32Array;
  /** Three numbers each: the gram, the pattern, the gram's offset in the pattern's anchored part. */
  readonly entries: Int32Array;
}

/** Windows of `window` octets are found when each of their first `stride` grams is in the table. */
export interface WindowClass {
  readonly window: number;
  readonly stride: number;
  readonly gramBytes: number;
}

/** The longer the window, the fewer places are looked at. */
export const WINDOW_CLASSES: readonly WindowClass[] = [
  { window: 16, stride: 13, gramBytes: 4 },
  { window: 10, stride: 7, gramBytes: 4 },
  { window: 6, stride: 3, gramBytes: 4 },
  { window: 4, stride: 1, gramBytes: 4 },
  { window: 2, stride: 1, gramBytes: 2 },
];

/** Four octets as one number, without the difference between letters of either case. */
export function foldGram(a: number, b: number, c: number, d: number): number {
  return a | (b << 8) | (c << 16) | (d << 24) | FOLD;
}

export function foldPair(a: number, b: number): number {
  return a | (b << 8) | PAIR_FOLD;
}

/** Collects the grams of one class of windows. */
export class GramTableBuilder {
  readonly #class: WindowClass;
  readonly #entries: Growable<Int32Array> = growableNumbers();

  constructor(windowClass: WindowClass) {
    this.#class = windowClass;
  }

  /** Grams taken. */
  get count(): number {
    return this.#entries.length / ENTRY_NUMBERS;
  }

  add(gram: number, pattern: number, offset: number): void {
    this.#entries.push(gram, pattern, offset);
  }

  build(): GramTable {
    const entries = this.#entries.view();
    const { count } = this;
    const bits = clamp(Math.ceil(Math.log2(count * BITS_PER_GRAM + 1)), MIN_BITS, MAX_BITS);
    const bucketBits = clamp(Math.ceil(Math.log2(count + 1)), 1, MAX_BITS);
    const marks = new Uint8Array(2 ** bits / 8);
    const bucketShift = 32 - bucketBits;
    const buckets = new Uint32Array(2 ** bucketBits + 1);
    for (let at = 0; at < entries.length; at += ENTRY_NUMBERS) {
      const hash = hashOf(entries[at] ?? 0);
      const mark = hash >>> (32 - bits);
      marks[mark >>> 3] = (marks[mark >>> 3] ?? 0) | (1 << (mark & 7));
      const next = (hash >>> bucketShift) + 1;
      buckets[next] = (buckets[next] ?? 0) + 1;
    }
    for (let bucket = 1; bucket < buckets.length; bucket += 1) {
      buckets[bucket] = (buckets[bucket] ?? 0) + (buckets[bucket - 1] ?? 0);
    }
    const free = buckets.slice();
    const sorted = new Int32Array(entries.length);
    for (let at = 0; at < entries.length; at += ENTRY_NUMBERS) {
      const bucket = hashOf(entries[at] ?? 0) >>> bucketShift;
      const target = free[bucket] ?? 0;
      free[bucket] = target + 1;
      for (let index = 0; index < ENTRY_NUMBERS; index += 1) {
        sorted[target * ENTRY_NUMBERS + index] = entries[at + index] ?? 0;
      }
    }
    const { stride, gramBytes } = this.#class;
    return { gramBytes, stride, shift: 32 - bits, marks, bucketShift, buckets, entries: sorted };
  }
}

/** Told of every place where a pattern may be: `start` is that of its anchored part, perhaps before the content. False
 *  ends the search. */
export type HitVisitor = (pattern: number, start: number) => boolean;

/** False when the visitor has ended it. */
export function findGrams(bytes: Buffer, table: GramTable, visit: HitVisitor): boolean {
  return table.gramBytes === 2 ? findPairs(bytes, table, visit) : findQuads(bytes, table, visit);
}

function findQuads(bytes: Buffer, table: GramTable, visit: HitVisitor): boolean {
  const { stride } = table;
  const octets = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const last = bytes.length - 4;
  const lastOfFour = last - 3 * stride;
  let position = skipUnmarked(octets, table, 0, lastOfFour);
  while (position <= lastOfFour) {
    for (let index = 0; index < 4; index += 1) {
      if (!visitMarked(octets.getInt32(position, true) | FOLD, position, table, visit)) return false;
      position += stride;
    }
    position = skipUnmarked(octets, table, position, lastOfFour);
  }
  for (; position <= last; position += stride) {
    if (!visitMarked(octets.getInt32(position, true) | FOLD, position, table, visit)) return false;
  }
  return true;
}

/** The first of the next four places of which at least one is marked; beyond `last` when there are none. It does nothing
 *  else, because it is the loop that goes over everything: with the rest around it, it takes twice as long. */
function skipUnmarked(octets: DataView, { marks, shift, stride }: GramTable, start: number, last: number): number {
  let position = start;
  // Four places at a time, and one branch for all: nearly always none of them is marked.
  for (; position <= last; position += 4 * stride) {
    const one = Math.imul(octets.getInt32(position, true) | FOLD, MULTIPLIER) >>> shift;
    const two = Math.imul(octets.getInt32(position + stride, true) | FOLD, MULTIPLIER) >>> shift;
    const three = Math.imul(octets.getInt32(position + 2 * stride, true) | FOLD, MULTIPLIER) >>> shift;
    const four = Math.imul(octets.getInt32(position + 3 * stride, true) | FOLD, MULTIPLIER) >>> shift;
    const found =
      ((marks[one >>> 3] ?? 0) >>> (one & 7)) |
      ((marks[two >>> 3] ?? 0) >>> (two & 7)) |
      ((marks[three >>> 3] ?? 0) >>> (three & 7)) |
      ((marks[four >>> 3] ?? 0) >>> (four & 7));
    if ((found & 1) !== 0) break;
  }
  return position;
}

function findPairs(bytes: Buffer, table: GramTable, visit: HitVisitor): boolean {
  for (let position = 0; position + 1 < bytes.length; position += 1) {
    const gram = foldPair(bytes[position] ?? 0, bytes[position + 1] ?? 0);
    if (!visitMarked(gram, position, table, visit)) return false;
  }
  return true;
}

function visitMarked(gram: number, position: number, table: GramTable, visit: HitVisitor): boolean {
  const hash = hashOf(gram);
  const mark = hash >>> table.shift;
  if ((((table.marks[mark >>> 3] ?? 0) >>> (mark & 7)) & 1) === 0) return true;
  const { buckets, entries } = table;
  const bucket = hash >>> table.bucketShift;
  const end = (buckets[bucket + 1] ?? 0) * ENTRY_NUMBERS;
  for (let at = (buckets[bucket] ?? 0) * ENTRY_NUMBERS; at < end; at += ENTRY_NUMBERS) {
    if (entries[at] !== gram) continue;
    if (!visit(entries[at + 1] ?? 0, position - (entries[at + 2] ?? 0))) return false;
  }
  return true;
}

function hashOf(gram: number): number {
  return Math.imul(gram, MULTIPLIER);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

/** Sets the bit that tells small letters from capitals, in every octet. */
const FOLD = 0x20202020;
const PAIR_FOLD = 0x2020;
/** 2^32 divided by the golden ratio: its product's high bits depend on all of the gram. */
const MULTIPLIER = 0x9e3779b1;
const ENTRY_NUMBERS = 3;
/** Then one place in so many is looked at closer for nothing. */
const BITS_PER_GRAM = 128;
const MIN_BITS = 12;
const MAX_BITS = 26;
