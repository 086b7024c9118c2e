/** Base64 (RFC 2045 §6.8) in every reading that mail programs have: foreign characters skipped or stopped at, decoding
 *  stopped or begun anew after padding, line by line. */
import { CR, LF, latin1, SPACE, TAB } from "../core/bytes.ts";

export interface Base64Readings {
  /** The usual reading first; different from each other. */
  readonly readings: readonly Buffer[];
  /** The octets are nothing but one base64 stream, so that they hold nothing that another decoder would see. */
  readonly isPlain: boolean;
  /** Readers see different content: there are characters that are none of base64, there is more after the padding, or
   *  padding is missing. */
  readonly isAmbiguous: boolean;
}

/** Decodes `text`, which may be any octets. */
export function decodeBase64(text: Buffer): Base64Readings {
  const decoded = Buffer.allocUnsafe(Math.ceil((text.length * 3) / 4) + 3);
  const uniform = decodeUniformLines(text, decoded);
  const rest = decodeLoosely(text, uniform.consumed, decoded, uniform.written, "restart");
  const readings: Buffer[] = [decoded.subarray(0, rest.written)];
  const isPlain = rest.foreign === 0 && rest.inner === 0;
  const isAmbiguous = rest.strange > 0 || rest.inner > 0 || rest.isUnfinished;
  if (isPlain && !rest.hasOddLines) return { readings, isPlain, isAmbiguous };
  const add = (reading: Buffer): void => {
    if (!readings.some((known) => known.equals(reading))) readings.push(reading);
  };
  for (const variant of ["join", "url", "lines"] as const) {
    if (variant === "join" && rest.inner === 0) continue;
    if (variant === "url" && rest.urlSafe === 0) continue;
    if (variant === "lines" && !rest.hasOddLines) continue;
    const other = Buffer.allocUnsafe(decoded.length);
    decoded.copy(other, 0, 0, uniform.written);
    add(other.subarray(0, decodeLoosely(text, uniform.consumed, other, uniform.written, variant).written));
  }
  // Of readers that go no further: what hashes are compared with.
  for (const stop of [rest.writtenAtPadding, rest.writtenAtStrange]) {
    if (stop > 0 && stop < rest.written) add(decoded.subarray(0, stop));
  }
  return { readings, isPlain, isAmbiguous };
}

/** Octets that belong to base64 text: its 64 digits and the padding. */
export function isBase64Character(byte: number | undefined): boolean {
  return byte !== undefined && (CLASSES[byte] ?? FOREIGN) <= PADDING;
}

/** Padding ends a stream and another begins (`restart`), or it is skipped (`join`); `url` takes "-" and "_" for digits;
 *  `lines` decodes each line for itself. */
type Variant = "restart" | "join" | "url" | "lines";

interface Loose {
  /** Octets in the output so far. */
  readonly written: number;
  /** Characters that are neither base64 nor line ends. */
  readonly foreign: number;
  /** Of these, what is no white space either. */
  readonly strange: number;
  readonly urlSafe: number;
  /** Digits after padding. */
  readonly inner: number;
  /** A line before the last has digits that are no whole number of quanta. */
  readonly hasOddLines: boolean;
  /** The last quantum is broken off. */
  readonly isUnfinished: boolean;
  /** Octets in the output before what followed the first padding, and before the first strange character; -1 when there
   *  was none. */
  readonly writtenAtPadding: number;
  readonly writtenAtStrange: number;
}

/** Decodes the leading lines that are all of one length and hold nothing but digits, with Node's own decoder. That one
 *  skips what is foreign and stops at padding: the number of octets it makes is what proves that there was neither. */
function decodeUniformLines(text: Buffer, decoded: Buffer): { written: number; consumed: number } {
  const lineFeed = text.subarray(0, MAX_LINE_BYTES).indexOf(LF);
  const lineEnd = lineFeed > 0 && text[lineFeed - 1] === CR ? 2 : 1;
  const line = lineFeed + 1;
  const digits = line - lineEnd;
  let consumed = 0;
  let written = 0;
  if (lineFeed < 0 || digits < MIN_LINE_DIGITS || digits % 4 !== 0) return { written, consumed };
  const chunk = Math.max(1, Math.floor(CHUNK_BYTES / line)) * line;
  const limit = Math.min(firstOf(text, HYPHEN), firstOf(text, UNDERSCORE), firstOf(text, EQUALS));
  while (consumed < limit) {
    const end = Math.min(consumed + chunk, Math.floor(limit / line) * line);
    if (end <= consumed || !hasLineEnds(text, consumed, end, line, lineEnd)) break;
    const expected = ((end - consumed) / line) * (digits / 4) * 3;
    if (decoded.write(latin1(text, consumed, end), written, "base64") !== expected) break;
    written += expected;
    consumed = end;
  }
  return { written, consumed };
}

