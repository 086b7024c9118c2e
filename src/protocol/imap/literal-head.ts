/** The announcement of a literal at the end of a line: `{12}`, `{12+}` (RFC 7888), `~{12}` (RFC 3516).
 *
 *  Programs disagree about sloppy announcements, and whoever disagrees reads message content as protocol. So there is one
 *  rule for both legs (P-30): digits without sign, leading zero or space, up to 2^53-1, after a space, a parenthesis or at
 *  the start of the line, outside quoted strings; `+` from a client only. What merely looks like an announcement is
 *  malformed, and the session ends. `{` anywhere but at the end of a line announces nothing. */

import { latin1, SPACE, view } from "../../core/bytes.ts";
import type { Side } from "../../core/model.ts";

/** `start` is where `{` or `~{` begins in the line. */
export interface LiteralHead {
  readonly start: number;
  readonly bytes: number;
  /** The client waits for a continuation before it sends the literal (upstreams never wait). */
  readonly isSynchronising: boolean;
  /** `~`: the literal may hold NUL. */
  readonly isBinary: boolean;
}

/** What the line (with its CRLF) announces. */
export function findLiteral(line: Uint8Array, from: Side): LiteralHead | "none" | "malformed" {
  const end = line.length - 2;
  if (line[end - 1] !== CLOSING_BRACE) return "none";
  const brace = view(line).lastIndexOf(OPENING_BRACE, end - 1);
  if (brace < 0) return "none";
  const place = quotePlace(line, brace, end);
  if (place === "inside") return "none";
  if (place === "unterminated") return "malformed";
  const inner = latin1(line, brace + 1, Math.min(end - 1, brace + 1 + MAX_INNER_BYTES));
  const groups = INNER.exec(inner)?.groups;
  const bytes = Number(groups?.digits);
  if (groups === undefined || end - 2 - brace > MAX_INNER_BYTES || bytes > Number.MAX_SAFE_INTEGER) return "malformed";
  const isPlus = groups.plus === "+";
  if (isPlus && from === "upstream") return "malformed";
  const isBinary = brace > 0 && line[brace - 1] === TILDE;
  const start = isBinary ? brace - 1 : brace;
  const before = line[start - 1];
  if (start > 0 && before !== SPACE && before !== OPENING_PARENTHESIS) return "malformed";
  return { start, bytes, isSynchronising: from === "client" && !isPlus, isBinary };
}

/** Where the octet at `index` stands: inside a quoted string, in one that the line does not end (some programs see a
 *  literal there, others do not), or outside. */
function quotePlace(line: Uint8Array, index: number, end: number): "inside" | "unterminated" | "outside" {
  let isQuoted = false;
  let isInside = false;
  for (let at = 0; at < end; at += 1) {
    const octet = line[at];
    if (at === index) isInside = isQuoted;
    if (octet === QUOTE) isQuoted = !isQuoted;
    else if (octet === BACKSLASH && isQuoted) {
      at += 1;
      if (at === index) isInside = isQuoted;
    }
  }
  if (!isInside) return "outside";
  return isQuoted ? "unterminated" : "inside";
}

const INNER = /^(?<digits>0|[1-9][0-9]*)(?<plus>\+?)$/;
/** 2^53 has 16 digits. */
const MAX_INNER_BYTES = 17;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING_PARENTHESIS = 0x28;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const TILDE = 0x7e;
