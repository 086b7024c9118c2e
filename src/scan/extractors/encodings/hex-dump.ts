/** Files as hexadecimal dumps of 16 octets a line, as `xxd`, `hexdump -C` and `od -Ax -tx1` print them. */
import { latin1 } from "../../../core/bytes.ts";
import { afterLineEnd, contentEnd } from "./text-lines.ts";

export interface HexDump {
  readonly bytes: Buffer;
  readonly end: number;
}

/** Whether the line at `start` is one of a dump. */
export function startsHexDumpLine(text: Buffer, start: number): boolean {
  return LINE.test(latin1(text, start, contentEnd(text, start, start + MAX_LINE_BYTES)));
}

/** The next dump that begins at or after `from`. */
export function findHexDump(text: Buffer, from: number): HexDump | undefined {
  for (let second = text.indexOf(SECOND_LINE, from); second >= 0; second = text.indexOf(SECOND_LINE, second + 1)) {
    const start = lineStart(text, second - 1, from);
    const octets: Buffer[] = [];
    let position = start;
    while (position < text.length) {
      const end = contentEnd(text, position, position + MAX_LINE_BYTES);
      const line = LINE.exec(latin1(text, position, end));
      if (line === null) break;
      octets.push(Buffer.from((line[1] ?? "").replaceAll(" ", "").slice(0, 32), "hex"));
      position = afterLineEnd(text, end);
    }
    if (octets.length > 1) return { bytes: Buffer.concat(octets), end: position };
  }
  return undefined;
}

/** Where the line before the line end at `position` starts. */
function lineStart(text: Buffer, position: number, from: number): number {
  let start = position;
  while (start > from && isLineEnd(text[start])) start -= 1;
  const floor = Math.max(from, start - MAX_LINE_BYTES);
  while (start > floor && !isLineEnd(text[start - 1])) start -= 1;
  return start;
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}

/** An offset, then pairs of digits in groups; what they mean as text comes after two blanks or a bar. */
const LINE = /^[ >]{0,8}[0-9a-f]{6,8}:? {1,3}((?:[0-9a-f]{2}){1,8}(?: {1,2}(?:[0-9a-f]{2}){1,8}){0,15})(?:\s|$)/i;
/** Every dump of more than 16 octets has it, in hexadecimal figures at least. */
const SECOND_LINE = Buffer.from("000010", "latin1");
const MAX_LINE_BYTES = 160;
