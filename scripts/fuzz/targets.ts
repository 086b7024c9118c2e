/** The parsers that are fuzzed, each with valid input to start from. */
import { type FuzzParser, fuzzParsers } from "./parsers.ts";
import { collectSeeds } from "./seeds.ts";

export interface FuzzTarget extends FuzzParser {
  readonly seeds: readonly [Buffer, ...Buffer[]];
}

/** All targets, or those whose name is or begins with one of `names`. */
export function fuzzTargets(names: readonly string[] = []): FuzzTarget[] {
  const seeds = collectSeeds();
  return fuzzParsers()
    .filter(
      ({ name }) => names.length === 0 || names.some((wanted) => name === wanted || name.startsWith(`${wanted}-`)),
    )
    .map((parser) => {
      const [first, ...rest] = seeds.get(parser.name) ?? [];
      if (first === undefined) throw new Error(`Cannot fuzz "${parser.name}": there is no valid input to start from`);
      return { ...parser, seeds: [first, ...rest] };
    });
}
