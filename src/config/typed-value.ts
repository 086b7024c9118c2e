/** Values as they are typed on a command line or in an environment variable, turned into the file's form. */
import type { JsonValue } from "./leaf.ts";
import { KEY_NAMES, type KeyName, leafOf } from "./schema.ts";

/** The file's form of what was typed: `993,585` is a list for a list key, `yes` is true for a flag. What fits no form is
 *  left as text for the check to refuse; so is an empty text for a list, which an unset shell variable may have left:
 *  the empty list is typed `[]`, and `off` for listeners. */
export function typedValue(key: KeyName, typed: string | readonly string[]): JsonValue {
  const { kind, fallback, mayBeOff } = leafOf(key);
  const text = (typeof typed === "string" ? typed : typed.join(" ")).trim();
  switch (kind) {
    case "list":
      if (mayBeOff && text.toLowerCase() === "off") return [];
      return (typeof typed === "string" ? [typed] : typed).flatMap(listEntries);
    case "number":
    case "quantity":
      return numberOr(text);
    case "boolean":
      return BOOLEANS.get(text.toLowerCase()) ?? text;
    case "text":
      return fallback === null && (text === "null" || text === "") ? null : text;
  }
}

/** The environment variable for a key: `scan.archiveSize` is MAILWARD_SCAN_ARCHIVE_SIZE. */
export function environmentName(key: KeyName): string {
  return `MAILWARD_${key.replace(/[A-Z]/g, "_$&").replaceAll(".", "_").toUpperCase()}`;
}

/** The key for an environment variable. */
export function keyOfEnvironmentName(name: string): KeyName | undefined {
  return KEY_NAMES.find((key) => environmentName(key) === name);
}

/** A JSON list, or entries with commas between. */
function listEntries(text: string): JsonValue[] {
  const parsed = jsonList(text);
  if (parsed !== undefined) return [...parsed];
  const entries = text.split(",").map((entry) => entry.trim());
  const filled = entries.filter((entry) => entry !== "");
  return filled.length === 0 ? [""] : filled.map(numberOr);
}

function jsonList(text: string): readonly JsonValue[] | undefined {
  if (!text.trimStart().startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isFlat = Array.isArray(value) && value.every((entry) => typeof entry !== "object");
    return isFlat ? (value as JsonValue[]) : undefined;
  } catch {
    return undefined;
  }
}

/** Only what is written as JSON writes it is a number: `0143` stays text and is refused. */
function numberOr(text: string): number | string {
  return /^-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]+)?$/.test(text) ? Number(text) : text;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["on", true],
  ["false", false],
  ["no", false],
  ["off", false],
]);
