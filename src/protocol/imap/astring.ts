/** The smallest words of the grammar (RFC 9051 §9): atoms, quoted strings, and lists of them as command arguments. */
import { SPACE } from "../../core/bytes.ts";

/** Printable ASCII but `( ) { " \ %` and `*`; wider than the grammar's atom by `]`, which real tags and names have. */
export function isAtomOctet(octet: number): boolean {
  return octet > SPACE && octet < DELETE && !NOT_IN_ATOMS.has(octet);
}

/** The end of the run of atom octets that begins at `start`. */
export function atomEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isAtomOctet(bytes[at] ?? 0)) at += 1;
  return at;
}

/** The place after the quoted string that begins at `start`, or -1 when it does not end before `end`. */
export function quotedEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start + 1; at < end; at += 1) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) return at + 1;
  }
  return -1;
}

/** The content of a quoted string, given with its quotes. */
export function unquote(quoted: Uint8Array): Buffer {
  const content = Buffer.allocUnsafe(quoted.length);
  let length = 0;
  for (let at = 1; at < quoted.length - 1; at += 1) {
    if (quoted[at] === BACKSLASH) at += 1;
    content[length] = quoted[at] ?? 0;
    length += 1;
  }
  return content.subarray(0, length);
}

/** Octets [start, end) as astrings separated by single spaces; undefined for anything else. For the few commands that
 *  the session answers itself. */
export function readArguments(bytes: Uint8Array, start: number, end: number): Buffer[] | undefined {
  const words: Buffer[] = [];
  let at = start;
  while (at < end) {
    const isQuoted = bytes[at] === QUOTE;
    const next = isQuoted ? quotedEnd(bytes, at, end) : atomEnd(bytes, at, end);
    if (next <= at) return undefined;
    words.push(isQuoted ? unquote(bytes.subarray(at, next)) : Buffer.from(bytes.subarray(at, next)));
    if (next < end && bytes[next] !== SPACE) return undefined;
    at = next + 1;
  }
  return words;
}

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OPENING_PARENTHESIS = 0x28;
export const CLOSING_PARENTHESIS = 0x29;

const DELETE = 0x7f;
const NOT_IN_ATOMS: ReadonlySet<number> = new Set(Array.from('(){"\\%*', (character) => character.charCodeAt(0)));
