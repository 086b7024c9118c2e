/** The configuration in force: flag over environment over the user's file over the system's over defaults. */
import { dirname } from "node:path";
import { type Layer, type PathBase, type ReadLayer, readFileLayer, readValueLayer } from "../config/layer.ts";
import type { JsonValue } from "../config/leaf.ts";
import { type Problem, problemError } from "../config/problem.ts";
import { findContradictions, type Resolved, resolveLayers, toSettings } from "../config/resolve.ts";
import { isKeyName, KEY_NAMES, type KeyName } from "../config/schema.ts";
import { environmentName, keyOfEnvironmentName, typedValue } from "../config/typed-value.ts";
import { UserError } from "../core/errors.ts";
import { sanitize } from "../core/sanitize.ts";
import type { Settings } from "../core/settings.ts";
import { suggest } from "../core/suggest.ts";
import { readConfigFile } from "./config-file.ts";
import { findMissingFiles } from "./named-files.ts";
import { type ConfigPlace, configPlace, type Environment, homeDirectory, systemConfigPath } from "./paths.ts";

export interface LoadOptions {
  /** The value of --config. */
  readonly flag: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
  /** Values of keys given as flags, as they were typed. */
  readonly overrides?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface LoadedConfig {
  readonly settings: Settings;
  readonly resolved: Resolved;
  /** The user's file; undefined without a home. */
  readonly place: ConfigPlace | undefined;
  /** Whether that file exists. */
  readonly hasFile: boolean;
  /** One line each, for people. */
  readonly warnings: readonly string[];
}

/** Reads all sources and checks them together; rejects with a UserError that lists every problem with its place. */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { env, cwd, flag } = options;
  const place = configPlace(flag, env, cwd);
  const text = place === undefined ? undefined : await readConfigFile(place.path);
  if (place?.isNamed && text === undefined) {
    throw new UserError(`Cannot read the configuration "${place.path}": there is no such file`, {
      hint: `It was named by ${flag === undefined ? "MAILWARD_CONFIG" : "--config"}; "mailward config set" makes it`,
    });
  }
  const home = homeDirectory(env);
  const cwdBase: PathBase = { directory: cwd, home };
  const read: ReadLayer[] = [
    ...(await readSystemFile(env, home)),
    ...(place === undefined || text === undefined ? [] : [readUserText(text, place.path, env)]),
    readEnvironment(env, cwdBase),
    readOverrides(options.overrides ?? {}, cwdBase),
  ];
  const checked = resolve(read);
  if (checked.type === "invalid") throw problemError(checked.problems);
  const { resolved } = checked;
  return {
    settings: toSettings(resolved.values),
    resolved,
    place,
    hasFile: text !== undefined,
    warnings: unknownVariables(env),
  };
}

/** Checks texts of the user's file together with the system's file. */
export async function fileChecker(path: string, env: Environment): Promise<(text: string) => Checked> {
  const system = await readSystemFile(env, homeDirectory(env));
  return (text) => resolve([...system, readUserText(text, path, env)]);
}

export type Checked =
  | { readonly type: "resolved"; readonly resolved: Resolved }
  | { readonly type: "invalid"; readonly problems: readonly Problem[] };

/** What is wrong with the file at `path` taken by itself. */
export async function findFileProblems(path: string, env: Environment): Promise<readonly Problem[]> {
  const text = await readConfigFile(path);
  if (text === undefined) throw new UserError(`Cannot read the configuration "${path}": there is no such file`);
  const read = readUserText(text, path, env);
  if (read.type === "invalid") return read.problems;
  const resolved = resolveLayers([read.layer]);
  return [...findContradictions(resolved), ...(await findMissingFiles(resolved, KEY_NAMES))];
}

function readUserText(text: string, path: string, env: Environment): ReadLayer {
  return readFileLayer(text, path, "user", { directory: dirname(path), home: homeDirectory(env) });
}

async function readSystemFile(env: Environment, home: string | undefined): Promise<ReadLayer[]> {
  const path = systemConfigPath(env);
  const text = path === undefined ? undefined : await readConfigFile(path, SYSTEM_FILE_ADVICE);
  if (path === undefined || text === undefined) return [];
  return [readFileLayer(text, path, "system", { directory: dirname(path), home })];
}

function readEnvironment(env: Environment, base: PathBase): ReadLayer {
  const entries = new Map<KeyName, JsonValue>();
  for (const key of KEY_NAMES) {
    const typed = env[environmentName(key)];
    if (typed !== undefined) entries.set(key, typedValue(key, typed));
  }
  return readValueLayer(entries, "environment", environmentName, base);
}

function readOverrides(overrides: NonNullable<LoadOptions["overrides"]>, base: PathBase): ReadLayer {
  const entries = new Map<KeyName, JsonValue>();
  for (const [name, typed] of Object.entries(overrides)) {
    if (typed === undefined) continue;
    if (!isKeyName(name)) throw new Error(`"${name}" is no configuration key`);
    entries.set(name, typedValue(name, typed));
  }
  return readValueLayer(entries, "flag", () => "the command line", base);
}

function resolve(read: readonly ReadLayer[]): Checked {
  const layers: Layer[] = [];
  const problems: Problem[] = [];
  for (const one of read) {
    if (one.type === "layer") layers.push(one.layer);
    else problems.push(...one.problems);
  }
  if (problems.length > 0) return { type: "invalid", problems };
  const resolved = resolveLayers(layers);
  const contradictions = findContradictions(resolved);
  return contradictions.length > 0 ? { type: "invalid", problems: contradictions } : { type: "resolved", resolved };
}

/** A mistyped variable would be ignored in silence; others of our prefix may be anybody's. */
function unknownVariables(env: Environment): string[] {
  const warnings: string[] = [];
  for (const name of Object.keys(env)) {
    if (!name.startsWith("MAILWARD_") || RESERVED.has(name) || keyOfEnvironmentName(name) !== undefined) continue;
    const nearest = suggest(name.slice("MAILWARD_".length), VARIABLES);
    if (nearest === undefined) continue;
    warnings.push(`the environment variable ${sanitize(name, 100)} means nothing; is MAILWARD_${nearest} meant?`);
  }
  return warnings;
}

const SYSTEM_FILE_ADVICE = "MAILWARD_SYSTEM_CONFIG names another file for the system's settings; empty, there is none";
const VARIABLES: readonly string[] = KEY_NAMES.map((key) => environmentName(key).slice("MAILWARD_".length));
const RESERVED: ReadonlySet<string> = new Set(["MAILWARD_CONFIG", "MAILWARD_SYSTEM_CONFIG", "MAILWARD_DEBUG"]);
