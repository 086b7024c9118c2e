/** Fields that only this program writes, in a header that came over the wire: where a notice stands in such a header, a
 *  sender's words must not pass for ours. */
import { CR, LF, latin1, SPACE, TAB } from "../core/bytes.ts";

export interface FieldRange {
  readonly start: number;
  /** After the line end of the last line; before it where the field begins after a bare CR, which is its start. */
  readonly end: number;
}

/** Every `X-Mailward-…` field of the header lines [start, end), with its folded lines; in order. Some readers skip what
 *  is blank before a name, and take a bare CR for a line end. */
export function findForgedFields(bytes: Buffer, start: number, end: number): FieldRange[] {
  const text = latin1(bytes, start, end).toLowerCase();
  const ranges: FieldRange[] = [];
  for (let found = text.indexOf(NAME); found >= 0; found = text.indexOf(NAME, found + NAME.length)) {
    const name = start + found;
    const last = ranges.at(-1);
    if (last !== undefined && name < last.end) continue;
    const lineStart = startOfLine(bytes, name, last?.end ?? start);
    if (lineStart === undefined) continue;
    const isAfterReturn = bytes[lineStart] === CR;
    ranges.push({
      start: lineStart,
      end: isAfterReturn ? endOfContent(bytes, name, end) : endOfField(bytes, name, end),
    });
  }
  return ranges;
}

/** Where the line begins that has nothing but blanks before `name`; at its bare CR where it begins with one. Undefined
 *  when something else stands there. */
function startOfLine(bytes: Buffer, name: number, start: number): number | undefined {
  let mark = name;
  while (mark > start && bytes[mark - 1] !== LF && bytes[mark - 1] !== CR && isSkipped(bytes[mark - 1])) mark -= 1;
  if (mark === start || bytes[mark - 1] === LF) return mark;
  return bytes[mark - 1] === CR ? mark - 1 : undefined;
}

function endOfField(bytes: Buffer, position: number, end: number): number {
  let mark = position;
  do {
    const lineFeed = bytes.indexOf(LF, mark);
    mark = lineFeed < 0 || lineFeed >= end ? end : lineFeed + 1;
  } while (mark < end && (bytes[mark] === SPACE || bytes[mark] === TAB));
  return mark;
}

function endOfContent(bytes: Buffer, position: number, end: number): number {
  let mark = position;
  while (mark < end && bytes[mark] !== LF && bytes[mark] !== CR) mark += 1;
  return mark;
}

function isSkipped(byte = 0): boolean {
  return byte <= SPACE || byte >= DELETE;
}

const NAME = "x-mailward-";
const DELETE = 0x7f;
