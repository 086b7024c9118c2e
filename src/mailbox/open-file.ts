/** Opens a file that the walk has found, which may be another one by now, or gone. */
import { constants, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { systemErrorCode } from "../core/errors.ts";
import { mailboxLimits } from "../core/limits.ts";
import { BufferInput } from "./buffer-input.ts";
import { FileInput } from "./file-input.ts";
import type { MailboxInput } from "./mailbox-reader.ts";
import { baseName, joinPath, type OctetPath, parentPath, shownPath, systemPath } from "./octet-path.ts";
import { SharedFile } from "./shared-file.ts";
import { systemProblem } from "./system-problem.ts";
import type { FoundFile } from "./walk.ts";

export type OpenedFile =
  /** A small one, which has been read. */
  | { readonly type: "read"; readonly input: BufferInput; readonly head: Buffer }
  | { readonly type: "opened"; readonly input: MailboxInput; readonly head: Buffer }
  | { readonly type: "problem"; readonly error: string }
  /** It was in a Maildir's `tmp` and has been delivered: it is, or will be, found in `new`. */
  | { readonly type: "gone" };

/** Synchronous on purpose: for the small files of a Maildir that is twenty times faster, and nothing else waits. */
export function openFile(file: FoundFile): OpenedFile {
  try {
    return openPath(file.path, file.mayBeLink);
  } catch (error) {
    if (file.maildir === undefined || systemErrorCode(error) !== "ENOENT") return problem(error);
    if (baseName(parentPath(file.path)) === "tmp") return { type: "gone" };
    return openMoved(file.path, file.maildir, error);
  }
}

function openPath(path: OctetPath, mayBeLink: boolean): OpenedFile {
  const fd = openSync(systemPath(path), OPEN_FLAGS | (mayBeLink ? 0 : NO_FOLLOW));
  const file = new SharedFile(fd);
  let isKept = false;
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return { type: "problem", error: "not a file any more" };
    if (stats.size <= mailboxLimits.heldBytesPerMessage) return openSmall(path, readWhole(fd, stats.size), stats.size);
    const head = readWhole(fd, mailboxLimits.identifyBytes);
    isKept = true;
    const input = new FileInput(shownPath(path), file, stats.size);
    return { type: "opened", input, head };
  } finally {
    if (!isKept) file.release();
  }
}

function openSmall(path: OctetPath, octets: Buffer, expectedBytes: number): OpenedFile {
  const lack = octets.length < expectedBytes ? "the file became shorter while it was read" : undefined;
  const input = new BufferInput(shownPath(path), octets, lack);
  return { type: "read", input, head: octets.subarray(0, mailboxLimits.identifyBytes) };
}

/** A mail program may rename a message from `new` to `cur`, or give it other flags, at any time: what comes before the
 *  colon stays. */
function openMoved(path: OctetPath, maildir: OctetPath, error: unknown): OpenedFile {
  const unique = uniqueName(baseName(path));
  for (const folder of ["cur", "new"]) {
    const directory = joinPath(maildir, folder);
    try {
      const names = readdirSync(systemPath(directory), "latin1");
      const name = names.find((candidate) => uniqueName(candidate) === unique);
      if (name !== undefined) return openPath(joinPath(directory, name), false);
    } catch {
      // Moved once more, or the folder is gone: the first error says what there is to say.
    }
  }
  return problem(error);
}

function uniqueName(name: OctetPath): OctetPath {
  const colon = name.indexOf(":");
  return colon < 0 ? name : name.slice(0, colon);
}

function readWhole(fd: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  let filled = 0;
  while (filled < bytes) {
    const count = readSync(fd, buffer, filled, bytes - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

function problem(error: unknown): OpenedFile {
  return { type: "problem", error: systemProblem(error) };
}

/** Never waits for a writer, never becomes the controlling terminal. Windows has neither flag. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
