/** Verdicts that are remembered, by the SHA-256 of the message; all of one context, which is everything else that they
 *  depend on. */
import type { Clock } from "../core/clock.ts";
import { cacheLimits } from "../core/limits.ts";
import { CLEAN, type ReasonCode, type Remark, type Verdict } from "../core/model.ts";
import type { Fragment } from "./message-fragment.ts";

/** What a scan gives that follows from the octets alone. What people are shown of a message is not in it. */
export interface RememberedVerdict {
  readonly verdict: Verdict;
  readonly remarks: readonly Remark[];
  readonly headerBytes: number;
  /** The message is a piece of another one. */
  readonly fragment?: Fragment;
}

export interface VerdictCacheOptions {
  readonly entries: number;
  /** How long a verdict counts; for ever when not given. */
  readonly ageMs?: number | undefined;
  readonly clock: Clock;
}

/** Keeps those that were asked for last. Digests are Latin-1 text of 32 characters. */
export class VerdictCache {
  readonly #options: VerdictCacheOptions;
  /** Nothing was found and nothing is to be told: the length of the header is all there is to keep. */
  readonly #clean = new Map<string, number>();
  readonly #others = new Map<string, Entry>();
  #characters = 0;

  constructor(options: VerdictCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#clean.size + this.#others.size;
  }

  get(digest: string): RememberedVerdict | undefined {
    const headerBytes = this.#clean.get(digest);
    if (headerBytes !== undefined) {
      this.#clean.delete(digest);
      this.#clean.set(digest, headerBytes);
      return { verdict: CLEAN, remarks: [], headerBytes };
    }
    const entry = this.#others.get(digest);
    if (entry === undefined) return undefined;
    this.#others.delete(digest);
    if (!(this.#options.clock.monotonic() <= entry.untilMs)) {
      this.#characters -= entry.characters;
      return undefined;
    }
    this.#others.set(digest, entry);
    return entry.remembered;
  }

  /** Only what isRepeatable() says yes to. */
  set(digest: string, remembered: RememberedVerdict): void {
    this.delete(digest);
    const { ageMs, clock, entries } = this.#options;
    if (ageMs === undefined && isPlainClean(remembered)) {
      this.#clean.set(digest, remembered.headerBytes);
    } else {
      const characters = JSON.stringify([remembered.verdict, remembered.remarks]).length;
      if (characters > cacheLimits.verdictCharacters) return;
      const untilMs = ageMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() + ageMs;
      this.#others.set(digest, { remembered, characters, untilMs });
      this.#characters += characters;
    }
    while (this.#characters > cacheLimits.findingCharacters) this.#forgetOldest(this.#others);
    while (this.size > entries) this.#forgetOldest(this.#longerOne(entries));
  }

  delete(digest: string): void {
    this.#clean.delete(digest);
    this.#characters -= this.#others.get(digest)?.characters ?? 0;
    this.#others.delete(digest);
  }

  clear(): void {
    this.#clean.clear();
    this.#others.clear();
    this.#characters = 0;
  }

  /** Clean mail is what comes again: the others have a quarter of the room, unless there is nothing else. */
  #longerOne(entries: number): ReadonlyMap<string, unknown> {
    return this.#clean.size === 0 || this.#others.size * 4 > entries ? this.#others : this.#clean;
  }

  #forgetOldest(map: ReadonlyMap<string, unknown>): void {
    for (const digest of map.keys()) {
      this.delete(digest);
      return;
    }
  }
}

/** Whether another scan of the same octets would say the same: what time, chance or another program had a part in is
 *  not remembered. */
export function isRepeatable({ reasons }: Verdict): boolean {
  return !reasons.some(({ code }) => UNREPEATABLE.has(code));
}

/** Whether there is nothing to tell: no finding, no remark. */
export function isPlainClean({ verdict, remarks }: Pick<RememberedVerdict, "verdict" | "remarks">): boolean {
  return verdict.kind === "clean" && remarks.length === 0;
}

interface Entry {
  readonly remembered: RememberedVerdict;
  readonly characters: number;
  /** On the clock's monotonic time. */
  readonly untilMs: number;
}

const UNREPEATABLE: ReadonlySet<ReasonCode> = new Set(["engine", "crash", "timeout", "limit-time"]);
