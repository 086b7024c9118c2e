/** Addresses that have their content in themselves (RFC 2397), with what browsers let authors put into them: line ends,
 *  escapes and blanks. */
import { latin1 } from "../../../core/bytes.ts";
import { decodeBase64 } from "../../../mime/base64.ts";
import { decodePercents } from "./percent-encoding.ts";
import { isLetter } from "./tag-names.ts";

/** Whether `value` has such an address in it. */
export function isDataUri(value: Buffer): boolean {
  return schemeEnd(value, 0) >= 0;
}

/** The content of every address in `value`, each in all its readings. Plain base64 is left out unless `isAll`: it is found
 *  in the octets of the document as they stand. */
export function* dataUriContents(value: Buffer, isAll: boolean): Generator<Buffer, undefined> {
  for (let start = schemeEnd(value, 0); start >= 0; ) {
    const comma = value.indexOf(COMMA, start);
    if (comma < 0) return undefined;
    const end = addressEnd(value, start, comma + 1);
    const isBase64 = /;\s*base64\s*$/i.test(latin1(value, Math.max(start, comma - MAX_MARK_BYTES), comma));
    const content = value.subarray(comma + 1, end);
    if (!isBase64) yield decodePercents(content);
    else if (isAll || !isPlain(content)) yield* decodeBase64(withoutBlanks(decodePercents(content))).readings;
    start = schemeEnd(value, comma + 1);
  }
  return undefined;
}

/** After the next `data:`, in any case, with blanks between its letters; -1 when there is none. */
function schemeEnd(value: Buffer, from: number): number {
  for (let colon = value.indexOf(COLON, from); colon >= 0; colon = value.indexOf(COLON, colon + 1)) {
    let position = colon;
    let letter = SCHEME.length;
    while (letter > 0 && position > from) {
      position -= 1;
      const byte = value[position] ?? 0;
      if (byte <= BLANK) continue;
      if ((byte | 0x20) !== SCHEME[letter - 1]) break;
      letter -= 1;
    }
    if (letter === 0 && !isLetter(value[position - 1])) return colon + 1;
  }
  return -1;
}

/** In a style an address ends with its quote or bracket; elsewhere it is the rest of the value. */
function addressEnd(value: Buffer, schemeEnd: number, start: number): number {
  let before = schemeEnd - SCHEME.length - 2;
  while (before >= 0 && (value[before] ?? 0) <= BLANK) before -= 1;
  const closing = CLOSINGS.get(value[before] ?? 0);
  const end = closing === undefined ? -1 : value.indexOf(closing, start);
  return end < 0 ? value.length : end;
}

function isPlain(content: Buffer): boolean {
  return OTHERS.every((other) => content.indexOf(other) < 0);
}

function withoutBlanks(content: Buffer): Buffer {
  return content.indexOf(BLANK) < 0 ? content : Buffer.from(latin1(content).replace(/[\0-\x20]+/g, ""), "latin1");
}

const SCHEME = Buffer.from("data", "latin1");
const COLON = 0x3a;
const COMMA = 0x2c;
const BLANK = 0x20;
/** What closes what an address is opened by. */
const CLOSINGS: ReadonlyMap<number, number> = new Map([
  [0x22, 0x22],
  [0x27, 0x27],
  [0x28, 0x29],
]);
/** Percent, white space. */
const OTHERS = [0x25, BLANK, 0x09, 0x0a, 0x0d] as const;
/** White space and "base64" before the comma. */
const MAX_MARK_BYTES = 64;
