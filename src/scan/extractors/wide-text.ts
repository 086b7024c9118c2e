/** Text in charsets that are not compatible with ASCII, or only seem to be: given again in UTF-8, so that signatures and
 *  extractors see the words that a reader sees. */
import type { Budget } from "../budget.ts";
import type { Content } from "../engine.ts";
import { declaredWideCharset, isDeclaredEbcdic } from "./charsets/declared-charset.ts";
import { decodeEbcdic, looksLikeEbcdic } from "./charsets/ebcdic.ts";
import { hasHzEscape, hasIso2022Escape, withoutHzEscapes, withoutIso2022Escapes } from "./charsets/escape-charsets.ts";
import { looksLikeText } from "./charsets/looks-like-text.ts";
import { decodeOverlongUtf8, hasOverlongUtf8 } from "./charsets/overlong-utf8.ts";
import { decodeUtf7, mayHoldUtf7 } from "./charsets/utf7.ts";
import { decodeWide, identifyWideCharset, type WideCharset } from "./charsets/wide-charsets.ts";
import type { Extractor, ExtractorSink } from "./extractor.ts";
import { SIGNS } from "./octet-survey.ts";

export const wideTextExtractor: Extractor = {
  name: "utf-16",
  mayMatch: (survey, { charset = "" }) =>
    (survey & (SIGNS.nul | SIGNS.high)) !== 0 || (charset !== "" && declaredWideCharset(charset) !== undefined),
  matches: (content) => content.container !== "utf-16" && wideCharset(content) !== undefined,
  extract(content, sink, budget) {
    const charset = wideCharset(content);
    if (charset !== undefined) give([decodeWide(content.bytes, charset)], sink, budget);
  },
};

/** What these hold looks like other text, or like nothing, to whoever looks at the octets. */
export const charsetTextExtractor: Extractor = {
  name: "charset",
  mayMatch: (survey, { bytes, charset = "" }) =>
    (survey & CHARSET_SIGNS) !== 0 || looksLikeEbcdic(bytes) || (charset !== "" && isDeclaredEbcdic(charset)),
  matches: (content) => !FINISHED.has(content.container ?? "") && decodersOf(content).length > 0,
  extract(content, sink, budget) {
    for (const decode of decodersOf(content)) {
      if (!give(decode(content.bytes), sink, budget)) return;
    }
  },
};

/** What the octets show; what the part declares where they show nothing. */
function wideCharset({ bytes, charset = "" }: Content): WideCharset | undefined {
  if (bytes.length < 4) return undefined;
  return identifyWideCharset(bytes) ?? (charset === "" ? undefined : declaredWideCharset(charset));
}

function decodersOf({ bytes, charset = "" }: Content): ((bytes: Buffer) => readonly Buffer[])[] {
  const decoders: ((bytes: Buffer) => readonly Buffer[])[] = [];
  if (looksLikeEbcdic(bytes) || isDeclaredEbcdic(charset)) decoders.push(decodeEbcdic);
  if (!looksLikeText(bytes)) return decoders;
  if (mayHoldUtf7(bytes)) decoders.push(decodeUtf7);
  if (hasIso2022Escape(bytes)) decoders.push(withoutIso2022Escapes);
  if (hasHzEscape(bytes)) decoders.push(withoutHzEscapes);
  if (hasOverlongUtf8(bytes)) decoders.push(decodeOverlongUtf8);
  return decoders;
}

/** False when the budget allows no more. */
function give(readings: readonly Buffer[], sink: ExtractorSink, budget: Budget): boolean {
  for (const reading of readings) {
    if (!budget.takeView(reading.length)) {
      sink.reason("limit-views", "text in other charsets");
      return false;
    }
    sink.entry("", reading, "decoded");
  }
  return true;
}

/** Shifts and escapes of the charsets that are told by their octets. */
const CHARSET_SIGNS = SIGNS.plus | SIGNS.ampersand | SIGNS.escape | SIGNS.tilde | SIGNS.high;
/** What comes out of these is in no other charset any more. */
const FINISHED: ReadonlySet<string> = new Set(["charset", "utf-16", "rendered-text"]);
