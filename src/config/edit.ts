/** Changes to the configuration's text that leave every comment and the order of everything else as it was. */
import { type Node, visit } from "jsonc-parser";
import { nodeAt, nodeValue, type Property, parseDocument, properties } from "./document.ts";
import type { JsonValue } from "./leaf.ts";

/** `text` with `value` at `path`; sections that are missing are made. A list is changed entry by entry, so that comments
 *  between entries stay. A text that holds no object, or something else where a section belongs, stays as it is: the
 *  check that follows says so. */
export function setValue(text: string, path: readonly string[], value: JsonValue): string {
  const root = rootOf(text);
  if (root === undefined) return setValue(withEmptyObject(text), path, value);
  if (root.type !== "object") return text;
  const existing = nodeAt(root, path);
  if (existing === undefined) return insertProperty(text, root, path, value);
  if (existing.type === "array" && Array.isArray(value)) {
    const changed = setEntries(text, path, existing, value);
    return changed === text ? text : spreadEntries(changed, path);
  }
  if (JSON.stringify(nodeValue(existing)) === JSON.stringify(value)) return text;
  return applyChanges(text, [{ start: existing.offset, end: endOf(existing), insert: JSON.stringify(value) }]);
}

/** `text` without the key at `path`; comments around it stay. */
export function unsetValue(text: string, path: readonly string[]): string {
  const parent = nodeAt(rootOf(text), path.slice(0, -1));
  if (parent?.type !== "object") return text;
  const index = properties(parent).findIndex((property) => property.key === path.at(-1));
  return index < 0 ? text : applyChanges(text, removals(text, parent, new Set([index])));
}

