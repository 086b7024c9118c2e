/** uuencode and xxencode as they stand in mail text: any number of pieces between other lines, with or without their
 *  `begin` and `end` lines. */
import { CR, LF, latin1, SPACE, TAB } from "../../../core/bytes.ts";
import { mimeLimits } from "../../../core/scan-limits.ts";
import { afterAnyMarks, afterLineEnd, afterMarks, contentEnd, quoteMarks } from "./text-lines.ts";

export interface UuencodedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Whether the line at `start` begins a piece, with a `begin` line or without. */
export function startsUuencodeLine(text: Buffer, start: number): boolean {
  if (text[start] === FULL_LINE_UUENCODE) return isFullLine(text, start, UUENCODE);
  if (text[start] === FULL_LINE_XXENCODE) return isFullLine(text, start, XXENCODE);
  const begin = afterAnyMarks(text, start);
  return (
    text[begin] === BEGIN[0] &&
    isBlank(text[begin + BEGIN.length]) &&
    text.subarray(begin, begin + BEGIN.length).equals(BEGIN)
  );
}

/** Every piece in `text` that decodes to something. A missing `end` ends nothing: lines are taken as long as they fit.
 *  `isCut` is true when there are more pieces than are looked at. */
export function decodeUuencodedFiles(text: Buffer): { files: readonly UuencodedFile[]; isCut: boolean } {
  const files: UuencodedFile[] = [];
  const found = PIECE_STARTS.map((starts) => {
    const rest = starts(text);
    return { rest, next: rest.next().value };
  });
  let position = 0;
  while (true) {
    for (const kind of found) {
      while (kind.next !== undefined && kind.next.start < position) kind.next = kind.rest.next().value;
    }
    const nearest = earliest(found.map((kind) => kind.next));
    if (nearest === undefined) return { files, isCut: false };
    position = nearest.start + 1;
    for (const alphabet of [UUENCODE, XXENCODE]) {
      const piece = decodeLines(text, nearest, alphabet);
      if (piece.bytes.length === 0) continue;
      if (files.length >= mimeLimits.embeddedPieces) return { files, isCut: true };
      files.push({ name: nearest.name, bytes: piece.bytes });
      position = Math.max(position, piece.end);
    }
  }
}

interface PieceStart {
  readonly start: number;
  readonly name: string;
  readonly dataStart: number;
  /** What every line of a quoted piece begins with. */
  readonly marks: string;
}

function earliest(starts: readonly (PieceStart | undefined)[]): PieceStart | undefined {
  let first: PieceStart | undefined;
  for (const start of starts) {
    if (start !== undefined && (first === undefined || start.start < first.start)) first = start;
  }
  return first;
}

