/** What a client's FETCH asks for (RFC 9051 §6.4.5), and which of it can be answered. */
import { latin1 } from "../../core/bytes.ts";
import { parseSectionName, type SectionName } from "../../mime/sections/section-name.ts";

/** `plain` items hold no content: they are the upstream's to answer. `content` is what is computed from the judged message.
 *  `unsupported` is content that is not. */
export type FetchItem = { readonly type: "plain" | "unsupported"; readonly text: string } | ContentItem;

/** A piece of a message: octets [offset, offset + length) of it, or all of it without `partial`. */
export interface ContentItem {
  readonly type: "content";
  readonly what:
    | { readonly type: "section"; readonly section: SectionName }
    /** With the transfer encoding undone (RFC 3516); without a path the message, which has none. */
    | { readonly type: "binary"; readonly path: readonly number[] }
    /** Text for a list of messages (RFC 8970); a lazy client takes none where that would take long. */
    | { readonly type: "preview"; readonly isLazy: boolean };
  readonly partial: { readonly offset: number; readonly length: number } | undefined;
  /** The item as it was written. */
  readonly text: string;
  /** The item's name in the response, as `BODY[TEXT]<0>`. */
  readonly responseName: string;
  readonly setsSeen: boolean;
}

export interface FetchRequest {
  /** As written: `1:5,9`, `*`, `$`. */
  readonly sequenceSet: string;
  readonly items: readonly FetchItem[];
  /** What follows the items, with the space before it: ` (CHANGEDSINCE 12)`. */
  readonly modifiers: string;
}

/** Parses the arguments of FETCH, from `start` to the CRLF; undefined when they are not what the RFC allows. */
export function parseFetchRequest(line: Uint8Array, start: number): FetchRequest | undefined {
  const text = latin1(line, start, line.length - 2);
  const groups = SEQUENCE_SET.exec(text)?.groups;
  const sequenceSet = groups?.set;
  if (sequenceSet === undefined) return undefined;
  const first = sequenceSet.length + (groups?.spaces ?? "").length;
  const isList = text[first] === "(";
  const list = isList ? readList(text, first + 1) : readSingle(text, first);
  if (list === undefined) return undefined;
  const modifiers = text.slice(list.end).trimEnd();
  if (modifiers !== "" && !modifiers.startsWith(" (")) return undefined;
  return { sequenceSet, items: list.items, modifiers };
}

/** The items of a list, from behind its opening parenthesis at `start`; `end` is behind the closing one. */
export function parseFetchItems(text: string, start: number): Items | undefined {
  return readList(text, start);
}

/** How a request is answered: as the upstream answers it, from the judged whole message, or not at all. `preview`: as the
 *  upstream does, and without a preview. */
export function fetchPlan(request: FetchRequest): "forward" | "translate" | "preview" | "refuse" {
  let plan: "forward" | "translate" | "preview" = "forward";
  for (const item of request.items) {
    if (item.type === "unsupported") return "refuse";
    if (item.type !== "content" || !isSlice(item)) continue;
    if (item.what.type === "preview" && item.what.isLazy) plan = plan === "forward" ? "preview" : plan;
    else plan = "translate";
  }
  return plan;
}

/** The content among what is asked for. */
export function contentItems(request: FetchRequest): ContentItem[] {
  return request.items.filter((item) => item.type === "content");
}

/** The whole message and header lines can be taken from the upstream's answer; anything else is cut out of the message. */
function isSlice({ what, partial }: ContentItem): boolean {
  if (what.type !== "section" || partial !== undefined) return true;
  return !isTopHeader(what.section) && !isWhole(what.section);
}

function isWhole({ path, what }: SectionName): boolean {
  return path.length === 0 && what === "all";
}

/** Header lines of the message itself, which may pass before the verdict. */
function isTopHeader({ path, what }: SectionName): boolean {
  return path.length === 0 && HEADERS.has(what);
}

interface Items {
  readonly items: FetchItem[];
  readonly end: number;
}

function readSingle(text: string, start: number): Items | undefined {
  const found = readItem(text, start, false);
  return found === undefined ? undefined : { items: [found.item], end: found.end };
}

function readList(text: string, start: number): Items | undefined {
  const items: FetchItem[] = [];
  let at = skipSpaces(text, start);
  while (text[at] !== ")") {
    const found = readItem(text, at, true);
    if (found === undefined) return undefined;
    items.push(found.item);
    at = skipSpaces(text, found.end);
    if (at === found.end && text[at] !== ")") return undefined;
  }
  return items.length === 0 ? undefined : { items, end: at + 1 };
}

