/** A client's command line, taken apart just far enough to know how its response reads. */
import { CR, latin1, lineEndLength, NUL, SPACE, TAB, view } from "../../core/bytes.ts";

/** `verb` is upper-case. `argument` has no white space at its ends. An unfit line holds an octet that servers disagree
 *  about: a bare CR (another line end to some, P-38) or NUL (the end of the text to some, P-39). */
export interface Pop3Command {
  readonly verb: string;
  readonly argument: string;
  readonly isUnfit: boolean;
}

/** Parses a line with its ending. Octets above 0x7f are part of names and passwords (RFC 6856) and are left alone. */
export function parseCommand(line: Uint8Array): Pop3Command {
  const end = line.length - lineEndLength(line);
  const start = skipBlanks(line, 0, end);
  const verbEnd = findBlank(line, start, end);
  return {
    verb: latin1(line, start, Math.min(verbEnd, start + MAX_VERB_BYTES)).toUpperCase(),
    argument: latin1(line, verbEnd, end).replace(/^[ \t]+|[ \t]+$/g, ""),
    isUnfit: hasUnfitOctet(line, end),
  };
}

/** Everything after the verb and one blank, as sent: a password may begin and end with blanks. */
export function argumentOctets(line: Uint8Array): Uint8Array {
  const end = line.length - lineEndLength(line);
  const verbEnd = findBlank(line, skipBlanks(line, 0, end), end);
  return line.subarray(Math.min(verbEnd + 1, end), end);
}

/** True when a line holds a CR that is not part of its ending, or a NUL. */
export function hasUnfitOctet(line: Uint8Array, end: number = line.length - lineEndLength(line)): boolean {
  const bytes = view(line);
  const carriageReturn = bytes.indexOf(CR);
  if (carriageReturn >= 0 && carriageReturn < end) return true;
  const nul = bytes.indexOf(NUL);
  return nul >= 0 && nul < end;
}

/** The message number at the start of an argument, as loosely as any server reads it. */
export function messageNumber(argument: string): number | undefined {
  const digits = /^\+?(\d{1,10})/.exec(argument)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Both numbers of TOP, or undefined when a server could read them in another way than we do. */
export function topArguments(argument: string): { message: number; lines: number } | undefined {
  const groups = /^(?<message>\d{1,10})[ \t]+(?<lines>\d{1,15})$/.exec(argument)?.groups;
  if (groups === undefined) return undefined;
  return { message: Number(groups.message), lines: Number(groups.lines) };
}

/** No verb that anybody knows is longer; more is not made into text. */
const MAX_VERB_BYTES = 16;

function skipBlanks(line: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (line[at] === SPACE || line[at] === TAB)) at += 1;
  return at;
}

function findBlank(line: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && line[at] !== SPACE && line[at] !== TAB) at += 1;
  return at;
}
