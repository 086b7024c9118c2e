/** Fetches one source of signatures and puts it in its place, if it is all right: until then, and when it is not, what
 *  was there stays. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DatabaseSource, isSafeAddress } from "../config/database-source.ts";
import { UserError } from "../core/errors.ts";
import { databaseLimits } from "../core/limits.ts";
import type { DatabaseDirectory, DatabaseRecord } from "../storage/database-directory.ts";
import { type Fetched, fetchFile } from "../storage/database-fetch.ts";
import { checkDatabases } from "./database-check.ts";

export interface UpdateTools {
  readonly directory: DatabaseDirectory;
  readonly authorities: readonly string[];
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export type Update =
  | { readonly type: "unchanged"; readonly record: DatabaseRecord }
  | {
      readonly type: "updated";
      readonly record: DatabaseRecord;
      /** What was there before. */
      readonly before: DatabaseRecord | undefined;
      /** Lines that are no signatures; the others count. */
      readonly problems: readonly string[];
    };

/** To be called within DatabaseDirectory.change(), which gives the folder `staging`. Rejects with a UserError when the
 *  source can not be fetched or used. */
export async function updateDatabase(source: DatabaseSource, staging: string, tools: UpdateTools): Promise<Update> {
  const { directory, now } = tools;
  const before = await intactRecord(source, directory);
  const isWanted = before !== undefined && (source.sha256 === undefined || hasDigest(before, source.sha256));
  const target = join(staging, source.name);
  const fetched = await fetchFile({
    ...fetchOptions(source, tools),
    url: source.url,
    target,
    maxBytes: databaseLimits.fileBytes,
    ...(isWanted && before.url === source.url && { etag: before.etag, lastModified: before.lastModified }),
  });
  const checkedAt = now().toISOString();
  if (fetched.type === "missing") throw problem(source, `the server has no such file (${fetched.status})`);
  if (fetched.type === "unchanged") {
    if (before === undefined) throw problem(source, "the server says that it has not changed, but it is not here");
    return await keep(source, { ...before, license: source.license, checkedAt }, directory);
  }
  await verifyDigest(source, fetched, staging, tools);
  const record = { ...fetchedRecord(source, fetched), fetchedAt: checkedAt, checkedAt };
  if (before?.sha256 === fetched.sha256) {
    return await keep(source, { ...record, signatures: before.signatures, fetchedAt: before.fetchedAt }, directory);
  }
  const { signatures, problems } = await verifyContent(source, target);
  const licenseText = await fetchLicense(source, staging, tools);
  await directory.install(source.name, target, { ...record, signatures }, licenseText);
  return { type: "updated", record: { ...record, signatures }, before, problems };
}

async function keep(source: DatabaseSource, record: DatabaseRecord, directory: DatabaseDirectory): Promise<Update> {
  await directory.note(source.name, record);
  return { type: "unchanged", record };
}

/** What is known of the file that is there; undefined when it is not the one that was fetched. */
async function intactRecord(source: DatabaseSource, directory: DatabaseDirectory): Promise<DatabaseRecord | undefined> {
  const record = await directory.record(source.name);
  return record !== undefined && (await directory.isIntact(source.name, record)) ? record : undefined;
}

function fetchOptions({ allowsHttp }: DatabaseSource, { authorities, signal }: UpdateTools) {
  return { allowsHttp, authorities, signal };
}

function fetchedRecord(
  { url, license }: DatabaseSource,
  { etag, lastModified, sha256, servedSha256, bytes }: Extract<Fetched, { type: "file" }>,
): Omit<DatabaseRecord, "signatures" | "fetchedAt" | "checkedAt"> {
  return { url, license, etag, lastModified, sha256, servedSha256, bytes };
}

/** The digest that the user has named, else the one that stands beside the file. */
async function verifyDigest(
  source: DatabaseSource,
  fetched: Extract<Fetched, { type: "file" }>,
  staging: string,
  tools: UpdateTools,
): Promise<void> {
  const expected = source.sha256 ?? (await neighbourDigest(source, staging, tools));
  if (expected === undefined || hasDigest(fetched, expected)) return;
  throw problem(source, `its SHA-256 is ${fetched.servedSha256}, and should be ${expected}`);
}

/** What `FILE.sha256` says, when there is one. */
async function neighbourDigest(
  source: DatabaseSource,
  staging: string,
  tools: UpdateTools,
): Promise<string | undefined> {
  const url = new URL(source.url);
  url.pathname += ".sha256";
  const target = join(staging, `${source.name}.sha256`);
  const maxBytes = databaseLimits.checksumBytes;
  const fetched = await fetchFile({ ...fetchOptions(source, tools), url: url.href, target, maxBytes });
  if (fetched.type !== "file") return undefined;
  const digest = digestIn(await readFile(target, "utf8"), new URL(source.url).pathname.split("/").at(-1) ?? "");
  if (digest === undefined) throw problem(source, "the file beside it has no SHA-256 of it");
  return digest;
}

/** `digest`, `digest  file` or `SHA256 (file) = digest`, of one file or of several. */
function digestIn(text: string, file: string): string | undefined {
  const lines = text.split("\n").flatMap((line) => {
    const digest = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/i.exec(line)?.[0].toLowerCase();
    return digest === undefined ? [] : [{ line, digest }];
  });
  const [first] = lines;
  return lines.length === 1 ? first?.digest : lines.find(({ line }) => line.includes(file))?.digest;
}

/** That it can be loaded, and that there is something in it. */
async function verifyContent(
  source: DatabaseSource,
  path: string,
): Promise<{ signatures: number; problems: readonly string[] }> {
  const withoutFolder = (text: string): string => text.replaceAll(path, source.name);
  try {
    const { signatures, counts, problems } = await checkDatabases([path]);
    if (Object.keys(counts).length > 0) return { signatures, problems: problems.map(withoutFolder) };
  } catch (error) {
    if (error instanceof UserError) throw new UserError(withoutFolder(error.message), { cause: error });
    throw error;
  }
  throw problem(source, "there are no signatures in it");
}

/** The text of a licence that was named by its address. */
async function fetchLicense(source: DatabaseSource, staging: string, tools: UpdateTools): Promise<string | undefined> {
  const { license, allowsHttp } = source;
  if (license === undefined || !URL.canParse(license) || !isSafeAddress(new URL(license), allowsHttp)) return undefined;
  const target = join(staging, `${source.name}.license`);
  const maxBytes = databaseLimits.licenseBytes;
  const fetched = await fetchFile({ ...fetchOptions(source, tools), url: license, target, maxBytes });
  if (fetched.type !== "file") throw problem(source, `its licence is not at ${license}`);
  return await readFile(target, "utf8");
}

function hasDigest({ sha256, servedSha256 }: { sha256: string; servedSha256: string }, expected: string): boolean {
  return sha256 === expected || servedSha256 === expected;
}

function problem({ name }: DatabaseSource, why: string): UserError {
  return new UserError(`Cannot use ${name}: ${why}`);
}
