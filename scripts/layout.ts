/** The layering of the tree as data and as a check: which folder may import what, and what may lie where. */
import { posix } from "node:path";

/** A file imports its own folder or a folder of lower rank. */
export const ranks: Readonly<Record<string, number>> = {
  core: 0,
  mime: 1,
  policy: 1,
  config: 1,
  protocol: 2,
  scan: 3,
  pki: 3,
  platform: 3,
  storage: 3,
  disarm: 4,
  proxy: 5,
  mailbox: 5,
  clients: 5,
  app: 6,
  ui: 7,
  cli: 8,
};

/** The one folder of `src` that knows each package. A package that is not named here is not imported at all. */
export const packageHomes: Readonly<Record<string, readonly string[]>> = {
  cac: ["cli"],
  ink: ["ui"],
  "jsonc-parser": ["config"],
  mailparser: ["mime"],
  "node-forge": ["pki"],
  react: ["ui"],
  "string-width": ["ui"],
  zod: ["config"],
  "7z-wasm": ["scan"],
  "@virustotal/yara-x": ["scan"],
};

/** The highest rank that is pure: no I/O, no clock, no chance. */
export const lastPureRank = 2;

/** A breach of the layout; `line` is 0 when it concerns the whole file. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Checks files by their path relative to the root (with `/`); every path is checked, contents of code files only. */
export function checkLayout(files: ReadonlyMap<string, string>): Violation[] {
  const violations: Violation[] = [];
  for (const [path, text] of files) {
    violations.push(...checkPlace(path), ...checkSecretString(path, text));
    if (!CODE.test(path)) continue;
    violations.push(...checkLength(path, text));
    if (path.startsWith("src/")) violations.push(...checkImports(path, text), ...checkReads(path, text));
  }
  return violations;
}

function checkPlace(path: string): Violation[] {
  const folders = path.split("/").slice(0, -1);
  const top = folders[0] ?? path;
  const violations: Violation[] = [];
  if (!top.startsWith(".") && !TOP_LEVEL.has(top)) {
    violations.push({ path, line: 0, message: `the visible top level is fixed; "${top}" does not belong there` });
  }
  const drawer = folders.find((folder) => DRAWERS.has(folder));
  if (drawer !== undefined) {
    violations.push({ path, line: 0, message: `"${drawer}" says nothing: name the folder after what it holds` });
  }
  if (top === "src" && path !== "src/main.ts" && ranks[folders[1] ?? ""] === undefined) {
    violations.push({ path, line: 0, message: "src holds main.ts and the folders that have a rank" });
  }
  return violations;
}

function checkLength(path: string, text: string): Violation[] {
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  if (lines <= MAX_LINES) return [];
  return [{ path, line: 0, message: `${lines} lines; the cap is ${MAX_LINES}: split it` }];
}

/** A virus scanner would take a file with the test string away from whoever checks the project out. */
function checkSecretString(path: string, text: string): Violation[] {
  if (!EICAR_FORMS.some((form) => text.includes(form))) return [];
  return [{ path, line: 0, message: "holds the EICAR test string: assemble it at run time" }];
}

function checkImports(path: string, text: string): Violation[] {
  const violations: Violation[] = [];
  for (const { specifier, line } of importsOf(text)) {
    const message = specifier.startsWith(".") ? checkRelative(path, specifier) : checkPackage(path, specifier);
    if (message !== undefined) violations.push({ path, line, message });
  }
  return violations;
}

function checkRelative(path: string, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  if (!target.startsWith("src/")) {
    return OUTSIDE_IMPORTS[path] === target ? undefined : `imports ${target}, outside src`;
  }
  const from = folderOf(path);
  const to = folderOf(target);
  if (from === to) return undefined;
  if (from === undefined) return to === "cli" ? undefined : `main imports src/cli only, not ${target}`;
  if (to === undefined) return `imports ${target}: nothing imports the entry`;
  const fromRank = ranks[from] ?? Number.NaN;
  const toRank = ranks[to] ?? Number.NaN;
  if (toRank < fromRank) return undefined;
  return `src/${from} (rank ${fromRank}) imports src/${to} (rank ${toRank}): only lower ranks and its own folder`;
}

function checkPackage(path: string, specifier: string): string | undefined {
  const folder = folderOf(path) ?? "";
  if (specifier.startsWith("node:")) {
    if ((ranks[folder] ?? Number.NaN) > lastPureRank) return undefined;
    if (path === "src/main.ts") return undefined;
    return PURE_MODULES.has(specifier) ? undefined : `imports ${specifier}: ranks 0-2 do no I/O`;
  }
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const homes = packageHomes[name];
  if (homes === undefined) return `imports ${name}: no folder is its home`;
  return homes.includes(folder) ? undefined : `imports ${name}, which belongs to src/${homes.join(" and src/")}`;
}

