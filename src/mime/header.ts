/** The header of an entity: where it ends, and its MIME fields with all duplicates and disguises. */
import { CR, LF, latin1, SPACE, TAB } from "../core/bytes.ts";
import { mimeLimits } from "../core/scan-limits.ts";
import { type EarlyBody, findEarlyBodies } from "./early-body.ts";
import { type PlainHeader, readPlainHeader } from "./plain-header.ts";
import { RunEnds } from "./run-ends.ts";

/** A `Content-…` or `MIME-Version` field. Offsets are those of the octets that hold the header. */
export interface HeaderField {
  /** Lower case, without the white space, NULs, controls and 8-bit octets that some readers skip. */
  readonly name: string;
  readonly start: number;
  readonly valueStart: number;
  /** After the line end of the last line; before it where the field begins after a bare CR, which is its start. */
  readonly end: number;
  /** False for what only some readers take for a field: after a bare CR, or on an indented line. */
  readonly isRegular: boolean;
  /** The name is written as it should be: nothing of it is skipped. */
  readonly isPlain: boolean;
}

export interface Header {
  readonly start: number;
  /** Where the blank line starts; equal to `end` when there is none. */
  readonly blankStart: number;
  readonly end: number;
  readonly fields: readonly HeaderField[];
  /** Where other readers begin the body: at a line before the blank one that is no field to them. */
  readonly earlyBodies: readonly EarlyBody[];
  /** There were more MIME fields than are kept: those in the middle are left out. */
  readonly isCut: boolean;
}

/** Reads the header that starts at `start` of an entity that ends at `end`. Lines without a colon are skipped, as most
 *  readers do. */
export function parseHeader(bytes: Buffer, start: number, end: number): Header {
  const plain = readPlainHeader(bytes, start, end);
  return (plain && fromPlain(bytes, start, plain)) ?? parseDoubtful(bytes, start, end);
}

/** Undefined when there is more in it than fields that all readers see. */
function fromPlain(bytes: Buffer, start: number, plain: PlainHeader): Header | undefined {
  const { blankStart, end, fields: marks, encodingNames } = plain;
  const fields: HeaderField[] = [];
  for (let index = 0; index < marks.length; index += 3) {
    const fieldStart = marks[index] ?? end;
    const colon = marks[index + 1] ?? end;
    if (colon - fieldStart >= mimeLimits.fieldNameBytes) return undefined;
    const name = latin1(bytes, fieldStart, colon).toLowerCase();
    if (!name.startsWith("content-") && name !== "mime-version") continue;
    const fieldEnd = marks[index + 2] ?? end;
    fields.push({ name, start: fieldStart, valueStart: colon + 1, end: fieldEnd, isRegular: true, isPlain: true });
  }
  if (fields.length > mimeLimits.fields / 2 || encodingNames.length > fields.length) return undefined;
  for (const place of encodingNames) {
    if (!fields.some((field) => field.start === place && field.name === ENCODING_NAME)) return undefined;
  }
  return { start, blankStart, end, fields, earlyBodies: [], isCut: false };
}

