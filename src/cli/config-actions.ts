/** What the forms of `mailward config` do. */
import { keysOfSection } from "../config/layer.ts";
import { problemLines } from "../config/problem.ts";
import { type Resolved, writtenValue } from "../config/resolve.ts";
import { isKeyName, KEY_NAMES, type KeyName } from "../config/schema.ts";
import { UserError } from "../core/errors.ts";
import { jsonLine } from "../core/json-line.ts";
import { sanitize } from "../core/sanitize.ts";
import { readConfigFile } from "../storage/config-file.ts";
import { findFileProblems, type LoadedConfig, loadConfig } from "../storage/config-load.ts";
import { findMissingFiles } from "../storage/named-files.ts";
import { configPlace } from "../storage/paths.ts";
import { type CliOptions, flagOption } from "./arguments.ts";
import type { ConfigAction } from "./config.ts";
import { changeConfig, tellChange } from "./config-change.ts";
import { requireKey, requireValue } from "./config-words.ts";
import { type CliContext, configOption } from "./context.ts";
import { alignRows } from "./output.ts";
import { refuseSurplus } from "./subcommand.ts";

export async function runConfig(
  action: ConfigAction,
  words: readonly string[],
  options: CliOptions,
  context: CliContext,
): Promise<number> {
  switch (action) {
    case "get":
      return await get(words, options, context);
    case "set":
      return await set(words, options, context);
    case "add":
    case "remove":
      return await (await import("./config-list.ts")).changeList(action, words, options, context);
    case "unset":
      return await unset(words, options, context);
    case "show":
      refuseSurplus("config show", words);
      show(KEY_NAMES, await load(options, context), options, context);
      return 0;
    case "path":
      refuseSurplus("config path", words);
      return await showPath(options, context);
    case "validate":
      return await validate(words, options, context);
  }
}

async function get(words: readonly string[], options: CliOptions, context: CliContext): Promise<number> {
  const [name = "", ...surplus] = words;
  refuseSurplus("config get", surplus);
  const section = keysOfSection(name);
  if (section.length === 0) requireKey(name, "get");
  const config = await load(options, context);
  if (section.length > 0) show(section, config, options, context);
  else if (isKeyName(name)) {
    const value = writtenValue(config.resolved.values, name);
    if (flagOption(options, "json")) context.stdout.write(`${jsonLine(value)}\n`);
    else if (Array.isArray(value)) context.stdout.write(value.map((entry) => `${plain(entry)}\n`).join(""));
    else if (value !== null) context.stdout.write(`${plain(value)}\n`);
  }
  return 0;
}

async function set(words: readonly string[], options: CliOptions, context: CliContext): Promise<number> {
  const [name = "", ...typed] = words;
  const key = requireKey(name, "set");
  const value = requireValue(key, typed, "set", context);
  const outcome = await changeConfig(context, options, () => ({ key, value }));
  tellChange(context, key, outcome);
  for (const { text } of await findMissingFiles(outcome.after, [key])) context.note(text);
  return 0;
}

async function unset(words: readonly string[], options: CliOptions, context: CliContext): Promise<number> {
  const [name = "", ...surplus] = words;
  refuseSurplus("config unset", surplus);
  const key = requireKey(name, "unset");
  tellChange(context, key, await changeConfig(context, options, () => ({ key, value: undefined })));
  return 0;
}

function show(keys: readonly KeyName[], config: LoadedConfig, options: CliOptions, context: CliContext): void {
  const hasOrigin = flagOption(options, "origin");
  const { values, origins } = config.resolved;
  if (flagOption(options, "json")) {
    const entries = keys.map((key) => {
      const value = writtenValue(values, key);
      return [key, hasOrigin ? { value, ...origins[key] } : value] as const;
    });
    context.stdout.write(`${jsonLine(hasOrigin ? Object.fromEntries(entries) : nested(entries))}\n`);
    return;
  }
  const rows = keys.map((key) => {
    const { origin, place } = origins[key];
    const cells = [key, "=", jsonLine(writtenValue(values, key))];
    return hasOrigin ? [...cells, origin === "default" ? origin : `${origin}: ${sanitize(place, MAX_PATH)}`] : cells;
  });
  context.stdout.write(hasOrigin ? alignRows(rows) : rows.map((cells) => `${cells.join(" ")}\n`).join(""));
}

async function showPath(options: CliOptions, context: CliContext): Promise<number> {
  const place = configPlace(configOption(options), context.env, context.cwd);
  if (place === undefined) {
    throw new UserError("Cannot name the configuration file: there is no home directory, so the defaults apply", {
      hint: "Name a file with --config or MAILWARD_CONFIG",
    });
  }
  context.stdout.write(`${sanitize(place.path, MAX_PATH)}\n`);
  if ((await readConfigFile(place.path)) === undefined) context.note("there is no such file yet: the defaults apply");
  return 0;
}

async function validate(words: readonly string[], options: CliOptions, context: CliContext): Promise<number> {
  const [file, ...surplus] = words;
  refuseSurplus("config validate", surplus);
  const place = configPlace(file ?? configOption(options), context.env, context.cwd);
  if (place === undefined || (!place.isNamed && (await readConfigFile(place.path)) === undefined)) {
    const { resolved } = await load(options, context);
    context.note("there is no configuration file: the defaults apply");
    return await checkFilesInForce(resolved, context);
  }
  const problems = await findFileProblems(place.path, context.env);
  if (flagOption(options, "json")) context.stdout.write(`${jsonLine({ file: place.path, problems })}\n`);
  else if (problems.length > 0) context.stdout.write(`${problemLines(problems)}\n`);
  else context.stdout.write(`${sanitize(place.path, MAX_PATH)}: OK\n`);
  if (problems.length > 0) return 1;
  // The file is fine by itself; it may still contradict the system's file or the environment.
  const { resolved } = await load({ ...options, config: place.path }, context);
  return await checkFilesInForce(resolved, context);
}

/** Whether the files that the values in force name are there; a note for each that is not. */
async function checkFilesInForce(resolved: Resolved, context: CliContext): Promise<number> {
  const problems = await findMissingFiles(resolved, KEY_NAMES);
  for (const { place, text } of problems) context.note(`${place}: ${text}`);
  return problems.length > 0 ? 1 : 0;
}

async function load(options: CliOptions, context: CliContext): Promise<LoadedConfig> {
  const config = await loadConfig({ flag: configOption(options), env: context.env, cwd: context.cwd });
  for (const warning of config.warnings) context.note(warning);
  return config;
}

/** { "scan.depth": 10 } as { scan: { depth: 10 } }, the form of the file. */
function nested(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    const [section = "", key] = name.split(".");
    if (key === undefined) result[section] = value;
    else result[section] = { ...(result[section] as Record<string, unknown> | undefined), [key]: value };
  }
  return result;
}

function plain(value: unknown): string {
  return sanitize(String(value), MAX_PATH);
}

const MAX_PATH = 4_096;
