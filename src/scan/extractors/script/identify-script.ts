/** Tells scripts that put something together by their content: strings that are added to each other, and the functions
 *  that make characters, octets or text of something else. */
import { latin1 } from "../../../core/bytes.ts";
import { looksLikeText } from "../charsets/looks-like-text.ts";

export function isAssemblingScript(bytes: Buffer): boolean {
  return looksLikeText(bytes) && (addsStrings(bytes) || callsDecoder(bytes) || escapesCharacters(bytes));
}

/** A quote, an operator, and a quote again, with blanks between at most. */
function addsStrings(bytes: Buffer): boolean {
  for (const operator of [PLUS, AMPERSAND]) {
    for (let mark = bytes.indexOf(operator); mark >= 0; mark = bytes.indexOf(operator, mark + 1)) {
      if (isQuote(nearest(bytes, mark, -1)) && isQuote(nearest(bytes, mark, 1))) return true;
    }
  }
  return false;
}

function callsDecoder(bytes: Buffer): boolean {
  for (let bracket = bytes.indexOf(BRACKET); bracket >= 0; bracket = bytes.indexOf(BRACKET, bracket + 1)) {
    if (!LAST_LETTERS.has((bytes[bracket - 1] ?? 0) | 0x20)) continue;
    if (DECODERS.test(latin1(bytes, Math.max(0, bracket - MAX_NAME_BYTES), bracket))) return true;
  }
  return false;
}

/** Escapes of characters, line ends and slashes, of which strings in JSON have many when there is a file in them. */
function escapesCharacters(bytes: Buffer): boolean {
  let count = 0;
  for (let mark = bytes.indexOf(BACKSLASH); mark >= 0; mark = bytes.indexOf(BACKSLASH, mark + 2)) {
    if (ESCAPED.has(bytes[mark + 1] ?? 0)) count += 1;
    if (count >= MIN_ESCAPES) return bytes.indexOf(DOUBLE_QUOTE) >= 0 || bytes.indexOf(SINGLE_QUOTE) >= 0;
  }
  return false;
}

/** The next octet on one side of `position` that is no blank. */
function nearest(bytes: Buffer, position: number, step: 1 | -1): number {
  let next = position + step;
  // An underscore goes on with a line of VBScript.
  for (let blanks = 0; blanks < MAX_BLANKS && isBetween(bytes[next] ?? 0); blanks += 1) next += step;
  return bytes[next] ?? 0;
}

function isBetween(byte: number): boolean {
  return byte <= 0x20 || byte === 0x5f;
}

function isQuote(byte: number): boolean {
  return byte === 0x22 || byte === 0x27 || byte === 0x60;
}

const BACKSLASH = 0x5c;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
/** "n", "r", "u", "x" and the slash. */
const ESCAPED: ReadonlySet<number> = new Set([0x6e, 0x72, 0x75, 0x78, 0x2f]);
const MIN_ESCAPES = 2;
const PLUS = 0x2b;
const AMPERSAND = 0x26;
const BRACKET = 0x28;
const MAX_BLANKS = 8;
const MAX_NAME_BYTES = 16;
const DECODERS =
  /(?:fromcharcode|fromcodepoint|\bchr[wb]?|\batob|unescape|strreverse|\.reverse|\.join|uint8array|\barray|eval|execute|replace|decodeuri|decodeuricomponent)$/i;
/** Of the names above. */
const LAST_LETTERS: ReadonlySet<number> = new Set([..."etrwbdynlia"].map((letter) => letter.charCodeAt(0)));
