/** The words tried on encrypted documents, and what trying them may cost: the document says how many times a word is
 *  hashed, and may say ten million. */
import { passwordLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import { reportOpened } from "../archives/opened-archive.ts";
import type { ExtractorSink } from "../extractor.ts";

export interface Opened<Key> {
  readonly key: Key;
  readonly password: string;
}

/** Tries every word with `open` until one gives a key; a try costs `rounds` hashes. Undefined when none does or the
 *  message's allowance is used up. */
export function tryPasswords<Key>(
  sink: ExtractorSink,
  { passwords }: Budget,
  rounds: number,
  open: (password: string) => Key | undefined,
): Opened<Key> | undefined {
  const cost = (rounds + SETUP_ROUNDS) * passwordLimits.hashCost;
  const words = [DEFAULT_PASSWORD, ...sink.passwords()];
  for (const password of passwords.inOrder(words)) {
    if (!passwords.take(cost)) return undefined;
    const key = open(password);
    if (key === undefined) continue;
    if (password !== DEFAULT_PASSWORD) passwords.remember(password);
    return { key, password };
  }
  return undefined;
}

/** Tells that a document was opened; the word itself is nobody's business but the sender's. */
export function remarkOpened(sink: ExtractorSink, name: string, password: string): void {
  if (password === DEFAULT_PASSWORD) sink.remark("opened", `${name}: with Excel's own password`);
  else reportOpened(name, password, [], sink);
}

/** Excel opens what is encrypted with it without asking. */
const DEFAULT_PASSWORD = "VelvetSweatshop";
/** Setting up and checking, in hashes. */
const SETUP_ROUNDS = 20;
