/** Finds and reads databases: files, and folders as freshclam keeps them. */
import { open, readdir, readFile, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { systemErrorText, UserError } from "../../../core/errors.ts";
import { signatureLimits } from "../../../core/scan-limits.ts";
import { readDatabaseHeader } from "./database-container.ts";
import type { SignatureFile } from "./signature-compiler.ts";
import { signatureFormat } from "./signature-format.ts";

/** A file to read. */
export interface SignatureSource {
  readonly path: string;
  /** Path of the file or folder that was named. */
  readonly named: string;
  readonly bytes: number;
  /** Changes whenever the file does. */
  readonly version: string;
}

/** The files that `paths` stand for, in the order in which they are to be read. Of a folder those with ClamAV's names,
 *  not of the folders in it. Rejects with a UserError when something that is named is not there. */
export async function findSignatureFiles(paths: readonly string[]): Promise<SignatureSource[]> {
  const sources = new Map<string, SignatureSource>();
  for (const named of paths) {
    for (const source of await sourcesOf(named)) if (!sources.has(source.path)) sources.set(source.path, source);
  }
  return [...sources.values()].sort(
    (left, right) => order(left.path) - order(right.path) || (left.path < right.path ? -1 : 1),
  );
}

/** Reads them one after the other. */
export async function* readSignatureFiles(sources: readonly SignatureSource[]): AsyncGenerator<SignatureFile> {
  for (const { path } of sources) {
    try {
      yield { path, bytes: await readFile(path) };
    } catch (error) {
      throw unreadable(path, systemErrorText(error), error);
    }
  }
}

async function sourcesOf(named: string): Promise<SignatureSource[]> {
  const first = await look(named, named);
  if (first !== "folder") return [first];
  const names = await readdir(named).catch((error: unknown) => {
    throw unreadable(named, systemErrorText(error), error);
  });
  const known = names.filter((name) => !name.startsWith(".") && signatureFormat(name) !== undefined);
  if (known.length > signatureLimits.files) throw unreadable(named, "it holds too many files");
  const found = await Promise.all(known.sort().map((name) => look(join(named, name), named)));
  return await withoutOlder(found.filter((source) => source !== "folder"));
}

async function look(path: string, named: string): Promise<SignatureSource | "folder"> {
  try {
    const status = await stat(path, { bigint: true });
    if (status.isDirectory()) return "folder";
    if (!status.isFile()) throw unreadable(path, "it is not a regular file");
    if (status.size > signatureLimits.fileBytes) throw unreadable(path, "it is too large");
    const version = `${status.size}:${status.mtimeNs}:${status.ctimeNs}:${status.ino}`;
    return { path, named, bytes: Number(status.size), version };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unreadable(path, systemErrorText(error), error);
  }
}

/** freshclam makes `daily.cld` of `daily.cvd`, and may have left the older one. */
async function withoutOlder(sources: readonly SignatureSource[]): Promise<SignatureSource[]> {
  const kept: SignatureSource[] = [];
  for (const source of sources) {
    const rivals = CONTAINERS.includes(extname(source.path))
      ? sources.filter((other) => other !== source && isSameDatabase(other.path, source.path))
      : [];
    const version = rivals.length === 0 ? 0 : await versionOf(source.path);
    const versions = await Promise.all(rivals.map((rival) => versionOf(rival.path)));
    const isOldest = versions.some(
      (other, index) => other > version || (other === version && (rivals[index]?.path ?? "") < source.path),
    );
    if (!isOldest) kept.push(source);
  }
  return kept;
}

function isSameDatabase(left: string, right: string): boolean {
  if (!CONTAINERS.includes(extname(left))) return false;
  return basename(left, extname(left)) === basename(right, extname(right));
}

async function versionOf(path: string): Promise<number> {
  const file = await open(path).catch(() => undefined);
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = (await file?.read(header, 0, HEADER_BYTES, 0)) ?? { bytesRead: 0 };
    return readDatabaseHeader(path, header.subarray(0, bytesRead))?.version ?? 0;
  } catch {
    return 0;
  } finally {
    await file?.close();
  }
}

/** What is to be ignored comes first; then the newest signatures. */
function order(path: string): number {
  if (signatureFormat(path)?.kind === "ignored") return 0;
  return basename(path).startsWith("daily.") ? 1 : 2;
}

function unreadable(path: string, problem: string, cause?: unknown): UserError {
  return new UserError(`Cannot read the signatures in "${path}": ${problem}`, { cause, hint: SIGNATURES_HINT });
}

export const SIGNATURES_HINT = "mailward db info";
const CONTAINERS: readonly string[] = [".cvd", ".cld"];
const HEADER_BYTES = 512;
