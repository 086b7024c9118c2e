/** The configuration file on disk: read with a bound, changed under a lock, replaced as a whole. */
import { open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { systemErrorCode, systemErrorText, UserError } from "../core/errors.ts";
import { configLimits } from "../core/limits.ts";
import { linkTarget, replaceFile } from "./atomic-file.ts";
import { withFileLock } from "./file-lock.ts";
import { makeDirectory } from "./make-directory.ts";

/** The text of the file, or undefined when there is none. Anything else that keeps it from being read is a UserError,
 *  with `advice` for a place that this user has no access to. */
export async function readConfigFile(path: string, advice = OTHER_PLACES): Promise<string | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw placeError("read", path, error, advice);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new UserError(`Cannot read the configuration "${path}": it is not UTF-8 text`, { cause: error });
  }
}

/** How a file is changed: `edit` answers the new text, or throws a UserError when nothing must be saved; `wait` pauses
 *  while somebody else is changing the file. */
export interface ConfigUpdate {
  edit(text: string): string;
  wait(ms: number): Promise<void>;
}

/** Changes the file at `path` (through symbolic links, which stay) and answers whether anything changed. A file that
 *  does not exist counts as empty and is made, with its folder, readable by its owner alone. */
export async function updateConfigFile(path: string, update: ConfigUpdate): Promise<boolean> {
  try {
    const target = await linkTarget(path);
    await makeDirectory(dirname(target));
    await refuseSpecialFile(target);
    return await withFileLock(target, update.wait, async () => {
      const before = await readConfigFile(target);
      const text = update.edit(before ?? NEW_FILE);
      if (text === (before ?? NEW_FILE)) return false;
      await replaceFile(target, Buffer.from(text, "utf8"));
      return true;
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw placeError("write", path, error, OTHER_PLACES);
  }
}

function placeError(verb: "read" | "write", path: string, error: unknown, advice: string): UserError {
  const isPlaceUnusable = UNUSABLE_PLACE.has(systemErrorCode(error) ?? "");
  return new UserError(`Cannot ${verb} the configuration "${path}": ${systemErrorText(error)}`, {
    cause: error,
    ...(isPlaceUnusable && { hint: advice }),
  });
}

/** A home that belongs to somebody else, is read-only, or is /nonexistent or /dev/null as daemons' homes are. */
const UNUSABLE_PLACE: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR"]);
const OTHER_PLACES = "Another file: --config or MAILWARD_CONFIG; another folder for it: XDG_CONFIG_HOME";

const NEW_FILE = "// The configuration of mailward. All keys and their defaults: mailward config --help\n";

async function readBounded(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, null);
      if (bytesRead === 0) return Buffer.concat(chunks);
      total += bytesRead;
      if (total > configLimits.fileBytes) {
        throw new UserError(
          `Cannot read the configuration "${path}": it has more than ${configLimits.fileBytes} bytes`,
        );
      }
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** A device or a pipe can be read as a configuration, but not replaced by one. */
async function refuseSpecialFile(path: string): Promise<void> {
  try {
    if ((await stat(path)).isFile()) return;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return;
    throw error;
  }
  throw new UserError(`Cannot write the configuration "${path}": it is not a regular file`);
}

const READ_BYTES = 64 * 1024;
