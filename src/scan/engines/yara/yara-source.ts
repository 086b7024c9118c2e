/** YARA source text as rules: where each is, and what of it can be looked for in all pieces of a message at once. */
import { relaxedCondition } from "./yara-condition.ts";
import { type YaraToken, yaraTokens } from "./yara-tokens.ts";

export interface YaraRule {
  readonly name: string;
  /** From its first word to behind its closing brace. */
  readonly start: number;
  readonly end: number;
  readonly firstLine: number;
  readonly lastLine: number;
  /** A rule with the same patterns that matches wherever this one does, whatever lies around; undefined when there is
   *  none, because the rule asks for more than patterns. */
  readonly relaxed: string | undefined;
}

/** The rules of a file, in their order. What is broken may be missing or misunderstood: the compiler has the say. */
export function yaraRules(source: string): YaraRule[] {
  const tokens = yaraTokens(source);
  const rules: YaraRule[] = [];
  for (let index = 0; index < tokens.length; ) {
    const rule = readRule(source, tokens, index);
    if (rule === undefined) {
      index += 1;
      continue;
    }
    rules.push(rule.rule);
    index = rule.next;
  }
  return rules;
}

/** `source` without the octets of `rules`; every other line keeps its number. */
export function withoutRules(source: string, rules: readonly Pick<YaraRule, "start" | "end">[]): string {
  let rest = source;
  for (const { start, end } of rules) {
    rest = rest.slice(0, start) + rest.slice(start, end).replace(/[^\n]/g, " ") + rest.slice(end);
  }
  return rest;
}

/** The rule that begins at token `first`, if one does. */
function readRule(
  source: string,
  tokens: readonly YaraToken[],
  first: number,
): { rule: YaraRule; next: number } | undefined {
  let index = first;
  while (MODIFIERS.has(tokens[index]?.text ?? "")) index += 1;
  const name = tokens[index + 1];
  if (tokens[index]?.text !== "rule" || name?.kind !== "word") return undefined;
  const sections = new Map<string, YaraToken[]>();
  let section: YaraToken[] = [];
  for (index += 2; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined || token.text === "}") break;
    const isTitle = SECTIONS.has(token.text) && tokens[index + 1]?.text === ":" && !sections.has(token.text);
    // A rule whose end is missing ends where the next one begins.
    if (token.text === "rule" && tokens[index + 1]?.kind === "word" && !isInside(sections)) break;
    if (isTitle) {
      section = [];
      sections.set(token.text, section);
      index += 1;
    } else {
      section.push(token);
    }
  }
  const start = tokens[first];
  const last = tokens[index] ?? tokens.at(-1);
  if (start === undefined || last === undefined) return undefined;
  const end = last.text === "}" ? last.start + 1 : last.start;
  const relaxed = relaxedRule(source, name.text, sections.get("strings") ?? [], sections.get("condition") ?? []);
  const rule = { name: name.text, start: start.start, end, firstLine: start.line, lastLine: last.line, relaxed };
  return { rule, next: last.text === "}" ? index + 1 : index };
}

/** `rule` is a word like any other once the sections have begun. */
function isInside(sections: ReadonlyMap<string, unknown>): boolean {
  return sections.size > 0;
}

function relaxedRule(
  source: string,
  name: string,
  strings: readonly YaraToken[],
  condition: readonly YaraToken[],
): string | undefined {
  const first = strings[0];
  const last = strings.at(-1);
  // `^` and `$` mean the ends of what is scanned.
  if (first === undefined || last === undefined || strings.some(isAnchored)) return undefined;
  const relaxed = relaxedCondition(condition);
  if (relaxed === undefined) return undefined;
  const patterns = source.slice(first.start, last.start + last.text.length);
  // Every pattern has to be mentioned.
  return `rule ${name} { strings: ${patterns}\ncondition: (any of them or true) and (${relaxed}) }`;
}

function isAnchored({ kind, text }: YaraToken): boolean {
  return kind === "regex" && /(?<!\[)\^|\$/.test(text);
}

const MODIFIERS: ReadonlySet<string> = new Set(["global", "private"]);
const SECTIONS: ReadonlySet<string> = new Set(["meta", "strings", "variables", "condition"]);
