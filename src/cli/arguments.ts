/** Reads argv by the commands and options that cac knows. cac's own reading turns `0143` into 143, loses a lone `-`,
 *  lets a flag swallow the word after it and accepts unknown commands, so that this one is used instead. */
import type { CAC, Command } from "cac";
import { UserError } from "../core/errors.ts";
import { sanitize } from "../core/sanitize.ts";
import { suggest } from "../core/suggest.ts";

/** Options by their name in camelCase: text for one that takes a value, a list for one that was given more than once. */
export type CliOptions = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** What was typed. `positionals` does not hold the command's name. */
export interface Arguments {
  readonly command: Command | undefined;
  /** The first word that is no option, even if no command is called so. */
  readonly word: string | undefined;
  readonly positionals: readonly string[];
  readonly options: CliOptions;
}

/** Reads all of `argv`; an option that does not exist or lacks its value is a UserError. Help wins over such errors. */
export function readArguments(cli: CAC, argv: readonly string[]): Arguments {
  const result: Reading = { command: undefined, word: undefined, positionals: [], options: Object.create(null) };
  const wantsHelp = asksForHelp(argv);
  const tokens = [...argv];
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    if (token === "--") {
      for (const rest of tokens) takeWord(cli, result, rest);
      break;
    }
    if (isOptionLike(token)) {
      try {
        takeOption(cli, result, token, tokens);
      } catch (error) {
        if (!wantsHelp) throw error;
      }
    } else takeWord(cli, result, token);
  }
  return result;
}

/** The value of an option that takes one; given twice, it is a UserError. */
export function textOption(options: CliOptions, name: string): string | undefined {
  const value = options[name];
  if (typeof value === "object") throw new UserError(`Cannot use the option "--${name}" twice: it takes one value`);
  return typeof value === "string" ? value : undefined;
}

/** The values of an option that may be repeated. */
export function listOption(options: CliOptions, name: string): readonly string[] {
  const value = options[name];
  if (typeof value === "string") return [value];
  return typeof value === "object" ? value : [];
}

/** Whether a flag was given. */
export function flagOption(options: CliOptions, name: string): boolean {
  return options[name] === true;
}

type Option = Command["options"][number];

interface Reading {
  command: Command | undefined;
  word: string | undefined;
  readonly positionals: string[];
  readonly options: Record<string, string | boolean | readonly string[] | undefined>;
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).some((token) => token === "--help" || token === "-h");
}

function takeWord(cli: CAC, result: Reading, word: string): void {
  if (result.word !== undefined) {
    result.positionals.push(word);
    return;
  }
  result.word = word;
  result.command = cli.commands.find((command) => command.isMatched(word));
}

function takeOption(cli: CAC, result: Reading, token: string, rest: string[]): void {
  if (!token.startsWith("--")) {
    takeShortOptions(cli, result, token, rest);
    return;
  }
  const equals = token.indexOf("=");
  const flag = equals < 0 ? token : token.slice(0, equals);
  const value = equals < 0 ? undefined : token.slice(equals + 1);
  store(result, findOption(cli, result, flag, token), flag, value, rest);
}

/** `-abc` is `-a -b -c`; the first that takes a value takes what follows it, `-jx` as well as `-j x`. */
function takeShortOptions(cli: CAC, result: Reading, token: string, rest: string[]): void {
  for (let index = 1; index < token.length; index += 1) {
    const flag = `-${token[index]}`;
    const option = findOption(cli, result, flag, token);
    if (option.isBoolean === true) {
      store(result, option, flag, undefined, rest);
      continue;
    }
    const attached = token.slice(index + 1).replace(/^=/, "");
    store(result, option, flag, attached === "" ? undefined : attached, rest);
    return;
  }
}