/** Takes every line for what any reader may take it for. */
export function parseDoubtful(bytes: Buffer, start: number, end: number): Header {
  const blank = findBlankLine(bytes, start, end);
  const fields = readFields(bytes, start, blank.start);
  return {
    start,
    blankStart: blank.start,
    end: blank.end,
    fields: fields.kept(),
    earlyBodies: findEarlyBodies(bytes, start, blank.start),
    isCut: fields.isCut,
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

function readFields(bytes: Buffer, start: number, end: number): KeptFields {
  const fields = new KeptFields();
  const names = new RunEnds((position) => endOfSkipped(bytes, position, end));
  const returnEnds = new RunEnds((position) => endOfReturnField(bytes, position, end));
  const read = (position: number, fieldEnd: number, isRegular: boolean): void =>
    fields.add(readField(bytes, position, Math.min(names.after(position), fieldEnd), fieldEnd, isRegular));
  let position = start;
  let carriageReturn = nextCarriageReturn(bytes, start, end);
  while (position < end) {
    const lineEnd = endOfLine(bytes, position, end);
    if (isBlank(bytes[position])) read(position, lineEnd, false);
    else read(position, endOfField(bytes, lineEnd, end), true);
    const contentEnd = endOfContent(bytes, position, lineEnd);
    while (carriageReturn < lineEnd) {
      if (carriageReturn >= position && carriageReturn < contentEnd) {
        read(carriageReturn, returnEnds.after(carriageReturn + 1), false);
      }
      carriageReturn = nextCarriageReturn(bytes, carriageReturn + 1, end);
    }
    position = lineEnd;
  }
  addHidden(fields, bytes, start, end, returnEnds);
  return fields;
}

/** Some programs look for the one field that matters most anywhere in a line, whatever stands around its name. */
function addHidden(fields: KeptFields, bytes: Buffer, start: number, end: number, returnEnds: RunEnds): void {
  const text = latin1(bytes, start, end).toLowerCase();
  for (let found = text.indexOf(ENCODING_NAME); found >= 0; found = text.indexOf(ENCODING_NAME, found + 1)) {
    const nameEnd = found + ENCODING_NAME.length;
    if (fields.hasValueAt(start + nameEnd)) continue;
    HIDDEN_VALUE.lastIndex = nameEnd;
    const between = HIDDEN_VALUE.exec(text)?.[1];
    if (between === undefined) continue;
    const valueStart = start + nameEnd + between.length;
    const lineEnd = returnEnds.after(valueStart + 1);
    const field = { name: ENCODING_NAME, start: start + found, valueStart, end: lineEnd };
    fields.add({ ...field, isRegular: false, isPlain: false });
  }
}

/** The first and the last fields, because a reader that meets many of a name takes one of these. */
class KeptFields {
  readonly #first: HeaderField[] = [];
  #last: HeaderField[] = [];
  readonly #nameEnds = new Set<number>();
  isCut = false;

  add(field: HeaderField | undefined): void {
    if (field === undefined) return;
    if (field.name === ENCODING_NAME) this.#nameEnds.add(field.valueStart - 1);
    const half = mimeLimits.fields / 2;
    if (this.#first.length < half) {
      this.#first.push(field);
      return;
    }
    this.#last.push(field);
    if (this.#last.length <= half) return;
    this.isCut = true;
    // Now and then, so that it costs no more than the fields themselves.
    if (this.#last.length > 2 * half) this.#last = this.#last.slice(-half);
  }

  /** Whether one of the fields has its colon, or its value, right after `position`. */
  hasValueAt(position: number): boolean {
    return this.#nameEnds.has(position);
  }

  /** What every reader takes for a field comes first. */
  kept(): HeaderField[] {
    const all = this.#first.concat(this.#last.slice(-mimeLimits.fields / 2));
    return all.filter((field) => field.isRegular).concat(all.filter((field) => !field.isRegular));
  }
}

/** The MIME field at `start`, if it is one. */
function readField(
  bytes: Buffer,
  start: number,
  nameStart: number,
  end: number,
  isRegular: boolean,
): HeaderField | undefined {
  const initial = (bytes[nameStart] ?? 0) | 0x20;
  if (initial !== LETTER_C && initial !== LETTER_M) return undefined;
  const colon = bytes.subarray(nameStart, Math.min(end, nameStart + mimeLimits.fieldNameBytes)).indexOf(COLON);
  if (colon < 0) return undefined;
  const written = latin1(bytes, nameStart, nameStart + colon).toLowerCase();
  const name = mimeName(written);
  if (name === undefined) return undefined;
  const isPlain = nameStart === start && name === written;
  return { name, start, valueStart: nameStart + colon + 1, end, isRegular, isPlain };
}

/** The name that some reader sees in `written`: one without what it skips, or one that ends at a NUL. */
function mimeName(written: string): string | undefined {
  const name = written.replace(SKIPPED, "");
  const isMime = name.startsWith("content-") || name === "mime-version";
  if (name === written || KNOWN_NAMES.has(name)) return isMime ? name : undefined;
  const beforeNul = written.split("\0", 1).join("").replace(SKIPPED, "");
  if (KNOWN_NAMES.has(beforeNul)) return beforeNul;
  return isMime ? name : undefined;
}

function isSkipped(byte = 0): boolean {
  return byte <= SPACE || byte >= DELETE;
}

/** After the LF of the line at `position`, or `end`. */
function endOfLine(bytes: Buffer, position: number, end: number): number {
  const lineFeed = bytes.indexOf(LF, position);
  return lineFeed < 0 || lineFeed >= end ? end : lineFeed + 1;
}

/** After the folded lines that follow the line that ends at `lineEnd` (RFC 5322 §2.2.3). */
function endOfField(bytes: Buffer, lineEnd: number, end: number): number {
  let position = lineEnd;
  while (position < end && isBlank(bytes[position])) {
    position = endOfLine(bytes, position, end);
  }
  return position;
}

function nextCarriageReturn(bytes: Buffer, position: number, end: number): number {
  const found = bytes.subarray(position, end).indexOf(CR);
  return found < 0 ? end : position + found;
}

/** Where only CRs and the LF follow of the line [start, lineEnd). */
function endOfContent(bytes: Buffer, start: number, lineEnd: number): number {
  let mark = lineEnd;
  while (mark > start && (bytes[mark - 1] === CR || bytes[mark - 1] === LF)) mark -= 1;
  return mark;
}

function endOfSkipped(bytes: Buffer, start: number, end: number): number {
  let mark = start;
  while (mark < end && isSkipped(bytes[mark])) mark += 1;
  return mark;
}

/** Where the field ends that begins at the CR before `start`: at the next one that no blank follows, or at the line
 *  end. */
function endOfReturnField(bytes: Buffer, start: number, end: number): number {
  let mark = start;
  while (mark < end && bytes[mark] !== LF && (bytes[mark] !== CR || isBlank(bytes[mark + 1]))) mark += 1;
  return mark;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

const COLON = 0x3a;
const DELETE = 0x7f;
const LETTER_C = 0x63;
const LETTER_M = 0x6d;
const ENCODING_NAME = "content-transfer-encoding";
/** The value has to follow at once: signatures list the names of fields, and values of their own after them. */
const HIDDEN_VALUE = /((?:[^a-z(\r\n]|\([^)\r\n]{0,60}\)){0,20})(?=base64|quoted-printable|x-uu)/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const SKIPPED = /[\x00-\x20\x7f-\xff]+/g;
const KNOWN_NAMES: ReadonlySet<string> = new Set([
  "content-type",
  "content-transfer-encoding",
  "content-disposition",
  "mime-version",
]);
