/** The words of YARA source text, as far as it takes to tell rules and conditions apart. The text is the user's own. */

export type YaraTokenKind = "word" | "pattern" | "number" | "string" | "regex" | "hex" | "mark";

/** `line` counts from 1; a `pattern` is `$a`, `#a`, `@a` or `!a` with or without a name or a star. */
export interface YaraToken {
  readonly kind: YaraTokenKind;
  readonly text: string;
  readonly start: number;
  readonly line: number;
}

/** Splits source text; what is no token of the language is a mark of one character. */
export function yaraTokens(source: string): YaraToken[] {
  const tokens: YaraToken[] = [];
  let line = 1;
  let index = 0;
  while (index < source.length) {
    const start = index;
    const end = tokenEnd(source, index, tokens.at(-1));
    const kind = kindOf(source, index, tokens.at(-1));
    if (kind !== undefined) tokens.push({ kind, text: source.slice(start, end), start, line });
    for (let at = source.indexOf("\n", start); at >= 0 && at < end; at = source.indexOf("\n", at + 1)) line += 1;
    index = end;
  }
  return tokens;
}

/** Undefined for white space and comments. */
function kindOf(source: string, index: number, before: YaraToken | undefined): YaraTokenKind | undefined {
  const character = source[index] ?? "";
  if (/\s/.test(character) || isComment(source, index)) return undefined;
  if (character === '"') return "string";
  if (character === "/") return "regex";
  if (character === "{" && before?.text === "=") return "hex";
  if (/[$#@!]/.test(character) && !(character === "!" && source[index + 1] === "=")) return "pattern";
  if (/[0-9]/.test(character)) return "number";
  return /[A-Za-z_]/.test(character) ? "word" : "mark";
}

function tokenEnd(source: string, index: number, before: YaraToken | undefined): number {
  const kind = kindOf(source, index, before);
  switch (kind) {
    case undefined:
      return isComment(source, index) ? commentEnd(source, index) : match(SPACE, source, index);
    case "string":
      return match(STRING, source, index);
    case "regex":
      return match(REGEX, source, index);
    case "hex":
      return hexEnd(source, index);
    case "pattern":
      return match(PATTERN, source, index);
    case "number":
      return match(NUMBER, source, index);
    case "word":
      return match(WORD, source, index);
    case "mark":
      return index + 1;
  }
}

function isComment(source: string, index: number): boolean {
  return source.startsWith("//", index) || source.startsWith("/*", index);
}

function commentEnd(source: string, index: number): number {
  const isBlock = source[index + 1] === "*";
  const end = source.indexOf(isBlock ? "*/" : "\n", index + 2);
  if (end < 0) return source.length;
  return isBlock ? end + 2 : end;
}

/** A hex string holds comments, in which a brace means nothing. */
function hexEnd(source: string, start: number): number {
  let index = start + 1;
  while (index < source.length && source[index] !== "}") {
    index = isComment(source, index) ? commentEnd(source, index) : index + 1;
  }
  return Math.min(index + 1, source.length);
}

function match(expression: RegExp, source: string, index: number): number {
  expression.lastIndex = index;
  return expression.test(source) ? expression.lastIndex : index + 1;
}

const SPACE = /\s+/y;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"?/y;
const REGEX = /\/(?:[^/\\\n]|\\[^\n])+\/[a-z]*/y;
const PATTERN = /[$#@!][A-Za-z0-9_]*\*?/y;
const NUMBER = /[0-9][A-Za-z0-9_.]*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
