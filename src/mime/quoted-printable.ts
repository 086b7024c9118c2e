/** Quoted-printable (RFC 2045 §6.7) in the readings that mail programs have. */
import { CR, LF, NUL, SPACE, TAB } from "../core/bytes.ts";

/** Decodes `text`, which may be any octets. The usual reading comes first: what is no escape stays. Where that is in
 *  doubt, another one joins the lines first and drops what is no escape; where there are NULs, each also without; and
 *  where lines end in white space, each also without that (RFC 2045 §6.7 has it deleted, and not all readers do). */
export function decodeQuotedPrintable(text: Buffer): readonly Buffer[] {
  const texts = text.includes(NUL) ? [text, withoutNuls(text)] : [text];
  const readings: Buffer[] = [];
  for (const input of [...texts, ...texts.flatMap(withoutBlanks)]) {
    for (const reading of readingsOf(input))
      if (!readings.some((known) => known.equals(reading))) readings.push(reading);
  }
  return readings;
}

/** What RFC 2045 §6.7 makes of `text`: white space at the ends of lines is deleted, what is no escape stays. */
export function decodeStrictQuotedPrintable(text: Buffer): Buffer {
  const [input = text] = withoutBlanks(text);
  return decode(input, "keep").decoded;
}

function readingsOf(text: Buffer): Buffer[] {
  const first = decode(text, "keep");
  if (!first.isDoubtful) return [first.decoded];
  const second = decode(decode(text, "join").decoded, "drop").decoded;
  return second.equals(first.decoded) ? [first.decoded] : [first.decoded, second];
}

/** Whether readers see different content in it: an escape or a soft line break that only some of them recognize. What is
 *  plainly none stays as it is for nearly all. */
export function hasAmbiguousEscapes(text: Buffer): boolean {
  for (let position = text.indexOf(EQUALS); position >= 0; position = text.indexOf(EQUALS, position + 1)) {
    if (isPair(text, position)) return true;
    const lineEnd = softLineEnd(text, position + 1);
    if (lineEnd === 0 || lineEnd === text.length) continue;
    if (isOpenEscape(text, position) || !isPlainBreak(text, position + 1, lineEnd)) return true;
  }
  return false;
}

/** The octets without NULs. */
export function withoutNuls(bytes: Buffer): Buffer {
  const kept = Buffer.allocUnsafe(bytes.length);
  let written = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? NUL;
    if (byte === NUL) continue;
    kept[written] = byte;
    written += 1;
  }
  return kept.subarray(0, written);
}

/** The octets without spaces and tabs at the ends of lines; nothing when there are none. */
function withoutBlanks(text: Buffer): Buffer[] {
  const kept: Buffer[] = [];
  let keptFrom = 0;
  for (let start = 0; start < text.length; ) {
    const lineFeed = text.indexOf(LF, start);
    const lineEnd = lineFeed < 0 ? text.length : lineFeed;
    const contentEnd = lineFeed > start && text[lineFeed - 1] === CR ? lineFeed - 1 : lineEnd;
    let end = contentEnd;
    while (end > start && (text[end - 1] === SPACE || text[end - 1] === TAB)) end -= 1;
    if (end < contentEnd) {
      kept.push(text.subarray(keptFrom, end));
      keptFrom = contentEnd;
    }
    start = lineEnd + 1;
  }
  return kept.length === 0 ? [] : [Buffer.concat([...kept, text.subarray(keptFrom)])];
}

/** What happens to "=" where it is neither an escape nor a soft line break; `join` only takes soft line breaks out. */
type Variant = "keep" | "drop" | "join";

function decode(text: Buffer, variant: Variant): { decoded: Buffer; isDoubtful: boolean } {
  const decoded = Buffer.allocUnsafe(text.length);
  let written = 0;
  let position = 0;
  let isDoubtful = false;
  while (position < text.length) {
    const found = text[position] === EQUALS ? position : text.indexOf(EQUALS, position);
    const equals = found < 0 ? text.length : found;
    if (equals > position) written += text.copy(decoded, written, position, equals);
    if (found < 0) break;
    const softEnd = softLineEnd(text, equals + 1);
    const lineEnd =
      softEnd === 0 && variant === "join" && isBlank(text[equals + 1]) ? endOfLine(text, equals) : softEnd;
    if (lineEnd > 0) {
      position = lineEnd;
      continue;
    }
    position = equals + 1;
    const octet = variant === "join" ? -1 : hexOctet(text[equals + 1], text[equals + 2]);
    if (octet >= 0) {
      decoded[written] = octet;
      position = equals + 3;
      written += 1;
      continue;
    }
    isDoubtful = true;
    if (variant === "drop") continue;
    decoded[written] = EQUALS;
    written += 1;
  }
  return { decoded: decoded.subarray(0, written), isDoubtful };
}

/** After the line end that follows "=" and white space, or 0. The end of the text counts as one, and so do CRs alone. */
function softLineEnd(text: Buffer, start: number): number {
  let position = start;
  while (position < text.length && isBlank(text[position])) position += 1;
  if (position >= text.length) return text.length;
  if (text[position] !== CR) return text[position] === LF ? position + 1 : 0;
  while (text[position] === CR) position += 1;
  const afterReturns = position;
  while (isBlank(text[position]) || text[position] === CR) position += 1;
  return text[position] === LF ? position + 1 : afterReturns;
}

/** After the LF of the line at `position`, or the end of the text: some take all of the line for white space. */
function endOfLine(text: Buffer, position: number): number {
  const lineFeed = text.indexOf(LF, position);
  return lineFeed < 0 ? text.length : lineFeed + 1;
}

/** Whether the "=" at `position` stands where the second digit of an escape should. */
function isOpenEscape(text: Buffer, position: number): boolean {
  return text[position - 2] === EQUALS && hexOctet(text[position - 1], HEX_ZERO) >= 0;
}

/** Whether it is the first of two; more of them are a line that is drawn. */
function isPair(text: Buffer, position: number): boolean {
  return text[position + 1] === EQUALS && text[position + 2] !== EQUALS && text[position - 1] !== EQUALS;
}

/** Spaces, tabs, and CRLF or LF. */
function isPlainBreak(text: Buffer, start: number, end: number): boolean {
  if (text[end - 1] !== LF) return false;
  const contentEnd = text[end - 2] === CR ? end - 2 : end - 1;
  for (let position = start; position < contentEnd; position += 1) {
    if (text[position] !== SPACE && text[position] !== TAB) return false;
  }
  return true;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === VERTICAL_TAB || byte === FORM_FEED;
}

function hexOctet(high: number | undefined, low: number | undefined): number {
  const upper = HEX[high ?? 0] ?? NOT_HEX;
  const lower = HEX[low ?? 0] ?? NOT_HEX;
  return upper === NOT_HEX || lower === NOT_HEX ? -1 : upper * 16 + lower;
}

const EQUALS = 0x3d;
const VERTICAL_TAB = 0x0b;
const FORM_FEED = 0x0c;
const HEX_ZERO = 0x30;
const NOT_HEX = 0xff;
const HEX = new Uint8Array(256).fill(NOT_HEX);
for (let value = 0; value < 16; value += 1) {
  HEX[value.toString(16).charCodeAt(0)] = value;
  HEX[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}
