/** Tells scripts that put something together by their content: strings that are added to each other, and functions that
 *  make characters, octets or text of literals. */
import { latin1 } from "../../../core/bytes.ts";
import { looksLikeText } from "../charsets/looks-like-text.ts";

export function isAssemblingScript(bytes: Buffer): boolean {
  if (!looksLikeText(bytes)) return false;
  return addsStrings(bytes) || decodesLiterals(bytes) || listsNumbers(bytes) || escapesCharacters(bytes);
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

/** A function that decodes and is given a literal, or a method of one. */
function decodesLiterals(bytes: Buffer): boolean {
  for (let bracket = bytes.indexOf(BRACKET); bracket >= 0; bracket = bytes.indexOf(BRACKET, bracket + 1)) {
    if (!LAST_LETTERS.has((bytes[bracket - 1] ?? 0) | 0x20)) continue;
    const name = latin1(bytes, Math.max(0, bracket - MAX_NAME_BYTES), bracket);
    if (METHODS.test(name) || (FUNCTIONS.test(name) && isLiteralStart(nearest(bytes, bracket, 1)))) return true;
  }
  return false;
}

/** An array of figures in brackets, long enough for its first lines to tell it. */
function listsNumbers(bytes: Buffer): boolean {
  for (
    let bracket = bytes.indexOf(SQUARE_BRACKET);
    bracket >= 0;
    bracket = bytes.indexOf(SQUARE_BRACKET, bracket + 1)
  ) {
    if (!isFigure(nearest(bytes, bracket, 1))) continue;
    let commas = 0;
    for (let position = bracket + 1; commas < MIN_COMMAS && isOfNumbers(bytes[position]); position += 1) {
      if (bytes[position] === COMMA) commas += 1;
    }
    if (commas >= MIN_COMMAS) return true;
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
  return byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE || byte === 0x60;
}

/** A quote, a figure, a list, or "&H". */
function isLiteralStart(byte: number): boolean {
  return isQuote(byte) || isFigure(byte) || byte === SQUARE_BRACKET || byte === AMPERSAND;
}

function isFigure(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Figures, also hexadecimal ones, and what stands between them. */
function isOfNumbers(byte = 0): boolean {
  const lower = byte | 0x20;
  const isDigit = isFigure(byte) || (lower >= 0x61 && lower <= 0x66) || lower === 0x78;
  return isDigit || byte === COMMA || byte === 0x2d || (byte > 0 && byte <= 0x20);
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
const SQUARE_BRACKET = 0x5b;
const COMMA = 0x2c;
const MIN_COMMAS = 15;
const MAX_BLANKS = 8;
const MAX_NAME_BYTES = 24;
const FUNCTIONS =
  /(?:fromcharcode|fromcodepoint|\bchr[wb]?|\batob|unescape|strreverse|uint8array|int8array|\barray|eval|execute|replace|split|decodeuri|decodeuricomponent)$/i;
const METHODS = /["'`\])]\s*\.\s*(?:join|reverse|replace|replaceall|split|concat)$/i;
/** Of the names above. */
const LAST_LETTERS: ReadonlySet<number> = new Set([..."etrwbdynlia"].map((letter) => letter.charCodeAt(0)));