interface Change {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

function rootOf(text: string): Node | undefined {
  const parsed = parseDocument(text);
  return parsed.type === "document" ? parsed.document.root : undefined;
}

function withEmptyObject(text: string): string {
  const separator = text === "" || text.endsWith("\n") ? "" : lineEndOf(text);
  return `${text}${separator}{}${lineEndOf(text)}`;
}

function insertProperty(text: string, root: Node, path: readonly string[], value: JsonValue): string {
  let parent = root;
  let depth = 0;
  for (const key of path.slice(0, -1)) {
    const next = nodeAt(parent, [key]);
    if (next === undefined) break;
    if (next.type !== "object") return text;
    parent = next;
    depth += 1;
  }
  const lineEnd = lineEndOf(text);
  const unit = indentUnit(text, root);
  const childIndent = indentInside(text, parent, unit);
  const build = (keys: readonly string[], indent: string): string => {
    const [key = "", ...rest] = keys;
    const head = `${JSON.stringify(key)}: `;
    if (rest.length === 0) return `${head}${writeValue(value)}`;
    return `${head}{${lineEnd}${indent}${unit}${build(rest, indent + unit)}${lineEnd}${indent}}`;
  };
  return applyChanges(text, additions(text, parent, [build(path.slice(depth), childIndent)], childIndent, true));
}

function setEntries(text: string, path: readonly string[], array: Node, wanted: readonly JsonValue[]): string {
  const entries = array.children ?? [];
  const old = entries.map((entry) => JSON.stringify(nodeValue(entry)));
  const next = wanted.map((entry) => JSON.stringify(entry));
  const isKept = new Set(next);
  const removed = new Set(old.flatMap((entry, index) => (isKept.has(entry) ? [] : [index])));
  const kept = old.filter((_, index) => !removed.has(index));
  if (kept.every((entry, index) => entry === next[index])) {
    // Entries went and came at the end: what stays keeps its place and its comment.
    const shorter = applyChanges(text, removals(text, array, removed));
    return appendEntries(shorter, path, next.slice(kept.length));
  }
  const overwritten = entries.slice(0, next.length).flatMap((entry, index): Change[] => {
    const insert = next[index] ?? "";
    return insert === old[index] ? [] : [{ start: entry.offset, end: endOf(entry), insert }];
  });
  const surplus = new Set(old.keys().filter((index) => index >= next.length));
  const rewritten = applyChanges(text, [...overwritten, ...removals(text, array, surplus)]);
  return appendEntries(rewritten, path, next.slice(old.length));
}

function appendEntries(text: string, path: readonly string[], entries: readonly string[]): string {
  const root = rootOf(text);
  const array = nodeAt(root, path);
  if (entries.length === 0 || root === undefined || array === undefined) return text;
  const indent = indentInside(text, array, indentUnit(text, root));
  return applyChanges(text, additions(text, array, entries, indent, false));
}

/** A list that spans lines, or has become too long for one, gets a line for each entry, and one for its end; any other
 *  stays on its line. Only white space changes, and only where there is no line break: so nothing can get into a line comment. */
function spreadEntries(text: string, path: readonly string[]): string {
  const root = rootOf(text);
  const array = nodeAt(root, path);
  const entries = array?.children ?? [];
  if (root === undefined || array === undefined || entries.length === 0) return text;
  const isLong = entries.length > 1 && endOf(array) - lineStartOf(text, array.offset) > LONGEST_LINE;
  if (!isLong && !hasLineBreak(text.slice(array.offset, endOf(array)))) return text;
  const lineEnd = lineEndOf(text);
  const indent = indentInside(text, array, indentUnit(text, root));
  const separators = commas(text);
  const changes: Change[] = [];
  let from = array.offset + 1;
  for (const entry of entries) {
    const gap = text.slice(from, entry.offset);
    if (!hasLineBreak(gap)) {
      const start = separators.find((offset) => offset >= from && offset < entry.offset) ?? from - 1;
      changes.push({ start: start + 1, end: pastBlanks(text, start + 1), insert: `${lineEnd}${indent}` });
    }
    from = endOf(entry);
  }
  const close = endOf(array) - 1;
  const tail = text.slice(from, close);
  if (!hasLineBreak(tail)) {
    const start = from + tail.trimEnd().length;
    changes.push({ start, end: close, insert: `${lineEnd}${indentOfLine(text, array.offset)}` });
  }
  return applyChanges(text, changes);
}

function pastBlanks(text: string, offset: number): number {
  let end = offset;
  while (text[end] === " " || text[end] === "\t") end += 1;
  return end;
}

/** Puts `children` after the last one of `parent`, on lines of their own where the last one has its own. */
function additions(
  text: string,
  parent: Node,
  children: readonly string[],
  indent: string,
  isObject: boolean,
): Change[] {
  const lineEnd = lineEndOf(text);
  const close = endOf(parent) - 1;
  const last = parent.children?.at(-1);
  const from = last === undefined ? parent.offset + 1 : endOf(last);
  const between = text.slice(from, close);
  const hasComma = last !== undefined && commas(text).some((offset) => offset >= from && offset < close);
  const changes: Change[] = last === undefined || hasComma ? [] : [{ start: from, end: from, insert: "," }];
  const trailing = hasComma ? "," : "";
  const closingLine = lineStartOf(text, close);

  if (hasLineBreak(between) && text.slice(closingLine, close).trim() === "") {
    const at = text.startsWith("\r\n", closingLine - 2) ? closingLine - 2 : closingLine - 1;
    const body = children.map((child) => `${lineEnd}${indent}${child}`).join(",");
    return [...changes, { start: at, end: at, insert: `${body}${trailing}` }];
  }
  const at = from + between.trimEnd().length;
  if (last === undefined && isObject && between.trim() === "") {
    const body = children.map((child) => `${lineEnd}${indent}${child}`).join(",");
    return [{ start: from, end: close, insert: `${body}${lineEnd}${indentOfLine(text, parent.offset)}` }];
  }
  const space = last === undefined && between.trim() === "" ? "" : " ";
  return [...changes, { start: at, end: at, insert: `${space}${children.join(", ")}${trailing}` }];
}

/** Takes the children at `indexes` out, each with its comma, and lines that nothing is left on. Comments stay. */
function removals(text: string, parent: Node, indexes: ReadonlySet<number>): Change[] {
  const children = parent.children ?? [];
  if (indexes.size === 0) return [];
  const allCommas = commas(text);
  const commaAfter = (index: number): number | undefined => {
    const child = children[index];
    if (child === undefined) return undefined;
    const limit = children[index + 1]?.offset ?? endOf(parent);
    return allCommas.find((offset) => offset >= endOf(child) && offset < limit);
  };
  const changes: Change[] = [];
  for (const index of indexes) {
    const child = children[index];
    if (child === undefined) continue;
    changes.push(...removalOf(text, child, commaAfter(index)));
  }
  const lastIndex = children.length - 1;
  const lastKept = children.findLastIndex((_, index) => !indexes.has(index));
  if (indexes.has(lastIndex) && lastKept >= 0 && commaAfter(lastIndex) === undefined) {
    const comma = commaAfter(lastKept);
    const nextChild = children[lastKept + 1];
    if (comma !== undefined && nextChild !== undefined) {
      const gap = text.slice(comma + 1, nextChild.offset);
      const isPlainGap = /^[ \t]*$/.test(gap);
      changes.push({ start: comma, end: isPlainGap ? nextChild.offset : comma + 1, insert: "" });
    }
  }
  return changes;
}

function removalOf(text: string, child: Node, comma: number | undefined): Change[] {
  const comments = commentsInside(text, child);
  if (comments !== "") {
    const kept = { start: child.offset, end: endOf(child), insert: comments };
    return comma === undefined ? [kept] : [kept, { start: comma, end: comma + 1, insert: "" }];
  }
  const isCommaNear = comma !== undefined && /^[ \t]*$/.test(text.slice(endOf(child), comma));
  const end = isCommaNear ? comma + 1 : endOf(child);
  const far: Change[] = comma === undefined || isCommaNear ? [] : [{ start: comma, end: comma + 1, insert: "" }];
  const before = text.slice(lineStartOf(text, child.offset), child.offset);
  const after = /^[ \t]*(?:(?<lineBreak>\r\n|\n|\r)|)/.exec(text.slice(end));
  const endWithGap = end + (after?.[0].length ?? 0);
  const isFirstOnLine = before.trim() === "";
  if (after?.groups?.lineBreak !== undefined) {
    // The line break goes with a line that nothing is left on, and stays behind what stands before.
    const start = isFirstOnLine
      ? child.offset - before.length
      : child.offset - (before.length - before.trimEnd().length);
    return [{ start, end: isFirstOnLine ? endWithGap : end, insert: "" }, ...far];
  }
  if (comma !== undefined || isFirstOnLine) return [{ start: child.offset, end: endWithGap, insert: "" }, ...far];
  return [{ start: child.offset - (before.length - before.trimEnd().length), end, insert: "" }];
}

function applyChanges(text: string, changes: readonly Change[]): string {
  // Stable: of two changes at one place, the one that was named first comes first in the text.
  const ordered = [...changes].sort((left, right) => left.start - right.start);
  let result = "";
  let at = 0;
  for (const change of ordered) {
    result += text.slice(at, Math.max(at, change.start)) + change.insert;
    at = Math.max(at, change.end);
  }
  return result + text.slice(at);
}

function writeValue(value: JsonValue): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  return `[${value.map((entry) => JSON.stringify(entry)).join(", ")}]`;
}

