/** The header of an entity: where it ends, and its MIME fields with all duplicates and disguises. */
import { CR, LF, latin1, SPACE, TAB } from "../core/bytes.ts";
import { mimeLimits } from "../core/limits.ts";
import { type EarlyBody, findEarlyBodies } from "./early-body.ts";

/** A `Content-…` or `MIME-Version` field. Offsets are those of the octets that hold the header. */
export interface HeaderField {
  /** Lower case, without the white space, NULs and controls that some readers skip. */
  readonly name: string;
  readonly start: number;
  readonly valueStart: number;
  /** After the line end of the last line; before it where the field begins after a bare CR, which is its start. */
  readonly end: number;
  /** False for what only some readers take for a field: after a bare CR, or on an indented line. */
  readonly isRegular: boolean;
}

export interface Header {
  readonly start: number;
  /** Where the blank line starts; equal to `end` when there is none. */
  readonly blankStart: number;
  readonly end: number;
  readonly fields: readonly HeaderField[];
  /** Where other readers begin the body: at a line before the blank one that is no field to them. */
  readonly earlyBodies: readonly EarlyBody[];
  /** There were more MIME fields than are kept. */
  readonly isCut: boolean;
}

/** Reads the header that starts at `start` of an entity that ends at `end`. Lines without a colon are skipped, as most
 *  readers do. */
export function parseHeader(bytes: Buffer, start: number, end: number): Header {
  const blank = findBlankLine(bytes, start, end);
  const fields = readFields(bytes, start, blank.start);
  return {
    start,
    blankStart: blank.start,
    end: blank.end,
    fields: fields.slice(0, mimeLimits.fields),
    earlyBodies: findEarlyBodies(bytes, start, blank.start),
    isCut: fields.length > mimeLimits.fields,
  };
}

/** The field's value as text, one character per octet, line ends taken out. Cut at `mimeLimits.fieldBytes`. */
export function fieldText(bytes: Buffer, field: HeaderField): string {
  const end = Math.min(field.end, field.valueStart + mimeLimits.fieldBytes);
  return latin1(bytes, field.valueStart, end)
    .replace(/[\r\n]+/g, "")
    .trim();
}

/** The first blank line from `start` on: CRs and LF alone. */
function findBlankLine(bytes: Buffer, start: number, end: number): { start: number; end: number } {
  let position = start;
  while (position < end) {
    let mark = position;
    while (mark < end && bytes[mark] === CR) mark += 1;
    if (mark < end && bytes[mark] === LF) return { start: position, end: mark + 1 };
    const lineFeed = bytes.indexOf(LF, mark);
    if (lineFeed < 0 || lineFeed >= end) break;
    position = lineFeed + 1;
  }
  return { start: end, end };
}

/** At most one field more than is kept. */
function readFields(bytes: Buffer, start: number, end: number): HeaderField[] {
  const fields: HeaderField[] = [];
  const disguised: HeaderField[] = [];
  let position = start;
  let carriageReturn = nextCarriageReturn(bytes, start, end);
  while (position < end && fields.length + disguised.length <= mimeLimits.fields) {
    const lineEnd = endOfLine(bytes, position, end);
    const first = bytes[position];
    if (first === SPACE || first === TAB) addField(disguised, readField(bytes, position, lineEnd, false));
    else addField(fields, readField(bytes, position, endOfField(bytes, lineEnd, end), true));
    while (carriageReturn < lineEnd) {
      if (carriageReturn >= position && !endsLine(bytes, carriageReturn, lineEnd)) {
        addField(disguised, readField(bytes, carriageReturn, withoutLineEnd(bytes, carriageReturn, lineEnd), false));
      }
      carriageReturn = nextCarriageReturn(bytes, carriageReturn + 1, end);
    }
    position = lineEnd;
  }
  return fields.concat(disguised);
}

function addField(fields: HeaderField[], field: HeaderField | undefined): void {
  if (field !== undefined && fields.length <= mimeLimits.fields) fields.push(field);
}

/** The MIME field at `start`, if it is one. */
function readField(bytes: Buffer, start: number, end: number, isRegular: boolean): HeaderField | undefined {
  let nameStart = start;
  while (nameStart < end && (bytes[nameStart] ?? 0) <= SPACE) nameStart += 1;
  const initial = (bytes[nameStart] ?? 0) | 0x20;
  if (initial !== LETTER_C && initial !== LETTER_M) return undefined;
  const colon = bytes.subarray(nameStart, Math.min(end, nameStart + mimeLimits.fieldNameBytes)).indexOf(COLON);
  if (colon < 0) return undefined;
  const name = plainName(latin1(bytes, nameStart, nameStart + colon));
  if (!name.startsWith("content-") && name !== "mime-version") return undefined;
  const valueStart = nameStart + colon + 1;
  return { name, start, valueStart, end, isRegular };
}

function plainName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return name.replace(/[\x00-\x20\x7f-\xa0]+/g, "").toLowerCase();
}

/** After the LF of the line at `position`, or `end`. */
function endOfLine(bytes: Buffer, position: number, end: number): number {
  const lineFeed = bytes.indexOf(LF, position);
  return lineFeed < 0 || lineFeed >= end ? end : lineFeed + 1;
}

/** After the folded lines that follow the line that ends at `lineEnd` (RFC 5322 §2.2.3). */
function endOfField(bytes: Buffer, lineEnd: number, end: number): number {
  let position = lineEnd;
  while (position < end && (bytes[position] === SPACE || bytes[position] === TAB)) {
    position = endOfLine(bytes, position, end);
  }
  return position;
}

function nextCarriageReturn(bytes: Buffer, position: number, end: number): number {
  const found = bytes.subarray(position, end).indexOf(CR);
  return found < 0 ? end : position + found;
}

/** Whether only CRs and the LF follow. */
function endsLine(bytes: Buffer, position: number, lineEnd: number): boolean {
  let mark = position;
  while (mark < lineEnd && (bytes[mark] === CR || bytes[mark] === LF)) mark += 1;
  return mark === lineEnd;
}

function withoutLineEnd(bytes: Buffer, start: number, end: number): number {
  let mark = end;
  while (mark > start && (bytes[mark - 1] === LF || bytes[mark - 1] === CR)) mark -= 1;
  return mark;
}

const COLON = 0x3a;
const LETTER_C = 0x63;
const LETTER_M = 0x6d;
