/** One look at all octets of small content, which nearly all mail is: it rules out most extractors at once, each of
 *  which would go through the octets on its own. */
import { CR, LF, SPACE, TAB } from "../../core/bytes.ts";
import { startsBinhexLine } from "./encodings/binhex.ts";
import { startsUuencodeLine } from "./encodings/uuencode.ts";

/** What content has; a sum of `SIGNS`. What is not in it is nowhere in the content; what is in it need not be all that
 *  an extractor wants. */
export type OctetSurvey = number;

export const SIGNS = {
  nul: 1 << 0,
  /** Below the blank, but for NUL, escape and what text has: tab, line ends, form feed. */
  control: 1 << 1,
  escape: 1 << 2,
  /** With the highest bit. */
  high: 1 << 3,
  less: 1 << 4,
  ampersand: 1 << 5,
  plus: 1 << 6,
  equals: 1 << 7,
  tilde: 1 << 8,
  bar: 1 << 9,
  backslash: 1 << 10,
  bracket: 1 << 11,
  squareBracket: 1 << 12,
  percent: 1 << 13,
  /** Lines that begin as those of the encoding do, quoted or not. */
  uuencode: 1 << 14,
  binhex: 1 << 15,
  /** A line that begins with zero. */
  zeroLine: 1 << 16,
  /** One with two hyphens. */
  hyphenLine: 1 << 17,
  /** One with "begin:", behind a byte order mark or not. */
  beginLine: 1 << 18,
  /** One with "Content-T", indented or not. */
  fieldLine: 1 << 19,
} as const;

/** Octets that no text has in a charset compatible with ASCII. */
export const BINARY_SIGNS = SIGNS.nul | SIGNS.control | SIGNS.escape | SIGNS.high;

/** Undefined for content that is too long: going over it octet by octet costs more than what is saved. */
export function surveyOctets(bytes: Buffer): OctetSurvey | undefined {
  const { length } = bytes;
  if (length > MAX_BYTES) return undefined;
  let signs = lineSigns(bytes, 0);
  let position = 0;
  // Most octets of text say nothing, and so do four in a row.
  for (const last = length - 3; position < last; position += 4) {
    const four =
      (OCTET_SIGNS[bytes[position] as number] as number) |
      (OCTET_SIGNS[bytes[position + 1] as number] as number) |
      (OCTET_SIGNS[bytes[position + 2] as number] as number) |
      (OCTET_SIGNS[bytes[position + 3] as number] as number);
    if (four === 0) continue;
    signs |= four >= LINE_END ? (four & ~LINE_END) | lineSignsWithin(bytes, position, position + 4) : four;
    if ((signs & OCTETS) === OCTETS) return EVERYTHING;
  }
  while (position < length) {
    signs |= (OCTET_SIGNS[bytes[position] as number] as number) & ~LINE_END;
    position += 1;
  }
  return signs | lineSignsWithin(bytes, length & ~3, length);
}

/** Of lines behind line ends in [start, end). */
function lineSignsWithin(bytes: Buffer, start: number, end: number): number {
  let signs = 0;
  for (let position = start; position < end && position + 1 < bytes.length; position += 1) {
    if (bytes[position] === LF || bytes[position] === CR) signs |= lineSigns(bytes, position + 1);
  }
  return signs;
}

/** Whether a line at `start` begins with what some encoding or header begins with. */
function lineSigns(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === undefined || LINE_SIGNS[first] === 0) return 0;
  switch (first) {
    case 0x30:
      return SIGNS.zeroLine;
    case 0x2d:
      return bytes[start + 1] === 0x2d ? SIGNS.hyphenLine : 0;
    case 0x3a:
      return startsBinhexLine(bytes, start) ? SIGNS.binhex : 0;
    case 0x4d:
    case 0x68:
      return startsUuencodeLine(bytes, start) ? SIGNS.uuencode : 0;
    case 0x42:
    case 0x62:
      return startsWithLetters(bytes, start, BEGIN) ? SIGNS.uuencode | SIGNS.beginLine : 0;
    case 0xef:
      return startsWithLetters(bytes, start + 3, BEGIN) ? SIGNS.beginLine : 0;
    case 0x43:
    case 0x63:
      return startsWithLetters(bytes, start, FIELD) ? SIGNS.fieldLine : 0;
    default:
      return indentedSigns(bytes, start);
  }
}

/** Behind blanks, NULs and the marks of a quotation. */
function indentedSigns(bytes: Buffer, start: number): number {
  let position = start;
  while (isIndent(bytes[position])) position += 1;
  if (startsWithLetters(bytes, position, FIELD)) return SIGNS.fieldLine;
  return startsWithLetters(bytes, position, BEGIN) ? SIGNS.uuencode : 0;
}

/** In either case. */
function startsWithLetters(bytes: Buffer, start: number, letters: Uint8Array): boolean {
  for (let index = 0; index < letters.length; index += 1) {
    if (((bytes[start + index] ?? 0) | 0x20) !== letters[index]) return false;
  }
  return true;
}

function isIndent(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === 0x00 || byte === QUOTE || byte === BAR;
}

/** Of longer content, finding the octets one by one is the faster way. */
const MAX_BYTES = 16 * 1024;
/** Signs of single octets: what has all of them is as if it were random. */
const OCTETS = SIGNS.uuencode - 1;
const EVERYTHING = (SIGNS.fieldLine << 1) - 1;
const QUOTE = 0x3e;
const BAR = 0x7c;
const BEGIN = Buffer.from("begin", "latin1");
const FIELD = Buffer.from("content-t", "latin1");
/** Stands for no sign of its own. */
const LINE_END = 1 << 30;

const OCTET_SIGNS = new Int32Array(256);
for (let octet = 0; octet < 0x20; octet += 1) OCTET_SIGNS[octet] = SIGNS.control;
for (let octet = 0x80; octet < 0x100; octet += 1) OCTET_SIGNS[octet] = SIGNS.high;
OCTET_SIGNS[0x00] = SIGNS.nul;
OCTET_SIGNS[0x1b] = SIGNS.escape;
for (const white of [TAB, 0x0c]) OCTET_SIGNS[white] = 0;
for (const end of [CR, LF]) OCTET_SIGNS[end] = LINE_END;
for (const [character, sign] of [
  ["<", SIGNS.less],
  ["&", SIGNS.ampersand],
  ["+", SIGNS.plus],
  ["=", SIGNS.equals],
  ["~", SIGNS.tilde],
  ["|", SIGNS.bar],
  ["\\", SIGNS.backslash],
  ["(", SIGNS.bracket],
  ["[", SIGNS.squareBracket],
  ["%", SIGNS.percent],
] as const) {
  OCTET_SIGNS[character.charCodeAt(0)] = sign;
}

/** First octets of lines that are looked at further. */
const LINE_SIGNS = new Uint8Array(256);
for (const octet of [0x00, TAB, SPACE, QUOTE, BAR, 0xef]) LINE_SIGNS[octet] = 1;
for (const character of "0-:MhBbCc") LINE_SIGNS[character.charCodeAt(0)] = 1;
