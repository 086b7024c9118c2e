/** One change to the configuration file, made under its lock, checked before it is saved, and told to the user. */
import { setTimeout as delay } from "node:timers/promises";
import { parseDocument } from "../config/document.ts";
import { setValue, unsetValue } from "../config/edit.ts";
import { withoutByteOrderMark } from "../config/layer.ts";
import type { JsonValue } from "../config/leaf.ts";
import { problemError, showValue } from "../config/problem.ts";
import { type Resolved, writtenValue } from "../config/resolve.ts";
import type { KeyName } from "../config/schema.ts";
import { environmentName } from "../config/typed-value.ts";
import { UserError } from "../core/errors.ts";
import { sanitize } from "../core/sanitize.ts";
import { updateConfigFile } from "../storage/config-file.ts";
import { fileChecker } from "../storage/config-load.ts";
import { configPlace } from "../storage/paths.ts";
import type { CliOptions } from "./arguments.ts";
import { type CliContext, configOption } from "./context.ts";

/** A key and its new value in the file's form; `undefined` takes the key out of the file. */
export interface KeyChange {
  readonly key: KeyName;
  readonly value: JsonValue | undefined;
}

/** What the file says now. `before` is what was in force, or undefined when the file was not valid. */
export interface ChangeOutcome {
  readonly path: string;
  readonly isChanged: boolean;
  readonly before: Resolved | undefined;
  readonly after: Resolved;
}

/** Lets `decide` choose a change (or none) from what the files say, then saves it. Nothing is saved when the result is not valid;
 *  a file with a wrong value may be mended by the change, one with a wrong syntax has to be mended by hand. */
export async function changeConfig(
  context: CliContext,
  options: CliOptions,
  decide: (current: Resolved | undefined) => KeyChange | undefined,
): Promise<ChangeOutcome> {
  const { path } = writablePlace(context, options);
  const check = await fileChecker(path, context.env);
  let before: Resolved | undefined;
  let after: Resolved | undefined;
  const isChanged = await updateConfigFile(path, {
    edit: (text) => {
      const body = withoutByteOrderMark(text);
      const old = check(body);
      if (old.type === "invalid" && parseDocument(body).type === "invalid") throw problemError(old.problems);
      before = old.type === "resolved" ? old.resolved : undefined;
      after = before;
      const change = decide(before);
      if (change === undefined) return text;
      const { key, value } = change;
      const steps = key.split(".");
      const changed = value === undefined ? unsetValue(body, steps) : setValue(body, steps, value);
      const checked = check(changed);
      if (checked.type === "resolved") after = checked.resolved;
      // The places of problems that were there before are those of the file as it is.
      else if (old.type === "invalid") throw problemError(old.problems);
      else throw new UserError(`Cannot change ${key}: ${checked.problems.map((problem) => problem.text).join("; ")}`);
      return text.slice(0, text.length - body.length) + changed;
    },
    wait: (ms) => delay(ms),
  });
  if (after === undefined) throw new Error("a change was saved without having been checked");
  return { path, isChanged, before, after };
}

/** The value in force without what environment variables say. Only for files that are valid. */
export function requireValid(current: Resolved | undefined): Resolved {
  if (current !== undefined) return current;
  throw new UserError("Cannot change a list of a configuration that is not valid", {
    hint: "mailward config validate says what is wrong",
  });
}

/** Tells what a change did to `key` and when that counts. */
export function tellChange(context: CliContext, key: KeyName, outcome: ChangeOutcome): void {
  if (outcome.isChanged) {
    context.note(`${differenceText(key, outcome)} (saved in ${sanitize(outcome.path)})`);
    const isTakenAtOnce = TAKEN_AT_ONCE.some((prefix) => key.startsWith(prefix));
    context.note(`a running mailward takes it ${isTakenAtOnce ? "within seconds" : "at its next start"}`);
  } else context.note(`${key} is already ${shown(outcome.after, key)}`);
  const variable = environmentName(key);
  if (context.env[variable] !== undefined) context.note(`${variable} in this environment overrides it`);
}

/** Keys that name what is loaded anew while the proxy runs. */
const TAKEN_AT_ONCE: readonly string[] = ["signatures.", "yara.rules"];

/** A long list tells by what came and went; anything else by what it was and is. */
function differenceText(key: KeyName, { before, after }: ChangeOutcome): string {
  const now = writtenValue(after.values, key);
  const was = before === undefined ? undefined : writtenValue(before.values, key);
  if (Array.isArray(now) && Array.isArray(was)) {
    const words = [listText("added", without(now, was)), listText("removed", without(was, now))];
    const text = words.filter((word) => word !== "").join("; ");
    if (text !== "") return `${key}: ${text}`;
  }
  return `${key} is now ${shown(after, key)}${before === undefined ? "" : `, it was ${shown(before, key)}`}`;
}

function without(entries: readonly JsonValue[], others: readonly JsonValue[]): readonly JsonValue[] {
  return entries.filter((entry) => !others.includes(entry));
}

function listText(verb: string, entries: readonly JsonValue[]): string {
  return entries.length === 0 ? "" : `${verb} ${entries.map(showValue).join(", ")}`;
}

function shown(resolved: Resolved, key: KeyName): string {
  const value = showValue(writtenValue(resolved.values, key));
  return resolved.origins[key].origin === "default" ? `${value}, the default` : value;
}

function writablePlace(context: CliContext, options: CliOptions): { readonly path: string } {
  const place = configPlace(configOption(options), context.env, context.cwd);
  if (place !== undefined) return place;
  throw new UserError("Cannot change the configuration: there is no home directory to keep it in", {
    hint: "Name a file with --config or MAILWARD_CONFIG",
  });
}
