/** Values that a script makes of literals alone, and what may be done with them. */

import { utf16 } from "../../../core/bytes.ts";
import type { ScriptRoom } from "./script-room.ts";

export type ScriptValue =
  /** `isPlain`: it stands in the script as it is. `pieces`: of which it consists in memory. */
  | { readonly kind: "text"; readonly text: string; readonly isPlain: boolean; readonly pieces?: number }
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "numbers"; readonly numbers: readonly number[] }
  | { readonly kind: "list"; readonly items: readonly ScriptValue[] }
  /** A literal regular expression: a pattern to replace. */
  | { readonly kind: "pattern"; readonly pattern: string };

export function made(text: string): ScriptValue {
  return { kind: "text", text, isPlain: false };
}

/** An array of `items`, in which numbers side by side are one. */
export function listOf(items: readonly ScriptValue[]): ScriptValue {
  const [only] = items;
  if (items.length !== 1 || only === undefined) return { kind: "list", items };
  if (only.kind === "number") return { kind: "numbers", numbers: [only.number] };
  return only.kind === "numbers" ? only : { kind: "list", items };
}

/** `left + right`; undefined when that is nothing that is known. */
export function sum(left: ScriptValue, right: ScriptValue, room: ScriptRoom): ScriptValue | undefined {
  if (left.kind === "number" && right.kind === "number") return { kind: "number", number: left.number + right.number };
  const first = textOf(left);
  const second = textOf(right);
  if (first === undefined || second === undefined) return undefined;
  // The longer one is not copied until somebody reads it.
  if (!room.take(Math.min(first.length, second.length))) return undefined;
  const text = first + second;
  const pieces = piecesOf(left) + piecesOf(right);
  if (pieces < Math.max(MIN_LOOSE_PIECES, text.length / PIECES_SHARE)) {
    return { kind: "text", text, isPlain: false, pieces };
  }
  // A text of many pieces takes many times its length in memory. Reading a character puts them together, as long as
  // something depends on what is read.
  const last = text.charCodeAt(text.length - 1);
  return { kind: "text", text, isPlain: false, pieces: last > 0 ? 1 : 2 };
}

function piecesOf(value: ScriptValue): number {
  return value.kind === "text" ? (value.pieces ?? 1) : 1;
}

/** As a script turns it into text by adding it to some. */
export function textOf(value: ScriptValue): string | undefined {
  switch (value.kind) {
    case "text":
      return value.text;
    case "number":
      return `${value.number}`;
    case "numbers":
    case "list":
    case "pattern":
      return undefined;
  }
}

/** The numbers in `values`, and in lists among them. */
export function numbersIn(values: readonly ScriptValue[], room: ScriptRoom): number[] {
  const numbers: number[] = [];
  const parts = values.flatMap((value) =>
    value.kind === "list" && room.take(value.items.length) ? value.items : [value],
  );
  for (const part of parts) {
    if (part.kind === "number") numbers.push(part.number);
    else if (part.kind === "numbers" && room.take(part.numbers.length)) {
      for (const number of part.numbers) numbers.push(number);
    }
  }
  return numbers;
}

/** `list.join(separator)`; what is no text is left out. Undefined when there is no room for it, as below. */
export function joined(list: ScriptValue, separator: string, room: ScriptRoom): ScriptValue | undefined {
  if (list.kind === "numbers") {
    const isAffordable = room.take(list.numbers.length * (separator.length + MAX_NUMBER_DIGITS));
    return isAffordable ? made(list.numbers.join(separator)) : undefined;
  }
  if (list.kind !== "list") return list;
  const texts = list.items.map((item) => textOf(item) ?? "");
  const length = texts.reduce((total, text) => total + text.length + separator.length, 0);
  return room.take(length) ? made(texts.join(separator)) : undefined;
}

export function reversed(value: ScriptValue, room: ScriptRoom): ScriptValue | undefined {
  switch (value.kind) {
    case "text":
      return room.take(value.text.length) ? made(reversedText(value.text)) : undefined;
    case "numbers":
      return room.take(value.numbers.length) ? { kind: "numbers", numbers: value.numbers.toReversed() } : undefined;
    case "list":
      return room.take(value.items.length) ? { kind: "list", items: value.items.toReversed() } : undefined;
    case "number":
    case "pattern":
      return value;
  }
}

/** `text.split(separator)`. Without a separator it stays the text: what comes next is `reverse` or `join`. */
export function split(value: ScriptValue, separator: string, room: ScriptRoom): ScriptValue | undefined {
  if (value.kind !== "text" || separator === "") return value;
  if (!room.take(value.text.length)) return undefined;
  const count = occurrences(value.text, separator) + 1;
  if (!room.take(count * CHARACTERS_PER_ITEM)) return undefined;
  const items = value.text.split(separator);
  const areNumbers = items.every((item) => /^\s{0,8}\d{1,5}\s{0,8}$/.test(item));
  return areNumbers ? { kind: "numbers", numbers: items.map(Number) } : { kind: "list", items: items.map(made) };
}

/** `text.replace(what, by)` for every occurrence; patterns count only where they are plain text or a set of characters. */
export function replaced(
  value: ScriptValue,
  what: ScriptValue | undefined,
  by: string,
  room: ScriptRoom,
): ScriptValue | undefined {
  const literal = what === undefined ? undefined : literalOf(what);
  if (value.kind !== "text" || literal === undefined || literal === "") return value;
  if (!room.take(value.text.length)) return undefined;
  const count = literal instanceof RegExp ? matches(value.text, literal) : occurrences(value.text, literal);
  if (count === 0) return value;
  return room.take(value.text.length + count * by.length) ? made(value.text.replaceAll(literal, () => by)) : undefined;
}

/** What is to be replaced; undefined when it is anything but text and a set of characters. */
function literalOf(what: ScriptValue): string | RegExp | undefined {
  if (what.kind === "text") return what.text;
  if (what.kind !== "pattern") return undefined;
  if (/^(?:\\\W|[^\\^$.*+?()[\]{}|])+$/.test(what.pattern)) return what.pattern.replace(/\\(\W)/g, "$1");
  const set = /^\[([^\]\\^-]{1,64})\]\+?$/.exec(what.pattern)?.[1];
  return set === undefined ? undefined : new RegExp(`[${set.replace(/[[&~]/g, "\\$&")}]`, "g");
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let found = text.indexOf(part); found >= 0; found = text.indexOf(part, found + part.length)) count += 1;
  return count;
}

function matches(text: string, set: RegExp): number {
  let count = 0;
  for (const _match of text.matchAll(set)) count += 1;
  return count;
}

function reversedText(text: string): string {
  const units = Uint16Array.from({ length: text.length }, (_, index) => text.charCodeAt(text.length - 1 - index));
  return utf16(Buffer.from(units.buffer));
}

const MIN_LOOSE_PIECES = 4_096;
/** Characters to a piece that are worth waiting for. */
const PIECES_SHARE = 16;
const MAX_NUMBER_DIGITS = 8;
/** What an element of a list costs in memory, as text. */
const CHARACTERS_PER_ITEM = 16;
