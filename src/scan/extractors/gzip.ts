/** Opens gzip (RFC 1952): every member, truncated ones too. */
import { latin1 } from "../../core/bytes.ts";
import { scanLimits } from "../../core/limits.ts";
import type { Extractor } from "./extractor.ts";
import { inflateRaw } from "./inflate.ts";

export const gzipExtractor: Extractor = {
  name: "gzip",
  matches: ({ bytes }) => isMember(bytes, 0),
  extract({ bytes, name }, sink, budget) {
    let position = 0;
    while (isMember(bytes, position)) {
      if (!budget.takeEntry()) {
        sink.reason("limit-entries", `more than ${budget.options.entries} entries`);
        return;
      }
      const header = readHeader(bytes, position);
      if (header === undefined || budget.isOutOfTime()) return;
      const inner = header.name === "" ? name.replace(/\.(?:gz|tgz)$/i, "") : header.name;
      const inflated = inflateRaw(bytes.subarray(header.end), budget.outputBytes);
      if (budget.isExcessive(inflated.consumed, inflated.bytes.length, scanLimits.ratioFloorBytes)) {
        sink.reason("limit-ratio", inner);
      }
      if (inflated.end === "capped") sink.reason("limit-bytes", inner);
      if (inflated.end === "damaged") sink.reason("damaged", inner);
      budget.takeOutput(inflated.bytes.length);
      sink.entry(inner, inflated.bytes);
      if (inflated.end !== "whole") return;
      position = header.end + inflated.consumed + TRAILER_BYTES;
    }
  },
};

/** The two signature octets and deflate, the only method there is. */
function isMember(bytes: Buffer, position: number): boolean {
  return bytes[position] === 0x1f && bytes[position + 1] === 0x8b && bytes[position + 2] === 8;
}

function readHeader(bytes: Buffer, position: number): { name: string; end: number } | undefined {
  const flags = bytes[position + 3] ?? 0;
  let end = position + 10;
  if ((flags & HAS_EXTRA) !== 0) {
    if (end + 2 > bytes.length) return undefined;
    end += 2 + bytes.readUInt16LE(end);
  }
  let name = "";
  if ((flags & HAS_NAME) !== 0) {
    const zero = bytes.indexOf(0, end);
    if (zero < 0) return undefined;
    name = latin1(bytes, end, Math.min(zero, end + 255));
    end = zero + 1;
  }
  if ((flags & HAS_COMMENT) !== 0) {
    const zero = bytes.indexOf(0, end);
    if (zero < 0) return undefined;
    end = zero + 1;
  }
  if ((flags & HAS_HEADER_CHECKSUM) !== 0) end += 2;
  return end > bytes.length ? undefined : { name, end };
}

const HAS_HEADER_CHECKSUM = 2;
const HAS_EXTRA = 4;
const HAS_NAME = 8;
const HAS_COMMENT = 16;
const TRAILER_BYTES = 8;
