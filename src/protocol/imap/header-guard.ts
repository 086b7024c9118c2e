/** Keeps message bodies out of the header fields that may pass before the verdict. */
import { CR, LF, latin1, NUL, SPACE, TAB } from "../../core/bytes.ts";

/** How much of a header may pass: all of it, or what comes before the first octet that any program may take for the body.
 *
 *  That is what follows a blank line, but also the first line that is neither a field nor the continuation of one: Python's
 *  email package begins the body there. To it `Subject : x` is no field, and CR CR LF is a blank line (a bare CR ends a
 *  line); to other programs a line of white space is blank. NUL ends it all for programs that read text up to there.
 *
 *  No honest header has anything there. But a server decides what it calls a header, and there are clients that take
 *  whatever literal comes first for the message. It is cut rather than refused because the sender of a mail may bring it
 *  about, and must not be able to make a mailbox unreadable. */
export function headerLength(bytes: Uint8Array): number {
  let state: State = "first";
  for (let start = 0; start < bytes.length; ) {
    const end = lineEnd(bytes, start);
    if (bytes[end] === NUL) return state === "blank" || !isField(bytes, start, end, state) ? start : end;
    if (isBlank(bytes, start, end)) {
      if (state === "blank" && end > start) return start;
      state = "blank";
    } else {
      if (!isField(bytes, start, end, state)) return start;
      state = isMailboxLine(bytes, start, end, state) ? "mailbox-line" : "field";
    }
    start = end < bytes.length ? end + (bytes[end] === CR && bytes[end + 1] === LF ? 2 : 1) : end;
  }
  return bytes.length;
}

/** What the line before was. */
type State = "first" | "mailbox-line" | "field" | "blank";

/** The place of the CR, LF or NUL that ends the line. */
function lineEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR && bytes[at] !== NUL) at += 1;
  return at;
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (!isControlOrSpace(bytes[at])) return false;
  return true;
}

/** Whether the line goes on with a header: a field, the continuation of one, or what mailbox files have before it. */
function isField(bytes: Uint8Array, start: number, end: number, before: State): boolean {
  if (before === "blank") return false;
  if (bytes[start] === SPACE || bytes[start] === TAB) return before === "field";
  if (isMailboxLine(bytes, start, end, before)) return true;
  let at = start;
  while (at < end && bytes[at] !== COLON && !isControlOrSpace(bytes[at]) && (bytes[at] ?? 0) < DELETE) at += 1;
  return at > start && at < end && bytes[at] === COLON;
}

function isMailboxLine(bytes: Uint8Array, start: number, end: number, before: State): boolean {
  return before === "first" && end - start >= MAILBOX_LINE.length && latin1(bytes, start, start + 5) === MAILBOX_LINE;
}

function isControlOrSpace(octet: number | undefined): boolean {
  return octet !== undefined && (octet <= SPACE || octet === DELETE);
}

const MAILBOX_LINE = "From ";
const COLON = 0x3a;
const DELETE = 0x7f;
