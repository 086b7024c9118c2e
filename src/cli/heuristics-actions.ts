/** What the forms of `mailward heuristics` do. */
import { UserError } from "../core/errors.ts";
import { HEURISTIC_NAMES, type HeuristicName } from "../core/heuristics.ts";
import { jsonLine } from "../core/json-line.ts";
import { sanitize } from "../core/sanitize.ts";
import { suggest } from "../core/suggest.ts";
import { describeHeuristic, heuristicPolicy } from "../scan/engines/heuristics/catalogue.ts";
import { type CliOptions, flagOption } from "./arguments.ts";
import { changeConfig, requireValid, tellChange } from "./config-change.ts";
import type { CliContext } from "./context.ts";
import { alignRows } from "./output.ts";
import { splitEntries } from "./subcommand.ts";
import { wrapLines } from "./wrap-lines.ts";

/** All of them, or an explanation of those that are named. */
export async function listHeuristics(
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
  if (!heuristics.isOn) context.note(ALL_OFF);
  const rows = alignRows(names.map((name) => [name, isOn(name) ? "on" : "off", describeHeuristic(name).title]));
  context.stdout.write(wrapLines(rows, context.stdout.columns));
  return 0;
}

/** Writes down only what differs from the defaults. */
export async function switchHeuristics(
  state: "on" | "off",
  words: readonly string[],
  options: CliOptions,
  context: CliContext,
): Promise<number> {
  const names = splitEntries(words).map(chooseHeuristic);
  if (names.length === 0) {
    throw new UserError(`Cannot switch a heuristic ${state}: none is given`, { hint: ALL_HEURISTICS });
  }
  const others = names.filter((name) => describeHeuristic(name).isOnByDefault !== (state === "on"));
  const isOut = await changeNames(state === "on" ? "off" : "on", (present) => without(present, names));
  const isIn = await changeNames(state, (present) => [...new Set([...present, ...others])]);
  if (!isOut && !isIn) context.note(`${state} already: ${names.join(", ")}`);
  if (state === "on" && !(await context.loadSettings(options)).engines.heuristics.isOn) context.note(ALL_OFF);
  return 0;

  async function changeNames(
    list: "on" | "off",
    change: (present: readonly string[]) => readonly string[],
  ): Promise<boolean> {
    const key = `heuristics.${list}` as const;
    const outcome = await changeConfig(context, options, (current) => {
      const present = requireValid(current).values[key];
      const value = change(present);
      return value.length === present.length ? undefined : { key, value };
    });
    if (outcome.isChanged) tellChange(context, key, outcome);
    return outcome.isChanged;
  }
}

function without(present: readonly string[], names: readonly string[]): readonly string[] {
  return present.filter((name) => !names.includes(name));
}

/** Names as they are in a detection are accepted too. */
function chooseHeuristic(word: string): HeuristicName {
  const plain = word.replace(/^Heuristics\./i, "");
  const found = HEURISTIC_NAMES.find((name) => name === plain);
  if (found !== undefined) return found;
  const nearest = suggest(plain, HEURISTIC_NAMES);
  throw new UserError(`Cannot use "${sanitize(word, 100)}": there is no such heuristic`, {
    hint: nearest === undefined ? ALL_HEURISTICS : `Did you mean "${nearest}"? ${ALL_HEURISTICS}`,
  });
}

function explain(name: HeuristicName, isOn: boolean): string {
  const { title, explanation, honestCases, isOnByDefault } = describeHeuristic(name);
  const state = isOn === isOnByDefault ? "by default" : `though ${isOnByDefault ? "on" : "off"} by default`;
  return [
    `${name}: ${title} (${isOn ? "on" : "off"}, ${state})`,
    `  ${explanation}`,
    `  Honest mail: ${honestCases}`,
    `  mailward heuristics ${isOn ? "off" : "on"} ${name}`,
    "",
  ].join("\n");
}

const ALL_OFF = "heuristics.enabled is false: all of them are off";
const ALL_HEURISTICS = "All heuristics: mailward heuristics";
