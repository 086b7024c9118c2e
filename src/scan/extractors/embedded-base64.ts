/** Finds base64 in text that is not declared so: lines of nothing else, and what follows `base64,` in a data URI. */
import { CR, LF, SPACE, TAB } from "../../core/bytes.ts";
import { mimeLimits } from "../../core/limits.ts";
import { decodeBase64, isBase64Character } from "../../mime/base64.ts";
import type { Range } from "../../mime/delimiter-lines.ts";
import type { Extractor } from "./extractor.ts";

export const embeddedBase64Extractor: Extractor = {
  name: "base64",
  matches: ({ bytes }) => findPieces(bytes, 1).length > 0,
  extract({ bytes }, sink, budget) {
    const pieces = findPieces(bytes, mimeLimits.embeddedPieces + 1);
    for (const piece of pieces.slice(0, mimeLimits.embeddedPieces)) {
      for (const reading of decodeBase64(bytes.subarray(piece.start, piece.end)).readings) {
        if (!budget.takeView(reading.length)) {
          sink.reason("limit-views", "base64 in text");
          return;
        }
        sink.entry("", reading, "decoded");
      }
    }
    if (pieces.length > mimeLimits.embeddedPieces) sink.reason("limit-views", "base64 in text");
  },
};

function findPieces(bytes: Buffer, maxCount: number): Range[] {
  return [...findLines(bytes, maxCount), ...findDataUris(bytes, maxCount)].slice(0, maxCount);
}

/** Runs of lines that hold nothing but base64. */
function findLines(bytes: Buffer, maxCount: number): Range[] {
  const runs: Range[] = [];
  let runStart = -1;
  let position = 0;
  while (position < bytes.length && runs.length < maxCount) {
    const foreign = firstForeign(bytes, position);
    if (foreign < 0) {
      if (runStart < 0) runStart = position;
      position = endOfLine(bytes, position);
      continue;
    }
    addRun(runs, runStart, position);
    runStart = -1;
    position = endOfLine(bytes, foreign);
  }
  addRun(runs, runStart, bytes.length);
  return runs;
}

function addRun(runs: Range[], start: number, end: number): void {
  if (start >= 0 && end - start >= MIN_CHARACTERS) runs.push({ start, end });
}

/** The first character of the line that is not base64, or -1. White space around the others is none; a blank line goes
 *  on with the run. */
function firstForeign(bytes: Buffer, start: number): number {
  let position = start;
  while (bytes[position] === SPACE || bytes[position] === TAB) position += 1;
  while (isBase64Character(bytes[position])) position += 1;
  const end = position;
  while (isBlank(bytes[position]) && bytes[position] !== LF) position += 1;
  return position >= bytes.length || bytes[position] === LF ? -1 : end;
}

function endOfLine(bytes: Buffer, position: number): number {
  const lineFeed = bytes.indexOf(LF, position);
  return lineFeed < 0 ? bytes.length : lineFeed + 1;
}

/** RFC 2397; also `ENCODING=BASE64,` and the like. */
function findDataUris(bytes: Buffer, maxCount: number): Range[] {
  const pieces: Range[] = [];
  let position = bytes.indexOf(DATA_URI);
  while (position >= 0 && pieces.length < maxCount) {
    const start = position + DATA_URI.length;
    let end = start;
    while (end < bytes.length && (isBase64Character(bytes[end]) || isBlank(bytes[end]))) end += 1;
    if (end - start >= MIN_CHARACTERS) pieces.push({ start, end });
    position = bytes.indexOf(DATA_URI, Math.max(end, start));
  }
  return pieces;
}

function isBlank(byte: number | undefined): boolean {
  return byte === LF || byte === CR || byte === SPACE || byte === TAB;
}

const DATA_URI = Buffer.from("base64,", "latin1");
/** Shorter ones are words; 24 octets hold no file that does harm. */
const MIN_CHARACTERS = 32;
