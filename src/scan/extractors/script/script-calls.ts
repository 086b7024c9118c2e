/** Functions and methods that scripts put texts and octets together with, of JavaScript and of VBScript. */
import { fromLatin1, latin1, utf16 } from "../../../core/bytes.ts";
import { decodeBase64 } from "../../../mime/base64.ts";
import { decodePercents } from "../html/percent-encoding.ts";
import type { ScriptRoom } from "./script-room.ts";
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
export function callKnownFunction(
  name: string,
  values: readonly ScriptValue[],
  room: ScriptRoom,
): ScriptValue | undefined {
  const [first, second, third] = values;
  switch (name.toLowerCase()) {
    case "fromcharcode":
    case "fromcodepoint":
    case "chr":
    case "chrw":
    case "chrb":
      return charactersOf(numbersIn(values, room), room);
    case "array":
    case "of":
    case "from":
    case "uint8array":
    case "int8array":
    case "uint16array":
      return first?.kind === "text" ? undefined : listOf(values);
    case "atob":
      return onText(first, room, (text) => latin1(decodeBase64(fromLatin1(text)).readings[0] ?? NOTHING));
    case "unescape":
    case "decodeuri":
    case "decodeuricomponent":
      return onText(first, room, (text) => latin1(decodePercents(fromLatin1(text))));
    case "strreverse":
      return first?.kind === "text" ? reversed(first, room) : undefined;
    case "replace":
      return first === undefined || third === undefined
        ? undefined
        : replaced(first, second, textOf(third) ?? "", room);
    case "split":
      return first === undefined ? undefined : split(first, textOf(second ?? made(" ")) ?? " ", room);
    case "join":
      return first === undefined ? undefined : joined(first, textOf(second ?? made(" ")) ?? "", room);
    default:
      return undefined;
  }
}

/** `value.name(values)`; the value itself when the method is not known, undefined when there is no room for it. */
export function callMethod(
  name: string,
  value: ScriptValue,
  values: readonly ScriptValue[],
  room: ScriptRoom,
): ScriptValue | undefined {
  const [first, second] = values;
  switch (name) {
    case "concat":
      return concatenated(value, values, room);
    case "join":
      // What was split into its characters is still the text.
      return value.kind === "text" ? value : joined(value, first === undefined ? "," : (textOf(first) ?? ""), room);
    case "reverse":
      return reversed(value, room);
    case "split":
      return split(value, first === undefined ? "" : (textOf(first) ?? ""), room);
    case "replace":
    case "replaceAll":
      return replaced(value, first, second === undefined ? "" : (textOf(second) ?? ""), room);
    default:
      return value;
  }
}

function concatenated(value: ScriptValue, values: readonly ScriptValue[], room: ScriptRoom): ScriptValue | undefined {
  if (value.kind === "numbers") return { kind: "numbers", numbers: numbersIn([value, ...values], room) };
  if (value.kind === "list") {
    const others = values.flatMap((item) => (item.kind === "list" ? item.items : [item]));
    return room.take(value.items.length + others.length) ? listOf([...value.items, ...others]) : undefined;
  }
  const texts = [value, ...values].map(textOf);
  if (texts.includes(undefined)) return value;
  return room.take(texts.reduce((total, text = "") => total + text.length, 0)) ? made(texts.join("")) : undefined;
}

function charactersOf(numbers: readonly number[], room: ScriptRoom): ScriptValue | undefined {
  if (numbers.length === 0 || !room.take(numbers.length)) return undefined;
  return made(utf16(Buffer.from(Uint16Array.from(numbers).buffer)));
}

function onText(
  value: ScriptValue | undefined,
  room: ScriptRoom,
  change: (text: string) => string,
): ScriptValue | undefined {
  return value?.kind === "text" && room.take(value.text.length) ? made(change(value.text)) : undefined;
}

const NOTHING = Buffer.alloc(0);
