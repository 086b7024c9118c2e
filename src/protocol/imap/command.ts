/** The first line of a client's command, taken apart just far enough to know what to do with it. */
import { latin1, SPACE, view } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import { atomEnd, BACKSLASH, CLOSING_PARENTHESIS, OPENING_PARENTHESIS, QUOTE } from "./astring.ts";

export type Command =
  /** `name` is upper-case; for `UID FETCH` it is "FETCH" and `isUid` is true. The arguments begin at `argumentsStart`. */
  | {
      readonly type: "command";
      readonly tag: string;
      readonly name: string;
      readonly isUid: boolean;
      readonly argumentsStart: number;
    }
  /** `tag` is "*" where the line has none that could be answered (P-40). `text` says what is wrong. */
  | { readonly type: "invalid"; readonly tag: string; readonly text: string };

/** Parses the line with its CRLF. Strict about what stands between the words: a command that an upstream might read
 *  differently must not pass as another one. */
export function parseCommand(line: Uint8Array): Command {
  const end = line.length - 2;
  const tagEnd = atomEnd(line, 0, end);
  if (tagEnd > protocolLimits.imapTagBytes) return invalid("*", "the tag is too long");
  const tag = latin1(line, 0, tagEnd);
  if (tag === "" || tag.includes("+") || (tagEnd < end && line[tagEnd] !== SPACE)) {
    return invalid("*", "the line does not begin with a tag");
  }
  const first = word(line, tagEnd + 1, end);
  if (first === undefined) return invalid(tag, "the command is missing or malformed");
  if (isTooDeep(line)) return invalid(tag, "parentheses are nested too deeply");
  if (first.text !== "UID") return command(tag, first.text, false, first.end, end);
  const second = word(line, first.end + 1, end);
  if (second === undefined) return invalid(tag, "UID is not followed by a command");
  return command(tag, second.text, true, second.end, end);
}

/** True for the commands of the RFCs that make sense before login, or that a client may send behind a login that is not
 *  answered yet. Anything else before login counts as noise of another protocol (P-57). */
export function isKnownCommand(name: string): boolean {
  return KNOWN_COMMANDS.has(name);
}

/** Deeper nesting outside quoted strings than any honest command has (P-36: one server's parser once recursed). */
export function isTooDeep(line: Uint8Array): boolean {
  if (view(line).indexOf(OPENING_PARENTHESIS) < 0) return false;
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const octet = line[at];
    if (octet === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) {
      if (octet === BACKSLASH) at += 1;
    } else if (octet === OPENING_PARENTHESIS) {
      depth += 1;
      if (depth > protocolLimits.imapNesting) return true;
    } else if (octet === CLOSING_PARENTHESIS) depth -= 1;
  }
  return false;
}

function word(line: Uint8Array, start: number, end: number): { text: string; end: number } | undefined {
  const wordEnd = atomEnd(line, start, end);
  if (wordEnd <= start || wordEnd - start > MAX_NAME_BYTES) return undefined;
  if (wordEnd < end && line[wordEnd] !== SPACE) return undefined;
  return { text: latin1(line, start, wordEnd).toUpperCase(), end: wordEnd };
}

function command(tag: string, name: string, isUid: boolean, nameEnd: number, end: number): Command {
  return { type: "command", tag, name, isUid, argumentsStart: Math.min(nameEnd + 1, end) };
}

function invalid(tag: string, text: string): Command {
  return { type: "invalid", tag, text };
}

/** No command of any RFC is longer than 20. */
const MAX_NAME_BYTES = 64;

const KNOWN_COMMANDS: ReadonlySet<string> = new Set(
  (
    "CAPABILITY NOOP LOGOUT ID STARTTLS AUTHENTICATE LOGIN ENABLE LANGUAGE COMPRESS SELECT EXAMINE CREATE DELETE RENAME " +
    "SUBSCRIBE UNSUBSCRIBE LIST LSUB NAMESPACE STATUS APPEND IDLE CHECK CLOSE UNSELECT EXPUNGE SEARCH FETCH STORE COPY " +
    "MOVE SORT THREAD GETQUOTA GETQUOTAROOT SETQUOTA GETACL SETACL DELETEACL LISTRIGHTS MYRIGHTS GETMETADATA " +
    "SETMETADATA NOTIFY ESEARCH REPLACE UNAUTHENTICATE"
  ).split(" "),
);
