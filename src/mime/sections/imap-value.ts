/** Whether octets are a value of a FETCH response and nothing besides: what a scan thread says goes to the client as it
 *  is, and must not be able to say anything else to it (P-33, P-41). */
import { CR, LF, latin1, NUL, SPACE } from "../../core/bytes.ts";
import { sectionLimits } from "../../core/section-limits.ts";

/** True for one parenthesized list of strings, numbers, NILs and such lists. */
export function isImapList(octets: Uint8Array): boolean {
  if (octets[0] !== OPEN) return false;
  let depth = 0;
  let at = 0;
  while (at < octets.length) {
    const next = afterToken(octets, at);
    if (next < 0) return false;
    if (octets[at] === OPEN) depth += 1;
    else if (octets[at] === CLOSE) depth -= 1;
    at = next;
    if (depth === 0) return at === octets.length;
    if (depth > MAX_DEPTH) return false;
  }
  return false;
}

/** After the parenthesis, space, string, number or NIL at `start`; -1 when there is none. */
function afterToken(octets: Uint8Array, start: number): number {
  const octet = octets[start] ?? NUL;
  if (octet === OPEN || octet === CLOSE || octet === SPACE) return start + 1;
  if (octet === QUOTE) return afterQuoted(octets, start);
  if (octet === BRACE) return afterLiteral(octets, start);
  if (latin1(octets, start, start + 3) === "NIL") return start + 3;
  let at = start;
  while (isDigit(octets[at])) at += 1;
  return at === start ? -1 : at;
}

function afterQuoted(octets: Uint8Array, start: number): number {
  for (let at = start + 1; at < octets.length; at += 1) {
    const octet = octets[at] ?? NUL;
    if (octet === QUOTE) return at + 1;
    if (octet === NUL || octet === CR || octet === LF || octet >= 0x80) return -1;
    if (octet !== BACKSLASH) continue;
    at += 1;
    if (octets[at] !== QUOTE && octets[at] !== BACKSLASH) return -1;
  }
  return -1;
}

function afterLiteral(octets: Uint8Array, start: number): number {
  const head = LITERAL_HEAD.exec(latin1(octets, start, start + MAX_HEAD_BYTES));
  if (head === null) return -1;
  const content = start + head[0].length;
  const end = content + Number(head[1]);
  return end > octets.length || octets.subarray(content, end).includes(NUL) ? -1 : end;
}

function isDigit(octet: number | undefined): boolean {
  return octet !== undefined && octet >= 0x30 && octet <= 0x39;
}

const OPEN = 0x28;
const CLOSE = 0x29;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
const LITERAL_HEAD = /^\{(0|[1-9][0-9]{0,8})\}\r\n/;
const MAX_HEAD_BYTES = 16;
/** One for each part in another, and the lists in each. */
const MAX_DEPTH = 2 * sectionLimits.depth;
