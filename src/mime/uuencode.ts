/** uuencode as a transfer encoding: any number of `begin` … `end` pieces between other lines. */
import { CR, LF, latin1 } from "../core/bytes.ts";
import { mimeLimits } from "../core/scan-limits.ts";

export interface UuencodedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Every piece in `text`, which a header says is uuencode, that decodes to something, in the readings there are of it:
 *  up to the first line that is none of uuencode; with such lines skipped; and with a second `begin` skipped as well. A
 *  missing `end` ends nothing, and where there is no `begin` at all the piece begins at once. `isCut` is true when there
 *  are more pieces than are looked at. */
export function decodeUuencode(text: Buffer): { files: readonly UuencodedFile[]; isCut: boolean } {
  const found = new FoundFiles();
  let position = startOfLine(text, text.indexOf(BEGIN));
  if (position < 0) {
    found.begin("");
    position = 0;
  }
  while (position >= 0 && position < text.length && !found.isCut) {
    const end = endOfLine(text, position);
    const name = beginName(text, position, end);
    if (name !== undefined) found.begin(name);
    else if (isEnd(text, position, end)) found.end();
    else if (found.isOpen) found.line(decodeLine(text, position, end));
    position = found.isOpen ? end + 1 : startOfLine(text, text.indexOf(BEGIN, end));
  }
  found.end();
  return { files: found.files, isCut: found.isCut };
}

/** One pass over the lines feeds all readings. */
class FoundFiles {
  readonly files: UuencodedFile[] = [];
  isCut = false;
  isOpen = false;
  #name = "";
  /** Since the last `begin`, up to the first line that does not fit. */
  #strict: Buffer[] = [];
  #isStrictOver = false;
  /** Since the last `begin`. */
  #lenient: Buffer[] = [];
  /** Since the first `begin` after the last `end`. */
  #whole: Buffer[] = [];
  #begins = 0;

  begin(name: string): void {
    this.#closePiece();
    if (!this.isOpen) this.#whole = [];
    this.isOpen = true;
    this.#begins += 1;
    this.#name = name;
  }

  /** `decoded` is undefined when the line is none of uuencode. */
  line(decoded: Buffer | undefined): void {
    if (decoded === undefined) {
      this.#isStrictOver = true;
      return;
    }
    if (!this.#isStrictOver) this.#strict.push(decoded);
    this.#lenient.push(decoded);
    this.#whole.push(decoded);
  }

  end(): void {
    if (!this.isOpen) return;
    const hasMore = this.#begins > 1;
    this.#closePiece();
    if (hasMore) this.#add(Buffer.concat(this.#whole));
    this.isOpen = false;
    this.#begins = 0;
  }

  #closePiece(): void {
    const strict = Buffer.concat(this.#strict);
    this.#add(strict);
    if (this.#lenient.length > this.#strict.length) this.#add(Buffer.concat(this.#lenient));
    this.#strict = [];
    this.#lenient = [];
    this.#isStrictOver = false;
  }

  #add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.files.length >= mimeLimits.embeddedPieces) this.isCut = true;
    else this.files.push({ name: this.#name, bytes });
  }
}

/** The name that stands after `begin` and a mode, when the line is such; readers let text stand before it. */
function beginName(text: Buffer, start: number, end: number): string | undefined {
  const line = text.subarray(start, Math.min(end, start + MAX_BEGIN_BYTES));
  const begin = line.indexOf(BEGIN);
  if (begin < 0) return undefined;
  const match = BEGIN_LINE.exec(latin1(line, begin));
  return match === null ? undefined : (match[1] ?? "").trim().slice(0, mimeLimits.nameCharacters);
}

function isEnd(text: Buffer, start: number, end: number): boolean {
  return end - start < MAX_END_BYTES && /^end\s*$/.test(latin1(text, start, end));
}

/** The octets of one line; undefined when it is none of uuencode. Characters that are missing count as zero: trailing
 *  spaces get lost on the way. What stands after the last one that counts is skipped: check characters, and more. */
function decodeLine(text: Buffer, start: number, end: number): Buffer | undefined {
  const count = digit(text[start]);
  const digits = Math.ceil(count / 3) * 4;
  const present = end - start - 1;
  if (count < 1 || present < digits - MAX_LOST_SPACES) return undefined;
  // What stands after the last digit that counts may be anything.
  const needed = Math.min(end, start + 1 + Math.ceil((count * 4) / 3));
  const decoded = Buffer.allocUnsafe(Math.ceil(count / 3) * 3);
  for (let group = 0; group * 4 < digits; group += 1) {
    const from = start + 1 + group * 4;
    let bits = 0;
    for (let index = 0; index < 4; index += 1) {
      const value = from + index < needed ? digit(text[from + index]) : 0;
      if (value < 0) return undefined;
      bits = (bits << 6) | value;
    }
    decoded[group * 3] = bits >>> 16;
    decoded[group * 3 + 1] = bits >>> 8;
    decoded[group * 3 + 2] = bits;
  }
  return decoded.subarray(0, count);
}

/** 0 … 63; a backquote is zero as a space is; -1 for anything else. */
function digit(byte: number | undefined): number {
  return byte === undefined || byte < 0x20 || byte > 0x60 ? -1 : (byte - 0x20) & 63;
}

/** Where the line of `position` starts, at most as far back as text may stand before `begin`; -1 for a negative one. */
function startOfLine(text: Buffer, position: number): number {
  if (position < 0) return -1;
  const stop = Math.max(0, position - MAX_BEGIN_BYTES / 2);
  let start = position;
  while (start > stop && text[start - 1] !== LF && text[start - 1] !== CR) start -= 1;
  return start;
}

/** The next CR or LF, or the end of the text. */
function endOfLine(text: Buffer, position: number): number {
  let end = position;
  while (end < text.length && text[end] !== LF && text[end] !== CR) end += 1;
  return end;
}

const BEGIN = Buffer.from("begin", "latin1");
const BEGIN_LINE = /^begin[ \t]+[0-7]{1,7}(?:[ \t]+(.*))?$/s;
const MAX_BEGIN_BYTES = 512;
const MAX_END_BYTES = 80;
const MAX_LOST_SPACES = 8;
