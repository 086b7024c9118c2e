/** UTF-16 and UTF-32 in either byte order, told by their mark or by where their zeros are, in UTF-8. */
import { utf16 } from "../../../core/bytes.ts";

export interface WideCharset {
  /** Octets of one unit. */
  readonly unit: 2 | 4;
  readonly isBigEndian: boolean;
}

/** Undefined when the octets, at least four of them, do not look like either. */
export function identifyWideCharset(bytes: Buffer): WideCharset | undefined {
  const first = bytes.readUInt16BE(0);
  if (first === 0xfeff) return UTF16_BE;
  if (first === 0xfffe) return bytes.readUInt16BE(2) === 0 ? UTF32_LE : UTF16_LE;
  if (first === 0 && bytes.readUInt16BE(2) === 0xfeff) return UTF32_BE;
  let zero = bytes.indexOf(0);
  if (zero < 0) return undefined;
  // Places of the text, so that other writing at the beginning does not hide what comes after it.
  const step = Math.max(WINDOW_BYTES, Math.floor(bytes.length / WINDOWS / 4) * 4);
  let found: WideCharset | undefined;
  for (let start = 0; start < bytes.length; start += step) {
    const end = Math.min(bytes.length & ~1, start + WINDOW_BYTES);
    if (zero < start) zero = bytes.indexOf(0, start);
    if (zero < 0) break;
    // Most places of anything else have none.
    if (zero >= end) continue;
    found ??= byZeros(bytes, start, end);
    if (found !== undefined && start === 0) return found;
    // Programs and pictures have such places too, and zeros that no text has.
    if (found?.unit !== 4 && hasZeroUnit(bytes, start, end)) return undefined;
  }
  return found;
}

/** One octet a character where that holds all of them, else UTF-8. */
export function decodeWide(bytes: Buffer, { unit, isBigEndian }: WideCharset): Buffer {
  return unit === 2 ? decodeUtf16(bytes, isBigEndian) : decodeUtf32(bytes, isBigEndian);
}

/** Whether nearly all octets are zero where ASCII has zeros, and no others are. */
function byZeros(bytes: Buffer, start: number, end: number): WideCharset | undefined {
  const count = (end - start) >>> 1;
  if (count < MIN_UNITS) return undefined;
  const zeros: [number, number, number, number] = [0, 0, 0, 0];
  for (let position = start; position < end; position += 1) {
    if (bytes[position] === 0) zeros[((position - start) & 3) as 0 | 1 | 2 | 3] += 1;
  }
  const many = count * 0.5 * MANY;
  const few = count * 0.5 * FEW;
  const [a, b, c, d] = zeros;
  if (a < few && b > many && c < few && d > many) return UTF16_LE;
  if (a > many && b < few && c > many && d < few) return UTF16_BE;
  if (a < few && b > many && c > many && d > many) return UTF32_LE;
  return a > many && b > many && c > many && d < few ? UTF32_BE : undefined;
}

function hasZeroUnit(bytes: Buffer, start: number, end: number): boolean {
  for (let position = start; position + 1 < end; position += 2) {
    if (bytes[position] === 0 && bytes[position + 1] === 0) return true;
  }
  return false;
}

function decodeUtf16(bytes: Buffer, isBigEndian: boolean): Buffer {
  const even = bytes.subarray(0, bytes.length & ~1);
  const low = isBigEndian ? 1 : 0;
  const narrow = Buffer.allocUnsafe(even.length >>> 1);
  const mark = even.readUInt16BE(0);
  const start = mark === 0xfeff || mark === 0xfffe ? 2 : 0;
  let written = 0;
  for (let position = start; position < even.length; position += 2) {
    if (even[position + 1 - low] !== 0) {
      const units = isBigEndian ? Buffer.from(even.subarray(start)).swap16() : even.subarray(start);
      return Buffer.from(utf16(units), "utf8");
    }
    narrow[written] = even[position + low] ?? 0;
    written += 1;
  }
  return narrow.subarray(0, written);
}

function decodeUtf32(bytes: Buffer, isBigEndian: boolean): Buffer {
  const decoded = Buffer.allocUnsafe(bytes.length);
  let written = 0;
  for (let position = 0; position + 4 <= bytes.length; position += 4) {
    const code = isBigEndian ? bytes.readUInt32BE(position) : bytes.readUInt32LE(position);
    if (code < 0x80) {
      decoded[written] = code;
      written += 1;
    } else if (code <= 0x10ffff && code !== 0xfeff) {
      written += decoded.write(String.fromCodePoint(code), written, "utf8");
    }
  }
  return decoded.subarray(0, written);
}

const UTF16_LE: WideCharset = { unit: 2, isBigEndian: false };
const UTF16_BE: WideCharset = { unit: 2, isBigEndian: true };
const UTF32_LE: WideCharset = { unit: 4, isBigEndian: false };
const UTF32_BE: WideCharset = { unit: 4, isBigEndian: true };
const MIN_UNITS = 16;
const WINDOW_BYTES = 128;
const WINDOWS = 16;
const MANY = 0.75;
const FEW = 0.1;
