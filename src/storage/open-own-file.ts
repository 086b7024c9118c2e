/** Opens files whose content is trusted: nobody but this user may have written them. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { systemErrorCode } from "../core/errors.ts";

/** Undefined when there is no file; created files are this user's alone. Rejects when it is somebody else's as well: what
 *  stands in it (that a mail is clean, how a message is described) would be theirs to say. */
export async function openOwnFile(path: string, flags: number): Promise<FileHandle | undefined> {
  let file: FileHandle;
  try {
    // Opening a pipe that somebody has put there must not wait for them.
    file = await open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, OWNER_ONLY);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const { uid, mode } = await file.stat();
  const isFile = (mode & constants.S_IFMT) === constants.S_IFREG;
  if (isFile && (mode & OTHERS) === 0 && uid === (process.geteuid?.() ?? uid)) return file;
  await file.close();
  throw new Error("it is no file of this user alone");
}

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;
