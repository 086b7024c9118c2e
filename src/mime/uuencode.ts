/** uuencode as it stands in mail text: any number of `begin` … `end` pieces between other lines. */
import { CR, LF, latin1 } from "../core/bytes.ts";
import { mimeLimits } from "../core/limits.ts";

export interface UuencodedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Every piece in `text` that decodes to something. A missing `end` ends nothing: lines are taken as long as they fit.
 *  `isCut` is true when there are more pieces than are looked at. */
export function decodeUuencode(text: Buffer): { files: readonly UuencodedFile[]; isCut: boolean } {
  const files: UuencodedFile[] = [];
  let position = 0;
  while (true) {
    const begin = text.indexOf(BEGIN, position);
    if (begin < 0) return { files, isCut: false };
    const lineEnd = endOfLine(text, begin);
    const header = /^begin[ \t]+[0-7]{3,4}[ \t]+([^\r\n]*)/.exec(latin1(text, begin, Math.min(lineEnd, begin + 512)));
    position = begin + BEGIN.length;
    if (header === null || (begin > 0 && text[begin - 1] !== LF && text[begin - 1] !== CR)) continue;
    if (files.length >= mimeLimits.embeddedPieces) return { files, isCut: true };
    const piece = decodeLines(text, lineEnd);
    position = Math.max(position, piece.end);
    if (piece.bytes.length > 0) {
      files.push({ name: (header[1] ?? "").trim().slice(0, mimeLimits.nameCharacters), bytes: piece.bytes });
    }
  }
}

function decodeLines(text: Buffer, start: number): { bytes: Buffer; end: number } {
  const decoded: Buffer[] = [];
  let position = start;
  while (position < text.length) {
    const end = endOfLine(text, position);
    const line = decodeLine(text, position, end);
    if (line === undefined) break;
    decoded.push(line);
    position = end;
  }
  return { bytes: Buffer.concat(decoded), end: position };
}

/** The octets of one line; undefined when it is none of uuencode. Characters that are missing count as zero: trailing
 *  spaces get lost on the way. */
function decodeLine(text: Buffer, start: number, end: number): Buffer | undefined {
  const count = digit(text[start]);
  let contentEnd = end;
  while (contentEnd > start && (text[contentEnd - 1] === LF || text[contentEnd - 1] === CR)) contentEnd -= 1;
  const digits = Math.ceil(count / 3) * 4;
  const present = contentEnd - start - 1;
  // One check character may follow; a line that is much too long or too short is text.
  if (count < 1 || present > digits + 2 || present < digits - MAX_LOST_SPACES) return undefined;
  const decoded = Buffer.alloc(Math.ceil(count / 3) * 3);
  for (let group = 0; group * 4 < digits; group += 1) {
    const from = start + 1 + group * 4;
    let bits = 0;
    for (let index = 0; index < 4; index += 1) {
      const value = from + index < contentEnd ? digit(text[from + index]) : 0;
      if (value < 0) return undefined;
      bits = (bits << 6) | value;
    }
    decoded.writeUIntBE(bits, group * 3, 3);
  }
  return decoded.subarray(0, count);
}

/** 0 … 63; a backquote is zero as a space is; -1 for anything else. */
function digit(byte: number | undefined): number {
  return byte === undefined || byte < 0x20 || byte > 0x60 ? -1 : (byte - 0x20) & 63;
}

function endOfLine(text: Buffer, position: number): number {
  const lineFeed = text.indexOf(LF, position);
  return lineFeed < 0 ? text.length : lineFeed + 1;
}

const BEGIN = Buffer.from("begin", "latin1");
const MAX_LOST_SPACES = 8;
