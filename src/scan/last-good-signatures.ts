/** The databases that a daemon has loaded last, on disk: when its scan service has to be started again and the databases
 *  have been spoiled meanwhile, it goes on with these. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type CompiledSignatures, loadCompiled, saveCompiled } from "./engines/signatures/compiled-signatures.ts";
import { readOwnFile } from "./engines/signatures/own-file.ts";

/** Keeps them in `directory`, unless they are so large that their compiled form is kept there anyway. Never rejects. */
export async function saveLastGood(directory: string, signatures: CompiledSignatures): Promise<void> {
  const octets = saveCompiled(signatures);
  if (octets.length > MAX_BYTES) return;
  const path = join(directory, `${PREFIX}${signatures.about.identity}`);
  const temporary = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(octets);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await removeOld(directory);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Those with this identity; undefined when they are not there. Never rejects. */
export async function loadLastGood(directory: string, identity: string): Promise<CompiledSignatures | undefined> {
  try {
    const names = (await readdir(directory)).filter((name) => name.startsWith(PREFIX) || name.startsWith(CACHE_PREFIX));
    // Its own name says what it is; the others have to be read.
    names.sort((left, right) => Number(right === `${PREFIX}${identity}`) - Number(left === `${PREFIX}${identity}`));
    for (const name of names) {
      // One that can not be read is somebody else's.
      const octets = await readOwnFile(join(directory, name)).catch(() => undefined);
      const compiled = octets === undefined ? undefined : loadCompiled(octets);
      if (compiled?.about.identity === identity) return compiled;
    }
  } catch {
    // Then there are none.
  }
  return undefined;
}

async function removeOld(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(PREFIX));
  const files = await Promise.all(
    names.map(async (name) => ({ name, writtenMs: (await stat(join(directory, name))).mtimeMs })),
  );
  const old = files.sort((left, right) => right.writtenMs - left.writtenMs).slice(KEPT_FILES);
  for (const { name } of old) await rm(join(directory, name), { force: true });
}

const PREFIX = "loaded-";
/** Of the compiled forms that make a start faster. */
const CACHE_PREFIX = "signatures-";
/** Above it there is certainly such a form: databases of a megabyte have one. */
const MAX_BYTES = 64 * 1024 * 1024;
const KEPT_FILES = 4;
