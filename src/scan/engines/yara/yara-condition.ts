/** Conditions of YARA rules, relaxed: an expression of patterns alone that is true wherever the condition is, whatever
 *  else the octets lie among. What cannot be expressed so counts as true. */
import { yaraLimits } from "../../../core/scan-limits.ts";
import type { YaraToken } from "./yara-tokens.ts";

/** Undefined when nothing is left of the condition. */
export function relaxedCondition(condition: readonly YaraToken[]): string | undefined {
  return relaxed(condition, 0);
}

/** `or` binds less than `and`, and that less than everything else. */
function relaxed(tokens: readonly YaraToken[], depth: number): string | undefined {
  if (depth > yaraLimits.conditionDepth) return undefined;
  const choices = splitAt(tokens, "or").map((choice) => {
    const needed = splitAt(choice, "and").map((atom) => relaxedAtom(atom, depth));
    const known = needed.filter((expression) => expression !== undefined);
    return known.length === 0 ? undefined : known.map((expression) => `(${expression})`).join(" and ");
  });
  const known = choices.filter((expression) => expression !== undefined);
  return known.length < choices.length ? undefined : known.map((expression) => `(${expression})`).join(" or ");
}

function relaxedAtom(atom: readonly YaraToken[], depth: number): string | undefined {
  const [first, second, third] = atom;
  if (first === undefined) return undefined;
  if (first.text === "(" && closingOf(atom) === atom.length - 1) return relaxed(atom.slice(1, -1), depth + 1);
  // `$a`, `$a at 0`, `$a in (0..100)`
  if (first.kind === "pattern" && first.text.startsWith("$") && (second === undefined || isPlace(second))) {
    return first.text === "$" ? undefined : first.text;
  }
  if (first.kind === "pattern" && first.text.startsWith("#")) return relaxedCount(atom);
  const isQuantity = first.text === "any" || first.text === "all" || isPositive(first);
  if (isQuantity && second?.text === "of") return relaxedSet(first.text, atom.slice(2));
  if (isPositive(first) && second?.text === "%" && third?.text === "of") {
    return relaxedSet(`${first.text}%`, atom.slice(3));
  }
  return undefined;
}

/** `#a > 3` and its like ask for the pattern at least once. */
function relaxedCount(atom: readonly YaraToken[]): string | undefined {
  const [pattern, ...rest] = atom;
  const number = rest.at(-1);
  if (pattern === undefined || pattern.text === "#" || number?.kind !== "number" || !/^[0-9]+$/.test(number.text)) {
    return undefined;
  }
  const operator = rest
    .slice(0, -1)
    .map(({ text }) => text)
    .join("");
  const isAtLeastOne = operator === ">" || ((operator === ">=" || operator === "==") && Number(number.text) > 0);
  return isAtLeastOne ? `$${pattern.text.slice(1)}` : undefined;
}

/** `them` or a list of patterns, perhaps with a place behind it. */
function relaxedSet(quantity: string, tokens: readonly YaraToken[]): string | undefined {
  const [first] = tokens;
  if (first?.text === "them") return isOver(tokens[1]) ? `${quantity} of them` : undefined;
  if (first?.text !== "(") return undefined;
  const end = closingOf(tokens);
  const set = tokens.slice(1, end);
  const arePatterns = set.every(({ kind, text }) => text === "," || (kind === "pattern" && text.startsWith("$")));
  if (!arePatterns || !isOver(tokens[end + 1])) return undefined;
  return `${quantity} of (${set.map(({ text }) => text).join("")})`;
}

function isOver(token: YaraToken | undefined): boolean {
  return token === undefined || isPlace(token);
}

function isPlace({ text }: YaraToken): boolean {
  return text === "at" || text === "in";
}

function isPositive({ kind, text }: YaraToken): boolean {
  return kind === "number" && /^[0-9]{1,9}$/.test(text) && Number(text) > 0;
}

/** The index of the parenthesis that closes the first one; beyond the end when none does. */
function closingOf(tokens: readonly YaraToken[]): number {
  let depth = 0;
  for (const [index, { text, kind }] of tokens.entries()) {
    if (kind !== "mark") continue;
    if (text === "(") depth += 1;
    if (text === ")") depth -= 1;
    if (depth === 0) return index;
  }
  return tokens.length;
}

function splitAt(tokens: readonly YaraToken[], word: "and" | "or"): YaraToken[][] {
  const parts: YaraToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === "mark" && token.text === "(") depth += 1;
    if (token.kind === "mark" && token.text === ")") depth -= 1;
    if (depth === 0 && token.text === word) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}
