/** The files that the configuration names: whether they are there now. They may be made later, so that a missing one
 *  keeps nothing from being saved. */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import type { Problem } from "../config/problem.ts";
import type { Resolved } from "../config/resolve.ts";
import { type KeyName, leafOf } from "../config/schema.ts";
import { systemErrorText } from "../core/errors.ts";
import { sanitize } from "../core/sanitize.ts";

/** One problem for each file named by one of `keys` that can not be read now. */
export async function findMissingFiles(resolved: Resolved, keys: readonly KeyName[]): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const key of keys) {
    if (leafOf(key).isPath !== true) continue;
    for (const path of namedFiles(resolved.values[key])) {
      const lack = await lackOf(path, leafOf(key).isFolder === true);
      if (lack === undefined || MADE_WHEN_NEEDED.has(key)) continue;
      const text = `"${key}" names "${sanitize(path, SHOWN_CHARACTERS)}", which can not be read now: ${lack}`;
      problems.push({ place: resolved.origins[key].place, text });
    }
  }
  return problems;
}

function namedFiles(value: unknown): readonly string[] {
  const paths: readonly unknown[] = Array.isArray(value) ? value : [value];
  return paths.filter((path) => typeof path === "string");
}

/** What keeps `path` from being read. */
async function lackOf(path: string, mayBeFolder: boolean): Promise<string | undefined> {
  try {
    if (!mayBeFolder && (await stat(path)).isDirectory()) return "it is a directory";
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return sanitize(systemErrorText(error));
  }
}

const MADE_WHEN_NEEDED: ReadonlySet<KeyName> = new Set(["signatures.directory"]);
/** As long as a path may be on Linux: the end of it is what tells files apart. */
const SHOWN_CHARACTERS = 4_096;
