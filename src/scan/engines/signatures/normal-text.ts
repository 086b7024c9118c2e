/** Text in the forms that ClamAV brings it into before signatures for text and for HTML are looked for in it. */
import { latin1 } from "../../../core/bytes.ts";

/** Small letters, one blank for any white space, nothing but ASCII. */
export function normalText(bytes: Buffer): Buffer {
  const normal = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let isBlank = false;
  for (let position = 0; position < bytes.length; position += 1) {
    const octet = TEXT_FORM[bytes[position] ?? 0] ?? 0;
    if (octet === DROPPED || (octet === BLANK && isBlank)) continue;
    isBlank = octet === BLANK;
    normal[length] = octet;
    length += 1;
  }
  return normal.subarray(0, length);
}

/** Small letters, comments left out, characters for references to them, one blank for white space and none behind tags,
 *  double quotes around values. Octets beyond ASCII stay. */
export function normalHtml(bytes: Buffer): Buffer {
  const normal = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let isInTag = false;
  let position = 0;
  while (position < bytes.length) {
    const octet = bytes[position] ?? 0;
    if (octet === LESS && bytes[position + 1] === EXCLAMATION && isComment(bytes, position)) {
      const end = bytes.indexOf("-->", position + 4, "latin1");
      position = end < 0 ? bytes.length : end + 3;
      continue;
    }
    const reference = octet === AMPERSAND ? readReference(bytes, position) : undefined;
    position = reference?.end ?? position + 1;
    let written = reference?.octet ?? HTML_FORM[octet] ?? 0;
    if (octet === LESS) isInTag = true;
    if (octet === GREATER) isInTag = false;
    if (isInTag && octet === APOSTROPHE) written = QUOTE;
    const before = normal[length - 1];
    if (written === BLANK && (length === 0 || before === BLANK || (!isInTag && before === GREATER))) continue;
    normal[length] = written;
    length += 1;
  }
  return normal.subarray(0, length);
}

function isComment(bytes: Buffer, position: number): boolean {
  return bytes[position + 2] === HYPHEN && bytes[position + 3] === HYPHEN;
}

/** `&#97;`, `&#x61;` or one of the few names that hide letters of markup; undefined for anything else. */
function readReference(bytes: Buffer, start: number): { readonly octet: number; readonly end: number } | undefined {
  const match = REFERENCE.exec(latin1(bytes, start, start + MAX_REFERENCE));
  if (match === null) return undefined;
  const [whole, decimal, hexadecimal, name = ""] = match;
  const code =
    decimal === undefined
      ? hexadecimal === undefined
        ? NAMES[name.toLowerCase()]
        : Number.parseInt(hexadecimal, 16)
      : Number(decimal);
  if (code === undefined || code === 0 || code > 0xff) return undefined;
  return { octet: HTML_FORM[code] ?? code, end: start + whole.length };
}

function table(form: (octet: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, octet) => form(octet));
}

function lowerCase(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}

function isSpace(octet: number): boolean {
  return octet === 0x20 || (octet >= 0x09 && octet <= 0x0d);
}

/** No octet of text in normal form. */
const DROPPED = 0;
const BLANK = 0x20;
const LESS = 0x3c;
const GREATER = 0x3e;
const EXCLAMATION = 0x21;
const HYPHEN = 0x2d;
const AMPERSAND = 0x26;
const APOSTROPHE = 0x27;
const QUOTE = 0x22;
const TEXT_FORM = table((octet) => {
  if (isSpace(octet)) return BLANK;
  return octet < 0x20 || octet > 0x7f ? DROPPED : lowerCase(octet);
});
const HTML_FORM = table((octet) => (isSpace(octet) ? BLANK : lowerCase(octet)));
const REFERENCE = /^&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos|nbsp|tab|newline|colon|sol|lpar|rpar));?/i;
const MAX_REFERENCE = 12;
const NAMES: Readonly<Record<string, number>> = {
  amp: 0x26,
  lt: 0x3c,
  gt: 0x3e,
  quot: 0x22,
  apos: 0x27,
  nbsp: 0xa0,
  tab: 0x20,
  newline: 0x20,
  colon: 0x3a,
  sol: 0x2f,
  lpar: 0x28,
  rpar: 0x29,
};
