/** Checks the layout of the tree: ranks, packages, file names and sizes. Part of `npm run lint`. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { checkLayout } from "./layout.ts";

const IGNORED: ReadonlySet<string> = new Set(["node_modules", "coverage", "dist"]);
const root = join(import.meta.dirname, "..");
const violations = checkLayout(readTree());
for (const { path, line, message } of violations) console.error(`${path}${line > 0 ? `:${line}` : ""}: ${message}`);
if (violations.length > 0) {
  console.error(
    `\n${violations.length} breach${violations.length === 1 ? "" : "es"} of the layout (scripts/layout.ts)`,
  );
  process.exitCode = 1;
}

/** The text of every file of ours, by its path with `/`; what git ignores at the top level is left out. */
function readTree(): Map<string, string> {
  const files = new Map<string, string>();
  for (const top of readdirSync(root, { withFileTypes: true })) {
    if (top.name.startsWith(".") || IGNORED.has(top.name) || top.name.endsWith(".log")) continue;
    const path = join(root, top.name);
    for (const file of top.isDirectory() ? filesIn(path) : [path]) {
      files.set(relative(root, file).split(sep).join("/"), readFileSync(file, "latin1"));
    }
  }
  return files;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
