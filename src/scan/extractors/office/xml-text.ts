/** The text of an XML part. Office writes UTF-8 and reads UTF-16 as well, so that is one more way to hide. */
import { latin1, utf16 } from "../../../core/bytes.ts";

/** Whether the octets begin as XML does, in any encoding that Office reads. */
export function beginsAsXml(bytes: Buffer): boolean {
  return xmlStart(bytes) !== undefined;
}

/** One character per octet, or the characters of UTF-16; at most `maxBytes` of the octets. */
export function xmlText(bytes: Buffer, maxBytes: number): string {
  const start = xmlStart(bytes);
  const end = Math.min(bytes.length, maxBytes);
  if (start === undefined) return "";
  if (start.zero < 0) return latin1(bytes, start.position, end);
  const text = bytes.subarray(start.position, start.position + ((end - start.position) & ~1));
  return utf16(start.zero === 0 ? Buffer.from(text).swap16() : text);
}

/** Where the first "<" is, and on which side of it the zero of UTF-16, if there is one. */
function xmlStart(bytes: Buffer): { position: number; zero: -1 | 0 | 1 } | undefined {
  let position = 0;
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) position = 3;
  else if ((bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0xff && bytes[1] === 0xfe)) position = 2;
  const isWideBig = bytes[position] === 0 && isSpaceOrLess(bytes[position + 1]);
  const isWideLittle = bytes[position + 1] === 0 && isSpaceOrLess(bytes[position]);
  const step = isWideBig || isWideLittle ? 2 : 1;
  const from = position;
  const skew = isWideBig ? 1 : 0;
  while (position < from + MAX_SPACE_BYTES && isSpace(bytes[position + skew])) position += step;
  if (bytes[position + skew] !== LESS) return undefined;
  return { position, zero: isWideBig ? 0 : isWideLittle ? 1 : -1 };
}

function isSpaceOrLess(octet: number | undefined): boolean {
  return octet === LESS || isSpace(octet);
}

function isSpace(octet: number | undefined): boolean {
  return octet === 0x20 || octet === 0x09 || octet === 0x0a || octet === 0x0d;
}

const LESS = 0x3c;
const MAX_SPACE_BYTES = 512;
