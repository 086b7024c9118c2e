/** A structured field value: a word and its parameters (RFC 2045 §5.1), taken apart without refusing anything. */
import { mimeLimits } from "../core/scan-limits.ts";

export interface Parameter {
  /** Lower case, with the `*` marks of RFC 2231, without white space, NULs and quotes. */
  readonly name: string;
  /** As written, white space around it cut. */
  readonly raw: string;
  /** Without its quotes and escapes. */
  readonly value: string;
}

export interface StructuredValue {
  /** What stands before the first semicolon. */
  readonly word: string;
  readonly parameters: readonly Parameter[];
  /** Something between the semicolons is no parameter. */
  readonly hasStray: boolean;
  /** There were more parameters than are read. */
  readonly isCut: boolean;
}

export function parseStructuredValue(text: string): StructuredValue {
  const first = endOfWord(text);
  const parameters: Parameter[] = [];
  let hasStray = false;
  let position = first + 1;
  let quote = text.indexOf('"', position);
  while (position < text.length && parameters.length < mimeLimits.parameters) {
    // Looked for once: many parameters without quotes would each look through all that follow.
    if (quote >= 0 && quote < position) quote = text.indexOf('"', position);
    const end = endOfParameter(text, position, quote);
    const part = text.slice(position, end);
    const parameter = parseParameter(part);
    if (parameter !== undefined) parameters.push(parameter);
    else hasStray ||= part.trim() !== "";
    position = end + 1;
  }
  return { word: text.slice(0, first).trim(), parameters, hasStray, isCut: position < text.length };
}

/** The type or encoding that `text` names: lower case, without comments, quotes, white space, NULs and controls. */
export function normalWord(text: string): string {
  return withoutComments(text).replace(INVISIBLE, "").replaceAll('"', "").toLowerCase();
}

/** `text` without what stands in parentheses; one that is never closed takes the rest with it. */
export function withoutComments(text: string): string {
  if (!text.includes("(")) return text;
  let depth = 0;
  let kept = "";
  let from = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === OPEN) {
      if (depth === 0) kept += text.slice(from, index);
      depth += 1;
    } else if (code === CLOSE && depth > 0) {
      depth -= 1;
      from = index + 1;
    }
  }
  return depth === 0 ? kept + text.slice(from) : kept;
}

/** The name of a parameter is found by its "=", or it is none. */
function parseParameter(text: string): Parameter | undefined {
  const equals = text.indexOf("=");
  if (equals < 0) return undefined;
  const name = text.slice(0, equals).replace(INVISIBLE, "").replaceAll('"', "").toLowerCase();
  const raw = text.slice(equals + 1).trim();
  return { name, raw, value: unquoted(raw) };
}

/** The content of a quoted string with its escapes resolved, or the text itself. */
export function unquoted(raw: string): string {
  if (!raw.startsWith('"')) return raw;
  const closing = closingQuote(raw, 0);
  return raw.slice(1, closing < 0 ? raw.length : closing).replace(/\\([\s\S])/g, "$1");
}

function endOfWord(text: string): number {
  const semicolon = text.indexOf(";");
  return semicolon < 0 ? text.length : semicolon;
}

/** The next semicolon outside a quoted value; `quote` is where the next one begins, if any. */
function endOfParameter(text: string, start: number, quote: number): number {
  const semicolon = text.indexOf(";", start);
  if (quote < 0 || (semicolon >= 0 && semicolon < quote)) return semicolon < 0 ? text.length : semicolon;
  const closing = closingQuote(text, quote);
  if (closing < 0) return text.length;
  const end = text.indexOf(";", closing);
  return end < 0 ? text.length : end;
}

/** The quote that ends the string begun at `open`, or -1. */
function closingQuote(text: string, open: number): number {
  for (let index = open + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === BACKSLASH) index += 1;
    else if (code === QUOTE) return index;
  }
  return -1;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const INVISIBLE = /[\x00-\x20\x7f-\xa0]+/g;
const OPEN = 0x28;
const CLOSE = 0x29;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
