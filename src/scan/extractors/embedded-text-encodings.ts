/** Finds files that are encoded as text without the message saying so: uuencode and its relatives, yEnc, BinHex,
 *  Ascii85, hexadecimal dumps; and quoted-printable. */
import { CR, LF } from "../../core/bytes.ts";
import { mimeLimits, scanLimits } from "../../core/scan-limits.ts";
import { decodeQuotedPrintable } from "../../mime/quoted-printable.ts";
import type { Budget } from "../budget.ts";
import { looksLikeText } from "./charsets/looks-like-text.ts";
import { findAscii85, mayHoldAscii85 } from "./encodings/ascii85.ts";
import { expandRuns, findBinhex, readMacintoshFile } from "./encodings/binhex.ts";
import { isHexDigit } from "./encodings/hex-digits.ts";
import { findHexDump } from "./encodings/hex-dump.ts";
import { surveyLines } from "./encodings/line-survey.ts";
import { decodeUuencodedFiles } from "./encodings/uuencode.ts";
import { decodeYencodedFiles, mayHoldYenc } from "./encodings/yenc.ts";
import type { Extractor, ExtractorSink } from "./extractor.ts";
import { SIGNS } from "./octet-survey.ts";

export const uuencodeExtractor: Extractor = {
  name: "uuencode",
  mayMatch: (survey) => (survey & SIGNS.uuencode) !== 0,
  matches: (content) => surveyLines(content)?.hasUuencode === true,
  extract: ({ bytes }, sink, budget) => giveFiles(decodeUuencodedFiles(bytes), "uuencode", sink, budget),
};

export const yencExtractor: Extractor = {
  name: "yenc",
  mayMatch: (survey) => (survey & SIGNS.equals) !== 0,
  // Of all these it alone makes text look like none.
  matches: (content) => surveyLines(content)?.hasYenc ?? mayHoldYenc(content.bytes),
  extract: ({ bytes }, sink, budget) => giveFiles(decodeYencodedFiles(bytes), "yEnc", sink, budget),
};

export const binhexExtractor: Extractor = {
  name: "binhex",
  mayMatch: (survey) => (survey & SIGNS.binhex) !== 0,
  matches: (content) => surveyLines(content)?.hasBinhex === true,
  extract({ bytes }, sink, budget) {
    for (const { packed } of findBinhex(bytes)) {
      if (!budget.takeEntry()) {
        sink.reason("limit-entries", `more than ${budget.options.entries} entries`);
        return;
      }
      const { bytes: expanded, isCut } = expandRuns(packed, budget.outputBytes);
      const { name, forks } = readMacintoshFile(expanded);
      if (isCut) sink.reason("limit-bytes", name);
      if (budget.isExcessive(packed.length, expanded.length, scanLimits.ratioFloorBytes)) {
        sink.reason("limit-ratio", name);
      }
      budget.takeOutput(expanded.length);
      for (const fork of forks) sink.entry(name, fork);
      if (budget.isOutOfTime()) {
        sink.reason("limit-time", "BinHex files");
        return;
      }
    }
  },
};

export const ascii85Extractor: Extractor = {
  name: "ascii85",
  mayMatch: (survey) => (survey & SIGNS.less) !== 0 && (survey & SIGNS.tilde) !== 0,
  matches: ({ bytes }) => looksLikeText(bytes) && mayHoldAscii85(bytes),
  extract: ({ bytes }, sink, budget) => giveFound((from) => findAscii85(bytes, from), "Ascii85", sink, budget),
};

export const hexDumpExtractor: Extractor = {
  name: "hex-dump",
  mayMatch: (survey) => (survey & SIGNS.zeroLine) !== 0,
  matches: (content) => surveyLines(content)?.hasHexDump === true,
  extract: ({ bytes }, sink, budget) => giveFound((from) => findHexDump(bytes, from), "hexadecimal", sink, budget),
};

/** In text as it stands in the message; where that was decoded already, only what is made of escapes: elsewhere nobody
 *  decodes it. */
export const quotedPrintableExtractor: Extractor = {
  name: "quoted-printable",
  mayMatch: (survey) => (survey & SIGNS.equals) !== 0,
  matches: ({ bytes, origin }) => (origin === "text" ? hasEscape(bytes) : origin === "decoded" && isEscaped(bytes)),
  extract({ bytes }, sink, budget) {
    for (const reading of decodeQuotedPrintable(bytes)) {
      if (!budget.takeView(reading.length)) {
        sink.reason("limit-views", "quoted-printable in text");
        return;
      }
      sink.entry("", reading, "decoded");
    }
  },
};

function giveFiles(
  { files, isCut }: { files: readonly { name: string; bytes: Buffer }[]; isCut: boolean },
  encoding: string,
  sink: ExtractorSink,
  budget: Budget,
): void {
  for (const file of files) {
    if (!budget.takeView(file.bytes.length)) {
      sink.reason("limit-views", `${encoding} in text`);
      return;
    }
    sink.entry(file.name, file.bytes, "decoded");
  }
  if (isCut) sink.reason("limit-views", `${encoding} in text`);
}

function giveFound(
  find: (from: number) => { bytes: Buffer; end: number } | undefined,
  encoding: string,
  sink: ExtractorSink,
  budget: Budget,
): void {
  let count = 0;
  for (let piece = find(0); piece !== undefined; piece = find(piece.end)) {
    count += 1;
    if (count > mimeLimits.embeddedPieces || !budget.takeView(piece.bytes.length)) {
      sink.reason("limit-views", `${encoding} in text`);
      return;
    }
    sink.entry("", piece.bytes, "decoded");
  }
}

function hasEscape(bytes: Buffer): boolean {
  let position = bytes.indexOf(EQUALS);
  while (position >= 0) {
    if (isHexDigit(bytes[position + 1]) && isHexDigit(bytes[position + 2])) return true;
    position = bytes.indexOf(EQUALS, position + 1);
  }
  return false;
}

/** Most of its equals signs begin escapes, or end lines: markup and scripts are full of others. */
function isEscaped(bytes: Buffer): boolean {
  let escapes = 0;
  let others = 0;
  for (let position = bytes.indexOf(EQUALS); position >= 0; position = bytes.indexOf(EQUALS, position + 1)) {
    const next = bytes[position + 1];
    if (isHexDigit(next) && isHexDigit(bytes[position + 2])) escapes += 1;
    else if (next !== CR && next !== LF) others += 1;
    if (others > MAX_OTHERS && others > escapes) return false;
  }
  return escapes >= MIN_ESCAPES && escapes > 3 * others && looksLikeText(bytes);
}

const MIN_ESCAPES = 2;
const MAX_OTHERS = 16;
const EQUALS = 0x3d;
