/** The configuration's text as a tree: JSON with comments and trailing commas, every node with its place. */
import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { configLimits } from "../core/limits.ts";
import type { JsonValue } from "./leaf.ts";

/** `root` is undefined when the text holds nothing but white space and comments. */
export interface Document {
  readonly root: Node | undefined;
}

export interface SyntaxProblem {
  readonly offset: number;
  readonly text: string;
}

/** Reads `text`, which has no byte order mark. A text that is too deep is not read at all: the parser recurses. */
export function parseDocument(
  text: string,
): { type: "document"; document: Document } | { type: "invalid"; problems: readonly SyntaxProblem[] } {
  const tooDeep = offsetTooDeep(text);
  if (tooDeep !== undefined) {
    return {
      type: "invalid",
      problems: [{ offset: tooDeep, text: `more than ${configLimits.depth} braces and brackets inside each other` }],
    };
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  if (errors.length === 0) return { type: "document", document: { root } };
  return { type: "invalid", problems: syntaxProblems(errors) };
}

/** The plain value of a node. Objects have no prototype, so that a key `__proto__` is a key like any other. */
export function nodeValue(node: Node): JsonValue {
  if (node.type === "array") return (node.children ?? []).map(nodeValue);
  if (node.type !== "object") return node.value as JsonValue;
  const result: Record<string, JsonValue> = Object.create(null);
  for (const property of properties(node)) result[property.key] = nodeValue(property.value);
  return result;
}

export interface Property {
  readonly key: string;
  /** The whole of `"key": value`. */
  readonly node: Node;
  readonly value: Node;
}

/** The properties of an object node, in order, doubles included. */
export function properties(object: Node): Property[] {
  const result: Property[] = [];
  for (const node of object.children ?? []) {
    const [key, value] = node.children ?? [];
    if (key !== undefined && value !== undefined) result.push({ key: String(key.value), node, value });
  }
  return result;
}

/** The node at `path`, through objects alone; with double keys the first. */
export function nodeAt(root: Node | undefined, path: readonly string[]): Node | undefined {
  let node = root;
  for (const key of path) {
    if (node?.type !== "object") return undefined;
    node = properties(node).find((property) => property.key === key)?.value;
  }
  return node;
}

/** Line and column of `offset`, both from 1. CRLF, LF and CR end lines. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let index = 0; index < offset; index += 1) {
    const character = text[index];
    if (character !== "\n" && (character !== "\r" || text[index + 1] === "\n")) continue;
    line += 1;
    lineStart = index + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

/** What is missing for two open braces at the end is one thing to say, not two. */
function syntaxProblems(errors: readonly ParseError[]): readonly SyntaxProblem[] {
  const problems = new Map<string, SyntaxProblem>();
  for (const { offset, error } of errors) {
    if (problems.size >= configLimits.problems) break;
    const text = SYNTAX_TEXTS.get(printParseErrorCode(error)) ?? "not valid JSON with comments";
    problems.set(`${offset} ${text}`, { offset, text });
  }
  return [...problems.values()];
}

function offsetTooDeep(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (;;) {
    const token: number = scanner.scan();
    if (token === END_OF_FILE) return undefined;
    if (token === OPEN_BRACE || token === OPEN_BRACKET) depth += 1;
    else if (token === CLOSE_BRACE || token === CLOSE_BRACKET) depth -= 1;
    if (depth > configLimits.depth) return scanner.getTokenOffset();
  }
}

/** jsonc-parser's SyntaxKind, a const enum that erasable syntax can not reach. */
const OPEN_BRACE = 1;
const CLOSE_BRACE = 2;
const OPEN_BRACKET = 3;
const CLOSE_BRACKET = 4;
const END_OF_FILE = 17;

const SYNTAX_TEXTS: ReadonlyMap<string, string> = new Map([
  ["InvalidSymbol", "a word that JSON does not have; text stands in double quotes"],
  ["InvalidNumberFormat", "not a number as JSON writes it"],
  ["PropertyNameExpected", "a key in double quotes is missing here"],
  ["ValueExpected", "a value is missing here"],
  ["ColonExpected", "the colon after the key is missing here"],
  ["CommaExpected", "a comma is missing before this"],
  ["CloseBraceExpected", 'a closing "}" is missing here'],
  ["CloseBracketExpected", 'a closing "]" is missing here'],
  ["EndOfFileExpected", "the configuration has ended before this: it is one object"],
  ["InvalidCommentToken", "a comment is not allowed here"],
  ["UnexpectedEndOfComment", "this comment is never closed"],
  ["UnexpectedEndOfString", "this text is never closed"],
  ["UnexpectedEndOfNumber", "this number is cut off"],
  ["InvalidUnicode", "\\u is followed by four hexadecimal digits"],
  ["InvalidEscapeCharacter", "an escape that JSON does not have; a backslash is written twice"],
  ["InvalidCharacter", "a control character, which JSON does not allow in text"],
]);
