/** Reads the tags of XML, as much as the parts of Office documents need: names without their prefixes, attributes with
 *  entities decoded. Linear in the text whatever it is; what is no XML gives odd tags and no harm. */

export class XmlTag {
  /** Without the prefix. */
  readonly name: string;
  readonly isClosing: boolean;
  /** Where the tag begins in the text, and where what follows it does. */
  readonly start: number;
  readonly end: number;
  readonly #text: string;
  readonly #attributesStart: number;
  #attributes: ReadonlyMap<string, string> | undefined;

  constructor(text: string, start: number, end: number) {
    this.#text = text;
    this.start = start;
    this.end = end;
    this.isClosing = text.charCodeAt(start + 1) === SLASH;
    const nameStart = start + (this.isClosing ? 2 : 1);
    let nameEnd = nameStart;
    while (nameEnd < end - 1 && !isNameEnd(text.charCodeAt(nameEnd))) nameEnd += 1;
    this.name = localName(text.slice(nameStart, nameEnd));
    this.#attributesStart = nameEnd;
  }

  /** No content and no closing tag. */
  get isEmpty(): boolean {
    return this.#text.charCodeAt(this.end - 2) === SLASH;
  }

  /** By their names without prefixes; the first one of a name. */
  get attributes(): ReadonlyMap<string, string> {
    this.#attributes ??= readAttributes(this.#text.slice(this.#attributesStart, this.end - 1));
    return this.#attributes;
  }
}

/** All tags in order, from `from` on; comments, instructions and character data are no tags. */
export function* readTags(text: string, from = 0): Generator<XmlTag> {
  let position = text.indexOf("<", from);
  while (position >= 0) {
    const skipped = skipSpecial(text, position);
    if (skipped > position) {
      position = text.indexOf("<", skipped);
      continue;
    }
    const end = tagEnd(text, position);
    if (end < 0) return;
    yield new XmlTag(text, position, end);
    position = text.indexOf("<", end);
  }
}

/** The opening tags with one of the names, whatever their prefix; comments are looked into, for speed. `names` are joined
 *  by "|". */
export function* findTags(text: string, names: string): Generator<XmlTag> {
  const pattern = new RegExp(`<(?:[^\\s<>:/]{1,64}:)?(?:${names})(?=[\\s/>])`, "g");
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const end = tagEnd(text, match.index);
    if (end < 0) return;
    yield new XmlTag(text, match.index, end);
    pattern.lastIndex = end;
  }
}

/** The characters between a tag and the next one, entities decoded. */
export function textAfter(text: string, { end }: XmlTag, maxCharacters: number): string {
  const next = text.indexOf("<", end);
  const raw = text.startsWith("<![CDATA[", next)
    ? text.slice(next + 9, next + 9 + maxCharacters).split("]]>", 1)[0]
    : text.slice(end, Math.min(next < 0 ? text.length : next, end + maxCharacters));
  return decodeEntities(raw ?? "");
}

/** Text with entities and character references decoded; entities of the document's own stay as they are. */
export function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi, (entity, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? entity;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : "";
  });
}

function skipSpecial(text: string, position: number): number {
  for (const [opening, closing] of SPECIAL) {
    if (!text.startsWith(opening, position)) continue;
    const end = text.indexOf(closing, position + opening.length);
    return end < 0 ? text.length : end + closing.length;
  }
  return position;
}

/** The end of the tag: the next ">" that is not in quotes. Without one, the next ">" of all; -1 without that. */
function tagEnd(text: string, start: number): number {
  let position = start + 1;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    if (code === GREATER) return position + 1;
    if (code === QUOTE || code === APOSTROPHE) {
      position = text.indexOf(code === QUOTE ? '"' : "'", position + 1);
      if (position < 0) return -1;
    }
    position += 1;
  }
  return -1;
}

function readAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single] of text.matchAll(ATTRIBUTE)) {
    const local = localName(name);
    if (!attributes.has(local)) attributes.set(local, decodeEntities(double ?? single ?? ""));
  }
  return attributes;
}

function localName(name: string): string {
  return name.slice(name.lastIndexOf(":") + 1);
}

function isNameEnd(code: number): boolean {
  return code <= SPACE || code === SLASH || code === GREATER;
}

const SPACE = 0x20;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const GREATER = 0x3e;
const SPECIAL = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
] as const;
const ATTRIBUTE = /([^\s=/"'<>]{1,200})\s{0,50}=\s{0,50}(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
