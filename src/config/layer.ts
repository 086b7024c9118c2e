/** One source of configuration values (a file, the environment, flags), read and checked key by key. */

import { isAbsolute, join } from "node:path";
import type { Node } from "jsonc-parser";
import type * as z from "zod";
import { configLimits } from "../core/limits.ts";
import { sanitize } from "../core/sanitize.ts";
import { suggest } from "../core/suggest.ts";
import { lineAndColumn, nodeAt, nodeValue, parseDocument, properties } from "./document.ts";
import type { JsonValue, Leaf } from "./leaf.ts";
import { type Problem, showValue } from "./problem.ts";
import { isKeyName, KEY_NAMES, type KeyName, leafOf, type Values } from "./schema.ts";

export type Origin = "default" | "system" | "user" | "environment" | "flag";

/** The values that one source gives. */
export interface Layer {
  readonly origin: Origin;
  readonly values: Partial<Values>;
  /** Where a key's value stands: `file:line:column`, `MAILWARD_SCAN_DEPTH`, "the command line". */
  place(key: KeyName): string;
}

export type ReadLayer =
  | { readonly type: "layer"; readonly layer: Layer }
  | { readonly type: "invalid"; readonly problems: readonly Problem[] };

/** Where relative paths and `~/` begin. */
export interface PathBase {
  readonly directory: string;
  readonly home: string | undefined;
}

/** Reads the text of a configuration file. `label` is the file's name as messages show it. */
export function readFileLayer(text: string, label: string, origin: "system" | "user", base: PathBase): ReadLayer {
  const body = withoutByteOrderMark(text);
  const placeAt = (offset: number): string => {
    const { line, column } = lineAndColumn(body, offset);
    return `${label}:${line}:${column}`;
  };
  const parsed = parseDocument(body);
  if (parsed.type === "invalid") {
    const problems = parsed.problems.map((problem) => ({ place: placeAt(problem.offset), text: problem.text }));
    return { type: "invalid", problems };
  }
  const { root } = parsed.document;
  const place = (key: KeyName): string => placeAt(nodeAt(root, key.split("."))?.offset ?? 0);
  const collected: Collected = { values: {}, problems: [] };
  if (root !== undefined) collectKeys(root, "", { ...collected, base, placeAt });
  return finish(collected, origin, place);
}

/** Checks values that were given by key, in the file's form, with `placeOf` naming where each was given. */
export function readValueLayer(
  entries: ReadonlyMap<KeyName, JsonValue>,
  origin: "environment" | "flag",
  placeOf: (key: KeyName) => string,
  base: PathBase,
): ReadLayer {
  const collected: Collected = { values: {}, problems: [] };
  for (const [key, value] of entries) {
    collectValue(key, value, { ...collected, base }, () => placeOf(key));
  }
  return finish(collected, origin, placeOf);
}

/** What is wrong with `value` for `key`, one line each. */
export function findValueProblems(key: KeyName, value: JsonValue, base: PathBase): readonly string[] {
  const collected: Collecting = { values: {}, problems: [], base };
  collectValue(key, value, collected, () => "");
  return collected.problems.map((problem) => problem.text);
}

/** The text without a byte order mark, which some editors put before it. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** The key nearest to a mistyped one: by its full name, or by its last word (`timeLimit` for `scan.timeLimit`). */
export function suggestKey(name: string): string | undefined {
  const ending = KEY_NAMES.find((key) => key.toLowerCase().endsWith(`.${name.toLowerCase()}`));
  return ending ?? suggest(name, KEY_NAMES);
}

/** The keys that stand in a section of the file, by their full names; none when there is no such section. */
export function keysOfSection(section: string): readonly KeyName[] {
  return KEY_NAMES.filter((key) => key.startsWith(`${section}.`));
}

interface Collected {
  readonly values: Record<string, unknown>;
  readonly problems: Problem[];
}

interface Collecting extends Collected {
  readonly base: PathBase;
}

interface CollectingFile extends Collecting {
  readonly placeAt: (offset: number) => string;
}

function finish(collected: Collected, origin: Origin, place: (key: KeyName) => string): ReadLayer {
  const { problems } = collected;
  if (problems.length > 0) return { type: "invalid", problems: problems.slice(0, configLimits.problems) };
  return { type: "layer", layer: { origin, values: collected.values as Partial<Values>, place } };
}

