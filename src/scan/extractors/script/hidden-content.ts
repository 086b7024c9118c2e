/** Files and text that a script has in its literals, decoded in all the ways that scripts decode them. */
import { fromLatin1, latin1 } from "../../../core/bytes.ts";
import { decodeBase64 } from "../../../mime/base64.ts";
import { startsLikeFile } from "../encodings/file-starts.ts";
import { decodeHexDigits } from "../encodings/hex-digits.ts";
import { decodePercents } from "../html/percent-encoding.ts";
import type { ScriptValue } from "./script-value.ts";

export interface HiddenContent {
  /** What may be a file each. */
  readonly files: readonly Buffer[];
  /** Texts that the script puts together, one a line. */
  readonly text: Buffer;
}

export function hiddenContent(values: readonly ScriptValue[]): HiddenContent {
  const files: Buffer[] = [];
  const texts: Buffer[] = [];
  for (const value of values) {
    if (value.kind === "numbers") files.push(...filesOfNumbers(value.numbers));
    if (value.kind !== "text") continue;
    const octets = octetsOf(value.text);
    files.push(...filesOfText(octets, value.isPlain));
    // What stands in the script as it is has been looked at with it.
    if (value.isPlain) continue;
    // Nor is there more in base64 than it decodes to.
    if (octets.length >= MIN_DOCUMENT_BYTES && isBase64(octets)) continue;
    if (octets.length >= MIN_DOCUMENT_BYTES || startsLikeFile(octets)) files.push(octets);
    else texts.push(octets, LINE_FEED);
  }
  return { files, text: Buffer.concat(texts) };
}

/** Characters that are no octets are UTF-8. */
function octetsOf(text: string): Buffer {
  const octets = fromLatin1(text);
  return latin1(octets) === text ? octets : Buffer.from(text, "utf8");
}

function filesOfNumbers(numbers: readonly number[]): Buffer[] {
  const isOctets = numbers.length >= MIN_FILE_BYTES && numbers.every((number) => number >= -128 && number <= 0xffff);
  return isOctets ? [Buffer.from(numbers)] : [];
}

function filesOfText(text: Buffer, isPlain: boolean): Buffer[] {
  if (text.length < MIN_FILE_BYTES) return [];
  const files: Buffer[] = [];
  if (isBase64(text)) {
    const backwards = Buffer.from(text).reverse();
    if (startsBackwards(text, backwards)) files.push(...decodeBase64(backwards).readings);
    if (!isPlain) files.push(...decodeBase64(text).readings);
  }
  const hex = isPlain ? undefined : decodeHexDigits(text);
  if (hex !== undefined) files.push(hex);
  if (text.indexOf("%") >= 0) files.push(...escaped(text));
  const numbers = numberList(text);
  if (numbers !== undefined) files.push(numbers);
  return files.filter((file) => file.length >= MIN_FILE_BYTES);
}

/** Base64 that is turned round while the script runs: its padding comes first, or it begins like a file at its end. */
function startsBackwards(text: Buffer, backwards: Buffer): boolean {
  if (text[0] === PADDING) return true;
  return startsLikeFile(Buffer.from(latin1(backwards, 0, FILE_START_DIGITS), "base64"));
}

function isBase64(text: Buffer): boolean {
  for (const byte of text) {
    if (BASE64[byte] !== 1) return false;
  }
  return true;
}

function escaped(text: Buffer): Buffer[] {
  const decoded = decodePercents(text);
  return decoded.length < text.length * MAX_PERCENT_SHARE ? [decoded] : [];
}

/** Octets as figures with something between them: "77,90,144". */
function numberList(text: Buffer): Buffer | undefined {
  for (const byte of text) {
    const isFigure = byte >= 0x30 && byte <= 0x39;
    if (!isFigure && BETWEEN_NUMBERS[byte] !== 1) return undefined;
  }
  const numbers = latin1(text).match(/\d+/g)?.map(Number) ?? [];
  const isOctets = numbers.length >= MIN_FILE_BYTES && numbers.every((number) => number <= 0xff);
  return isOctets ? Buffer.from(numbers) : undefined;
}

function flags(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

const LINE_FEED = Buffer.of(0x0a);
const PADDING = 0x3d;
const BASE64 = flags("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_= \t\r\n");
const BETWEEN_NUMBERS = flags(" ,;:|-_./\t\r\n");
const MIN_FILE_BYTES = 16;
/** Longer texts may be files, such as messages or pages, that have to be looked at alone. */
const MIN_DOCUMENT_BYTES = 256;
const FILE_START_DIGITS = 16;
/** An address with some escapes in it is no file. */
const MAX_PERCENT_SHARE = 0.75;
