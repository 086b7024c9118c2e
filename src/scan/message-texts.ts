/** The texts of a message as its reader sees them: subject, sender, bodies (HTML without its tags), file names. For
 *  finding words in them; nothing is shown of it. */
import { passwordLimits } from "../core/scan-limits.ts";
import { decodeBase64 } from "../mime/base64.ts";
import { charsetText } from "../mime/charset-text.ts";
import { decodeWords } from "../mime/encoded-word.ts";
import { type Entity, isMessageRoot, type MessageTree } from "../mime/entity.ts";
import { decodeQuotedPrintable } from "../mime/quoted-printable.ts";

export interface MessageTexts {
  /** Bodies, in the order of the message; cut at a limit. */
  readonly bodies: readonly string[];
  /** Of the message and of those in it. */
  readonly subjects: readonly string[];
  readonly senders: readonly string[];
  readonly fileNames: readonly string[];
}

export function readMessageTexts(bytes: Buffer, tree: MessageTree): MessageTexts {
  const bodies: string[] = [];
  const subjects = new Set<string>();
  const senders = new Set<string>();
  const fileNames = new Set<string>();
  let left = passwordLimits.textCharacters;
  for (const entity of tree.entities) {
    if (subjects.size + fileNames.size > MAX_VALUES) break;
    if (entity.fileName !== "") fileNames.add(entity.fileName);
    if (isMessageRoot(entity)) {
      subjects.add(headerValue(bytes, entity, SUBJECT));
      senders.add(headerValue(bytes, entity, SENDER));
    }
    if (entity.kind !== "leaf" || !entity.type.startsWith("text/") || left <= 0) continue;
    const text = bodyText(bytes, entity, left);
    left -= text.length;
    bodies.push(entity.type === "text/html" ? htmlText(text) : text);
  }
  return { bodies, subjects: [...subjects], senders: [...senders], fileNames: [...fileNames] };
}

/** What is left of HTML without markup: elements that begin a line do so, the others leave nothing. */
export function htmlText(html: string): string {
  return withoutInvisible(html)
    .replace(LINE_TAG, "\n")
    .replace(TAG, "")
    .replace(ENTITY, (entity, name: string) => entityText(entity, name));
}

/** Without comments, scripts and styles. One that does not end hides nothing: browsers differ on it. */
function withoutInvisible(html: string): string {
  const lower = html.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  const kept: string[] = [];
  const endless = new Set<string>();
  let position = 0;
  OPENING.lastIndex = 0;
  for (let found = OPENING.exec(lower); found !== null; found = OPENING.exec(lower)) {
    const closing = found[0] === "<!--" ? "-->" : `</${found[0].slice(1)}`;
    const close = endless.has(closing) ? -1 : lower.indexOf(closing, OPENING.lastIndex);
    const end = close < 0 ? -1 : lower.indexOf(">", close);
    if (end < 0) {
      endless.add(closing);
      continue;
    }
    kept.push(html.slice(position, found.index));
    position = end + 1;
    OPENING.lastIndex = position;
  }
  return kept.length === 0 ? html : [...kept, html.slice(position)].join(" ");
}

function bodyText(bytes: Buffer, entity: Entity, maxCharacters: number): string {
  const body = bytes.subarray(entity.header.end, Math.min(entity.end, entity.header.end + maxCharacters * 2));
  const decoded = entity.encodings.includes("base64")
    ? decodeBase64(body).readings[0]
    : entity.encodings.includes("quoted-printable")
      ? decodeQuotedPrintable(body)[0]
      : body;
  return charsetText(decoded ?? body, entity.parameter("charset")).slice(0, maxCharacters);
}

/** The first field of that name, unfolded and decoded. */
function headerValue(bytes: Buffer, { header }: Entity, field: RegExp): string {
  const text = bytes.toString("latin1", header.start, Math.min(header.end, header.start + MAX_HEADER_BYTES));
  const value = field.exec(text)?.[1] ?? "";
  const decoded = decodeWords(value.replace(/\r?\n/g, ""));
  return (decoded === value ? charsetText(Buffer.from(value, "latin1")) : decoded)
    .trim()
    .slice(0, MAX_VALUE_CHARACTERS);
}

function entityText(entity: string, name: string): string {
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  if (name.startsWith("#")) return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : " ";
  return NAMED_ENTITIES.get(name.toLowerCase()) ?? entity;
}

const MAX_VALUES = 200;
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_VALUE_CHARACTERS = 1_000;
const SUBJECT = /^subject[ \t]*:((?:.|\r?\n[ \t])*)/im;
const SENDER = /^from[ \t]*:((?:.|\r?\n[ \t])*)/im;
const OPENING = /<!--|<(?:style|script|title)\b/g;
const LINE_TAG = /<\/?(?:p|div|br|tr|td|th|table|li|ul|ol|h[1-6]|hr|blockquote|pre|section|article)\b[^<>]*>/gi;
const TAG = /<[a-z/!?][^<>]*>/gi;
const ENTITY = /&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]{2,8});?/gi;
const NAMED_ENTITIES = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["nbsp", " "],
  ["colon", ":"],
  ["excl", "!"],
  ["num", "#"],
  ["dollar", "$"],
  ["percnt", "%"],
  ["ast", "*"],
  ["plus", "+"],
  ["commat", "@"],
  ["lowbar", "_"],
  ["shy", ""],
  ["zwnj", ""],
  ["zwj", ""],
]);