function commas(text: string): number[] {
  const offsets: number[] = [];
  visit(
    text,
    {
      onSeparator: (character, offset) => {
        if (character === ",") offsets.push(offset);
      },
    },
    { allowTrailingComma: true },
  );
  return offsets;
}

/** The comments between the beginning and the end of `node`. */
function commentsInside(text: string, node: Node): string {
  if (node.type !== "property" && node.type !== "object" && node.type !== "array") return "";
  let comments = "";
  visit(
    text,
    {
      onComment: (offset, length) => {
        if (offset < node.offset || offset >= endOf(node)) return;
        const comment = text.slice(offset, offset + length);
        comments += comment.startsWith("//") ? `${comment.trimEnd()}${lineEndOf(text)}` : comment;
      },
    },
    { allowTrailingComma: true },
  );
  return comments;
}

function endOf(node: Node): number {
  return node.offset + node.length;
}

/** How lines end in `text`; a line comment ends at a lone CR too. */
function lineEndOf(text: string): string {
  return /\r\n|\n|\r/.exec(text)?.[0] ?? "\n";
}

function hasLineBreak(text: string): boolean {
  return /[\r\n]/.test(text);
}

function lineStartOf(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && text[start - 1] !== "\n" && text[start - 1] !== "\r") start -= 1;
  return start;
}

function indentOfLine(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStartOf(text, offset), offset))?.[0] ?? "";
}

/** The indentation of what stands inside `parent`: that of its first child, else one unit more than its own. */
function indentInside(text: string, parent: Node, unit: string): string {
  const first = parent.children?.[0];
  const isOnOwnLine = first !== undefined && hasLineBreak(text.slice(parent.offset, first.offset));
  if (isOnOwnLine) return indentOfLine(text, first.offset);
  return indentOfLine(text, parent.offset) + unit;
}

function indentUnit(text: string, root: Node): string {
  const first: Property | undefined = properties(root)[0];
  const indent = first === undefined ? "" : indentOfLine(text, first.node.offset);
  return indent === "" ? "  " : indent;
}

/** Lists that would make a longer line get more of them. */
const LONGEST_LINE = 100;
