/** What taking messages apart may still cost; one for a message and all messages inside it. */
import { mimeLimits } from "../core/scan-limits.ts";

export class WalkAllowance {
  /** Entities that may still be made. */
  parts: number;
  /** Of these, entities that only unusual readings show. */
  irregular: number = mimeLimits.irregularEntities;
  /** Lines that may still be compared with boundaries; long boundaries count as several lines. */
  comparisons: number = mimeLimits.delimiterComparisons;
  /** Octets of headers that may still be read, of such entities. */
  headerBytes: number = mimeLimits.irregularHeaderBytes;
  readonly #isOutOfTime: () => boolean;
  readonly #places = new Map<ArrayBufferLike, Set<number>>();
  #untilClock = COMPARISONS_PER_CLOCK;
  #isOver = false;

  /** `isOutOfTime` is asked now and then; once it has said so, nothing more is taken apart. */
  constructor(parts: number, isOutOfTime: () => boolean = () => false) {
    this.parts = parts > 0 ? parts : 0;
    this.#isOutOfTime = isOutOfTime;
  }

  /** Whether the clock has run out. */
  get isOver(): boolean {
    this.#isOver ||= this.#isOutOfTime();
    return this.#isOver;
  }

  /** True the first time for these octets and all others that begin at the same place in memory. */
  takePlace({ buffer, byteOffset }: Buffer): boolean {
    let places = this.#places.get(buffer);
    if (places === undefined) {
      places = new Set();
      this.#places.set(buffer, places);
    }
    const isNew = !places.has(byteOffset);
    places.add(byteOffset);
    return isNew;
  }

  /** False when nothing more may be compared. */
  takeComparison(count: number): boolean {
    this.#untilClock -= 1;
    if (this.#untilClock <= 0) {
      this.#untilClock = COMPARISONS_PER_CLOCK;
      if (this.isOver) return false;
    }
    this.comparisons -= count;
    return !this.#isOver && this.comparisons >= 0;
  }
}

/** Some tenths of a millisecond. */
const COMPARISONS_PER_CLOCK = 16_384;
