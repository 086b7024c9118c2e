/** Replaces a file so that a crash or a power cut leaves the old one or the new one, never a part. */
import { randomBytes } from "node:crypto";
import { type FileHandle, lstat, open, readlink, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { systemErrorCode, UserError } from "../core/errors.ts";
import { configLimits } from "../core/limits.ts";

/** Writes `bytes` to a new file beside `path` (mode 0600 whatever the umask), syncs it, and renames it over `path`,
 *  which is no symbolic link. The owner of a file that was there is kept where the system allows it. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${randomBytes(8).toString("hex")}.tmp`);
  const file = await open(temporary, "wx", OWNER_ONLY);
  try {
    await fill(file, path, bytes);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncDirectory(directory);
}

/** The file that `path` leads to through symbolic links, whether it exists or not. */
export async function linkTarget(path: string): Promise<string> {
  let current = path;
  for (let links = 0; links <= configLimits.symbolicLinks; links += 1) {
    const target = await linkOf(current);
    if (target === undefined) return current;
    current = resolve(dirname(current), target);
  }
  throw new UserError(`Cannot use "${path}": too many symbolic links`);
}

async function fill(file: FileHandle, path: string, bytes: Uint8Array): Promise<void> {
  try {
    await file.writeFile(bytes);
    await file.chmod(OWNER_ONLY);
    await keepOwner(file, path);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Root who edits a user's file must not take it away from the user. */
async function keepOwner(file: FileHandle, path: string): Promise<void> {
  try {
    const [existing, created] = [await stat(path), await file.stat()];
    if (existing.uid !== created.uid || existing.gid !== created.gid) await file.chown(existing.uid, existing.gid);
  } catch {
    // There was no file, or this user may not give files away.
  }
}

/** Without this the new name may be lost in a power cut. Some file systems and systems have no such thing. */
export async function syncDirectory(directory: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(directory, "r");
    await handle.sync();
  } catch {
    // The file is in place: only its survival of a power cut is less certain.
  } finally {
    await handle?.close();
  }
}

async function linkOf(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

const OWNER_ONLY = 0o600;
