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
  // Before it stand a checksum, a size, a type and flags.
  if (bytes[ACE_OFFSET] === ACE[0] && bytes.subarray(ACE_OFFSET, ACE_OFFSET + ACE.length).equals(ACE)) {
    return { code: "unsupported", label: "ACE archive" };
  }
  return undefined;
}

const ACE = Buffer.from("**ACE**", "latin1");
const ACE_OFFSET = 7;

const MAGICS = [
  { label: "ALZip archive", magic: Buffer.from("414c5a01", "hex") },
  { label: "EGG archive", magic: Buffer.from("45474741000100", "hex") },
  { label: "RAR archive of version 1", magic: Buffer.from("52457e5e", "hex") },
  { label: "StuffIt archive", magic: Buffer.from("StuffIt (c)", "latin1") },
  { label: "StuffIt archive", magic: Buffer.from("SIT!\0", "latin1") },
  { label: "LZO file", magic: Buffer.from("894c5a4f000d0a1a0a", "hex") },
  { label: "KWAJ file", magic: Buffer.from("4b57414a88f027d1", "hex") },
  { label: "PowerISO image", magic: Buffer.from("DAA\0\0\0\0\0", "latin1") },
  { label: "ISZ image", magic: Buffer.from("IsZ!", "latin1") },
] as const;
