/** Opens ActiveMime, the compressed compound file with the macros of documents that Office saves as web pages or XML. */
import { latin1 } from "../../../core/bytes.ts";
import { scanLimits } from "../../../core/scan-limits.ts";
import type { Extractor } from "../extractor.ts";
import { inflateRaw } from "../inflate.ts";

export const activeMimeExtractor: Extractor = {
  name: "active-mime",
  isLayer: true,
  matches: ({ bytes }) => bytes[0] === 0x41 && latin1(bytes, 0, 10) === "ActiveMime",
  extract({ bytes }, sink, budget) {
    for (const start of streamPositions(bytes)) {
      const { bytes: content, consumed, end } = inflateRaw(bytes.subarray(start + 2), budget.outputBytes);
      if (end === "damaged" && content.length < MIN_CONTENT_BYTES) continue;
      if (budget.isExcessive(consumed, content.length, scanLimits.ratioFloorBytes))
        sink.reason("limit-ratio", "ActiveMime");
      if (end === "capped") sink.reason("limit-bytes", "ActiveMime");
      budget.takeOutput(content.length);
      sink.entry("", content);
      return;
    }
    sink.reason("damaged", "ActiveMime");
  },
};

/** Where the header says that the zlib stream begins, and then wherever one may. */
function streamPositions(bytes: Buffer): number[] {
  const stated = bytes.length < HEADER_BYTES ? -1 : bytes.readUInt16LE(30) + 46;
  const positions = [stated];
  let position = bytes.indexOf(ZLIB, 12);
  while (position >= 0 && position < MAX_HEADER_BYTES) {
    positions.push(position);
    position = bytes.indexOf(ZLIB, position + 1);
  }
  return positions.filter((start) => bytes[start] === ZLIB);
}

/** The usual first octet of zlib's header. */
const ZLIB = 0x78;
const HEADER_BYTES = 32;
const MAX_HEADER_BYTES = 128;
const MIN_CONTENT_BYTES = 64;
