/** Charsets that switch by escapes between ASCII and others: ISO 2022 (RFC 1468, 1554, 1557, 1922) and HZ (RFC 1843). An
 *  escape between two letters is not seen by readers, and hides the word from whoever looks at octets. */
import { CR, LF } from "../../../core/bytes.ts";

export function hasIso2022Escape(text: Buffer): boolean {
  for (let found = text.indexOf(ESCAPE); found >= 0; found = text.indexOf(ESCAPE, found + 1)) {
    if (escapeEnd(text, found) > found) return true;
  }
  return false;
}

export function withoutIso2022Escapes(text: Buffer): Buffer[] {
  return [without(text, ESCAPE, (position) => escapeEnd(text, position))];
}

export function hasHzEscape(text: Buffer): boolean {
  for (let found = text.indexOf(TILDE); found >= 0; found = text.indexOf(TILDE, found + 1)) {
    if (text[found + 1] === OPENING || text[found + 1] === CLOSING) return true;
  }
  return false;
}

/** "~~" is one tilde, and one at the end of a line joins it with the next. */
export function withoutHzEscapes(text: Buffer): Buffer[] {
  return [
    without(text, TILDE, (position) => {
      const next = text[position + 1];
      if (next === OPENING || next === CLOSING || next === LF) return position + 2;
      if (next === TILDE) return position + 1;
      return next === CR && text[position + 2] === LF ? position + 3 : position;
    }),
  ];
}

/** After the escape sequence at `start` that names a charset; `start` when there is none. */
function escapeEnd(text: Buffer, start: number): number {
  let end = start + 1;
  while (end < start + MAX_ESCAPE_BYTES && isIntermediate(text[end])) end += 1;
  return end > start + 1 && isFinal(text[end]) ? end + 1 : start;
}

/** `text` without what lies between each octet `mark` and the place that `endOf` answers for it. */
function without(text: Buffer, mark: number, endOf: (position: number) => number): Buffer {
  const pieces: Buffer[] = [];
  let kept = 0;
  let position = text.indexOf(mark);
  while (position >= 0) {
    const end = endOf(position);
    if (end > position) {
      pieces.push(text.subarray(kept, position));
      kept = end;
    }
    // The second of two tildes stays and begins nothing.
    position = text.indexOf(mark, Math.max(end === position + 1 ? end + 1 : end, position + 1));
  }
  pieces.push(text.subarray(kept));
  return Buffer.concat(pieces);
}

function isIntermediate(byte = 0): boolean {
  return byte >= 0x20 && byte <= 0x2f;
}

function isFinal(byte = 0): boolean {
  return byte >= 0x30 && byte <= 0x7e;
}

const ESCAPE = 0x1b;
const TILDE = 0x7e;
const OPENING = 0x7b;
const CLOSING = 0x7d;
/** "ESC $ ( C" and the like. */
const MAX_ESCAPE_BYTES = 4;
