/** Opens calendars (RFC 5545) and cards (RFC 6350, RFC 2426 and vCard 2.1): attachments, pictures and keys in base64 or
 *  quoted-printable, and text as it is read, with its lines unfolded. */
import { CR, LF, latin1, SPACE, TAB } from "../../core/bytes.ts";
import { mimeLimits } from "../../core/scan-limits.ts";
import { decodeBase64 } from "../../mime/base64.ts";
import { decodeQuotedPrintable } from "../../mime/quoted-printable.ts";
import type { Budget } from "../budget.ts";
import { surveyLines } from "./encodings/line-survey.ts";
import type { Extractor, ExtractorSink } from "./extractor.ts";
import { dataUriContents, isDataUri } from "./html/data-uri.ts";
import { isLetter } from "./html/tag-names.ts";
import { SIGNS } from "./octet-survey.ts";

export const calendarExtractor: Extractor = {
  name: "calendar",
  mayMatch: (survey) => (survey & SIGNS.beginLine) !== 0,
  matches: (content) => surveyLines(content)?.hasCalendar === true,
  extract({ bytes }, sink, budget) {
    const { text, isChanged: isFolded } = unfold(bytes);
    const rest: Buffer[] = [];
    let isChanged = isFolded;
    let values = 0;
    for (let start = 0; start < text.length; ) {
      const end = lineEnd(text, start);
      const line = text.subarray(start, end);
      const contents = contentsOf(line);
      start = end;
      if (contents === undefined) {
        const plain = unescapeText(line);
        isChanged ||= plain !== line;
        rest.push(plain);
        continue;
      }
      values += 1;
      if (values > mimeLimits.embeddedPieces) {
        sink.reason("limit-views", "calendar");
        return;
      }
      for (const content of contents.values) if (!give(contents.name, content, sink, budget)) return;
    }
    if (isChanged) give("", Buffer.concat(rest), sink, budget);
  },
};

/** False when the budget allows no more. */
function give(name: string, content: Buffer, sink: ExtractorSink, budget: Budget): boolean {
  if (!budget.takeView(content.length)) {
    sink.reason("limit-views", "calendar");
    return false;
  }
  sink.entry(name, content, "decoded");
  return true;
}

/** What the value of a line decodes to; undefined when it is text. */
function contentsOf(line: Buffer): { name: string; values: Iterable<Buffer> } | undefined {
  const colon = valueColon(line);
  if (colon < 0) return undefined;
  const parameters = latin1(line, 0, Math.min(colon, MAX_PARAMETER_BYTES));
  const value = line.subarray(colon + 1);
  const name = fileNameIn(parameters);
  if (/;(?:ENCODING=)?"?(?:B|BASE64)"?(?:;|$)|;VALUE="?BINARY/i.test(parameters)) {
    return { name, values: decodeBase64(value).readings };
  }
  if (/;(?:ENCODING=)?"?QUOTED-PRINTABLE/i.test(parameters)) return { name, values: decodeQuotedPrintable(value) };
  return isDataUri(value.subarray(0, MAX_PARAMETER_BYTES)) ? { name, values: dataUriContents(value, true) } : undefined;
}

/** The colon before the value: those in quoted parameters are none. */
function valueColon(line: Buffer): number {
  let isQuoted = false;
  for (let position = 0; position < line.length; position += 1) {
    const byte = line[position];
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (byte === COLON && !isQuoted) return position;
  }
  // A quote that is not closed.
  return line.indexOf(COLON);
}

function fileNameIn(parameters: string): string {
  const match = /;[\w-]*FILENAME=(?:"([^"]*)"|([^";:]*))/i.exec(parameters);
  return match?.[1] ?? match?.[2] ?? "";
}

/** Takes out line ends that a blank follows (RFC 5545 §3.1), and those that quoted-printable escapes (vCard 2.1). */
function unfold(bytes: Buffer): { text: Buffer; isChanged: boolean } {
  const pieces: Buffer[] = [];
  let kept = 0;
  let lineStart = 0;
  for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, end + 1)) {
    const before = bytes[end - 1] === CR ? end - 1 : end;
    const isFolded = bytes[end + 1] === SPACE || bytes[end + 1] === TAB;
    // The end of a base64 value looks the same.
    const isSoft = !isFolded && bytes[before - 1] === EQUALS && isQuotedPrintable(bytes, lineStart);
    if (!isFolded && !isSoft) {
      lineStart = end + 1;
      continue;
    }
    pieces.push(bytes.subarray(kept, isSoft ? before - 1 : before));
    kept = end + (isSoft ? 1 : 2);
  }
  if (pieces.length === 0) return { text: bytes, isChanged: false };
  pieces.push(bytes.subarray(kept));
  return { text: Buffer.concat(pieces), isChanged: true };
}

function isQuotedPrintable(bytes: Buffer, lineStart: number): boolean {
  const head = latin1(bytes, lineStart, Math.min(bytes.length, lineStart + MAX_PARAMETER_BYTES));
  return /^[^:]*;(?:ENCODING=)?"?QUOTED-PRINTABLE/i.test(head);
}

/** RFC 5545 §3.3.11. */
function unescapeText(line: Buffer): Buffer {
  if (line.indexOf(BACKSLASH) < 0) return line;
  const text = Buffer.allocUnsafe(line.length);
  let written = 0;
  for (let position = 0; position < line.length; position += 1) {
    let byte = line[position] ?? 0;
    if (byte === BACKSLASH && position + 1 < line.length) {
      const next = line[position + 1] ?? 0;
      const isNewLine = (next | 0x20) === LOWER_N;
      // A backslash before another letter is none of an escape.
      if (isNewLine || !isLetter(next)) {
        position += 1;
        byte = isNewLine ? LF : next;
      }
    }
    text[written] = byte;
    written += 1;
  }
  return text.subarray(0, written);
}

function lineEnd(text: Buffer, start: number): number {
  const lineFeed = text.indexOf(LF, start);
  return lineFeed < 0 ? text.length : lineFeed + 1;
}

const COLON = 0x3a;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER_N = 0x6e;
const MAX_PARAMETER_BYTES = 1_024;
