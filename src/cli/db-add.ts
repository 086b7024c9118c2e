/** `mailward db add`: registers what is fetched or is here already, once it is known to be of use. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { checkDatabases, type DatabaseCheck } from "../app/database-check.ts";
import { type DatabaseSource, formatDatabaseSource, parseDatabaseSource } from "../config/database-source.ts";
import { systemErrorText, UserError } from "../core/errors.ts";
import { formatCount } from "../core/format.ts";
import { sanitize } from "../core/sanitize.ts";
import { textOption } from "./arguments.ts";
import { changeConfig, requireValid, tellChange } from "./config-change.ts";
import { writeProblems } from "./db-problems.ts";
import { type DbRequest, directoryOf, sourcesOf } from "./db-request.ts";
import { fetchSource, licenseText, writeUpdate } from "./db-update.ts";

export async function addDatabases(request: DbRequest): Promise<number> {
  const { words, options } = request;
  if (words.length === 0) {
    throw new UserError("Cannot add a database: none is given", { hint: "mailward db add URL|FILE|FOLDER" });
  }
  const sourceOption = SOURCE_OPTIONS.find((name) => textOption(options, name) !== undefined);
  if (sourceOption !== undefined && words.length > 1) {
    throw new UserError(`Cannot use --${sourceOption} for ${words.length} databases at once`);
  }
  for (const word of words) {
    if (isAddress(word)) await addSource(word, request);
    else await addPath(word, request);
  }
  return 0;
}

/** Whether a word on the command line is meant as an address, and not as a path. */
export function isAddress(word: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(word);
}

async function addSource(word: string, request: DbRequest): Promise<void> {
  const { context, options, settings } = request;
  const source = sourceFrom(word, request);
  const same = sourcesOf(settings).find(({ name }) => name.toLowerCase() === source.name.toLowerCase());
  if (same !== undefined && same.url !== source.url) {
    throw new UserError(`Cannot add "${sanitize(source.url)}": there is another source called ${source.name}`, {
      hint: "--name gives it another name",
    });
  }
  if (options.fetch !== false) writeUpdate(source, await fetchSource(source, request), request);
  try {
    const outcome = await changeConfig(context, options, (current) => {
      const present = requireValid(current).values["signatures.sources"];
      const others = present.filter((text) => sourceName(text) !== source.name);
      return { key: "signatures.sources", value: [...others, formatDatabaseSource(source)] };
    });
    tellChange(context, "signatures.sources", outcome);
  } catch (error) {
    // What nobody knows of would be loaded and never be fetched again.
    if (same === undefined && options.fetch !== false) await directoryOf(request).remove(source.name);
    throw error;
  }
  if (source.license === undefined) {
    context.note(`${licenseText(undefined)}: whether you may use ${source.name} is between you and whoever made it`);
  }
}

async function addPath(word: string, request: DbRequest): Promise<void> {
  const { context, options } = request;
  const given = SOURCE_OPTIONS.find((name) => textOption(options, name) !== undefined);
  if (given !== undefined) {
    throw new UserError(`Cannot use --${given} for "${sanitize(word)}": it is for what is fetched from an address`);
  }
  const path = resolve(context.cwd, word);
  await requirePath(path);
  const { signatures, problems } = await checkPath(path);
  writeProblems(problems, context);
  const outcome = await changeConfig(context, options, (current) => {
    const present = requireValid(current).values["signatures.files"];
    return present.includes(path) ? undefined : { key: "signatures.files", value: [...present, path] };
  });
  tellChange(context, "signatures.files", outcome);
  context.stdout.write(`${sanitize(path, MAX_PATH)}: ${formatCount(signatures, "signature")}\n`);
}

/** What may be done about a path that is of no use is something else here than where it stands in the settings. */
async function checkPath(path: string): Promise<DatabaseCheck> {
  try {
    return await checkDatabases([path]);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, {
      cause: error,
      hint: "A database is a file of one of ClamAV's forms, or a folder of such files, as freshclam keeps them in /var/lib/clamav",
    });
  }
}

function sourceFrom(word: string, { options }: DbRequest): DatabaseSource {
  const at = word.indexOf("#");
  const fields = new URLSearchParams(at < 0 ? "" : word.slice(at + 1));
  for (const name of SOURCE_OPTIONS) {
    const value = textOption(options, name);
    if (value !== undefined) fields.set(name, value);
  }
  if (options.allowHttp === true) fields.set("http", "allowed");
  const parsed = parseDatabaseSource(`${at < 0 ? word : word.slice(0, at)}#${fields}`);
  if (parsed.type === "ok") return parsed.value;
  throw new UserError(`Cannot add "${sanitize(word)}": ${sanitize(parsed.problem)}`, {
    hint: "For example: mailward db add https://example.org/own.hdb --license MIT",
  });
}

async function requirePath(path: string): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    throw new UserError(`Cannot add "${sanitize(path, MAX_PATH)}": ${systemErrorText(error)}`, {
      cause: error,
      hint: "An address begins with https://",
    });
  }
}

function sourceName(text: string): string | undefined {
  const parsed = parseDatabaseSource(text);
  return parsed.type === "ok" ? parsed.value.name : undefined;
}

const SOURCE_OPTIONS = ["name", "license", "sha256"] as const;
const MAX_PATH = 4_096;
