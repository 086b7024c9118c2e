/** Opens zlib streams (RFC 1950), and deflate without a header where a script next to it says that it is that. */
import { scanLimits } from "../../core/scan-limits.ts";
import type { Content } from "../engine.ts";
import { innerName } from "./archives/inner-name.ts";
import type { Extractor } from "./extractor.ts";
import { inflateRaw } from "./inflate.ts";

export const zlibExtractor: Extractor = {
  name: "zlib",
  isLayer: true,
  matches: (content) => headerBytes(content) !== undefined,
  extract(content, sink, budget) {
    const start = headerBytes(content);
    if (start === undefined) return;
    const { bytes, consumed, end } = inflateRaw(content.bytes.subarray(start), budget.outputBytes);
    // Two octets are chance, and a word is none: what is damaged early was no such stream.
    if (end === "damaged" && bytes.length < MIN_BYTES) return;
    if (!budget.takeEntry()) {
      sink.reason("limit-entries", `more than ${budget.options.entries} entries`);
      return;
    }
    if (budget.isExcessive(consumed, bytes.length, scanLimits.ratioFloorBytes)) sink.reason("limit-ratio", DETAIL);
    if (end === "capped") {
      sink.reason("limit-bytes", DETAIL);
      budget.takeCutOutput(bytes.length);
    } else budget.takeOutput(bytes.length);
    if (bytes.length > 0) sink.entry(innerName(content.name), bytes);
  },
};

/** Octets before the stream; undefined when there is none. */
function headerBytes(content: Content): number | undefined {
  const { bytes } = content;
  if (bytes.length < MIN_BYTES) return undefined;
  // A window of 32 KiB, as every program writes it, no dictionary, and a checksum of both octets.
  if (bytes[0] === 0x78 && bytes.readUInt16BE(0) % 31 === 0 && ((bytes[1] ?? 0) & 0x20) === 0) return 2;
  return DECODED.has(content.container ?? "") && saysDeflate(content) ? 0 : undefined;
}

/** Whether the text that it was decoded from has the words of a script that inflates it. */
function saysDeflate({ parent }: Content): boolean {
  if (parent === undefined || parent.bytes.length > MAX_SCRIPT_BYTES) return false;
  return WORDS.some((word) => parent.bytes.indexOf(word) >= 0);
}

const DECODED: ReadonlySet<string> = new Set(["base64", "numbers", "script", "html"]);
/** Of "DeflateStream", "deflate-raw", "inflateRaw" and "gzinflate". */
const WORDS = ["eflate", "nflate"].map((word) => Buffer.from(word, "latin1"));
const MIN_BYTES = 16;
const MAX_SCRIPT_BYTES = 8 * 1024 * 1024;
const DETAIL = "zlib stream";
