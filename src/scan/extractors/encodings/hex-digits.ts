/** Files as hexadecimal digits and nothing else. */
import { latin1 } from "../../../core/bytes.ts";

/** What the hexadecimal digits that `text` begins with stand for, white space between them; undefined when they are
 *  few. Base64 is told from them by its first octets. */
export function decodeHexDigits(text: Buffer): Buffer | undefined {
  let end = 0;
  while (end < text.length && ((text[end] ?? 0) <= 0x20 || isHexDigit(text[end]))) end += 1;
  return end < MIN_DIGITS ? undefined : Buffer.from(latin1(text, 0, end).replace(/[\0-\x20]+/g, ""), "hex");
}

export function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

const MIN_DIGITS = 32;