/** The option called `flag`, which stood in `token`. */
function findOption(cli: CAC, result: Reading, flag: string, token: string): Option {
  const known = [...(result.command?.options ?? []), ...cli.globalCommand.options];
  const found = known.find((option) => flagsOf(option).includes(flag));
  if (found !== undefined) return found;
  const shown = sanitize(flag, SHOWN_CHARACTERS);
  if (result.word === undefined && ownersOf(cli, flag).length > 0) {
    throw new UserError(`Cannot use the option "${shown}" here: it belongs after the command's name`, {
      hint: `Commands that have it: ${ownersOf(cli, flag).join(", ")}`,
    });
  }
  if (result.word !== undefined && result.command === undefined) throw unknownCommand(cli, result.word);
  const nearest = flag.startsWith("--") ? suggest(flag, known.flatMap(flagsOf)) : inOtherCase(flag, known);
  const help = result.command === undefined ? "mailward --help" : `mailward ${result.command.name} --help`;
  throw new UserError(`Cannot use the option "${shown}": there is none of that name`, {
    hint:
      nearest === undefined
        ? `All options: ${help}${wordAdvice(result, token)}`
        : `Did you mean ${nearest}? All options: ${help}`,
  });
}

/** `-v` for `-V, --version`. */
function inOtherCase(flag: string, known: readonly Option[]): string | undefined {
  const found = known.find((option) => flagsOf(option).some((name) => name.toLowerCase() === flag.toLowerCase()));
  return found === undefined ? undefined : flagsOf(found).join(", ");
}

/** What begins with a dash may have been meant as a word: a host name, a file. */
function wordAdvice({ command }: Reading, token: string): string {
  if (command === undefined || command.args.length === 0) return "";
  const form = `mailward ${command.name} … -- ${sanitize(token, SHOWN_CHARACTERS)}`;
  return `\nA word that begins with a dash comes after "--": ${form}`;
}

/** The error for a first word that is no command. */
export function unknownCommand(cli: CAC, word: string): UserError {
  const names = cli.commands.filter((command) => command.description !== "").map((command) => command.name);
  const nearest = word.toLowerCase() === "version" ? "--version" : suggest(word, names);
  return new UserError(`Cannot run "${sanitize(word, SHOWN_CHARACTERS)}": there is no such command`, {
    hint: nearest === undefined ? "All commands: mailward --help" : `Did you mean "mailward ${nearest}"?`,
  });
}

function ownersOf(cli: CAC, flag: string): string[] {
  const owners = cli.commands.filter((command) => command.options.some((option) => flagsOf(option).includes(flag)));
  return owners.filter((command) => command.description !== "").map((command) => command.name);
}

/** "-j, --jobs <count>" has the flags "-j" and "--jobs". */
export function flagsOf(option: Option): string[] {
  const flags = option.rawName.replace(/[<[].*$/, "").split(",");
  return flags.map((flag) => flag.trim());
}

function store(result: Reading, option: Option, flag: string, attached: string | undefined, rest: string[]): void {
  if (option.isBoolean === true) {
    if (attached !== undefined) {
      throw new UserError(`Cannot use "${flag}=${sanitize(attached, SHOWN_CHARACTERS)}": ${flag} takes no value`);
    }
    result.options[option.name] = !option.negated;
    return;
  }
  const value = attached ?? takeValue(option, flag, rest);
  const earlier = listOption(result.options, option.name);
  result.options[option.name] = earlier.length === 0 ? value : [...earlier, value];
}

function takeValue(option: Option, flag: string, rest: string[]): string {
  const [next] = rest;
  if (next === undefined || isOptionLike(next)) {
    throw new UserError(`Cannot use the option "${flag}" without a value: ${option.rawName}`, {
      hint: `A value that begins with a dash is written ${flag}=-value`,
    });
  }
  rest.shift();
  return next;
}

/** No option is a digit: `-1` and `-5MB` are values, for the check of the value to refuse. */
function isOptionLike(token: string): boolean {
  return token.startsWith("-") && token.length > 1 && !/^-[0-9][0-9.]*[a-z]*$/i.test(token);
}

const SHOWN_CHARACTERS = 100;
