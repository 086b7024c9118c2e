/** Loads all databases that are configured: from their compiled form when there is one, else from themselves. */
import { UserError } from "../../../core/errors.ts";
import { serviceLimits } from "../../../core/scan-limits.ts";
import { version } from "../../../core/version.ts";
import { compileFiles } from "./compile-signatures.ts";
import { readCompiled, sourcesKey, writeCompiled } from "./compiled-cache.ts";
import type { CompiledSignatures, SignatureInfo } from "./compiled-signatures.ts";
import { findSignatureFiles, readSignatureFiles, SIGNATURES_HINT, type SignatureSource } from "./signature-files.ts";

export interface LoadedSignatures {
  readonly signatures: CompiledSignatures;
  /** What is wrong but keeps nothing from working, a line each. */
  readonly problems: readonly string[];
}

/** Loads files and folders. Rejects with a UserError when something that is named can not be read, or holds nothing that
 *  can be used: protection that was asked for must not be missing in silence. */
export async function loadSignatures(paths: readonly string[], cacheDirectory?: string): Promise<LoadedSignatures> {
  const sources = await findSignatureFiles(paths);
  const key = sourcesKey(sources, version);
  const isWorthCaching = sources.reduce((sum, { bytes }) => sum + bytes, 0) >= CACHED_BYTES;
  const directory = isWorthCaching ? cacheDirectory : undefined;
  const cached = directory === undefined ? undefined : await readCompiled(directory, sources, key);
  if (cached !== undefined) return { signatures: cached, problems: describeProblems(cached.about) };
  const { signatures, taken } = await compileFiles(readSignatureFiles(sources), { sources: key });
  for (const path of paths) refuseUseless(path, sources, taken, signatures.about);
  if (directory !== undefined) await writeCompiled(directory, sources, signatures);
  return { signatures, problems: describeProblems(signatures.about) };
}

/** The problems of databases for people, no more than the daemon takes. */
export function describeProblems({ problems, unsupported, unused }: SignatureInfo): string[] {
  const lines = [
    ...problems.map(({ path, line, problem }) => (line === 0 ? `${path}: ${problem}` : `${path}:${line}: ${problem}`)),
    ...unsupported.map(({ path, reason, count, firstLine }) => `${path}:${firstLine}: ${reason}${others(count)}`),
    ...unused.map(({ path, why }) => `${path}: not used (${why})`),
  ];
  const max = serviceLimits.problems - 2;
  if (lines.length <= max) return lines;
  return [...lines.slice(0, max), `there are ${lines.length - max} more such problems in the databases`];
}

function others(count: number): string {
  if (count === 1) return "; the signature is left out";
  return `; ${count} signatures are left out for this, the first in this line`;
}

function refuseUseless(
  named: string,
  sources: readonly SignatureSource[],
  taken: ReadonlyMap<string, number>,
  about: SignatureInfo,
): void {
  const files = sources.filter((source) => source.named === named);
  // A list may be empty, but then it is a list: nothing is wrong with it.
  const isUsed = files.some(({ path }) => (taken.get(path) ?? 0) > 0 || !isFaulty(path, about));
  if (isUsed) return;
  const [file] = files;
  if (file === undefined) throw useless(named, "there is no file of ClamAV's in it");
  const isOf = (path: string): boolean =>
    files.some((source) => path === source.path || path.startsWith(`${source.path}/`));
  const problem = about.problems.find(({ path }) => isOf(path));
  const other =
    about.unsupported.find(({ path }) => isOf(path))?.reason ?? about.unused.find(({ path }) => isOf(path))?.why;
  if (problem === undefined) throw useless(named, other ?? "there is nothing in it");
  throw useless(named, problem.line === 0 ? problem.problem : `line ${problem.line}: ${problem.problem}`);
}

function isFaulty(path: string, { problems, unsupported, unused }: SignatureInfo): boolean {
  return [...problems, ...unsupported, ...unused].some(
    (about) => about.path === path || about.path.startsWith(`${path}/`),
  );
}

function useless(path: string, why: string): UserError {
  return new UserError(`Cannot use the signatures in "${path}": nothing in it is a signature (${why})`, {
    hint: SIGNATURES_HINT,
  });
}

/** Smaller ones are compiled in less time than it takes to read the result and to be sure of it. */
const CACHED_BYTES = 1024 * 1024;