/** One item with its section, its partial and its parameters: `BODY.PEEK[TEXT]<0.100>`, `PREVIEW (LAZY)`. */
function readItem(text: string, start: number, isListed: boolean): { item: FetchItem; end: number } | undefined {
  const match = matchAt(ITEM, text, start);
  const groups = match?.groups;
  if (match === null || groups === undefined) return undefined;
  const end = isListed ? parametersEnd(text, start + match[0].length) : start + match[0].length;
  const written = text.slice(start, end);
  const { section } = groups;
  const partial = readPartial(groups.offset, groups.length);
  if (partial === "invalid" || (partial !== undefined && section === undefined)) return undefined;
  const name = (groups.name ?? "").toUpperCase();
  const item = section === undefined ? namedItem(name, written) : sectionItem(name, section, partial, written);
  return { item, end };
}

function namedItem(name: string, text: string): FetchItem {
  const content = NAMED_CONTENT.get(name);
  if (content !== undefined) return { ...content, text };
  if (name === "PREVIEW") return previewItem(text);
  const isContent = name === "BODY.PEEK" || /^(?:RFC822|BINARY|SNIPPET)(?:\.|$)/.test(name);
  return { type: isContent && name !== "RFC822.SIZE" ? "unsupported" : "plain", text };
}

function previewItem(text: string): FetchItem {
  const modifiers = text.slice("PREVIEW".length).trim().toUpperCase();
  if (modifiers !== "" && modifiers !== "(LAZY)") return { type: "unsupported", text };
  const what = { type: "preview", isLazy: modifiers !== "" } as const;
  return { type: "content", what, partial: undefined, text, responseName: "PREVIEW", setsSeen: false };
}

function sectionItem(name: string, written: string, partial: ContentItem["partial"], text: string): FetchItem {
  if (name === "BINARY.SIZE" && partial === undefined) return { type: "plain", text };
  const section = parseSectionName(written);
  const what = section === undefined ? undefined : contentOf(name, section);
  if (what === undefined) return { type: "unsupported", text };
  const origin = partial === undefined ? "" : `<${partial.offset}>`;
  const responseName = `${name.startsWith("BINARY") ? "BINARY" : "BODY"}[${sectionName(written)}]${origin}`;
  return { type: "content", what, partial, text, responseName, setsSeen: !name.endsWith(".PEEK") };
}

function contentOf(name: string, section: SectionName): ContentItem["what"] | undefined {
  switch (name) {
    case "BODY":
    case "BODY.PEEK":
      return { type: "section", section };
    case "BINARY":
    case "BINARY.PEEK":
      return section.what === "all" ? { type: "binary", path: section.path } : undefined;
    default:
      return undefined;
  }
}

/** As it stands in a response: keywords in upper case, field names as they were written. */
function sectionName(written: string): string {
  const list = written.indexOf("(");
  return list < 0 ? written.toUpperCase() : written.slice(0, list).toUpperCase() + written.slice(list);
}

/** The end of the parenthesized list after an item, if there is one. */
function parametersEnd(text: string, start: number): number {
  if (!text.startsWith(" (", start)) return start;
  let depth = 0;
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    else if (character === '"') at = quotedStringEnd(text, at);
    if (depth === 0) return at + 1;
  }
  return start;
}

/** The closing quote of the string that begins at `start`. */
function quotedStringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function readPartial(offset: string | undefined, length: string | undefined): ContentItem["partial"] | "invalid" {
  if (offset === undefined || length === undefined) return undefined;
  const partial = { offset: Number(offset), length: Number(length) };
  const isValid = Number.isSafeInteger(partial.offset + partial.length) && partial.length > 0;
  return isValid ? partial : "invalid";
}

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

function skipSpaces(text: string, start: number): number {
  let at = start;
  while (text[at] === " ") at += 1;
  return at;
}

const SEQUENCE_SET = /^(?<set>[0-9:*,]+|\$)(?<spaces> +)/;

/** Sections end at the first `]` outside quoted strings (field names may be quoted). The count bounds backtracking. */
const ITEM =
  /(?<name>[A-Za-z0-9._/-]+)(?:\[(?<section>(?:[^\]"]|"(?:[^"\\]|\\.)*"){0,16384})\](?:<(?<offset>[0-9]{1,16})\.(?<length>[0-9]{1,16})>)?)?/y;

const HEADERS: ReadonlySet<SectionName["what"]> = new Set(["header", "fields", "fields-not"]);

const NAMED_CONTENT: ReadonlyMap<string, ContentItem> = new Map([
  ["RFC822", namedContent("RFC822", "all", true)],
  ["RFC822.HEADER", namedContent("RFC822.HEADER", "header", false)],
  ["RFC822.TEXT", namedContent("RFC822.TEXT", "text", true)],
]);

function namedContent(responseName: string, what: "all" | "header" | "text", setsSeen: boolean): ContentItem {
  const section = { path: [], what, names: [] };
  const content = { type: "section", section } as const;
  return { type: "content", what: content, partial: undefined, text: responseName, responseName, setsSeen };
}
