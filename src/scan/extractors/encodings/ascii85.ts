/** Ascii85 between `<~` and `~>`, as Adobe's tools and `btoa` write it. */

export interface Ascii85Piece {
  readonly bytes: Buffer;
  readonly end: number;
}

export function mayHoldAscii85(text: Buffer): boolean {
  return text.indexOf(BEGIN) >= 0;
}

/** The next piece at or after `from`; a missing end ends nothing. */
export function findAscii85(text: Buffer, from: number): Ascii85Piece | undefined {
  for (let begin = text.indexOf(BEGIN, from); begin >= 0; begin = text.indexOf(BEGIN, begin + BEGIN.length)) {
    const end = digitsEnd(text, begin + BEGIN.length);
    if (end - begin >= MIN_BYTES) return { bytes: decode(text.subarray(begin + BEGIN.length, end)), end };
  }
  return undefined;
}

function digitsEnd(text: Buffer, start: number): number {
  let end = start;
  while (end < text.length) {
    const byte = text[end] ?? 0;
    if (!(byte <= LAST_DIGIT || byte === ZEROS || byte === SPACES) || byte === 0) break;
    end += 1;
  }
  return end;
}

function decode(text: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(text.length * 4 + 4);
  let written = 0;
  let value = 0;
  let digits = 0;
  for (const byte of text) {
    if (byte <= 0x20) continue;
    if (byte > LAST_DIGIT) {
      // Four zeros or four spaces in one digit, between groups only.
      if (digits === 0) written = decoded.writeUInt32BE(byte === ZEROS ? 0 : 0x20202020, written);
      continue;
    }
    value = value * 85 + byte - FIRST_DIGIT;
    digits += 1;
    if (digits < 5) continue;
    written = decoded.writeUInt32BE(value % 2 ** 32, written);
    value = 0;
    digits = 0;
  }
  if (digits < 2) return decoded.subarray(0, written);
  for (let missing = digits; missing < 5; missing += 1) value = value * 85 + 84;
  decoded.writeUInt32BE(value % 2 ** 32, written);
  return decoded.subarray(0, written + digits - 1);
}

const BEGIN = Buffer.from("<~", "latin1");
const FIRST_DIGIT = 0x21;
const LAST_DIGIT = 0x75;
const ZEROS = 0x7a;
const SPACES = 0x79;
/** Shorter ones hold nothing. */
const MIN_BYTES = 32;
