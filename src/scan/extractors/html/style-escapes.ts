/** Escapes of style sheets (CSS Syntax Level 3, 4.3.7): hexadecimal digits for a character, line ends for nothing. */
import { CR, LF, SPACE, TAB } from "../../../core/bytes.ts";
import { isHexDigit } from "../encodings/hex-digits.ts";

/** Undefined when there are none. Characters beyond Latin-1, of which no address consists, are left out. */
export function withoutStyleEscapes(style: Buffer): Buffer | undefined {
  let backslash = style.indexOf(BACKSLASH);
  if (backslash < 0) return undefined;
  const plain = Buffer.allocUnsafe(style.length);
  let written = 0;
  let position = 0;
  while (backslash >= 0) {
    written += style.copy(plain, written, position, backslash);
    let end = backslash + 1;
    while (end < backslash + 1 + MAX_DIGITS && isHexDigit(style[end])) end += 1;
    if (end > backslash + 1) {
      const code = Number.parseInt(style.toString("latin1", backslash + 1, end), 16);
      if (code <= 0xff) {
        plain[written] = code;
        written += 1;
      }
      // One blank belongs to it.
      if (isBlank(style[end])) end = afterBlank(style, end);
    } else if (style[end] === CR || style[end] === LF || style[end] === FORM_FEED) end = afterBlank(style, end);
    else {
      // The next character is itself, a backslash too.
      written += style.copy(plain, written, end, end + 1);
      end += 1;
    }
    position = end;
    backslash = style.indexOf(BACKSLASH, position);
  }
  written += style.copy(plain, written, position);
  return plain.subarray(0, written);
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CR || byte === LF || byte === FORM_FEED;
}

function afterBlank(style: Buffer, position: number): number {
  return style[position] === CR && style[position + 1] === LF ? position + 2 : position + 1;
}

const BACKSLASH = 0x5c;
const FORM_FEED = 0x0c;
const MAX_DIGITS = 6;
