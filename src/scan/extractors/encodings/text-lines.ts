/** Lines of encoded text as they stand in mail: ended by CR, LF or both, some of them quoted. */
import { CR, LF, latin1, SPACE, TAB } from "../../../core/bytes.ts";

/** Where the line that starts at `start` ends, without its line end; at most `limit`. */
export function contentEnd(text: Buffer, start: number, limit: number = text.length): number {
  const stop = Math.min(text.length, limit);
  let end = start;
  while (end < stop && text[end] !== CR && text[end] !== LF) end += 1;
  return end;
}

/** After the line end at `position`. */
export function afterLineEnd(text: Buffer, position: number): number {
  let next = position;
  while (text[next] === CR) next += 1;
  if (text[next] === LF) next += 1;
  return next;
}

/** The marks of a quotation between the start of the line and `position`; undefined when something else stands there. */
export function quoteMarks(text: Buffer, position: number): string | undefined {
  let start = position;
  while (start > 0 && position - start < MAX_MARKS && isMark(text[start - 1])) start -= 1;
  const isAtLine = start === 0 || text[start - 1] === LF || text[start - 1] === CR;
  return isAtLine ? latin1(text, start, position) : undefined;
}

/** After `marks` when the line at `start` begins with them, or with them but for the white space at their end. */
export function afterMarks(text: Buffer, start: number, marks: string): number {
  if (marks === "") return start;
  for (const form of [marks, marks.trimEnd()]) {
    if (latin1(text, start, start + form.length) === form) return start + form.length;
  }
  return start;
}

/** After the marks of a quotation at the start of a line. */
export function afterAnyMarks(text: Buffer, start: number): number {
  let position = start;
  while (position - start < MAX_MARKS && isMark(text[position])) position += 1;
  return position;
}

function isMark(byte: number | undefined): boolean {
  return byte === QUOTE || byte === SPACE || byte === TAB || byte === BAR;
}

const QUOTE = 0x3e;
const BAR = 0x7c;
const MAX_MARKS = 32;
