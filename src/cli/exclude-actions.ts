/** What the forms of `mailward exclude` do. */
import { UserError } from "../core/errors.ts";
import { HOST_PATTERN_FORMS, isAnyHost, parseHostPattern } from "../core/host-pattern.ts";
import { IP_RANGE_FORMS, isSameRange, isWholeFamily, parseIpRange } from "../core/ip-range.ts";
import { jsonLine } from "../core/json-line.ts";
import { sanitize } from "../core/sanitize.ts";
import { suggest } from "../core/suggest.ts";
import { type CliOptions, flagOption } from "./arguments.ts";
import { changeConfig, requireValid, tellChange } from "./config-change.ts";
import type { CliContext } from "./context.ts";
import { refuseSurplus, splitEntries } from "./subcommand.ts";

/** `mailward exclude list`. */
export async function listAll(surplus: readonly string[], options: CliOptions, context: CliContext): Promise<number> {
  refuseSurplus("exclude list", surplus);
  const { exclude } = await context.loadSettings(options);
  if (flagOption(options, "json")) context.stdout.write(`${jsonLine(exclude)}\n`);
  else {
    for (const kind of ["ip", "host"] as const) {
      for (const rule of exclude[kind]) context.stdout.write(`${kind} ${sanitize(rule)}\n`);
    }
  }
  return 0;
}

/** `mailward exclude ip …` and `mailward exclude host …`. */
export async function runExclude(
  kind: Kind,
  action: "list" | "add" | "remove",
  words: readonly string[],
  options: CliOptions,
  context: CliContext,
): Promise<number> {
  if (action === "list") {
    refuseSurplus(`exclude ${kind} list`, words);
    const rules = (await context.loadSettings(options)).exclude[kind];
    if (flagOption(options, "json")) context.stdout.write(`${jsonLine(rules)}\n`);
    else context.stdout.write(rules.map((rule) => `${sanitize(rule)}\n`).join(""));
    return 0;
  }
  const rules = splitEntries(words);
  if (rules.length === 0) {
    throw new UserError(`Cannot ${action} a rule: none is given`, { hint: `A rule is one of ${KINDS[kind].forms}` });
  }
  for (const rule of rules) requireRule(kind, rule);
  const key = `exclude.${kind}` as const;
  const outcome = await changeConfig(context, options, (current) => {
    const present = requireValid(current).values[key];
    const value = action === "add" ? added(kind, rules, present, context) : removed(kind, rules, present);
    return value.length === present.length ? undefined : { key, value };
  });
  tellChange(context, key, outcome);
  for (const rule of action === "add" ? rules : []) {
    if (KINDS[kind].isEverything(rule)) {
      context.note(`"${sanitize(rule)}" excludes nearly every ${KINDS[kind].noun}: mail from there is not scanned`);
    }
  }
  return 0;
}

type Kind = "ip" | "host";

interface RuleKind {
  readonly forms: string;
  readonly noun: string;
  problemOf(rule: string): string | undefined;
  isSame(left: string, right: string): boolean;
  isEverything(rule: string): boolean;
}

const KINDS: Readonly<Record<Kind, RuleKind>> = {
  ip: {
    forms: IP_RANGE_FORMS,
    noun: "address",
    problemOf: (rule) => {
      const parsed = parseIpRange(rule);
      return parsed.type === "invalid" ? parsed.problem : undefined;
    },
    isSame: (left, right) => {
      const [a, b] = [parseIpRange(left), parseIpRange(right)];
      return a.type === "range" && b.type === "range" && isSameRange(a.range, b.range);
    },
    isEverything: (rule) => {
      const parsed = parseIpRange(rule);
      return parsed.type === "range" && isWholeFamily(parsed.range);
    },
  },
  host: {
    forms: HOST_PATTERN_FORMS,
    noun: "host",
    problemOf: (rule) => {
      const parsed = parseHostPattern(rule);
      return parsed.type === "invalid" ? parsed.problem : undefined;
    },
    isSame: (left, right) => {
      const [a, b] = [parseHostPattern(left), parseHostPattern(right)];
      return a.type === "pattern" && b.type === "pattern" && a.pattern === b.pattern;
    },
    isEverything: (rule) => {
      const parsed = parseHostPattern(rule);
      return parsed.type === "pattern" && isAnyHost(parsed.pattern);
    },
  },
};

function requireRule(kind: Kind, rule: string): void {
  const problem = KINDS[kind].problemOf(rule);
  if (problem === undefined) return;
  throw new UserError(`Cannot use the rule "${sanitize(rule, 100)}": ${sanitize(problem)}`, {
    hint: `A rule is one of ${KINDS[kind].forms}`,
  });
}

function added(
  kind: Kind,
  rules: readonly string[],
  present: readonly string[],
  context: CliContext,
): readonly string[] {
  const result = [...present];
  for (const rule of rules) {
    const known = result.find((existing) => KINDS[kind].isSame(existing, rule));
    if (known === undefined) result.push(rule);
    else context.note(`"${sanitize(rule)}" is there already${known === rule ? "" : `, as "${sanitize(known)}"`}`);
  }
  return result;
}

function removed(kind: Kind, rules: readonly string[], present: readonly string[]): readonly string[] {
  for (const rule of rules) {
    if (present.some((existing) => KINDS[kind].isSame(existing, rule))) continue;
    const nearest = suggest(rule, present);
    const rest = `The rules: mailward exclude ${kind} list`;
    throw new UserError(`Cannot remove the rule "${sanitize(rule, 100)}": it is not there`, {
      hint: nearest === undefined ? rest : `Did you mean "${sanitize(nearest)}"? ${rest}`,
    });
  }
  return present.filter((existing) => !rules.some((rule) => KINDS[kind].isSame(existing, rule)));
}
