/** Names of elements, and which of them matter. */
import { latin1 } from "../../../core/bytes.ts";

/** The octets [start, end) in lower case; longer ones than any name are cut. */
export function lowerName(bytes: Buffer, start: number, end: number): string {
  return latin1(bytes, start, Math.min(end, start + MAX_NAME_BYTES, bytes.length)).toLowerCase();
}

/** Whether the element whose name is [start, end) begins a line where it is rendered. */
export function isLineElement(bytes: Buffer, start: number, end: number): boolean {
  return LINE_ELEMENT_SUMS.has(nameSum(bytes, start, end));
}

/** Whether nothing but markup uses the name: then a single tag of it is enough to tell markup. */
export function isTellingElement(name: string): boolean {
  return TELLING_ELEMENTS.has(name);
}

/** Whether the name is one of HTML or SVG at all. */
export function isElement(name: string): boolean {
  return TELLING_ELEMENTS.has(name) || LINE_ELEMENTS.has(name) || OTHER_ELEMENTS.has(name);
}

/** Whether an element with a name of that first letter and length may be one of the following, or a script or style. */
export function mayHavePlainText(first: number | undefined, length: number): boolean {
  return PLAIN_TEXT_SHAPES.has(((first ?? 0) | 0x20) * 16 + length);
}

/** Whether HTML has no tags and comments within the element. */
export function isPlainTextElement(name: string): boolean {
  return PLAIN_TEXT_ELEMENTS.has(name);
}

/** Of a name in any case, as a number: making a text of every name costs more than all the rest. */
function nameSum(bytes: Buffer, start: number, end: number): number {
  let sum = end - start;
  for (let position = start; position < end; position += 1) sum = (sum * 31 + ((bytes[position] ?? 0) | 0x20)) | 0;
  return sum;
}

export function isLetter(byte = 0): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** White space within tags. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0x0c;
}

const LINE_ELEMENTS: ReadonlySet<string> = new Set(
  (
    "address article aside blockquote br center dd details dialog dir div dl dt fieldset figcaption figure footer form " +
    "h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol option p pre section summary table tbody td tfoot th thead tr ul"
  ).split(" "),
);
/** Two names with one sum would at most be one line more. */
const LINE_ELEMENT_SUMS: ReadonlySet<number> = new Set(
  [...LINE_ELEMENTS].map((name) => nameSum(Buffer.from(name), 0, name.length)),
);
/** Nothing but markup uses these. */
export const TELLING_ELEMENTS: ReadonlySet<string> = new Set(
  "applet body embed frameset head hta:application html iframe img meta object script style svg xml".split(" "),
);
const PLAIN_TEXT_ELEMENTS: ReadonlySet<string> = new Set(["iframe", "noembed", "noframes", "textarea", "title", "xmp"]);
const PLAIN_TEXT_SHAPES: ReadonlySet<number> = new Set(
  [...PLAIN_TEXT_ELEMENTS, "script", "style"].map((name) => name.charCodeAt(0) * 16 + name.length),
);
const OTHER_ELEMENTS: ReadonlySet<string> = new Set(
  (
    "a abbr acronym audio b base big button canvas cite code del em font foreignobject i image input ins label link " +
    "marquee mark noscript plaintext q s samp select small source span strike strong sub sup template textarea title " +
    "tt u use var video wbr xmp"
  ).split(" "),
);
/** "hta:application" is the longest; attributes have longer ones that do not matter. */
const MAX_NAME_BYTES = 24;
