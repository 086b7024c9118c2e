/** The words after `mailward config set` and its like: a key, and what it is to hold. */
import { resolve } from "node:path";
import { findValueProblems, keysOfSection, suggestKey } from "../config/layer.ts";
import type { JsonValue } from "../config/leaf.ts";
import { isKeyName, type KeyName, leafOf } from "../config/schema.ts";
import { typedValue } from "../config/typed-value.ts";
import { UserError } from "../core/errors.ts";
import { sanitize } from "../core/sanitize.ts";
import type { ConfigAction } from "./config.ts";
import type { CliContext } from "./context.ts";

/** The key called `name`, or a UserError with the one that may have been meant. */
export function requireKey(name: string, action: ConfigAction): KeyName {
  if (isKeyName(name)) return name;
  if (name === "") {
    throw new UserError(`Cannot ${action}: the key is missing`, { hint: "All keys: mailward config --help" });
  }
  const section = keysOfSection(name);
  if (section.length > 0) {
    throw new UserError(`Cannot ${action} "${name}": it is a section, and only its keys have values`, {
      hint: `Its keys: ${section.join(", ")}`,
    });
  }
  const nearest = suggestKey(name);
  throw new UserError(`Cannot ${action} "${sanitize(name, 100)}": there is no such key`, {
    hint: nearest === undefined ? "All keys: mailward config --help" : `Did you mean "${nearest}"?`,
  });
}

/** What was typed, in the file's form; a UserError when the key can not hold it. */
export function requireValue(
  key: KeyName,
  typed: readonly string[],
  action: ConfigAction,
  context: CliContext,
): JsonValue {
  if (typed.length === 0) {
    throw new UserError(`Cannot ${PHRASES[action] ?? action} "${key}": the value is missing`, {
      hint: `mailward config ${action} ${key} VALUE`,
    });
  }
  const value = fromWorkingDirectory(key, typedValue(key, typed), context);
  const [problem] = findValueProblems(key, value, { directory: context.cwd, home: undefined });
  if (problem !== undefined) throw new UserError(`Cannot change the configuration: ${problem}`);
  return value;
}

/** What is typed is meant from here; in the file it would be meant from the file's folder. */
function fromWorkingDirectory(key: KeyName, value: JsonValue, context: CliContext): JsonValue {
  if (!leafOf(key).isPath) return value;
  const absolute = (path: unknown): JsonValue =>
    typeof path === "string" && path !== "" && !path.startsWith("~/")
      ? resolve(context.cwd, path)
      : (path as JsonValue);
  return Array.isArray(value) ? value.map(absolute) : absolute(value);
}

const PHRASES: Readonly<Partial<Record<ConfigAction, string>>> = { add: "add to", remove: "remove from" };
