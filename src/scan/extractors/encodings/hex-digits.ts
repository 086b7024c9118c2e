/** Files as hexadecimal digits and nothing else. */
import { latin1 } from "../../../core/bytes.ts";

/** Whether `text` is nothing but hexadecimal digits and white space. Base64 is told from it by its first octets. */
export function isHex(text: Buffer): boolean {
  for (const byte of text) {
    if (!(byte <= 0x20 || isHexDigit(byte))) return false;
  }
  return true;
}

export function decodeHex(text: Buffer): Buffer {
  return Buffer.from(latin1(text).replace(/[\0-\x20]+/g, ""), "hex");
}

export function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}
