/** Percent-encoding (RFC 3986 §2.1), and the `%uXXXX` of `escape()`. */

/** What is no escape stays. */
export function decodePercents(text: Buffer): Buffer {
  let percent = text.indexOf(PERCENT);
  if (percent < 0) return text;
  const decoded = Buffer.allocUnsafe(text.length);
  let written = 0;
  let position = 0;
  while (percent >= 0) {
    written += text.copy(decoded, written, position, percent);
    position = percent;
    const isWide = ((text[percent + 1] ?? 0) | 0x20) === LOWER_U;
    const value = hexValue(text, percent + (isWide ? 2 : 1), isWide ? 4 : 2);
    if (value < 0) {
      decoded[written] = PERCENT;
      written += 1;
      position += 1;
    } else {
      // Characters up to U+00FF are octets to whoever makes files of them.
      if (value < 0x100) written = decoded.writeUInt8(value, written);
      else written += decoded.write(String.fromCharCode(value), written, "utf8");
      position += isWide ? 6 : 3;
    }
    percent = text.indexOf(PERCENT, position);
  }
  written += text.copy(decoded, written, position);
  return decoded.subarray(0, written);
}

function hexValue(text: Buffer, start: number, digits: number): number {
  let value = 0;
  for (let position = start; position < start + digits; position += 1) {
    const byte = text[position] ?? 0;
    const lower = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + byte - 0x30;
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57;
    else return -1;
  }
  return value;
}

const PERCENT = 0x25;
const LOWER_U = 0x75;
