/** UTF-7 (RFC 2152) and its modified form (RFC 3501 §5.1.3): text that is all ASCII and says something else. */
import { latin1, utf16 } from "../../../core/bytes.ts";

/** Whether some shifted run of `text` says something in ASCII; "+" alone does not. */
export function mayHoldUtf7(text: Buffer): boolean {
  return FORMS.some((form) => firstRun(text, form, 0) >= 0);
}

/** `text` as UTF-8 in each of the forms that it has runs of. */
export function decodeUtf7(text: Buffer): Buffer[] {
  return FORMS.filter((form) => firstRun(text, form, 0) >= 0).map((form) => decode(text, form));
}

interface Form {
  readonly shift: number;
  /** What the shift and a hyphen stand for. */
  readonly literal: Buffer;
  readonly isDigit: Uint8Array;
  /** Runs end with a hyphen, or with anything that is no digit. */
  readonly needsEnd: boolean;
}

/** The next run at or after `from` with ASCII in it. */
function firstRun(text: Buffer, form: Form, from: number): number {
  let shift = text.indexOf(form.shift, from);
  while (shift >= 0) {
    const end = runEnd(text, shift + 1, form);
    if (isTelling(text, shift + 1, end, form)) return shift;
    shift = text.indexOf(form.shift, Math.max(end, shift + 1));
  }
  return -1;
}

/** At least a character of ASCII that stands alone, or two side by side: chance hardly ever makes them. */
function isTelling(text: Buffer, start: number, end: number, form: Form): boolean {
  if (end - start < 3 || (form.needsEnd && text[end] !== HYPHEN)) return false;
  const units = runUnits(text, start, end);
  let before = false;
  for (let index = 0; index + 1 < units.length; index += 2) {
    const isAscii = units[index] === 0 && isPrintable(units[index + 1]);
    if (isAscii && (before || units.length === 2)) return true;
    before = isAscii;
  }
  return false;
}

function decode(text: Buffer, form: Form): Buffer {
  const pieces: Buffer[] = [];
  let position = 0;
  let shift = text.indexOf(form.shift);
  while (shift >= 0) {
    const end = runEnd(text, shift + 1, form);
    const hasEnd = text[end] === HYPHEN;
    const isRun = end > shift + 1 && (hasEnd || !form.needsEnd);
    if (isRun || hasEnd) {
      pieces.push(text.subarray(position, shift), isRun ? utf8Of(runUnits(text, shift + 1, end)) : form.literal);
      position = end + (hasEnd ? 1 : 0);
    }
    shift = text.indexOf(form.shift, Math.max(end, shift + 1));
  }
  pieces.push(text.subarray(position));
  return Buffer.concat(pieces);
}

function runEnd(text: Buffer, start: number, { isDigit }: Form): number {
  let end = start;
  while (end < text.length && isDigit[text[end] ?? 0] === 1) end += 1;
  return end;
}

/** UTF-16 with the high octet first; what is left of the last group is none. */
function runUnits(text: Buffer, start: number, end: number): Buffer {
  const octets = Buffer.from(latin1(text, start, end).replaceAll(",", "/"), "base64");
  return octets.subarray(0, octets.length & ~1);
}

function utf8Of(units: Buffer): Buffer {
  return Buffer.from(utf16(units.swap16()), "utf8");
}

function isPrintable(byte = 0): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function digitTable(last: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const digit of `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+${last}`) {
    table[digit.charCodeAt(0)] = 1;
  }
  return table;
}

const HYPHEN = 0x2d;
const PLUS = 0x2b;
const AMPERSAND = 0x26;
const FORMS: readonly Form[] = [
  { shift: PLUS, literal: Buffer.of(PLUS), isDigit: digitTable("/"), needsEnd: false },
  { shift: AMPERSAND, literal: Buffer.of(AMPERSAND), isDigit: digitTable(","), needsEnd: true },
];
