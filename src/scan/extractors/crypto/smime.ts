/** Opens S/MIME (RFC 8551): signed and compressed data; names what is encrypted. */
import { scanLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import type { Extractor, ExtractorSink } from "../extractor.ts";
import { inflateRaw } from "../inflate.ts";
import { readCms } from "./cms.ts";

export const smimeExtractor: Extractor = {
  name: "smime",
  mayMatch: (_, { bytes }) => bytes[0] === 0x30,
  matches: ({ bytes }) => bytes[0] === 0x30 && readCms(bytes) !== undefined,
  extract({ bytes }, sink, budget) {
    const content = readCms(bytes);
    switch (content?.kind) {
      case "content":
        if (!budget.takeEntry()) sink.reason("limit-entries", `more than ${budget.options.entries} entries`);
        else if (content.bytes.length < bytes.length) sink.entry("", content.bytes);
        break;
      case "compressed":
        inflate(content.bytes, sink, budget);
        break;
      case "encrypted":
        sink.reason("encrypted", `S/MIME ${content.type}`);
        break;
      case "empty":
      case undefined:
        break;
    }
  },
};

/** RFC 3274: zlib is the only method that there is. */
function inflate(packed: Buffer, sink: ExtractorSink, budget: Budget): void {
  if (!budget.takeEntry()) {
    sink.reason("limit-entries", `more than ${budget.options.entries} entries`);
    return;
  }
  if (((packed[0] ?? 0) & 0x0f) !== DEFLATE) {
    sink.reason("unsupported", "S/MIME compressed data");
    return;
  }
  const { bytes, consumed, end } = inflateRaw(packed.subarray(ZLIB_HEADER_BYTES), budget.outputBytes);
  if (budget.isExcessive(consumed, bytes.length, scanLimits.ratioFloorBytes)) sink.reason("limit-ratio", DETAIL);
  if (end === "capped") sink.reason("limit-bytes", DETAIL);
  if (end === "damaged") sink.reason("damaged", DETAIL);
  budget.takeOutput(bytes.length);
  sink.entry("", bytes);
}

const DEFLATE = 8;
const ZLIB_HEADER_BYTES = 2;
const DETAIL = "S/MIME compressed data";
