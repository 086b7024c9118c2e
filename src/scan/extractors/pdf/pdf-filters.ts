/** The filters of PDF streams (ISO 32000-2 §7.4), each with a cap on its output. */
import { inflateRaw } from "../inflate.ts";
import { salvageDeflate } from "../salvage-deflate.ts";
import { decodeLzw } from "./lzw.ts";
import { entryOf, type PdfDictionary, type PdfValue } from "./pdf-value.ts";
import { undoPredictor } from "./predictor.ts";
import { decodeAscii85, decodeAsciiHex, decodeRunLength } from "./text-filters.ts";

export interface Decoded {
  readonly bytes: Buffer;
  /** The data themselves say that they end here. */
  readonly hasEnded: boolean;
  readonly problem?: "damaged" | "limit-bytes";
}

export interface Filter {
  readonly name: string;
  readonly parameters: PdfDictionary | undefined;
}

/** `picture`: what follows is the file of a picture, looked at as it is. */
export type FilterKind = "flate" | "lzw" | "ascii-85" | "ascii-hex" | "run-length" | "crypt" | "picture" | "unknown";

export function filterKind(name: string): FilterKind {
  return KINDS.get(name) ?? "unknown";
}

export interface FilterContext {
  /** The most that may come out. */
  readonly maxBytes: number;
  /** Of a value or of what it refers to. */
  readonly numberOf: (value: PdfValue | undefined) => number | undefined;
  /** Most data so far were none: they are not given to zlib, whose refusals are slow. */
  readonly isDoubtful: boolean;
}

/** Decodes by one filter. Undefined for what is not decoded. */
export function decodeFilter(
  filter: Filter,
  input: Buffer,
  { maxBytes, numberOf, isDoubtful }: FilterContext,
): Decoded | undefined {
  const parameter = (key: string, otherwise: number): number =>
    (filter.parameters === undefined ? undefined : numberOf(entryOf(filter.parameters, key))) ?? otherwise;
  const unpredicted = (decoded: Decoded): Decoded => {
    const predictor = parameter("Predictor", 1);
    if (predictor < 2) return decoded;
    const [colors, bits, columns] = [parameter("Colors", 1), parameter("BitsPerComponent", 8), parameter("Columns", 1)];
    return { ...decoded, bytes: undoPredictor(decoded.bytes, { predictor, colors, bits, columns }) };
  };
  const kind = filterKind(filter.name);
  switch (kind) {
    case "flate":
      return unpredicted(decodeFlate(input, maxBytes, isDoubtful));
    case "lzw":
      return unpredicted(decodeLzw(input, maxBytes, parameter("EarlyChange", 1) !== 0));
    case "ascii-85":
      return decodeAscii85(input, maxBytes);
    case "ascii-hex":
      return decodeAsciiHex(input);
    case "run-length":
      return decodeRunLength(input, maxBytes);
    case "crypt":
    case "picture":
    case "unknown":
      return undefined;
    default:
      return kind satisfies never;
  }
}

/** Deflate with the header of zlib (RFC 1950), without it, or a little later: viewers differ in where data begin.
 *  `isDoubtful` as in `FilterContext`. */
export function decodeFlate(input: Buffer, maxBytes: number, isDoubtful = false): Decoded {
  let best: Decoded | undefined;
  for (const start of flateStarts(input)) {
    const inflate = isDoubtful ? salvageDeflate : inflateRaw;
    const { bytes, consumed, end } = inflate(input.subarray(start), maxBytes);
    // The checksum that follows is not consumed.
    const hasEnded = end === "whole" && consumed < input.length - start;
    const problem = end === "damaged" ? "damaged" : end === "capped" ? "limit-bytes" : undefined;
    const decoded: Decoded = { bytes, hasEnded, ...(problem === undefined ? {} : { problem }) };
    if (problem !== "damaged" && bytes.length > 0) return decoded;
    if (best === undefined || bytes.length > best.bytes.length) best = decoded;
  }
  return best ?? { bytes: NOTHING, hasEnded: false };
}

function flateStarts(input: Buffer): number[] {
  if (hasZlibHeader(input, 0)) return [2];
  let blank = 0;
  while (blank < MAX_BLANKS && BLANKS.has(input[blank] ?? 0)) blank += 1;
  return hasZlibHeader(input, blank) ? [blank + 2] : [0, 2];
}

/** RFC 1950 §2.2. */
export function hasZlibHeader(input: Buffer, at: number): boolean {
  const [method, flags] = [input[at] ?? 0, input[at + 1] ?? 0];
  return (method & 15) === 8 && method >> 4 <= 7 && (method * 256 + flags) % 31 === 0;
}

const KINDS: ReadonlyMap<string, FilterKind> = new Map([
  ["FlateDecode", "flate"],
  ["Fl", "flate"],
  ["LZWDecode", "lzw"],
  ["LZW", "lzw"],
  ["ASCII85Decode", "ascii-85"],
  ["A85", "ascii-85"],
  ["ASCIIHexDecode", "ascii-hex"],
  ["AHx", "ascii-hex"],
  ["RunLengthDecode", "run-length"],
  ["RL", "run-length"],
  ["Crypt", "crypt"],
  ["DCTDecode", "picture"],
  ["DCT", "picture"],
  ["JPXDecode", "picture"],
  ["JBIG2Decode", "picture"],
  ["CCITTFaxDecode", "picture"],
  ["CCF", "picture"],
]);
const NOTHING = Buffer.alloc(0);
const BLANKS: ReadonlySet<number> = new Set([0x0a, 0x0d, 0x20]);
const MAX_BLANKS = 4;
