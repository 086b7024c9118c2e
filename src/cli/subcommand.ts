/** The second word of commands such as `mailward ports add`; cac knows one-word commands alone. */
import { UserError } from "../core/errors.ts";
import { sanitize } from "../core/sanitize.ts";
import { suggest } from "../core/suggest.ts";

/** `word` as one of `words`; missing or mistyped, it is a UserError. `command` is what comes before it. */
export function chooseWord<const T extends string>(command: string, word: string | undefined, words: readonly T[]): T {
  const found = words.find((candidate) => candidate === word);
  if (found !== undefined) return found;
  const choices = `mailward ${command} ${words.join("|")}`;
  if (word === undefined) {
    throw new UserError(`Cannot run "mailward ${command}": a word is missing after it`, { hint: `Usage: ${choices}` });
  }
  const nearest = suggest(word, words);
  throw new UserError(`Cannot run "mailward ${command} ${sanitize(word, 100)}": there is no such thing`, {
    hint: nearest === undefined ? `Usage: ${choices}` : `Did you mean "mailward ${command} ${nearest}"?`,
  });
}

/** Refuses words that a subcommand does nothing with. */
export function refuseSurplus(command: string, words: readonly string[]): void {
  const [surplus] = words;
  if (surplus === undefined) return;
  throw new UserError(`Cannot run "mailward ${command}" with "${sanitize(surplus, 100)}": one word too many`, {
    hint: `Its forms: mailward help ${command.split(" ")[0]}`,
  });
}

/** The entries of `words`, which may be separated by commas as well as by spaces. */
export function splitEntries(words: readonly string[]): string[] {
  return words.flatMap((word) => word.split(",")).flatMap((entry) => (entry.trim() === "" ? [] : [entry.trim()]));
}
