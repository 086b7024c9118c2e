/** Paths as the octets they are. File names are octets, not text: one that is no UTF-8 would not be found again if it
 *  went through a decoder, and mail in it would not be scanned. */
import { isUtf8 } from "node:buffer";
import { fromLatin1, latin1 } from "../core/bytes.ts";

/** One character per octet. */
export type OctetPath = string;

/** The path that `text` means in UTF-8. */
export function octetPath(text: string): OctetPath {
  return latin1(Buffer.from(text, "utf8"));
}

/** `name` in `directory`. */
export function joinPath(directory: OctetPath, name: OctetPath): OctetPath {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/** The directory that a path lies in; "." for a bare name. */
export function parentPath(path: OctetPath): OctetPath {
  const slash = withoutEndSlashes(path).lastIndexOf("/");
  if (slash < 0) return ".";
  return slash === 0 ? "/" : path.slice(0, slash);
}

/** The last name of a path. */
export function baseName(path: OctetPath): OctetPath {
  const trimmed = withoutEndSlashes(path);
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

/** What system calls take. */
export function systemPath(path: OctetPath): Buffer {
  return fromLatin1(path);
}

/** For people: octets that are no UTF-8 as `\xNN`. Not yet sanitized. */
export function shownPath(path: OctetPath): string {
  const octets = fromLatin1(path);
  if (isUtf8(octets)) return octets.toString("utf8");
  let shown = "";
  for (let at = 0; at < octets.length; ) {
    const length = characterBytes(octets, at);
    shown += length === 0 ? `\\x${hex(octets[at] ?? 0)}` : octets.toString("utf8", at, at + length);
    at += Math.max(length, 1);
  }
  return shown;
}

/** The length of the UTF-8 character at `at`, 0 when there is none. */
function characterBytes(octets: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= octets.length; length += 1) {
    if (isUtf8(octets.subarray(at, at + length))) return length;
  }
  return 0;
}

function hex(octet: number): string {
  return octet.toString(16).padStart(2, "0");
}

function withoutEndSlashes(path: OctetPath): OctetPath {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}
