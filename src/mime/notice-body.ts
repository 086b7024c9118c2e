/** A notice as octets of a message: quoted-printable, so that any text fits any transport and any length can be filled
 *  up without a trace: a soft line break with nothing before it decodes to nothing (RFC 2045 §6.7). */
import { SPACE } from "../core/bytes.ts";
import type { AmbiguityCode } from "./ambiguity.ts";
import { NOTICE_SIGNATURE } from "./notice.ts";

export type LineEnd = "\r\n" | "\n";

/** The fields that describe a notice, each with its line end. `ambiguities` are what the content that it stands for was
 *  ambiguous about. */
export function noticeFields(lineEnd: LineEnd, ambiguities: readonly AmbiguityCode[] = []): string {
  const fields = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"];
  // Folded, so that no line gets long.
  if (ambiguities.length > 0) fields.push(`X-Mailward-Ambiguity: ${ambiguities.join(`,${lineEnd} `)}`);
  return [...fields, ""].join(lineEnd);
}

/** `lines` and the signature line, encoded. The result has exactly `exactBytes` octets when that is enough for them,
 *  else as many as it takes; without a line end at its end. */
export function noticeBody(lines: readonly string[], lineEnd: LineEnd, exactBytes = 0): Buffer {
  const text = Buffer.from(lines.map((line) => encodeLine(line, lineEnd) + lineEnd).join(""), "latin1");
  const signature = Buffer.from(encodeLine(NOTICE_SIGNATURE, lineEnd), "latin1");
  const missing = exactBytes - text.length - signature.length;
  return Buffer.concat([text, filler(missing, lineEnd), signature]);
}

/** `bytes` octets that decode to nothing, or to a few spaces. */
function filler(bytes: number, lineEnd: LineEnd): Buffer {
  const softBreak = Buffer.from(`=${lineEnd}`, "latin1");
  if (!(bytes > 0)) return softBreak.subarray(0, 0);
  if (bytes < softBreak.length) return Buffer.alloc(bytes, " ");
  const spaces = bytes % softBreak.length;
  return Buffer.concat([Buffer.alloc(spaces, " "), Buffer.alloc(bytes - spaces, softBreak)]);
}

/** One line of text in lines of at most 76 characters. None of them begins like a delimiter, an mbox separator or the
 *  end of a POP3 response: a value that is wrapped could have been made for that. */
function encodeLine(line: string, lineEnd: LineEnd): string {
  const octets = Buffer.from(line, "utf8");
  let encoded = "";
  let width = 0;
  for (const [index, octet] of octets.entries()) {
    let piece = isPlain(octet, index === octets.length - 1) ? String.fromCharCode(octet) : escapeOf(octet);
    if (width + piece.length > MAX_LINE_WIDTH) {
      encoded += `=${lineEnd}`;
      width = 0;
    }
    if (width === 0 && RISKY_INITIALS.includes(octet)) piece = escapeOf(octet);
    encoded += piece;
    width += piece.length;
  }
  return encoded;
}

function isPlain(octet: number, isLast: boolean): boolean {
  return octet >= SPACE && octet <= 0x7e && octet !== EQUALS && !(isLast && octet === SPACE);
}

function escapeOf(octet: number): string {
  return `=${octet.toString(16).toUpperCase().padStart(2, "0")}`;
}

const EQUALS = 0x3d;
/** 76 with the "=" of the soft line break. */
const MAX_LINE_WIDTH = 75;
const RISKY_INITIALS = [..."-.F"].map((character) => character.charCodeAt(0));
