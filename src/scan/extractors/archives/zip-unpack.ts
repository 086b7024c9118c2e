/** Unpacks a member of a zip archive in the ways that its headers say, and where they lie in the way that fits. */
import { crc32 } from "node:zlib";
import { scanLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import { inflateRaw } from "../inflate.ts";
import type { ZipFields } from "../zip-records.ts";
import type { SevenZip } from "./seven-zip.ts";
import { unpackForeign } from "./zip-foreign.ts";
import { decodeZstdFrame, hasZstd, readZstdFrame } from "./zstd-frame.ts";

/** Octets that begin with a member's data, and what is said of them. */
export interface PackedMember {
  readonly bytes: Buffer;
  /** How long the data may be. */
  readonly lengths: readonly number[];
  readonly headers: readonly Pick<ZipFields, "crc" | "size" | "flags">[];
  readonly methods: ReadonlySet<number>;
}

/** One way to read a member's data. */
export interface Unpacked {
  readonly bytes: Buffer;
  /** Octets of the archive that it takes. */
  readonly packedBytes: number;
  /** The checksum that one of the headers gives is that of these octets. */
  readonly isProven: boolean;
  readonly isStored: boolean;
  readonly problem: "limit-bytes" | "damaged" | undefined;
  /** So much of so little is an alarm. */
  readonly isExcessive: boolean;
}

export class ZipUnpacker {
  readonly #budget: Budget;
  readonly #sevenZip: SevenZip | undefined;

  constructor(budget: Budget, sevenZip: SevenZip | undefined) {
    this.#budget = budget;
    this.#sevenZip = sevenZip;
  }

  /** The readings until one is proven, which is then the only one. Deflate is the last way of all: data that are called
   *  stored or packed in some other way may be that. */
  unpack(member: PackedMember): Unpacked[] {
    const readings: Unpacked[] = [];
    for (const method of [...member.methods, GUESSED]) {
      if (method === GUESSED && (member.methods.has(DEFLATED) || member.lengths.length === 0)) continue;
      for (const reading of this.#by(method, member)) {
        if (reading.isProven) return [reading];
        // What nobody calls deflate and does not decode as such is no damage.
        if (method !== GUESSED || reading.problem !== "damaged") readings.push(reading);
      }
    }
    return readings;
  }

  *#by(method: number, member: PackedMember): Generator<Unpacked> {
    if (method === STORED) yield* this.#stored(member);
    else if (method === DEFLATED || method === GUESSED) yield this.#deflated(member);
    else if (ZSTD.has(method)) yield* this.#zstd(member);
    else yield* this.#foreign(method, member);
  }

  *#stored({ bytes, lengths, headers }: PackedMember): Generator<Unpacked> {
    for (const length of lengths) {
      const packedBytes = Math.min(bytes.length, length);
      const stored = bytes.subarray(0, Math.min(packedBytes, this.#budget.outputBytes));
      const problem = stored.length < packedBytes ? "limit-bytes" : undefined;
      yield {
        bytes: stored,
        packedBytes,
        isProven: isProven(stored, headers),
        isStored: true,
        isExcessive: false,
        problem,
      };
    }
  }

  /** The stream ends itself: no header's length is needed. */
  #deflated({ bytes, headers }: PackedMember): Unpacked {
    const declared = headers.reduce((most, { size }) => Math.max(most, size), 0);
    const { bytes: inflated, consumed, end } = inflateRaw(bytes, this.#budget.outputBytes, declared);
    return this.#unpacked(inflated, consumed, end === "capped" ? "limit-bytes" : PROBLEMS[end], headers);
  }

  *#zstd({ bytes, headers }: PackedMember): Generator<Unpacked> {
    const frame = readZstdFrame(bytes, 0);
    if (!hasZstd || frame === undefined) return;
    const { bytes: decoded, end } = decodeZstdFrame(bytes, frame, this.#budget.outputBytes);
    yield this.#unpacked(decoded, frame.end, end === "capped" ? "limit-bytes" : PROBLEMS[end], headers);
  }

  *#foreign(method: number, { bytes, lengths, headers }: PackedMember): Generator<Unpacked> {
    for (const length of lengths) {
      const packed = bytes.subarray(0, length);
      for (const { size, flags } of distinct(headers)) {
        const unpacked = unpackForeign({ method, packed, size, flags }, this.#budget, this.#sevenZip);
        if (unpacked === undefined) continue;
        const reading = this.#unpacked(unpacked.bytes, packed.length, unpacked.problem, headers);
        yield reading;
        if (reading.isProven) return;
      }
    }
  }

  #unpacked(
    bytes: Buffer,
    packedBytes: number,
    problem: Unpacked["problem"],
    headers: PackedMember["headers"],
  ): Unpacked {
    return {
      bytes,
      packedBytes,
      isProven: isProven(bytes, headers),
      isStored: false,
      problem,
      isExcessive: this.#budget.isExcessive(packedBytes, bytes.length, scanLimits.ratioFloorBytes),
    };
  }
}

/** Headers that say the same of the unpacked data count once. */
function distinct(headers: PackedMember["headers"]): readonly { size: number; flags: number }[] {
  return [...new Map(headers.map(({ size, flags }) => [`${size} ${flags & PACKING_FLAGS}`, { size, flags }])).values()];
}

/** With a data descriptor the local header's checksum is 0: it proves nothing. */
function isProven(bytes: Buffer, headers: readonly { crc: number }[]): boolean {
  if (bytes.length === 0) return false;
  const crc = crc32(bytes);
  return headers.some((header) => header.crc !== 0 && header.crc === crc);
}

export const STORED = 0;
export const DEFLATED = 8;
const GUESSED = -1;
/** The method's number since 2020 and the one before. */
const ZSTD: ReadonlySet<number> = new Set([93, 20]);
const PROBLEMS = { whole: undefined, damaged: "damaged" } as const;
/** Bits 1 and 2: the dictionary of implode, the end mark of LZMA. */
const PACKING_FLAGS = 6;
