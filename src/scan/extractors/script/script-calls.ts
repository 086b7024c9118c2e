/** Functions and methods that scripts put texts and octets together with, of JavaScript and of VBScript. */
import { fromLatin1, latin1 } from "../../../core/bytes.ts";
import { decodeBase64 } from "../../../mime/base64.ts";
import { decodePercents } from "../html/percent-encoding.ts";
import {
  joined,
  listOf,
  made,
  numbersIn,
  replaced,
  reversed,
  type ScriptValue,
  split,
  textOf,
} from "./script-value.ts";

/** Undefined when the function is not known, or not what it gives for `values`. */
export function callKnownFunction(name: string, values: readonly ScriptValue[]): ScriptValue | undefined {
  const [first, second, third] = values;
  switch (name.toLowerCase()) {
    case "fromcharcode":
    case "fromcodepoint":
    case "chr":
    case "chrw":
    case "chrb":
      return charactersOf(numbersIn(values));
    case "array":
    case "of":
    case "from":
    case "uint8array":
    case "int8array":
    case "uint16array":
      return first?.kind === "text" ? undefined : listOf(values);
    case "atob":
      return onText(first, (text) => latin1(decodeBase64(fromLatin1(text)).readings[0] ?? NOTHING));
    case "unescape":
    case "decodeuri":
    case "decodeuricomponent":
      return onText(first, (text) => latin1(decodePercents(fromLatin1(text))));
    case "strreverse":
      return first?.kind === "text" ? reversed(first) : undefined;
    case "replace":
      return first === undefined || third === undefined ? undefined : replaced(first, second, textOf(third) ?? "");
    case "split":
      return first === undefined ? undefined : split(first, textOf(second ?? made(" ")) ?? " ");
    case "join":
      return first === undefined ? undefined : joined(first, textOf(second ?? made(" ")) ?? "");
    default:
      return undefined;
  }
}

/** `value.name(values)`; the value itself when the method is not known. */
export function callMethod(name: string, value: ScriptValue, values: readonly ScriptValue[]): ScriptValue | undefined {
  const [first, second] = values;
  switch (name) {
    case "concat":
      return concatenated(value, values);
    case "join":
      // What was split into its characters is still the text.
      return value.kind === "text" ? value : joined(value, first === undefined ? "," : (textOf(first) ?? ""));
    case "reverse":
      return reversed(value);
    case "split":
      return split(value, first === undefined ? "" : (textOf(first) ?? ""));
    case "replace":
    case "replaceAll":
      return replaced(value, first, second === undefined ? "" : (textOf(second) ?? ""));
    default:
      return value;
  }
}

function concatenated(value: ScriptValue, values: readonly ScriptValue[]): ScriptValue | undefined {
  if (value.kind === "numbers") return { kind: "numbers", numbers: numbersIn([value, ...values]) };
  if (value.kind === "list") {
    return listOf([...value.items, ...values.flatMap((item) => (item.kind === "list" ? item.items : [item]))]);
  }
  const texts = [value, ...values].map(textOf);
  return texts.includes(undefined) ? value : made(texts.join(""));
}

function charactersOf(numbers: readonly number[]): ScriptValue | undefined {
  if (numbers.length === 0) return undefined;
  let text = "";
  for (const number of numbers) text += String.fromCharCode(number & 0xffff);
  return made(text);
}

function onText(value: ScriptValue | undefined, change: (text: string) => string): ScriptValue | undefined {
  return value?.kind === "text" ? made(change(value.text)) : undefined;
}

const NOTHING = Buffer.alloc(0);
