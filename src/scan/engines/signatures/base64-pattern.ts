/** Whether a pattern can be found in text that is nothing but base64: most cannot, and are not looked for there. */
import { isBase64Character } from "../../../mime/base64.ts";
import type { HexPattern } from "./hex-pattern.ts";
import { isOctetOf, KIND_MASK, SET_CODE } from "./pattern-codes.ts";

export function isBase64Pattern({ parts, sets }: HexPattern): boolean {
  return parts.every((part) => {
    if (part.kind === "octets") return isPossible(part.codes, sets);
    return part.isNegated || part.strings.some((codes) => isPossible(codes, sets));
  });
}

function isPossible(codes: readonly number[], sets: readonly Uint8Array[]): boolean {
  return codes.every((code) => OCTETS.some((octet) => isOctet(code, octet, sets)));
}

function isOctet(code: number, octet: number, sets: readonly Uint8Array[]): boolean {
  if ((code & KIND_MASK) !== SET_CODE) return isOctetOf(code, octet);
  return (((sets[code & 0xff]?.[octet >>> 3] ?? 0) >>> (octet & 7)) & 1) === 1;
}

/** Of base64 text with its line ends. */
const OCTETS = Array.from({ length: 256 }, (_, octet) => octet).filter(
  (octet) => isBase64Character(octet) || octet === 0x0a || octet === 0x0d,
);
