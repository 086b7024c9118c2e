/** The first line of every response (RFC 1939 §3, RFC 5034 §4). */
import { fromLatin1, latin1, lineEndLength } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import { hasUnfitOctet } from "./command.ts";

export type Status = "ok" | "error" | "continuation";

/** Undefined for what is no status line, or one that clients might cut in two (P-38). */
export function parseStatus(line: Uint8Array): Status | undefined {
  if (hasUnfitOctet(line)) return undefined;
  const start = latin1(line, 0, Math.min(line.length, 4));
  if (start.startsWith("+OK")) return "ok";
  if (start === "-ERR") return "error";
  return start.startsWith("+ ") || start === "+\r\n" || start === "+\n" ? "continuation" : undefined;
}

/** False for a continuation that is neither base64 (RFC 5034 §4) nor, as some servers have it, a few words: it could be
 *  mail (P-45). */
export function isChallenge(line: Uint8Array): boolean {
  const text = latin1(line, 1, line.length - lineEndLength(line));
  return BASE64.test(text) || (line.length <= protocolLimits.pop3ListingLineBytes && WORDS.test(text));
}

/** The size that the status line of RETR states, as in "+OK 120 octets" or "+OK 3 follows (120 bytes)". */
export function statedOctets(line: Uint8Array): number | undefined {
  const digits = STATED.exec(latin1(line))?.groups?.octets;
  return digits === undefined ? undefined : Number(digits);
}

/** The status line for a message that has `delivered` octets where the upstream had `received`: a size that it states is
 *  corrected, everything else stays as it was (P-44). */
export function correctOctets(line: Uint8Array, received: number, delivered: number): Uint8Array {
  if (received === delivered) return line;
  const text = latin1(line);
  const stated = STATED.exec(text)?.groups;
  if (stated !== undefined) {
    const before = stated.before ?? "";
    return fromLatin1(before + delivered + text.slice(before.length + (stated.octets ?? "").length));
  }
  return fromLatin1(text.replace(new RegExp(`(?<!\\d)${received}(?!\\d)`), String(delivered)));
}

/** A refusal in our own words: printable ASCII, one line. */
export function errorLine(text: string, responseCode?: "SYS/TEMP" | "SYS/PERM"): Buffer {
  const code = responseCode === undefined ? "" : `[${responseCode}] `;
  const safe = text.replace(/[^\x20-\x7e]+/g, "?").slice(0, MAX_TEXT_CHARACTERS);
  return fromLatin1(`-ERR ${code}${safe}\r\n`);
}

const BASE64 = /^ ?[A-Za-z0-9+/]*={0,2}[ \t]*$/;
const WORDS = /^[\t\x20-\x7e]*$/;

const STATED = /^(?<before>\+OK.*?(?<!\d))(?<octets>\d{1,15})(?= (?:octets|bytes)\b)/i;

/** RFC 2449 §4: a response line is at most 512 octets. */
const MAX_TEXT_CHARACTERS = 480;
