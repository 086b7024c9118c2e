/** Which passwords have opened something in this message, and how many more tries it may cost. The same message, the
 *  same tries: they are counted by what they cost on average, not by the clock. */
import { passwordLimits } from "../core/scan-limits.ts";

export class PasswordTries {
  readonly #found: string[] = [];
  #cost = 0;
  #emptyCost = 0;

  /** False when a try of this cost is not allowed any more. */
  take(cost: number): boolean {
    if (this.#cost + cost > passwordLimits.cost) return false;
    this.#cost += cost;
    return true;
  }

  /** The same of a try without any password: what has to be tried with words leaves these alone, and thousands of
   *  documents that do not even open without one cost no more than some. */
  takeEmpty(cost: number): boolean {
    if (this.#emptyCost + cost > passwordLimits.emptyCost) return false;
    this.#emptyCost += cost;
    return true;
  }

  /** One sender, one password: what has opened something is tried first on the next. */
  remember(word: string): void {
    if (!this.#found.includes(word)) this.#found.unshift(word);
  }

  /** Those that have opened something, then all others. */
  *inOrder(words: readonly string[]): Generator<string> {
    yield* this.#found;
    for (const word of words) if (!this.#found.includes(word)) yield word;
  }

  get found(): readonly string[] {
    return this.#found;
  }
}
