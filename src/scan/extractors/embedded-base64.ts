/** Decodes base64 in text that does not say that it is base64: between other lines, quoted, in XML, JSON, scripts, data
 *  URIs and calendars, and in armour of any kind. Nothing but hexadecimal digits is decoded as such as well. */
import { LF, latin1 } from "../../core/bytes.ts";
import { mimeLimits } from "../../core/scan-limits.ts";
import { decodeBase64 } from "../../mime/base64.ts";
import type { Budget } from "../budget.ts";
import type { Content } from "../engine.ts";
import { mayHold } from "../search/marks.ts";
import { type Base64Chain, findBase64Chains } from "./encodings/base64-chains.ts";
import { decodeHexDigits } from "./encodings/hex-digits.ts";
import { paddedStreams } from "./encodings/padded-streams.ts";
import type { Extractor, ExtractorSink } from "./extractor.ts";

export const embeddedBase64Extractor: Extractor = {
  name: "base64",
  matches: (content) => chainsOf(content).length > 0,
  extract(content, sink, budget) {
    const { single, joined } = sortChains(chainsOf(content));
    for (const { start, end } of single.slice(0, mimeLimits.embeddedPieces)) {
      if (!giveReadings(content.bytes.subarray(start, end), sink, budget)) return;
    }
    if (joined.length > 0 && !giveJoined(content.bytes, joined, sink, budget)) return;
    if (single.length > mimeLimits.embeddedPieces) sink.reason("limit-views", LIMIT_DETAIL);
  },
};

/** Letters have hundreds of tokens in their links, and lists have thousands of names: one look at all of them costs less
 *  than one at each. */
function sortChains(chains: readonly Base64Chain[]): { single: Base64Chain[]; joined: Base64Chain[] } {
  const isShort = ({ start, end }: Base64Chain): boolean => end - start < MIN_FILE_DIGITS;
  const tokens = chains.filter((chain) => chain.isToken && isShort(chain));
  const lines = chains.filter((chain) => !chain.isToken && isShort(chain));
  const joined = [...(tokens.length > MAX_SINGLE_TOKENS ? tokens : []), ...lines.slice(MAX_SINGLE_LINES)];
  const others = new Set(joined);
  return { single: chains.filter((chain) => !others.has(chain)), joined };
}

/** Found once for `matches` and `extract`. */
function chainsOf(content: Content): readonly Base64Chain[] {
  const known = found.get(content);
  if (known !== undefined) return known;
  const chains = mayHold(content.bytes, "base64") ? findBase64Chains(content.bytes, MAX_CHAINS) : [];
  if (chains.length > 0) found.set(content, chains);
  return chains;
}

/** False when the budget allows no more. */
function giveReadings(text: Buffer, sink: ExtractorSink, budget: Budget): boolean {
  const { readings, isPlain } = decodeBase64(text);
  for (const reading of readings) {
    if (!give(reading, sink, budget)) return false;
  }
  // Files one after the other are no file together.
  for (const stream of isPlain ? [] : paddedStreams(text)) {
    for (const reading of decodeBase64(stream).readings) {
      if (!give(reading, sink, budget)) return false;
    }
  }
  const hex = decodeHexDigits(text);
  return hex === undefined || give(hex, sink, budget);
}

function giveJoined(bytes: Buffer, chains: readonly Base64Chain[], sink: ExtractorSink, budget: Budget): boolean {
  const joined = Buffer.allocUnsafe(chains.reduce((sum, { start, end }) => sum + end - start + 1, 0));
  let written = 0;
  for (const { start, end } of chains) {
    // "key=value" is one chain; the decoder takes both alphabets and stops at padding.
    for (const digits of latin1(bytes, start, end).split("=")) {
      if (digits.length >= MIN_JOINED_DIGITS) written += joined.write(digits, written, "base64");
    }
    joined[written] = LF;
    written += 1;
  }
  return give(joined.subarray(0, written), sink, budget);
}

function give(reading: Buffer, sink: ExtractorSink, budget: Budget): boolean {
  if (!budget.takeView(reading.length)) {
    sink.reason("limit-views", LIMIT_DETAIL);
    return false;
  }
  sink.entry("", reading, "decoded");
  return true;
}

const found = new WeakMap<Content, readonly Base64Chain[]>();
const LIMIT_DETAIL = "base64 in text";
/** Most of them are short and looked at together. */
const MAX_CHAINS = 100_000;
/** Short chains that are looked at one by one: a file is one of few. */
const MAX_SINGLE_TOKENS = 8;
const MAX_SINGLE_LINES = 100;
/** Longer ones may be files, however many there are. */
const MIN_FILE_DIGITS = 1_024;
const MIN_JOINED_DIGITS = 32;