/** The lines that begin a piece: `begin 644 name`; some programs leave the mode out, and readers let them. */
function* beginLines(text: Buffer): Generator<PieceStart, undefined> {
  for (let start = text.indexOf(BEGIN); start >= 0; start = text.indexOf(BEGIN, start + BEGIN.length)) {
    const marks = isBlank(text[start + BEGIN.length]) ? quoteMarks(text, start) : undefined;
    if (marks === undefined) continue;
    const headerEnd = contentEnd(text, start, start + MAX_HEADER_BYTES);
    const header = latin1(text, start + BEGIN.length, headerEnd).trim();
    const name = header.replace(/^[0-7]{1,6}(?:[ \t]+|$)/, "").slice(0, mimeLimits.nameCharacters);
    yield { start, name, dataStart: afterLineEnd(text, contentEnd(text, headerEnd)), marks };
  }
  return undefined;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

/** The lines of 45 octets, as all programs write them: their first digit and their length agree, so that no `begin` is
 *  needed to tell them. */
function* fullLines(text: Buffer, first: number, alphabet: Int8Array): Generator<PieceStart, undefined> {
  const marker = Buffer.of(LF, first);
  const lineAt = (start: number): PieceStart => ({ start, name: "", dataStart: start, marks: "" });
  if (text[0] === first && isFullLine(text, 0, alphabet)) yield lineAt(0);
  for (let found = text.indexOf(marker); found >= 0; found = text.indexOf(marker, found + 1)) {
    if (isFullLine(text, found + 1, alphabet)) yield lineAt(found + 1);
  }
  return undefined;
}

function isFullLine(text: Buffer, start: number, alphabet: Int8Array): boolean {
  for (let position = start; position <= start + FULL_DIGITS; position += 1) {
    if ((alphabet[text[position] ?? 0] ?? -1) < 0) return false;
  }
  const after = text[start + FULL_DIGITS + 1];
  return after === undefined || after === CR || after === LF;
}

function decodeLines(text: Buffer, piece: PieceStart, alphabet: Int8Array): { bytes: Buffer; end: number } {
  const decoded: Buffer[] = [];
  let position = piece.dataStart;
  let fullCount = 0;
  while (position < text.length) {
    const lineStart = afterMarks(text, position, piece.marks);
    const end = contentEnd(text, lineStart);
    const count = alphabet[text[lineStart] ?? 0] ?? -1;
    // Only where the lines before were as long have all spaces at the end of this one got lost.
    const line = decodeLine(text, lineStart, end, count, count === fullCount ? ANY : MAX_LOST_SPACES, alphabet);
    if (line === undefined) {
      if (end > lineStart) break;
      // Blank lines get in between on the way, and behind the first line too.
    } else {
      decoded.push(line);
      fullCount = count;
    }
    position = afterLineEnd(text, end);
  }
  return { bytes: Buffer.concat(decoded), end: position };
}

/** The octets of one line; undefined when it is none. Characters that are missing count as zero: trailing spaces get
 *  lost on the way. What stands after the last one that counts is a check character or nothing of the piece. */
function decodeLine(
  text: Buffer,
  start: number,
  end: number,
  count: number,
  maxLost: number,
  alphabet: Int8Array,
): Buffer | undefined {
  const digits = Math.ceil(count / 3) * 4;
  if (count < 1 || end - start - 1 < digits - maxLost) return undefined;
  const needed = Math.min(end, start + 1 + Math.ceil((count * 4) / 3));
  const decoded = Buffer.alloc((digits / 4) * 3);
  for (let group = 0; group * 4 < digits; group += 1) {
    const from = start + 1 + group * 4;
    let bits = 0;
    for (let position = from; position < from + 4; position += 1) {
      const value = position < needed ? (alphabet[text[position] ?? 0] ?? -1) : 0;
      if (value < 0) return undefined;
      bits = (bits << 6) | value;
    }
    decoded.writeUIntBE(bits, group * 3, 3);
  }
  return decoded.subarray(0, count);
}

function digitTable(alphabet: string): Int8Array {
  const table = new Int8Array(256).fill(-1);
  for (let value = 0; value < alphabet.length; value += 1) table[alphabet.charCodeAt(value)] = value;
  return table;
}

const UUENCODE = digitTable(Array.from({ length: 64 }, (_, value) => String.fromCharCode(32 + value)).join(""));
// A backquote is zero as a space is.
UUENCODE[0x60] = 0;
const XXENCODE = digitTable("+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

const FULL_DIGITS = 60;

const BEGIN = Buffer.from("begin", "latin1");
const FULL_LINE_UUENCODE = "M".charCodeAt(0);
const FULL_LINE_XXENCODE = "h".charCodeAt(0);
const PIECE_STARTS = [
  beginLines,
  (text: Buffer) => fullLines(text, FULL_LINE_UUENCODE, UUENCODE),
  (text: Buffer) => fullLines(text, FULL_LINE_XXENCODE, XXENCODE),
] as const;
const MAX_HEADER_BYTES = 512;
const MAX_LOST_SPACES = 8;
const ANY = Number.POSITIVE_INFINITY;
