/** `mailward db info` for people. */
import { formatCount } from "../core/format.ts";
import { sanitize } from "../core/sanitize.ts";
import type { CliContext } from "./context.ts";
import type { Daemon, Database, LoadedDatabases } from "./db-info.ts";
import { writeProblems } from "./db-problems.ts";
import { licenseText } from "./db-update.ts";

/** The name and some lines below it; with the licence when `isDetailed`. */
export function writeDatabase(database: Database, isDetailed: boolean, { stdout }: CliContext): void {
  const { name, url, license, signatures, fetchedAt, checkedAt, versions, lack, sha256 } = database;
  const lines = [
    ...(url === undefined ? [] : [`from ${url}`, licenseText(license)]),
    ...(signatures === undefined ? [] : [signatureText(signatures)]),
    ...(fetchedAt === undefined ? [] : [`fetched ${fetchedAt}, last looked for ${checkedAt ?? fetchedAt}`]),
    ...(isDetailed && sha256 !== undefined ? [`SHA-256 ${sha256}`] : []),
    ...versions.map((version) => {
      const file = version.path.slice(version.path.lastIndexOf("/") + 1);
      return `${file}: version ${version.version} of ${version.builtAt}, ${signatureText(version.signatures)}`;
    }),
    ...(lack === undefined ? [] : [lack]),
  ];
  stdout.write(`${safe(name)}\n${lines.map((line) => `  ${safe(line)}\n`).join("")}`);
  if (!isDetailed || database.licenseText === undefined) return;
  for (const line of database.licenseText.trimEnd().split(/\r?\n/)) stdout.write(`  | ${safe(line)}\n`);
}

/** What the databases give together, and what is wrong with them. */
export function writeLoaded({ check, error }: LoadedDatabases, hasAny: boolean, context: CliContext): void {
  if (error !== undefined) context.note(safe(error));
  if (check === undefined) return;
  writeProblems(check.problems, context);
  const kinds = Object.entries(check.counts).map(([kind, count]) => `${kind} ${count}`);
  const detail = kinds.length === 0 ? "" : ` (${kinds.join(", ")})`;
  context.stdout.write(`${signatureText(check.signatures)} in all${safe(detail)}\n`);
  if (hasAny) return;
  context.note("there are no databases: what is found is the built-in test virus, and what the heuristics find");
  context.note("mailward help db says where databases come from");
}

export function writeDaemons(daemons: readonly Daemon[], context: CliContext): void {
  for (const { pid, signatures, loadedAt, isCurrent } of daemons) {
    const state = isCurrent ? "has them" : "has others";
    context.stdout.write(`mailward ${pid} is running and ${state}: ${signatureText(signatures)}, loaded ${loadedAt}\n`);
  }
  if (daemons.length === 0) context.stdout.write("no mailward is running\n");
}

function signatureText(count: number): string {
  return formatCount(count, "signature");
}

function safe(text: string): string {
  return sanitize(text, MAX_LINE);
}

const MAX_LINE = 4_096;
