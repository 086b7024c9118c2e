/** PREVIEW (RFC 8970): how the first text of a message begins. */
import { sectionLimits } from "../../core/section-limits.ts";
import { charsetText } from "../charset-text.ts";
import { decodePart } from "./decode-part.ts";
import { type Part, parseParts } from "./part-tree.ts";
import { encodingOf } from "./section-map.ts";

/** At most 200 characters, on one line; empty when the message has no text. */
export function previewOf(message: Buffer): string {
  const part = parseParts(message).parts.find(isText);
  if (part === undefined) return "";
  const text = textOf(message, part);
  const shown = part.mediaType?.subtype.toLowerCase() === "html" ? withoutMarkup(text) : text;
  // By characters, so that none is cut in two.
  const line = [
    ...shown
      .replace(UNSEEN, "")
      .replace(/\s+/gu, " ")
      .trim()
      .slice(0, 2 * LONGEST),
  ];
  return line.slice(0, LONGEST).join("").trim();
}

function isText({ kind, mediaType }: Part): boolean {
  if (kind !== "leaf") return false;
  if (mediaType === undefined) return true;
  return mediaType.type.toLowerCase() === "text" && SHOWN_TYPES.has(mediaType.subtype.toLowerCase());
}

function textOf(message: Buffer, part: Part): string {
  const body = message.subarray(part.bodyStart, Math.min(part.end, part.bodyStart + sectionLimits.previewBytes));
  const encoding = encodingOf(message, part);
  const decoded = encoding === "base64" || encoding === "quoted-printable" ? decodePart(body, encoding) : body;
  const charset = part.mediaType?.parameters.find(({ name }) => name.toLowerCase() === "charset")?.value;
  return charsetText(decoded, charset).toWellFormed();
}

/** What is between tags, without what no one is shown. */
function withoutMarkup(html: string): string {
  const pieces: string[] = [];
  let position = 0;
  while (position < html.length) {
    const tag = html.indexOf("<", position);
    pieces.push(html.slice(position, tag < 0 ? html.length : tag));
    if (tag < 0) break;
    position = afterMarkup(html, tag);
    pieces.push(" ");
  }
  return pieces.join("").replace(REFERENCE, referencedCharacter);
}

/** After the tag or comment at `start`, and after all of an element that is not shown. */
function afterMarkup(html: string, start: number): number {
  if (html.startsWith("<!--", start)) return after(html, "-->", start + 4);
  HIDDEN_ELEMENT.lastIndex = start;
  const hidden = HIDDEN_ELEMENT.exec(html)?.[1];
  const end = after(html, ">", start);
  if (hidden === undefined) return end;
  const closing = new RegExp(`</${hidden}`, "gi");
  closing.lastIndex = end;
  const found = closing.exec(html);
  return found === null ? html.length : after(html, ">", found.index);
}

function after(html: string, mark: string, start: number): number {
  const found = html.indexOf(mark, start);
  return found < 0 ? html.length : found + mark.length;
}

function referencedCharacter(reference: string, name: string): string {
  if (!name.startsWith("#")) return NAMED_CHARACTERS.get(name.toLowerCase()) ?? reference;
  const isHexadecimal = name[1] === "x" || name[1] === "X";
  const code = Number.parseInt(name.slice(isHexadecimal ? 2 : 1), isHexadecimal ? 16 : 10);
  const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : " ";
}

const LONGEST = sectionLimits.previewCharacters;
const SHOWN_TYPES: ReadonlySet<string> = new Set(["plain", "html", ""]);
const HIDDEN_ELEMENT = /<(head|title|script|style|template|noscript)(?=[\s>/])/iy;
const REFERENCE = /&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,6});/g;
const NAMED_CHARACTERS: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["nbsp", " "],
]);
/** Controls and what directs or hides text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const UNSEEN = /[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