function firstOf(text: Buffer, byte: number): number {
  const found = text.indexOf(byte);
  return found < 0 ? text.length : found;
}

function hasLineEnds(text: Buffer, start: number, end: number, line: number, lineEnd: number): boolean {
  for (let position = start + line - 1; position < end; position += line) {
    if (text[position] !== LF || (lineEnd === 2 && text[position - 1] !== CR)) return false;
  }
  return true;
}

/** Decodes octet by octet from `start` on, into `decoded` from `offset` on. */
function decodeLoosely(text: Buffer, start: number, decoded: Buffer, offset: number, variant: Variant): Loose {
  const classes = variant === "url" ? URL_CLASSES : CLASSES;
  const marks = new Marks();
  let written = offset;
  let bits = 0;
  let digits = 0;
  let writtenAtPadding = -1;
  let writtenAtStrange = -1;
  for (let position = start; position < text.length; position += 1) {
    const byte = text[position] ?? 0;
    const value = classes[byte] ?? FOREIGN;
    if (value < PADDING) {
      marks.digits += 1;
      bits = (bits << 6) | value;
      digits += 1;
      if (digits < 4) continue;
      decoded[written] = bits >>> 16;
      decoded[written + 1] = bits >>> 8;
      decoded[written + 2] = bits;
      written += 3;
    } else {
      marks.add(byte, value);
      if (marks.strange === 1 && writtenAtStrange < 0) writtenAtStrange = written;
      const flushes = value === PADDING ? variant !== "join" : variant === "lines" && byte === LF;
      if (!flushes) continue;
      written = flush(decoded, written, bits, digits);
      if (value === PADDING && writtenAtPadding < 0) writtenAtPadding = written;
    }
    digits = 0;
    bits = 0;
  }
  marks.close();
  const { foreign, strange, urlSafe, inner, hasOddLines } = marks;
  written = flush(decoded, written, bits, digits);
  const isUnfinished = digits > 0;
  return { written, foreign, strange, urlSafe, inner, hasOddLines, isUnfinished, writtenAtPadding, writtenAtStrange };
}

/** What stands between the digits. */
class Marks {
  foreign = 0;
  strange = 0;
  urlSafe = 0;
  inner = 0;
  hasOddLines = false;
  /** Digits since the last line end or padding. */
  digits = 0;
  #isLineOdd = false;
  #isPadded = false;

  add(byte: number, value: number): void {
    if (value === FOREIGN) this.foreign += 1;
    if (value === FOREIGN && byte !== SPACE && byte !== TAB) this.strange += 1;
    if (byte === HYPHEN || byte === UNDERSCORE) this.urlSafe += 1;
    if (value === FOREIGN) return;
    this.close();
    if (value === PADDING) this.#isPadded = true;
    else if (this.digits % 4 !== 0) this.#isLineOdd = true;
    this.digits = 0;
  }

  /** Ends a run of digits. */
  close(): void {
    if (this.digits === 0) return;
    this.hasOddLines ||= this.#isLineOdd;
    if (this.#isPadded) this.inner += this.digits;
  }
}

/** Writes what a broken-off quantum of `digits` digits holds. */
function flush(decoded: Buffer, written: number, bits: number, digits: number): number {
  if (digits === 2) {
    decoded[written] = bits >>> 4;
    return written + 1;
  }
  if (digits === 3) {
    decoded[written] = bits >>> 10;
    decoded[written + 1] = bits >>> 2;
    return written + 2;
  }
  return written;
}

function classTable(alphabet: string): Uint8Array {
  const table = new Uint8Array(256).fill(FOREIGN);
  for (const blank of [CR, LF]) table[blank] = BLANK;
  for (let value = 0; value < alphabet.length; value += 1) table[alphabet.charCodeAt(value)] = value;
  table[EQUALS] = PADDING;
  return table;
}

const PADDING = 64;
const BLANK = 65;
const FOREIGN = 66;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;
const EQUALS = 0x3d;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const CLASSES = classTable(`${DIGITS}+/`);
const URL_CLASSES = classTable(`${DIGITS}-_`);
/** Text is decoded in pieces that stay in the processor's cache: twice as fast as at once. */
const CHUNK_BYTES = 64 * 1024;
/** RFC 2045 allows 76 characters, some programs write thousands. */
const MAX_LINE_BYTES = 8 * 1024;
const MIN_LINE_DIGITS = 16;
