/** Containers that are known and can not be opened: named as such, so that nobody takes them for clean. */
import type { ReasonCode } from "../../core/model.ts";
import type { Content } from "../engine.ts";
import type { Extractor } from "./extractor.ts";

export const opaqueExtractor: Extractor = {
  name: "opaque",
  matches: (content) => identify(content) !== undefined,
  extract(content, sink) {
    const found = identify(content);
    if (found !== undefined) sink.reason(found.code, found.label);
  },
};

interface Opaque {
  readonly code: ReasonCode;
  readonly label: string;
}

function identify({ bytes }: Content): Opaque | undefined {
  for (const { magic, label } of MAGICS) {
    // The first octet alone rules out nearly everything.
    if (bytes[0] === magic[0] && bytes.subarray(0, magic.length).equals(magic)) return { code: "unsupported", label };
  }
  const isEnveloped = bytes[0] === DER_SEQUENCE && bytes.subarray(0, CMS_HEAD_BYTES).indexOf(ENVELOPED_DATA) >= 0;
  return isEnveloped ? { code: "encrypted", label: "S/MIME enveloped data" } : undefined;
}

const MAGICS = [
  { label: "7z archive", magic: Buffer.from("377abcaf271c", "hex") },
  { label: "RAR archive", magic: Buffer.from("526172211a07", "hex") },
  { label: "xz stream", magic: Buffer.from("fd377a585a00", "hex") },
  { label: "Zstandard stream", magic: Buffer.from("28b52ffd", "hex") },
  // "BZh", a level, and the first block's magic: pi.
  ...[..."123456789"].map((level) => ({
    label: "bzip2 stream",
    magic: Buffer.concat([Buffer.from(`BZh${level}`, "latin1"), Buffer.from("314159265359", "hex")]),
  })),
  { label: "Cabinet archive", magic: Buffer.from("4d53434600000000", "hex") },
  { label: "lzip stream", magic: Buffer.from("4c5a495001", "hex") },
] as const;

/** CMS (RFC 5652): 1.2.840.113549.1.7.3 near the beginning of a SEQUENCE. */
const ENVELOPED_DATA = Buffer.from("06092a864886f70d010703", "hex");
const DER_SEQUENCE = 0x30;
const CMS_HEAD_BYTES = 32;
