/** Tells HTML, SVG and other markup by its content: tags that nothing else uses, or many references to characters. */
import { mayHold } from "../../search/marks.ts";
import { looksLikeText } from "../charsets/looks-like-text.ts";
import { isBlank, isElement, isLetter, isTellingElement, lowerName } from "./tag-names.ts";

/** `type` is what the MIME part declares. Only what declares itself to be markup may be it without any tag. */
export function isMarkup(bytes: Buffer, type = ""): boolean {
  if (MARKUP_TYPES.test(type)) return bytes.indexOf(LESS) >= 0 || bytes.indexOf(AMPERSAND) >= 0;
  // In binary content, only a telling tag counts.
  return (mayHold(bytes, "tag") || looksLikeText(bytes)) && hasMarkup(bytes);
}

function hasMarkup(bytes: Buffer): boolean {
  let isText: boolean | undefined;
  for (let mark = bytes.indexOf(LESS); mark >= 0; mark = bytes.indexOf(LESS, mark + 1)) {
    const start = mark + (bytes[mark + 1] === SLASH ? 2 : 1);
    const isDeclaration = bytes[start] === BANG;
    if (isDeclaration && lowerName(bytes, start, start + CDATA.length) === CDATA) return true;
    if (!isLetter(bytes[isDeclaration ? start + 1 : start])) continue;
    const name = nameAt(bytes, start);
    if (name === "") continue;
    if (isTellingElement(name) || name === "!doctype") return true;
    if (!isElement(name)) continue;
    isText ??= looksLikeText(bytes);
    if (isText) return true;
  }
  return hasReference(bytes) && (isText ?? looksLikeText(bytes));
}

/** The name of the tag when it ends like one; empty when not. */
function nameAt(bytes: Buffer, start: number): string {
  let end = start + 1;
  while (end < start + MAX_NAME_BYTES && (isLetter(bytes[end]) || isFigure(bytes[end]) || bytes[end] === COLON))
    end += 1;
  const after = bytes[end];
  return isBlank(after) || after === GREATER || after === SLASH ? lowerName(bytes, start, end) : "";
}

/** A reference to a character by its number. */
function hasReference(bytes: Buffer): boolean {
  for (let mark = bytes.indexOf(REFERENCE); mark >= 0; mark = bytes.indexOf(REFERENCE, mark + 1)) {
    const digit = bytes[mark + 2];
    if (isFigure(digit) || (((digit ?? 0) | 0x20) === LOWER_X && bytes[mark + 3] !== undefined)) return true;
  }
  return false;
}

function isFigure(byte = 0): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

const MARKUP_TYPES = /^(?:text\/(?:html|x-amp-html|xml)|application\/xhtml|image\/svg)/;
const CDATA = "![cdata[";
const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const BANG = 0x21;
const COLON = 0x3a;
const AMPERSAND = 0x26;
const LOWER_X = 0x78;
const REFERENCE = Buffer.from("&#", "latin1");
const MAX_NAME_BYTES = 24;
