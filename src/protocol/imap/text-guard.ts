/** Keeps texts for people from being read as protocol. A literal is not announced by `{5}` at the end of a status text or
 *  a continuation request (RFC 9051 §7.1), but Python's imaplib and others look for it at the end of any line, and take
 *  what follows for its content. Then they read all lines after it in other places than mailward, and find a message where
 *  mailward has seen a mailbox name (P-32). */
import { fromLatin1, SPACE, view } from "../../core/bytes.ts";

/** The line, with one space more before its CRLF where it would otherwise end in what some program takes for the
 *  announcement of a literal. This is the one way in which texts are altered. */
export function withoutAnnouncement(line: Uint8Array): Uint8Array {
  const end = line.length - 2;
  if (line[end - 1] !== CLOSING_BRACE) return line;
  const brace = view(line).lastIndexOf(OPENING_BRACE, end - 1);
  if (brace < 0 || !isSize(line, brace + 1, end - 1)) return line;
  return Buffer.concat([line.subarray(0, end), SPACE_AND_LINE_END]);
}

/** Digits, with what a sloppy reader skips. */
function isSize(line: Uint8Array, start: number, end: number): boolean {
  let hasDigit = false;
  for (let at = start; at < end; at += 1) {
    const octet = line[at] ?? 0;
    if (octet >= DIGIT_ZERO && octet <= DIGIT_NINE) hasDigit = true;
    else if (octet > SPACE && octet !== PLUS && octet !== MINUS) return false;
  }
  return hasDigit;
}

const SPACE_AND_LINE_END = fromLatin1(" \r\n");
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const DIGIT_ZERO = 0x30;
const DIGIT_NINE = 0x39;
const PLUS = 0x2b;
const MINUS = 0x2d;
