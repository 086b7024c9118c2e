/** Strings of PDF (ISO 32000-2 §7.3.4): what the octets between the parentheses or angle brackets stand for. */
import { CR, LF, utf16 } from "../../../core/bytes.ts";

export interface ReadString {
  readonly bytes: Buffer;
  readonly isVerbatim: boolean;
  /** Behind the closing delimiter. */
  readonly end: number;
}

/** Reads from behind the opening parenthesis; an open string ends at `limit`. */
export function readLiteralString(bytes: Buffer, start: number, limit: number): ReadString {
  let open = 1;
  let isVerbatim = true;
  let end = start;
  for (; end < limit; end += 1) {
    const octet = bytes[end];
    if (octet === BACKSLASH) {
      isVerbatim = false;
      end += 1;
    } else if (octet === OPEN) open += 1;
    else if (octet === CLOSE) {
      open -= 1;
      if (open === 0) break;
    } else if (octet === CR) isVerbatim = false;
  }
  const content = bytes.subarray(start, Math.min(end, limit));
  return { bytes: isVerbatim ? content : withoutEscapes(content), isVerbatim, end: Math.min(end + 1, limit) };
}

/** Reads from behind the opening angle bracket; whatever is no hexadecimal digit is skipped. */
export function readHexString(bytes: Buffer, start: number, limit: number): ReadString {
  const close = bytes.subarray(start, limit).indexOf(GREATER);
  const end = close < 0 ? limit : start + close;
  return { bytes: decodeHex(bytes, start, end), isVerbatim: false, end: Math.min(end + 1, limit) };
}

/** Pairs of hexadecimal digits; one that is left over counts as followed by 0. */
export function decodeHex(bytes: Buffer, start: number, end: number): Buffer {
  const out = Buffer.allocUnsafe((end - start + 1) >>> 1);
  let written = 0;
  let high = -1;
  for (let index = start; index < end; index += 1) {
    const digit = hexDigit(bytes[index] ?? 0);
    if (digit < 0) continue;
    if (high < 0) high = digit;
    else {
      out[written] = (high << 4) | digit;
      written += 1;
      high = -1;
    }
  }
  if (high >= 0) {
    out[written] = high << 4;
    written += 1;
  }
  return out.subarray(0, written);
}

/** A text string (§7.9.2.2) in UTF-8; what has no mark stays as it is. */
export function decodeTextString(bytes: Buffer): Buffer {
  const [first, second] = bytes;
  if (first === 0xfe && second === 0xff) {
    const swapped = Buffer.from(bytes.subarray(2, bytes.length & ~1));
    return Buffer.from(utf16(swapped.swap16()), "utf8");
  }
  if (first === 0xff && second === 0xfe) return Buffer.from(utf16(bytes, 2), "utf8");
  return first === 0xef && second === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function withoutEscapes(content: Buffer): Buffer {
  const out = Buffer.allocUnsafe(content.length);
  let written = 0;
  let index = 0;
  while (index < content.length) {
    const octet = content[index] ?? 0;
    index += 1;
    if (octet === CR) {
      if (content[index] === LF) index += 1;
      out[written] = LF;
      written += 1;
    } else if (octet !== BACKSLASH) {
      out[written] = octet;
      written += 1;
    } else if (index < content.length) {
      const { octet: value, length } = readEscape(content, index);
      index += length;
      if (value >= 0) {
        out[written] = value;
        written += 1;
      }
    }
  }
  return out.subarray(0, written);
}

/** What follows a backslash; -1 for a line end, which means nothing. */
function readEscape(content: Buffer, start: number): { octet: number; length: number } {
  const octet = content[start] ?? 0;
  if (octet === CR) return { octet: -1, length: content[start + 1] === LF ? 2 : 1 };
  if (octet === LF) return { octet: -1, length: 1 };
  let value = 0;
  let length = 0;
  while (length < 3) {
    const digit = (content[start + length] ?? 0) - ZERO;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
    length += 1;
  }
  return length > 0 ? { octet: value & 0xff, length } : { octet: ESCAPES.get(octet) ?? octet, length: 1 };
}

function hexDigit(octet: number): number {
  if (octet >= ZERO && octet <= 0x39) return octet - ZERO;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

const ESCAPES = new Map([
  [0x6e, LF],
  [0x72, CR],
  [0x74, 0x09],
  [0x62, 0x08],
  [0x66, 0x0c],
]);
const BACKSLASH = 0x5c;
const OPEN = 0x28;
const CLOSE = 0x29;
const GREATER = 0x3e;
const ZERO = 0x30;
