/** Opens gzip (RFC 1952): every member, truncated ones too. */
import { latin1 } from "../../core/bytes.ts";
import { innerName } from "./archives/inner-name.ts";
import { StreamMembers } from "./archives/stream-members.ts";
import type { Extractor } from "./extractor.ts";
import { inflateRaw } from "./inflate.ts";

export const gzipExtractor: Extractor = {
  name: "gzip",
  isLayer: true,
  matches: ({ bytes }) => isMember(bytes, 0),
  extract({ bytes, name }, sink, budget) {
    const members = new StreamMembers(sink, budget, "gzip stream");
    let position = 0;
    while (isMember(bytes, position)) {
      const header = readHeader(bytes, position);
      if (header === undefined) break;
      const inner = header.name === "" ? innerName(name) : header.name;
      if (!members.begin(inner)) break;
      const inflated = inflateRaw(bytes.subarray(header.end), budget.outputBytes, declaredBytes(bytes));
      members.add(inner, inflated.bytes, inflated.consumed, inflated.end);
      if (inflated.end !== "whole") break;
      position = header.end + inflated.consumed + TRAILER_BYTES;
      // Tapes and some downloads pad with zeros between members; gzip skips them.
      while (bytes[position] === 0) position += 1;
    }
    members.finish();
  },
};

/** The two signature octets and deflate, the only method there is. */
function isMember(bytes: Buffer, position: number): boolean {
  return bytes[position] === 0x1f && bytes[position + 1] === 0x8b && bytes[position + 2] === 8;
}

/** What the trailer of a stream of one member says, which nearly all are. */
function declaredBytes(bytes: Buffer): number | undefined {
  return bytes.length < TRAILER_BYTES ? undefined : bytes.readUInt32LE(bytes.length - 4);
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
