/** The header of a part as IMAP servers read it: every line with a colon begins a field, the first empty line ends it. */
import { CR, LF, latin1, SPACE, TAB } from "../../core/bytes.ts";
import { sectionLimits } from "../../core/section-limits.ts";

/** A field with its continuation lines. Offsets are those of the message. */
export interface SectionField {
  /** In lower case, one character per octet; the octets between it and the colon are white space. */
  readonly name: string;
  readonly start: number;
  /** After the colon and the white space after it. */
  readonly valueStart: number;
  /** Before the line end of the last line. */
  readonly valueEnd: number;
  /** After that line end. */
  readonly end: number;
}

export interface SectionHeader<Stop> {
  readonly fields: readonly SectionField[];
  /** Where the empty line starts; `end` when there is none. */
  readonly blankStart: number;
  readonly end: number;
  /** What `stops` said of the line that ended the header before its empty line, and where that line starts. */
  readonly stop: { readonly line: number; readonly reason: Stop } | undefined;
}

/** What is to be done with the lines of a header. */
export interface HeaderReader<Stop> {
  /** Whether the field is to be kept. */
  keeps(name: string): boolean;
  /** Not undefined when the line that starts here is none of the header. */
  stops(line: number): Stop | undefined;
}

/** Reads the header that starts at `start`. */
export function readHeader<Stop>(bytes: Buffer, start: number, reader: HeaderReader<Stop>): SectionHeader<Stop> {
  const fields: SectionField[] = [];
  let open: OpenField | undefined;
  let line = start;
  const close = (end: number): void => {
    if (open !== undefined && reader.keeps(open.name)) fields.push(closed(bytes, open, end));
    open = undefined;
  };
  while (line < bytes.length) {
    const reason = reader.stops(line);
    if (reason !== undefined) {
      const end = beforeLineEnd(bytes, line, start);
      close(end);
      return { fields, blankStart: end, end, stop: { line, reason } };
    }
    const lineFeed = bytes.indexOf(LF, line);
    const next = lineFeed < 0 ? bytes.length : lineFeed + 1;
    if (isContinuation(bytes, line, start)) {
      line = next;
      continue;
    }
    close(line);
    if (isEmptyLine(bytes, line)) return { fields, blankStart: line, end: next, stop: undefined };
    open = openField(bytes, line, next);
    line = next;
  }
  close(bytes.length);
  return { fields, blankStart: bytes.length, end: bytes.length, stop: undefined };
}

/** `position` without the line end before it. */
export function beforeLineEnd(bytes: Buffer, position: number, start: number): number {
  if (position <= start || bytes[position - 1] !== LF) return position;
  return position - 1 > start && bytes[position - 2] === CR ? position - 2 : position - 1;
}

interface OpenField {
  readonly name: string;
  readonly start: number;
  readonly colon: number;
}

/** Undefined when the line has no colon, or too long a name before it. */
function openField(bytes: Buffer, line: number, next: number): OpenField | undefined {
  const limit = Math.min(next, line + MAX_NAME_LINE_BYTES);
  const colon = bytes.subarray(line, limit).indexOf(COLON);
  if (colon < 0) return undefined;
  let nameEnd = line + colon;
  while (nameEnd > line && isBlank(bytes[nameEnd - 1])) nameEnd -= 1;
  if (nameEnd - line > sectionLimits.fieldNameBytes) return undefined;
  return { name: latin1(bytes, line, nameEnd).toLowerCase(), start: line, colon: line + colon };
}

function closed(bytes: Buffer, { name, start, colon }: OpenField, end: number): SectionField {
  const valueEnd = beforeLineEnd(bytes, end, colon + 1);
  let valueStart = colon + 1;
  while (valueStart < valueEnd && isBlank(bytes[valueStart])) valueStart += 1;
  return { name, start, valueStart, valueEnd, end };
}

function isContinuation(bytes: Buffer, line: number, start: number): boolean {
  return line > start && isBlank(bytes[line]);
}

function isEmptyLine(bytes: Buffer, line: number): boolean {
  return bytes[line] === LF || (bytes[line] === CR && bytes[line + 1] === LF);
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

const COLON = 0x3a;
/** White space before the colon included. */
const MAX_NAME_LINE_BYTES = 1_000;
