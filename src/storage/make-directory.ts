/** Makes a folder, and the folders that it is to lie in. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { systemErrorCode } from "../core/errors.ts";

/** Makes the directory and what is missing above it, for their owner alone unless `mode` says otherwise. Node's own recursive mkdir never ends where making a directory
 *  fails as if the one above were missing, as under /proc. */
export async function makeDirectory(path: string, mode = 0o700, isParentMade = false): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "EEXIST" || code === "EISDIR") return;
    if (code !== "ENOENT" || isParentMade || dirname(path) === path) throw error;
    await makeDirectory(dirname(path), mode);
    await makeDirectory(path, mode, true);
  }
}
