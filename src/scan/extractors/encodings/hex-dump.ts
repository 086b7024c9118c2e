/** Files as hexadecimal dumps of 16 octets a line, as `xxd`, `hexdump -C` and `od -Ax -tx1` print them. */
import { LF, latin1 } from "../../../core/bytes.ts";
import { contentEnd } from "./text-lines.ts";

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
  const octets: Buffer[] = [];
  let position = from;
  while (position < text.length) {
    const line = text[position] === ZERO || octets.length > 0 ? octetsOf(text, position) : undefined;
    if (line !== undefined) octets.push(line);
    else if (octets.length > 1) break;
    else octets.length = 0;
    const lineFeed = text.indexOf(LF, position);
    position = lineFeed < 0 ? text.length : lineFeed + 1;
  }
  return octets.length > 1 ? { bytes: Buffer.concat(octets), end: position } : undefined;
}

function octetsOf(text: Buffer, start: number): Buffer | undefined {
  const line = LINE.exec(latin1(text, start, contentEnd(text, start, start + MAX_LINE_BYTES)));
  return line === null ? undefined : Buffer.from((line[1] ?? "").replaceAll(" ", "").slice(0, 32), "hex");
}

/** An offset, then pairs of digits in groups; what they mean as text comes after two blanks or a bar. */
const LINE = /^[ >]{0,8}[0-9a-f]{6,8}:? {1,3}((?:[0-9a-f]{2}){1,8}(?: {1,2}(?:[0-9a-f]{2}){1,8}){0,15})(?:\s|$)/i;
const ZERO = 0x30;
const MAX_LINE_BYTES = 160;
