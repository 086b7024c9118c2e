/** `mailward db info`: which databases there are, what is in them, and whether a running mailward has them. */
import { checkDatabases, type DatabaseCheck } from "../app/database-check.ts";
import { enginesWithDatabases } from "../app/database-files.ts";
import { errorText, UserError } from "../core/errors.ts";
import { jsonLine } from "../core/json-line.ts";
import { suggest } from "../core/suggest.ts";
import type { DatabaseDirectory } from "../storage/database-directory.ts";
import { type DatabaseStatus, readDatabaseStatuses } from "../storage/database-status.ts";
import { cacheDirectory, stateDirectory } from "../storage/paths.ts";
import { flagOption } from "./arguments.ts";
import { writeDaemons, writeDatabase, writeLoaded } from "./db-info-text.ts";
import { type DbRequest, directoryOf, sourcesOf } from "./db-request.ts";

/** One database as it is registered. */
export interface Database {
  /** The name of a source, or a path. */
  readonly name: string;
  readonly path: string;
  readonly url: string | undefined;
  readonly license: string | undefined;
  readonly licenseText: string | undefined;
  /** Of what was fetched. */
  readonly signatures: number | undefined;
  readonly sha256: string | undefined;
  readonly fetchedAt: string | undefined;
  readonly checkedAt: string | undefined;
  /** Of ClamAV's containers. */
  readonly versions: DatabaseCheck["versions"];
  /** Why it does not count. */
  readonly lack: string | undefined;
}

/** What the databases give together. */
export interface LoadedDatabases {
  readonly check: DatabaseCheck | undefined;
  /** Why they can not be loaded. */
  readonly error: string | undefined;
}

export interface Daemon extends DatabaseStatus {
  /** Whether it has loaded what would be loaded now. */
  readonly isCurrent: boolean;
}

/** 0, and 1 when the databases can not be loaded. */
export async function showDatabases(request: DbRequest): Promise<number> {
  const { words, context, options } = request;
  const loaded = await loadAll(request);
  const all = await listDatabases(request, loaded.check);
  const chosen = words.length === 0 ? all : words.map((word) => choose(word, all));
  const daemons = await runningDaemons(request, loaded.check);
  if (flagOption(options, "json")) {
    const { signatures, counts, problems, identity } = loaded.check ?? {};
    const { error } = loaded;
    context.stdout.write(
      `${jsonLine({ databases: chosen, signatures, counts, identity, problems, error, running: daemons })}\n`,
    );
  } else {
    for (const database of chosen) writeDatabase(database, words.length > 0, context);
    writeLoaded(loaded, all.length > 0, context);
    writeDaemons(daemons, context);
  }
  return loaded.error === undefined ? 0 : 1;
}

async function loadAll({ settings, context }: DbRequest): Promise<LoadedDatabases> {
  const { signatures } = await enginesWithDatabases(settings, context.env);
  try {
    return { check: await checkDatabases(signatures.files, cacheDirectory(context.env)), error: undefined };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { check: undefined, error: errorText(error) };
  }
}

/** What is registered, what lies in the folder without being registered, and what the settings name. */
async function listDatabases(request: DbRequest, check: DatabaseCheck | undefined): Promise<readonly Database[]> {
  const { settings } = request;
  const sources = sourcesOf(settings);
  const directory = sources.length === 0 ? optionalDirectory(request) : directoryOf(request);
  const present = (await directory?.names()) ?? [];
  const names = [...new Set([...sources.map(({ name }) => name), ...present])];
  const versionsOf = (path: string) => (check?.versions ?? []).filter((version) => isIn(version.path, path));
  const fetched = directory === undefined ? [] : names.map((name) => describeFetched(name, directory, request));
  return [
    ...(await Promise.all(fetched)).map((database) => ({ ...database, versions: versionsOf(database.path) })),
    ...settings.engines.signatures.files.map((path) => ({ ...UNKNOWN, name: path, path, versions: versionsOf(path) })),
  ];
}

/** Without a home there may be none, and nothing needs it. */
function optionalDirectory(request: DbRequest): DatabaseDirectory | undefined {
  try {
    return directoryOf(request);
  } catch {
    return undefined;
  }
}

async function describeFetched(name: string, directory: DatabaseDirectory, { settings }: DbRequest): Promise<Database> {
  const source = sourcesOf(settings).find((candidate) => candidate.name === name);
  const record = await directory.record(name);
  const isThere = (await directory.names()).includes(name);
  const lack = isThere ? undefined : "it has not been fetched yet";
  return {
    ...UNKNOWN,
    name,
    path: directory.filePath(name),
    url: source?.url ?? record?.url,
    license: source?.license ?? record?.license,
    licenseText: await directory.licenseText(name),
    signatures: record?.signatures,
    sha256: record?.sha256,
    fetchedAt: record?.fetchedAt,
    checkedAt: record?.checkedAt,
    lack: source === undefined && isThere ? "no source is registered for it: it is used and never updated" : lack,
  };
}

async function runningDaemons({ context }: DbRequest, check: DatabaseCheck | undefined): Promise<readonly Daemon[]> {
  const directory = stateDirectory(context.env);
  const statuses = directory === undefined ? [] : await readDatabaseStatuses(directory);
  return statuses.map((status) => ({ ...status, isCurrent: status.databases === check?.identity }));
}

function choose(word: string, databases: readonly Database[]): Database {
  const found = databases.find(({ name, url, path }) => word === name || word === url || word === path);
  if (found !== undefined) return found;
  const names = databases.map(({ name }) => name);
  const nearest = suggest(word, names);
  throw new UserError(`Cannot show "${word.slice(0, 100)}": there is no such database`, {
    hint: nearest === undefined ? "All databases: mailward db info" : `Did you mean "${nearest}"?`,
  });
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

const UNKNOWN = {
  url: undefined,
  license: undefined,
  licenseText: undefined,
  signatures: undefined,
  sha256: undefined,
  fetchedAt: undefined,
  checkedAt: undefined,
  versions: [],
  lack: undefined,
} as const;
