/** `mailward db info`: which databases there are, what is in them, and whether a running mailward has them. */
import { checkDatabases, type DatabaseProblem } from "../app/database-check.ts";
import { enginesWithDatabases } from "../app/database-files.ts";
import { errorText, UserError } from "../core/errors.ts";
import { formatCount } from "../core/format.ts";
import { jsonLine } from "../core/json-line.ts";
import { sanitize } from "../core/sanitize.ts";
import { suggest } from "../core/suggest.ts";
import type { DatabaseDirectory, DatabaseRecord } from "../storage/database-directory.ts";
import { type DatabaseStatus, readDatabaseStatuses } from "../storage/database-status.ts";
import { stateDirectory } from "../storage/paths.ts";
import { flagOption } from "./arguments.ts";
import { writeProblems } from "./db-problems.ts";
import { type DbRequest, directoryOf, sourcesOf } from "./db-request.ts";
import { licenseText } from "./db-update.ts";

export async function showDatabases(request: DbRequest): Promise<number> {
  const { words, context, options } = request;
  const all = await listDatabases(request);
  const databases = words.length === 0 ? all : words.map((word) => choose(word, all));
  const daemons = await runningDaemons(request);
  if (flagOption(options, "json")) {
    context.stdout.write(`${jsonLine({ databases, daemons })}\n`);
    return 0;
  }
  for (const database of databases) writeDatabase(database, request, words.length > 0);
  if (all.length === 0) {
    context.note("there are no databases: the built-in test signature and the heuristics are all there is");
    context.note("mailward help db says where to get some");
  }
  for (const { pid, signatures, loadedAt, isCurrent } of daemons) {
    const state = isCurrent ? "has these databases" : "has other databases";
    context.stdout.write(`mailward ${pid} ${state}: ${countText(signatures)} loaded ${loadedAt}\n`);
  }
  if (daemons.length === 0) context.note("no mailward is running");
  return 0;
}

interface Database {
  /** The name of a source, or a path. */
  readonly name: string;
  readonly path: string;
  readonly url: string | undefined;
  readonly license: string | undefined;
  readonly licenseText: string | undefined;
  readonly signatures: number | undefined;
  readonly formats: Readonly<Record<string, number>> | undefined;
  readonly sha256: string | undefined;
  readonly fetchedAt: string | undefined;
  readonly checkedAt: string | undefined;
  readonly problems: readonly DatabaseProblem[];
  /** Why it can not be loaded. */
  readonly error: string | undefined;
}

/** What is registered, what lies in the folder without being registered, and what the settings name. */
async function listDatabases(request: DbRequest): Promise<readonly Database[]> {
  const { settings } = request;
  const { files } = settings.engines.signatures;
  const sources = sourcesOf(settings);
  const directory = sources.length === 0 ? optionalDirectory(request) : directoryOf(request);
  const present = (await directory?.names()) ?? [];
  const names = [...new Set([...sources.map(({ name }) => name), ...present])];
  const fetched = directory === undefined ? [] : names.map((name) => describeFetched(name, directory, request));
  return await Promise.all([...fetched, ...files.map((path) => describe({ ...UNKNOWN, name: path, path }))]);
}

function optionalDirectory(request: DbRequest): DatabaseDirectory | undefined {
  try {
    return directoryOf(request);
  } catch {
    return undefined;
  }
}

async function describeFetched(name: string, directory: DatabaseDirectory, { settings }: DbRequest): Promise<Database> {
  const source = sourcesOf(settings).find((candidate) => candidate.name === name);
  const record: Partial<DatabaseRecord> = (await directory.record(name)) ?? {};
  const known: Database = {
    ...UNKNOWN,
    name,
    path: directory.filePath(name),
    url: source?.url ?? record.url,
    license: source?.license ?? record.license,
    licenseText: await directory.licenseText(name),
    sha256: record.sha256,
    fetchedAt: record.fetchedAt,
    checkedAt: record.checkedAt,
  };
  const isThere = (await directory.names()).includes(name);
  return isThere ? await describe(known) : { ...known, error: "it has not been fetched yet" };
}

async function describe(known: Database): Promise<Database> {
  try {
    const { signatures, formats, problems } = await checkDatabases([known.path]);
    return { ...known, signatures, formats, problems };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...known, error: errorText(error) };
  }
}

interface Daemon extends DatabaseStatus {
  /** Whether it has loaded what would be loaded now. */
  readonly isCurrent: boolean;
}

async function runningDaemons({ context, settings }: DbRequest): Promise<readonly Daemon[]> {
  const directory = stateDirectory(context.env);
  const statuses = directory === undefined ? [] : await readDatabaseStatuses(directory);
  if (statuses.length === 0) return [];
  const { signatures } = await enginesWithDatabases(settings, context.env);
  const now = await checkDatabases(signatures.files).catch(() => undefined);
  return statuses.map((status) => ({ ...status, isCurrent: status.databases === now?.identity }));
}

function writeDatabase(database: Database, { context }: DbRequest, isDetailed: boolean): void {
  const { name, url, fetchedAt, checkedAt, signatures, formats = {}, error, license, problems } = database;
  const kinds = Object.entries(formats).map(([kind, count]) => `${kind} ${count}`);
  const lines = [
    error === undefined ? `${countText(signatures ?? 0)}${kinds.length > 0 ? ` (${kinds.join(", ")})` : ""}` : error,
    ...(url === undefined ? [] : [`from ${sanitize(url, MAX_TEXT)}`, licenseText(license)]),
    ...(fetchedAt === undefined ? [] : [`fetched ${fetchedAt}, looked for ${checkedAt ?? fetchedAt}`]),
    ...(problems.length === 0 ? [] : [`${formatCount(problems.length, "line")} left out`]),
  ];
  context.stdout.write(
    `${sanitize(name, MAX_TEXT)}\n${lines.map((line) => `  ${sanitize(line, MAX_TEXT)}\n`).join("")}`,
  );
  writeProblems(problems, context);
  if (!isDetailed || database.licenseText === undefined) return;
  for (const line of database.licenseText.split("\n")) context.stdout.write(`  | ${sanitize(line, MAX_TEXT)}\n`);
}

function choose(word: string, databases: readonly Database[]): Database {
  const found = databases.find(({ name, url, path }) => word === name || word === url || word === path);
  if (found !== undefined) return found;
  const nearest = suggest(
    word,
    databases.map(({ name }) => name),
  );
  throw new UserError(`Cannot show "${sanitize(word, 100)}": there is no such database`, {
    hint: nearest === undefined ? "All databases: mailward db info" : `Did you mean "${sanitize(nearest)}"?`,
  });
}

function countText(signatures: number): string {
  return formatCount(signatures, "signature");
}

const UNKNOWN = {
  url: undefined,
  license: undefined,
  licenseText: undefined,
  signatures: undefined,
  formats: undefined,
  sha256: undefined,
  fetchedAt: undefined,
  checkedAt: undefined,
  problems: [],
  error: undefined,
} as const;
const MAX_TEXT = 4_096;
