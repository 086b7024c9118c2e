/** Keeps compiled databases on disk, so that millions of signatures are there in a fraction of a second. What is there
 *  is used only when it was made of the very files that are there now, by this version of the program, and is whole. */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type CompiledSignatures, loadCompiled, saveCompiled } from "./compiled-signatures.ts";
import { readOwnFile } from "./own-file.ts";
import type { SignatureSource } from "./signature-files.ts";

/** What tells a compiled form of these files from any other. */
export function sourcesKey(sources: readonly SignatureSource[], program: string): string {
  const key = createHash("sha256").update(`${program}\n`);
  for (const { path, version } of sources) key.update(JSON.stringify([path, version]));
  return key.digest("hex");
}

/** The compiled form; undefined when there is none that can be used. Never rejects. */
export async function readCompiled(
  directory: string,
  sources: readonly SignatureSource[],
  key: string,
): Promise<CompiledSignatures | undefined> {
  try {
    const octets = await readOwnFile(cachePath(directory, sources));
    const compiled = octets === undefined ? undefined : loadCompiled(octets);
    return compiled?.about.sources === key ? compiled : undefined;
  } catch {
    return undefined;
  }
}

/** Whoever reads gets all of it or nothing. Never rejects: without it, the next start takes longer. */
export async function writeCompiled(
  directory: string,
  sources: readonly SignatureSource[],
  compiled: CompiledSignatures,
): Promise<void> {
  const path = cachePath(directory, sources);
  const temporary = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(saveCompiled(compiled));
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await removeOld(directory);
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/** One file for each set of databases that was ever configured. */
function cachePath(directory: string, sources: readonly SignatureSource[]): string {
  const name = createHash("sha256").update(JSON.stringify(sources.map(({ path }) => path)));
  return join(directory, `${PREFIX}${name.digest("hex").slice(0, 32)}`);
}

async function removeOld(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(PREFIX));
  const aged = await Promise.all(
    names.map(async (name) => ({ name, ageMs: (await stat(join(directory, name))).mtimeMs })),
  );
  const old = aged.sort((left, right) => right.ageMs - left.ageMs).slice(KEPT_FILES);
  await Promise.all(old.map(({ name }) => rm(join(directory, name), { force: true })));
}

const PREFIX = "signatures-";
const KEPT_FILES = 4;
