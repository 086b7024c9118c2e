/** `mailward db update`: fetches what has changed, one source after the other. */
import { loadAuthorities } from "../app/authorities.ts";
import { type Update, updateDatabase } from "../app/database-update.ts";
import type { DatabaseSource } from "../config/database-source.ts";
import { errorText, UserError } from "../core/errors.ts";
import { formatCount } from "../core/format.ts";
import { jsonLine } from "../core/json-line.ts";
import { sanitize } from "../core/sanitize.ts";
import { suggest } from "../core/suggest.ts";
import { flagOption } from "./arguments.ts";
import { writeProblems } from "./db-problems.ts";
import { type DbRequest, directoryOf, sourcesOf } from "./db-request.ts";

/** 0 when every source is as new as can be, else 2. */
export async function updateDatabases(request: DbRequest): Promise<number> {
  const { context, options } = request;
  const sources = chosenSources(request);
  if (sources.length === 0) {
    context.note("there is nothing to fetch: no source is registered (mailward db add URL)");
  }
  const results: UpdateResult[] = [];
  for (const source of sources) {
    const result = await updateOne(source, request);
    results.push(result);
    if (!flagOption(options, "json")) writeResult(result, request);
    if (context.signal.aborted) break;
  }
  if (flagOption(options, "json")) context.stdout.write(`${jsonLine(results.map(resultObject))}\n`);
  return results.some(({ error }) => error !== undefined) ? EXIT_ERROR : 0;
}

/** Fetches one source. Rejects with a UserError, and what was there stays. */
export async function fetchSource(source: DatabaseSource, request: DbRequest): Promise<Update> {
  const { settings, context } = request;
  const directory = directoryOf(request);
  const authorities = await loadAuthorities(settings.upstream.caFile);
  const tools = { directory, authorities, now: () => new Date(), signal: context.signal };
  return await directory.change((staging) => updateDatabase(source, staging, tools));
}

/** Tells what an update has brought, and under which licence. */
export function writeUpdate({ name, license }: DatabaseSource, update: Update, { context }: DbRequest): void {
  const { record } = update;
  if (update.type === "unchanged") {
    context.stdout.write(`${name}: unchanged since ${record.fetchedAt}, ${countText(record.signatures)}\n`);
    return;
  }
  const was = update.before === undefined ? "new" : `${countText(update.before.signatures)} before`;
  context.stdout.write(`${name}: updated, ${countText(record.signatures)}, ${was}; ${licenseText(license)}\n`);
  writeProblems(update.problems, context);
}

export function licenseText(license: string | undefined): string {
  return license === undefined ? "licence not stated" : `licence: ${sanitize(license)}`;
}

interface UpdateResult {
  readonly source: DatabaseSource;
  readonly update: Update | undefined;
  readonly error: string | undefined;
}

async function updateOne(source: DatabaseSource, request: DbRequest): Promise<UpdateResult> {
  try {
    return { source, update: await fetchSource(source, request), error: undefined };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { source, update: undefined, error: errorText(error) };
  }
}

function writeResult({ source, update, error }: UpdateResult, request: DbRequest): void {
  if (update !== undefined) writeUpdate(source, update, request);
  else request.context.note(`${sanitize(error ?? "", MAX_LINE)}; the last version stays`);
}

function resultObject({ source: { name, url, license }, update, error }: UpdateResult): object {
  if (update === undefined) return { name, url, license, result: "failed", error };
  const { sha256, signatures, bytes, fetchedAt, checkedAt } = update.record;
  const isNew = update.type === "updated";
  return {
    name,
    url,
    license,
    result: update.type,
    signatures,
    ...(isNew && { signaturesBefore: update.before?.signatures, problems: update.problems.length }),
    bytes,
    sha256,
    fetchedAt,
    checkedAt,
  };
}

function chosenSources({ words, settings }: DbRequest): readonly DatabaseSource[] {
  const sources = sourcesOf(settings);
  if (words.length === 0) return sources;
  return words.map((word) => {
    const found = sources.find(({ name, url }) => name === word || url === word);
    if (found !== undefined) return found;
    const nearest = suggest(
      word,
      sources.map(({ name }) => name),
    );
    throw new UserError(`Cannot update "${sanitize(word, 100)}": there is no such source`, {
      hint: nearest === undefined ? "The sources: mailward db info" : `Did you mean "${nearest}"?`,
    });
  });
}

function countText(signatures: number): string {
  return formatCount(signatures, "signature");
}

const EXIT_ERROR = 2;
const MAX_LINE = 4_096;
