/** The words tried on encrypted documents, and what trying them may cost: the document says how many times a word is
 *  hashed, and may say ten million. */
import { officeLimits } from "../../../core/limits.ts";
import type { Budget } from "../../budget.ts";
import type { ExtractorSink } from "../extractor.ts";

/** What an opened document is described by. */
export interface Opened<Key> {
  readonly key: Key;
  readonly password: string;
}

/** Tries every word with `open` until one gives a key; a try costs `rounds` hashes. Undefined when none does or the
 *  message's allowance is used up. */
export function tryPasswords<Key>(
  sink: ExtractorSink,
  budget: Budget,
  rounds: number,
  open: (password: string) => Key | undefined,
): Opened<Key> | undefined {
  const cost = Number.isFinite(rounds) ? rounds + MIN_COST : Number.POSITIVE_INFINITY;
  for (const password of new Set([DEFAULT_PASSWORD, ...sink.passwords()])) {
    const spent = (spentRounds.get(budget) ?? 0) + cost;
    if (spent > officeLimits.hashRounds || budget.isOutOfTime()) return undefined;
    spentRounds.set(budget, spent);
    const key = open(password.slice(0, MAX_PASSWORD_CHARACTERS));
    if (key !== undefined) return { key, password };
  }
  return undefined;
}

/** Tells that a document was opened; the word itself is nobody's business but the sender's. */
export function remarkOpened(sink: ExtractorSink, name: string, password: string): void {
  sink.remark("opened", password === DEFAULT_PASSWORD ? `${name}: with Excel's own password` : `${name}: with a password`);
}

/** Excel opens what is encrypted with it without asking. */
const DEFAULT_PASSWORD = "VelvetSweatshop";
const MAX_PASSWORD_CHARACTERS = 255;
/** Setting up and checking, in hashes. */
const MIN_COST = 20;
/** By message. */
const spentRounds = new WeakMap<Budget, number>();
