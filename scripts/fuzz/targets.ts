/** The parsers that are fuzzed, each with valid input to start from. */
import { type FuzzParser, fuzzParsers } from "./parsers.ts";
import { collectSeeds } from "./seeds.ts";

export interface FuzzTarget extends FuzzParser {
  readonly seeds: readonly [Buffer, ...Buffer[]];
}

/** All targets, or those whose name is or begins with one of `names`. */
export function fuzzTargets(names: readonly string[] = []): FuzzTarget[] {
  const parsers = fuzzParsers();
  const unknown = names.find((prefix) => !parsers.some(({ name }) => isWanted(name, prefix)));
  if (unknown !== undefined) throw new Error(`Cannot fuzz "${unknown}": there is no such target, see --list`);
  const wanted = parsers.filter(({ name }) => names.length === 0 || names.some((prefix) => isWanted(name, prefix)));
  const seeds = collectSeeds(wanted.map(({ name }) => name));
  return wanted.map((parser) => {
    const [first, ...rest] = seeds.get(parser.name) ?? [];
    if (first === undefined) throw new Error(`Cannot fuzz "${parser.name}": there is no valid input to start from`);
    return { ...parser, seeds: [first, ...rest] };
  });
}

function isWanted(name: string, prefix: string): boolean {
  return name === prefix || name.startsWith(`${prefix}-`);
}
