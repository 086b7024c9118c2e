/** Errors that people read: one sentence that names what failed and on what, and a hint with the next thing to do. */

/** `exitCode` 2 is misuse or an error, as clamscan and most tools have it. */
export class UserError extends Error {
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(message: string, options: { hint?: string; exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "UserError";
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 2;
  }
}

/** The `code` of a system error (`ENOENT`, `EADDRINUSE`, …), or undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** One line of text for an unknown thrown value. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A system error in words that people know: "permission denied". Anything else as errorText has it. */
export function systemErrorText(error: unknown): string {
  const code = systemErrorCode(error);
  return (code === undefined ? undefined : SYSTEM_ERROR_TEXTS.get(code)) ?? errorText(error);
}

const SYSTEM_ERROR_TEXTS: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied"],
  ["EADDRINUSE", "the address is in use"],
  ["EADDRNOTAVAIL", "this machine does not have that address"],
  ["EDQUOT", "the disk quota is used up"],
  ["EEXIST", "it exists already"],
  ["EFBIG", "the file is too large"],
  ["EIO", "the disk reports an error"],
  ["EISDIR", "it is a directory"],
  ["ELOOP", "too many symbolic links"],
  ["EMFILE", "too many open files"],
  ["ENAMETOOLONG", "the name is too long"],
  ["ENFILE", "too many open files on this machine"],
  ["ENOENT", "there is no such file"],
  ["ENOSPC", "no space is left on the disk"],
  ["ENOTDIR", "a part of the path is not a directory"],
  ["EPERM", "it is not permitted"],
  ["EROFS", "the file system is read-only"],
]);
