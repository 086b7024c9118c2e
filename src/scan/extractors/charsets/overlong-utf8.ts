/** UTF-8 with ASCII in more octets than it needs (forbidden since RFC 3629): readers that decode it all the same see
 *  text that is not in the octets. */
import { isUtf8 } from "node:buffer";

/** Whether `text` is UTF-8 but for such forms. */
export function hasOverlongUtf8(text: Buffer): boolean {
  return !isUtf8(text) && LEADS.some((lead) => text.indexOf(lead) >= 0) && decodeOverlongUtf8(text).length > 0;
}

/** The text with such forms decoded; nothing when there are none, or other octets that are no UTF-8. */
export function decodeOverlongUtf8(text: Buffer): Buffer[] {
  const decoded = Buffer.allocUnsafe(text.length);
  let written = 0;
  let count = 0;
  let position = 0;
  while (position < text.length) {
    const byte = text[position] ?? 0;
    const length = byte < 0x80 ? 1 : sequenceLength(text, position, byte);
    if (length === 0) return [];
    const ascii = overlongAscii(text, position, length);
    if (ascii < 0) {
      text.copy(decoded, written, position, position + length);
      written += length;
    } else {
      decoded[written] = ascii;
      written += 1;
      count += 1;
    }
    position += length;
  }
  return count === 0 ? [] : [decoded.subarray(0, written)];
}

/** 0 when it is none. */
function sequenceLength(text: Buffer, position: number, lead: number): number {
  const length = lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 0;
  for (let index = 1; index < length; index += 1) {
    if (((text[position + index] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function overlongAscii(text: Buffer, position: number, length: number): number {
  if (length < 2) return -1;
  let value = (text[position] ?? 0) & (0xff >>> (length + 1));
  for (let index = 1; index < length; index += 1) value = (value << 6) | ((text[position + index] ?? 0) & 0x3f);
  return value < 0x80 ? value : -1;
}

const LEADS = ["c0", "c1", "e080", "e081", "f08080", "f08081"].map((lead) => Buffer.from(lead, "hex"));
