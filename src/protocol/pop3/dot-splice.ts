/** Puts dots into octets or takes them out, at known places. A few are done by slicing; a text that is made of dots would
 *  become millions of slices, so many are done by one copy. */
import { DOT } from "../../core/bytes.ts";

/** Octets [start, end) without those at `dots`, which ascend. */
export function withoutDots(bytes: Buffer, start: number, end: number, dots: readonly number[]): Uint8Array[] {
  if (dots.length > MAX_SLICES) return [copyWithout(bytes, start, end, dots)];
  const pieces: Uint8Array[] = [];
  let at = start;
  for (const dot of dots) {
    if (dot > at) pieces.push(bytes.subarray(at, dot));
    at = dot + 1;
  }
  if (end > at) pieces.push(bytes.subarray(at, end));
  return pieces;
}

/** Octets [start, end) with a dot before each of those at `places`, which ascend. */
export function withDots(bytes: Buffer, start: number, end: number, places: readonly number[]): Uint8Array[] {
  if (places.length > MAX_SLICES) return [copyWith(bytes, start, end, places)];
  const pieces: Uint8Array[] = [];
  let at = start;
  for (const place of places) {
    if (place > at) pieces.push(bytes.subarray(at, place));
    pieces.push(ONE_DOT);
    at = place;
  }
  if (end > at) pieces.push(bytes.subarray(at, end));
  return pieces;
}

const MAX_SLICES = 16;
const ONE_DOT = Buffer.of(DOT);

function copyWithout(bytes: Buffer, start: number, end: number, dots: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(end - start - dots.length);
  let next = 0;
  let length = 0;
  for (let at = start; at < end; at += 1) {
    if (at === dots[next]) next += 1;
    else out[length++] = bytes[at] ?? 0;
  }
  return out;
}

function copyWith(bytes: Buffer, start: number, end: number, places: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(end - start + places.length);
  let next = 0;
  let length = 0;
  for (let at = start; at < end; at += 1) {
    if (at === places[next]) {
      out[length++] = DOT;
      next += 1;
    }
    out[length++] = bytes[at] ?? 0;
  }
  return out;
}
