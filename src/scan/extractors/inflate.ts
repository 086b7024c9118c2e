/** Deflate (RFC 1951) with a cap on the output that loses nothing: zlib's `maxOutputLength` and its data errors throw
 *  all output away, so what zlib refuses is decoded once more by our own inflater, which keeps what it has. */
import { constants, inflateRawSync } from "node:zlib";
import { salvageDeflate } from "./salvage-deflate.ts";

export interface Inflated {
  readonly bytes: Buffer;
  /** Octets of the input that were used; where the stream ends when it is whole. */
  readonly consumed: number;
  /** `capped`: there was more than the cap. `damaged`: from here on it is no deflate. A stream that merely breaks off
   *  is `whole`: there is no more of it. */
  readonly end: "whole" | "capped" | "damaged";
}

/** Decodes the stream at the start of `input`; at most `maxBytes` of output. `declaredBytes`, when something says how
 *  much comes out, saves time and memory and changes nothing else. */
export function inflateRaw(input: Buffer, maxBytes: number, declaredBytes?: number): Inflated {
  if (input.length === 0 || maxBytes <= 0)
    return { bytes: NOTHING, consumed: 0, end: maxBytes <= 0 ? "capped" : "whole" };
  const expected = isPossible(input, declaredBytes) ? declaredBytes : undefined;
  // What zlib would make of it before it refuses is as much memory again.
  if (expected !== undefined && expected > maxBytes) return salvageDeflate(input, maxBytes);
  try {
    const result: unknown = inflateRawSync(input, {
      info: true,
      maxOutputLength: maxBytes,
      finishFlush: constants.Z_SYNC_FLUSH,
      // One piece for all of it, and room for zlib to see that this was all.
      chunkSize: Math.max(chunkBytes(input), (expected ?? 0) + 1),
    });
    const { buffer, engine } = result as InflateResult;
    return { bytes: buffer, consumed: engine.bytesWritten, end: "whole" };
  } catch {
    return salvageDeflate(input, maxBytes);
  }
}

/** Whether deflate can make so much of so little at all. */
function isPossible(input: Buffer, declaredBytes: number | undefined): declaredBytes is number {
  return declaredBytes !== undefined && declaredBytes > 0 && declaredBytes <= input.length * MAX_RATIO;
}

function chunkBytes(input: Buffer): number {
  return Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, input.length * 4));
}

/** What `info: true` makes zlib return; @types/node does not know it. */
interface InflateResult {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

const NOTHING = Buffer.alloc(0);
/** 258 octets for two bits. */
const MAX_RATIO = 1032;
const MIN_CHUNK_BYTES = 1024;
/** Larger pieces are not faster. */
const MAX_CHUNK_BYTES = 256 * 1024;
