/** The filters of PDF that write octets as text (ISO 32000-2 §7.4.2, §7.4.3), and run lengths (§7.4.5). What does not
 *  belong in the text is skipped. */
import type { Decoded } from "./pdf-filters.ts";
import { decodeHex } from "./pdf-string.ts";

export function decodeAsciiHex(input: Buffer): Decoded {
  const end = input.indexOf(GREATER);
  return { bytes: decodeHex(input, 0, end < 0 ? input.length : end), hasEnded: end >= 0 };
}

export function decodeAscii85(input: Buffer, maxBytes: number): Decoded {
  // Some writers put the mark in front that PostScript has there.
  let position = firstNonBlank(input);
  if (input[position] === LESS && input[position + 1] === TILDE) position += 2;
  const mark = input.indexOf(TILDE, position);
  const end = mark < 0 ? input.length : mark;
  const out = Buffer.allocUnsafe(Math.min(maxBytes, (end - position) * 4 + 4));
  let written = 0;
  let group = 0;
  let count = 0;
  while (position < end && written + 4 <= out.length) {
    const octet = input[position] ?? 0;
    position += 1;
    if (octet === ZED && count === 0) written = out.writeUInt32BE(0, written);
    else if (octet >= FIRST_DIGIT && octet <= LAST_DIGIT) {
      group = group * 85 + octet - FIRST_DIGIT;
      count += 1;
      if (count < 5) continue;
      written = out.writeUInt32BE(group >>> 0, written);
      group = 0;
      count = 0;
    }
  }
  if (position < end) return { bytes: out.subarray(0, written), hasEnded: false, problem: "limit-bytes" };
  written = writeLastGroup(out, written, group, count);
  return { bytes: out.subarray(0, written), hasEnded: mark >= 0 };
}

/** A group of n + 1 digits stands for n octets. */
function writeLastGroup(out: Buffer, start: number, group: number, count: number): number {
  let value = group;
  let written = start;
  for (let digits = count; digits > 0 && digits < 5; digits += 1) value = value * 85 + 84;
  for (let index = 0; index < count - 1 && written < out.length; index += 1) {
    out[written] = Math.floor(value / 2 ** (24 - 8 * index)) & 0xff;
    written += 1;
  }
  return written;
}

export function decodeRunLength(input: Buffer, maxBytes: number): Decoded {
  const wholeBytes = runLengthBytes(input);
  const total = Math.min(maxBytes, wholeBytes);
  const out = Buffer.allocUnsafe(total);
  let written = 0;
  let position = 0;
  while (position < input.length && written < total) {
    const length = input[position] ?? 0;
    if (length === END_OF_RUNS) break;
    const next = position + 1;
    if (length < END_OF_RUNS) {
      written += input.copy(out, written, next, Math.min(input.length, next + length + 1));
      position = next + length + 1;
    } else {
      const end = Math.min(total, written + 257 - length);
      out.fill(input[next] ?? 0, written, end);
      written = end;
      position = next + 1;
    }
  }
  if (total < wholeBytes) return { bytes: out.subarray(0, written), hasEnded: false, problem: "limit-bytes" };
  return { bytes: out.subarray(0, written), hasEnded: input[position] === END_OF_RUNS };
}

function runLengthBytes(input: Buffer): number {
  let total = 0;
  let position = 0;
  while (position < input.length) {
    const length = input[position] ?? 0;
    if (length === END_OF_RUNS) return total;
    if (length < END_OF_RUNS) {
      total += Math.min(length + 1, input.length - position - 1);
      position += length + 2;
    } else {
      total += 257 - length;
      position += 2;
    }
  }
  return total;
}

function firstNonBlank(input: Buffer): number {
  let position = 0;
  while (position < input.length && (input[position] ?? 0) <= 0x20) position += 1;
  return position;
}

const GREATER = 0x3e;
const LESS = 0x3c;
const TILDE = 0x7e;
const ZED = 0x7a;
const FIRST_DIGIT = 0x21;
const LAST_DIGIT = 0x75;
const END_OF_RUNS = 128;
