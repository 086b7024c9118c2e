/** Takes out of text what nobody sees between its letters, so that words are as they are read. */
import { isAscii } from "node:buffer";

/** `text` in UTF-8 (or Latin-1) without soft hyphens, zero-width characters and direction marks; the same octets when it
 *  has none. */
export function withoutInvisible(text: Buffer): Buffer {
  if (isAscii(text) || !INVISIBLE.some((sequence) => text.indexOf(sequence) >= 0)) return text;
  const seen = Buffer.allocUnsafe(text.length);
  let written = 0;
  let position = 0;
  while (position < text.length) {
    const length = invisibleLength(text, position);
    if (length > 0) {
      position += length;
      continue;
    }
    seen[written] = text[position] ?? 0;
    written += 1;
    position += 1;
  }
  return seen.subarray(0, written);
}

function invisibleLength(text: Buffer, position: number): number {
  const byte = text[position] ?? 0;
  if (byte < 0xc2) return 0;
  if (byte === 0xc2) return text[position + 1] === 0xad ? 2 : 0;
  if (byte !== 0xe2 && byte !== 0xef) return 0;
  const second = text[position + 1];
  const third = text[position + 2] ?? 0;
  if (byte === 0xef) return second === 0xbb && third === 0xbf ? 3 : 0;
  if (second === 0x80) return (third >= 0x8b && third <= 0x8f) || (third >= 0xaa && third <= 0xae) ? 3 : 0;
  return second === 0x81 && third >= 0xa0 && third <= 0xa4 ? 3 : 0;
}

/** What all of them begin with, as far as it is rare in other text. */
const INVISIBLE = [
  "c2ad",
  ...["8b", "8c", "8d", "8e", "8f", "aa", "ab", "ac", "ad", "ae"].map((last) => `e280${last}`),
  "e281a",
  "efbbbf",
].map((octets) => Buffer.from(octets.slice(0, octets.length & ~1), "hex"));
