/** Values that a script makes of literals alone, and what may be done with them. */

export type ScriptValue =
  /** `isPlain`: it stands in the script as it is. */
  | { readonly kind: "text"; readonly text: string; readonly isPlain: boolean }
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
export function sum(left: ScriptValue, right: ScriptValue): ScriptValue | undefined {
  if (left.kind === "number" && right.kind === "number") return { kind: "number", number: left.number + right.number };
  const first = textOf(left);
  const second = textOf(right);
  if (first === undefined || second === undefined) return undefined;
  return made(first + second);
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

/** The numbers in `values`, whatever lists they are in. */
export function numbersIn(values: readonly ScriptValue[]): number[] {
  const numbers: number[] = [];
  for (const value of values) {
    if (value.kind === "number") numbers.push(value.number);
    else if (value.kind === "numbers") for (const number of value.numbers) numbers.push(number);
    else if (value.kind === "list") for (const number of numbersIn(value.items)) numbers.push(number);
  }
  return numbers;
}

/** `list.join(separator)`; what is no text is left out. */
export function joined(list: ScriptValue, separator: string): ScriptValue {
  switch (list.kind) {
    case "numbers":
      return made(list.numbers.join(separator));
    case "list":
      return made(list.items.map((item) => textOf(item) ?? "").join(separator));
    case "text":
    case "number":
    case "pattern":
      return list;
  }
}

export function reversed(value: ScriptValue): ScriptValue {
  switch (value.kind) {
    case "text":
      return made([...value.text].reverse().join(""));
    case "numbers":
      return { kind: "numbers", numbers: value.numbers.toReversed() };
    case "list":
      return { kind: "list", items: value.items.toReversed() };
    case "number":
    case "pattern":
      return value;
  }
}

/** `text.split(separator)`. Without a separator it stays the text: what comes next is `reverse` or `join`. */
export function split(value: ScriptValue, separator: string): ScriptValue {
  if (value.kind !== "text" || separator === "") return value;
  const items = value.text.split(separator, MAX_ITEMS);
  if (items.every((item) => /^\s{0,8}\d{1,5}\s{0,8}$/.test(item)))
    return { kind: "numbers", numbers: items.map(Number) };
  return { kind: "list", items: items.map(made) };
}

/** `text.replace(what, by)` for every occurrence; patterns count only where they are plain text or a set of characters. */
export function replaced(value: ScriptValue, what: ScriptValue | undefined, by: string): ScriptValue {
  if (value.kind !== "text" || what === undefined) return value;
  if (what.kind === "text") return what.text === "" ? value : made(value.text.replaceAll(what.text, () => by));
  if (what.kind !== "pattern") return value;
  const literal = what.pattern.replace(/\\(\W)/g, "$1");
  if (/^(?:\\\W|[^\\^$.*+?()[\]{}|])+$/.test(what.pattern)) {
    return made(value.text.replaceAll(literal, () => by));
  }
  const set = /^\[([^\]\\^-]{1,64})\]\+?$/.exec(what.pattern)?.[1];
  if (set === undefined) return value;
  const characters = new Set(set);
  return made([...value.text].map((character) => (characters.has(character) ? by : character)).join(""));
}

const MAX_ITEMS = 1_000_000;
