/** What `mailward heuristics` does. */
import { HEURISTIC_NAMES, type HeuristicName } from "../core/heuristics.ts";
import { jsonLine } from "../core/json-line.ts";
import { describeHeuristic, heuristicPolicy } from "../scan/engines/heuristics/catalogue.ts";
import { type CliOptions, flagOption } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import { alignRows } from "./output.ts";
import { chooseWord, splitEntries } from "./subcommand.ts";

export async function runHeuristics(
  words: readonly string[],
  options: CliOptions,
  context: CliContext,
): Promise<number> {
  const { heuristics } = (await context.loadSettings(options)).engines;
  const isOn = heuristicPolicy(heuristics);
  const chosen = splitEntries(words).map(chooseHeuristic);
  const names = chosen.length === 0 ? HEURISTIC_NAMES : chosen;
  if (flagOption(options, "json")) {
    const list = names.map((name) => ({ name, isOn: isOn(name), ...describeHeuristic(name) }));
    context.stdout.write(`${jsonLine(list)}\n`);
    return 0;
  }
  if (chosen.length > 0) {
    context.stdout.write(chosen.map((name) => explain(name, isOn(name))).join("\n"));
    return 0;
  }
  if (!heuristics.isOn) context.note("heuristics.enabled is false: all of them are off");
  context.stdout.write(
    alignRows(names.map((name) => [name, isOn(name) ? "on" : "off", describeHeuristic(name).title])),
  );
  return 0;
}

/** Names as they are in a detection are accepted too. */
function chooseHeuristic(word: string): HeuristicName {
  return chooseWord("heuristics", word.replace(/^Heuristics\./i, ""), HEURISTIC_NAMES);
}

function explain(name: HeuristicName, isOn: boolean): string {
  const { title, explanation, honestCases, isOnByDefault } = describeHeuristic(name);
  const state = isOn === isOnByDefault ? "by default" : `though ${isOnByDefault ? "on" : "off"} by default`;
  return [
    `${name}: ${title} (${isOn ? "on" : "off"}, ${state})`,
    `  ${explanation}`,
    `  Honest mail: ${honestCases}`,
    `  mailward config set heuristics.${isOn ? "off" : "on"} ${name}`,
    "",
  ].join("\n");
}