/** Walks an object of the file; `prefix` is "" for the whole and "scan." inside a section. */
function collectKeys(object: Node, prefix: string, collecting: CollectingFile): void {
  const { placeAt, problems } = collecting;
  if (object.type !== "object") {
    const what = prefix === "" ? "the configuration" : `"${prefix.slice(0, -1)}"`;
    const text = `${what} can not be ${showValue(nodeValue(object))}; accepted: an object, { … }`;
    problems.push({ place: placeAt(object.offset), text });
    return;
  }
  const seen = new Set<string>();
  for (const { key, node, value } of properties(object)) {
    const name = prefix + key;
    const shown = `"${sanitize(name, SHOWN_CHARACTERS)}"`;
    if (seen.has(key)) {
      problems.push({ place: placeAt(node.offset), text: `the key ${shown} is there twice` });
      continue;
    }
    seen.add(key);
    if (isKeyName(name) && !key.includes(".")) {
      collectValue(name, nodeValue(value), collecting, (path) => placeAt(nodeInside(value, path).offset));
    } else if (prefix === "" && SECTIONS.has(key)) collectKeys(value, `${key}.`, collecting);
    else if (name !== "$schema")
      problems.push({ place: placeAt(node.offset), text: `unknown key ${shown}${adviceFor(name, prefix)}` });
  }
}

function adviceFor(name: string, prefix: string): string {
  const [section, key] = name.split(".");
  if (isKeyName(name)) return `; write it as "${section}": { "${key}": … }`;
  const nearest = (prefix === "" ? suggest(name, TOP_NAMES) : undefined) ?? suggestKey(name);
  const question = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
  const accepted =
    prefix === "" ? TOP_NAMES : keysOfSection(prefix.slice(0, -1)).map((full) => full.slice(prefix.length));
  return `${question}${question === "" ? ";" : ""} accepted${prefix === "" ? "" : " in it"}: ${accepted.join(", ")}`;
}

/** Checks one value; `placeOf` names the place of the part of it that `path` leads to. */
function collectValue(
  key: KeyName,
  value: JsonValue,
  collecting: Collecting,
  placeOf: (path: readonly PropertyKey[]) => string,
): void {
  const leaf = leafOf(key);
  const result = leaf.type.safeParse(value);
  if (result.success) {
    collecting.values[key] = leaf.isPath ? resolvePaths(result.data, collecting.base) : result.data;
    return;
  }
  for (const issue of result.error.issues) {
    const place = placeOf(issue.path);
    collecting.problems.push({ place, text: describeIssue(key, leaf, valueInside(value, issue.path), issue) });
  }
}

function describeIssue(
  key: KeyName,
  leaf: Leaf<unknown>,
  value: JsonValue | undefined,
  issue: z.core.$ZodIssue,
): string {
  const why = issue.code === "custom" && issue.message !== "" ? ` (${sanitize(issue.message)})` : "";
  return `"${key}" can not ${issue.path.length > 0 ? "hold" : "be"} ${showValue(value)}${why}; accepted: ${leaf.accepts}`;
}

function valueInside(value: JsonValue, path: readonly PropertyKey[]): JsonValue | undefined {
  const [index] = path;
  if (typeof index !== "number" || !Array.isArray(value)) return value;
  return value[index] as JsonValue | undefined;
}

function nodeInside(node: Node, path: readonly PropertyKey[]): Node {
  const [index] = path;
  return (typeof index === "number" ? node.children?.[index] : undefined) ?? node;
}

function resolvePaths(value: unknown, base: PathBase): unknown {
  if (Array.isArray(value)) return value.map((path) => resolvePaths(path, base));
  if (typeof value !== "string" || isAbsolute(value)) return value;
  if (value.startsWith("~/") && base.home !== undefined) return join(base.home, value.slice(2));
  return join(base.directory, value);
}

const SECTIONS: ReadonlySet<string> = new Set(
  KEY_NAMES.filter((key) => key.includes(".")).map((key) => key.slice(0, key.indexOf("."))),
);
/** What can stand at the top of the file. */
const TOP_NAMES: readonly string[] = [...new Set(KEY_NAMES.map((key) => key.split(".")[0] ?? key))];
const SHOWN_CHARACTERS = 100;
