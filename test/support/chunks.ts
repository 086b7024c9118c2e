/** Octets in pieces, as a network or a disk may give them. */

/** Copies of the pieces between `cuts`, which may be any numbers in any order. */
export function cutAt(bytes: Uint8Array, cuts: readonly number[]): Buffer[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((left, right) => left - right);
  const pieces: Buffer[] = [];
  let start = 0;
  for (const place of [...places, bytes.length]) {
    pieces.push(Buffer.from(bytes.subarray(start, place)));
    start = place;
  }
  return pieces;
}