function checkReads(path: string, text: string): Violation[] {
  const violations: Violation[] = [];
  for (const rule of READS) {
    if (rule.isAllowed(path)) continue;
    for (const [index, line] of codeLines(text).entries()) {
      if (rule.pattern.test(line)) violations.push({ path, line: index + 1, message: rule.message });
    }
  }
  return violations;
}

/** Every import of a module: static, `import type`, `export … from`, dynamic, and types in the form `import("…")`. */
export function importsOf(text: string): { readonly specifier: string; readonly line: number }[] {
  const code = codeLines(text).join("\n");
  return Array.from(code.matchAll(IMPORT), (match) => ({
    specifier: match[1] ?? match[2] ?? "",
    line: code.slice(0, match.index + match[0].length).split("\n").length,
  }));
}

/** The lines with comments blanked. Comments stand on lines of their own or after a space, which is all this knows. */
function codeLines(text: string): string[] {
  let isInBlock = false;
  return text.split("\n").map((line) => {
    if (isInBlock) {
      isInBlock = !line.includes("*/");
      return "";
    }
    if (/^\s*\/\*/.test(line)) {
      isInBlock = !line.includes("*/");
      return "";
    }
    return line.replace(/(^|\s)\/\/.*$/, "$1");
  });
}

function folderOf(path: string): string | undefined {
  const [, folder, rest] = path.split("/");
  return rest === undefined ? undefined : folder;
}

const MAX_LINES = 400;
const CODE = /\.tsx?$/;
const IMPORT =
  /^\s*(?:import|export)\b(?:[^"'`;=()]*?\bfrom)?\s*["']([^"'\n]+)["']|\b(?:import|require)\s*\(\s*["']([^"'\n]+)["']/gm;
const DRAWERS: ReadonlySet<string> = new Set(["utils", "util", "helpers", "types", "common", "shared", "misc", "lib"]);
const TOP_LEVEL: ReadonlySet<string> = new Set([
  "package.json",
  "package-lock.json",
  "src",
  "test",
  "scripts",
  "dist",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "tsconfig.json",
  "biome.json",
  "vitest.config.ts",
  "vitest.e2e.config.ts",
]);
/** The only files of `src` that import something outside it. */
const OUTSIDE_IMPORTS: Readonly<Record<string, string>> = { "src/core/version.ts": "package.json" };
/** What of Node is pure: functions over octets and text. */
const PURE_MODULES: ReadonlySet<string> = new Set([
  "node:buffer",
  "node:crypto",
  "node:path",
  "node:string_decoder",
  "node:url",
  "node:util",
  "node:zlib",
]);
/** Where the operating system may be asked for beside `src/platform`; each with its reason. */
const PLATFORM_READERS: ReadonlySet<string> = new Set([]);
const READS: readonly { pattern: RegExp; isAllowed: (path: string) => boolean; message: string }[] = [
  {
    pattern: /\bprocess\.platform\b|\bos\.(?:platform|type)\(/,
    isAllowed: (path) => path.startsWith("src/platform/") || PLATFORM_READERS.has(path),
    message: "only src/platform asks which operating system this is",
  },
  {
    pattern: /\bprocess\.exit\(/,
    isAllowed: (path) => path === "src/main.ts",
    message: "only main.ts ends the process; elsewhere return an exit code",
  },
  {
    pattern: /\bMath\.random\(/,
    isAllowed: (path) => (ranks[folderOf(path) ?? ""] ?? 0) > lastPureRank,
    message: "ranks 0-2 leave nothing to chance: take the value as an argument",
  },
  {
    // Node 24 damages its memory when it makes text of an odd number of octets at an odd address.
    pattern: /\.toString\(\s*["'`](?:utf-?16le|ucs-?2)["'`]|\bStringDecoder\(\s*["'`](?:utf-?16le|ucs-?2)["'`]/i,
    isAllowed: (path) => path === "src/core/bytes.ts",
    message: "octets become UTF-16 text through utf16() of src/core/bytes.ts alone",
  },
];
const EICAR_FORMS: readonly string[] = [["X5O!P%@AP[4", "PZX54"].join("\\"), ["WDVPIVAl", "QEFQWzRc"].join("")];
