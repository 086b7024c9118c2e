/** `mailward config add` and `mailward config remove`: some entries of a list, and the others stay. */
import type { JsonValue } from "../config/leaf.ts";
import { showValue } from "../config/problem.ts";
import { type Resolved, writtenValue } from "../config/resolve.ts";
import { type KeyName, leafOf } from "../config/schema.ts";
import { UserError } from "../core/errors.ts";
import { findMissingFiles } from "../storage/named-files.ts";
import type { CliOptions } from "./arguments.ts";
import { changeConfig, requireValid, tellChange } from "./config-change.ts";
import { requireKey, requireValue } from "./config-words.ts";
import type { CliContext } from "./context.ts";

export async function changeList(
  action: "add" | "remove",
  words: readonly string[],
  options: CliOptions,
  context: CliContext,
): Promise<number> {
  const [name = "", ...typed] = words;
  const key = requireKey(name, action);
  if (leafOf(key).kind !== "list") {
    throw new UserError(`Cannot ${action} an entry of "${key}": it is no list`, {
      hint: `mailward config set ${key} VALUE`,
    });
  }
  const entries = listOf(requireValue(key, typed, action, context));
  const outcome = await changeConfig(context, options, (current) => {
    const present = presentEntries(key, requireValid(current));
    const value = action === "add" ? [...new Set([...present, ...entries])] : withoutEntries(key, present, entries);
    return value.length === present.length ? undefined : { key, value };
  });
  tellChange(context, key, outcome);
  if (action === "remove") return 0;
  for (const { text } of await findMissingFiles(outcome.after, [key])) context.note(text);
  return 0;
}

function presentEntries(key: KeyName, current: Resolved): readonly JsonValue[] {
  return listOf(writtenValue(current.values, key));
}

function withoutEntries(
  key: KeyName,
  present: readonly JsonValue[],
  entries: readonly JsonValue[],
): readonly JsonValue[] {
  const absent = entries.find((entry) => !present.includes(entry));
  if (absent === undefined) return present.filter((entry) => !entries.includes(entry));
  throw new UserError(`Cannot remove ${showValue(absent)} from "${key}": it is not there`, {
    hint: `What is there: mailward config get ${key}`,
  });
}

function listOf(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
