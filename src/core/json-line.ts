/** JSON that is exact for programs and safe on a terminal: what `sanitize` would escape is a `\u` escape here. */
import { UNSAFE } from "./sanitize.ts";

/** `value` as JSON on one line, without a line end. Parsing it gives every string back as it was. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, escapeUnits);
}

/** Outside strings JSON has ASCII only, so every match lies in a string. */
function escapeUnits(character: string): string {
  let escaped = "";
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
