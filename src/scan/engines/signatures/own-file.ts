/** Reads files that this program has written and that decide what is found: nobody else may have had a hand in them. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** Into memory that threads share. Undefined for files of other users, or that others may write to, and for what is no
 *  file: opening a pipe would wait for whoever put it there. Rejects with system errors. */
export async function readOwnFile(path: string): Promise<Uint8Array | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return await readShared(file);
  } finally {
    await file.close();
  }
}

async function readShared(file: FileHandle): Promise<Uint8Array | undefined> {
  const status = await file.stat();
  const { size, mode, uid } = status;
  const isOurs = process.geteuid === undefined || uid === process.geteuid();
  if (!status.isFile() || !isOurs || (mode & OTHERS_WRITE) !== 0) return undefined;
  const octets = new Uint8Array(new SharedArrayBuffer(size));
  for (let filled = 0; filled < size; ) {
    const { bytesRead } = await file.read(octets, filled, Math.min(size - filled, READ_BYTES), filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  return octets;
}

const OTHERS_WRITE = 0o022;
const READ_BYTES = 256 * 1024 * 1024;
