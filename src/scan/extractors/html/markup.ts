/** What a document in markup holds: text as it is seen, scripts, and addresses that have their content in themselves. */
import { LF, latin1 } from "../../../core/bytes.ts";
import { decodeReferences, ReferenceDecoder } from "./character-references.ts";
import { isDataUri } from "./data-uri.ts";
import { declareEntities, expandEntities } from "./declared-entities.ts";
import { withoutInvisible } from "./rendered-text.ts";
import { withoutStyleEscapes } from "./style-escapes.ts";
import { isLineElement, lowerName } from "./tag-names.ts";
import { readTags, type TagVisitor } from "./tag-reader.ts";

export interface EmbeddedUri {
  readonly value: Buffer;
  /** What a download is called; empty for anything else. */
  name: string;
  /** The value stands in the document as it is. */
  readonly isPlain: boolean;
}

export interface Markup {
  /** As it is read: without tags and comments, references decoded; and below it what only attributes and comments say
   *  with references in it. */
  readonly text: Buffer;
  /** The content of script elements, handlers of events and `javascript:` addresses. */
  readonly scripts: readonly Buffer[];
  /** Values of attributes, and styles, that have a `data:` address in them. */
  readonly uris: readonly EmbeddedUri[];
  /** Documents within: `srcdoc`, and what stands in elements that may have tags in them. */
  readonly documents: readonly Buffer[];
  /** The document as a whole is a picture. */
  readonly isSvg: boolean;
  /** It has something to save. */
  readonly hasDownload: boolean;
  /** Entities were left out. */
  readonly isCut: boolean;
}

export function readMarkup(source: Buffer): Markup {
  const reader = new MarkupReader(source);
  readTags(source, reader);
  return reader.markup();
}

class MarkupReader implements TagVisitor {
  readonly #source: Buffer;
  readonly #seen: ReferenceDecoder;
  /** Of attributes and comments; what is of no use is forgotten. */
  readonly #aside: ReferenceDecoder;
  readonly #scripts: Buffer[] = [];
  readonly #uris: EmbeddedUri[] = [];
  readonly #documents: Buffer[] = [];
  readonly #entities = new Map<string, Buffer>();
  #root = "";
  #hasDownload = false;
  #isCut = false;
  /** The next one, as far as it has been searched for. */
  #colon = -1;
  /** Of the tag that is being read. */
  #download = "";
  #tagUris = 0;

  constructor(source: Buffer) {
    this.#source = source;
    this.#seen = new ReferenceDecoder(source);
    this.#aside = new ReferenceDecoder(source);
  }

  markup(): Markup {
    const seen = this.#seen.since(0);
    const { text, isCut } =
      this.#entities.size === 0
        ? { text: seen, isCut: false }
        : expandEntities(seen, this.#entities, seen.length + MIN_ENTITY_BYTES);
    const aside = this.#aside.since(0);
    return {
      text: withoutInvisible(aside.length === 0 ? text : Buffer.concat([text, LINE_FEED, aside])),
      scripts: this.#scripts,
      uris: this.#uris,
      documents: this.#documents,
      isSvg: this.#root === "svg",
      hasDownload: this.#hasDownload,
      isCut: this.#isCut || isCut,
    };
  }

  text(start: number, end: number): void {
    this.#seen.append(start, end);
  }

  plainText(start: number, end: number): void {
    this.#seen.append(start, end);
    const content = this.#source.subarray(start, end);
    // SVG and mail programs that leave scripts out see the tags.
    if (content.indexOf(LESS) >= 0) this.#documents.push(content);
  }

  comment(start: number, end: number): void {
    this.#keepAside(start, end);
  }

  declaration(start: number, end: number): void {
    const isWhole = declareEntities(this.#source.subarray(start, end), this.#entities);
    this.#isCut ||= !isWhole;
  }

  tag(nameStart: number, nameEnd: number, isEnd: boolean): void {
    if (this.#root === "") this.#root = lowerName(this.#source, nameStart, nameEnd);
    if (isLineElement(this.#source, nameStart, nameEnd)) this.#seen.separate(LF);
    if (isEnd) return;
    if (this.#tagUris < this.#uris.length) {
      for (const uri of this.#uris.slice(this.#tagUris)) uri.name = this.#download;
      this.#tagUris = this.#uris.length;
    }
    this.#download = "";
  }

  raw(name: "script" | "style", start: number, end: number): void {
    const content = this.#source.subarray(start, end);
    if (name === "style") {
      this.#addStyle(content);
      return;
    }
    this.#scripts.push(content);
    // In SVG and XHTML references mean the same in scripts as anywhere.
    if (content.indexOf("&#", 0, "latin1") >= 0) this.#scripts.push(decodeReferences(content));
  }

  attribute(nameStart: number, nameEnd: number, start: number, end: number): void {
    const name = attributeKind(this.#source, nameStart, nameEnd);
    this.#hasDownload ||= name === "download";
    if (name === "download") this.#download = latin1(this.#source, start, Math.min(end, start + MAX_NAME_BYTES));
    const isShort = end - start < MIN_VALUE_BYTES;
    if (name === "style") this.#addEscapedStyle(start, end);
    if ((name === "other" || name === "style") && (isShort || !this.#mayMatter(start, end))) return;
    const from = this.#aside.written;
    const isTelling = this.#aside.append(start, end);
    const value = this.#aside.since(from);
    const isAddress = isDataUri(value);
    if (isAddress) this.#uris.push({ value: Buffer.from(value), name: "", isPlain: value.length === end - start });
    if (name === "handler" || isScriptAddress(value)) this.#scripts.push(Buffer.from(value));
    if (name === "document") this.#documents.push(Buffer.from(value));
    if (isTelling && !isAddress && !isShort) this.#aside.separate(LF);
    else this.#aside.rewind(from);
  }

  /** References are decoded before escapes are. */
  #addEscapedStyle(start: number, end: number): void {
    const from = this.#aside.written;
    this.#aside.append(start, end);
    const plain = withoutStyleEscapes(this.#aside.since(from));
    this.#aside.rewind(from);
    if (plain !== undefined && isDataUri(plain)) this.#uris.push({ value: plain, name: "", isPlain: false });
  }

  /** As it stands and, where it has escapes, without them: they may stand in the middle of an address. */
  #addStyle(content: Buffer): void {
    if (isDataUri(content)) this.#uris.push({ value: content, name: "", isPlain: true });
    const plain = withoutStyleEscapes(content);
    if (plain !== undefined && isDataUri(plain)) this.#uris.push({ value: plain, name: "", isPlain: false });
  }

  /** Most values are looked at no further: they have neither references nor an address with content in itself. */
  #mayMatter(start: number, end: number): boolean {
    if (this.#aside.mayHoldReference(start, end)) return true;
    if (this.#colon < start) this.#colon = colonFrom(this.#source, start);
    while (this.#colon < end) {
      const before = this.#source[this.#colon - 1] ?? 0;
      const letter = before | 0x20;
      if (letter === LAST_OF_DATA || letter === LAST_OF_SCRIPT || before <= 0x20) return true;
      this.#colon = colonFrom(this.#source, this.#colon + 1);
    }
    return false;
  }

  #keepAside(start: number, end: number): void {
    const from = this.#aside.written;
    if (this.#aside.append(start, end)) this.#aside.separate(LF);
    else this.#aside.rewind(from);
  }
}

function colonFrom(source: Buffer, from: number): number {
  const colon = source.indexOf(COLON, from);
  return colon < 0 ? source.length : colon;
}

type AttributeKind = "handler" | "document" | "download" | "style" | "other";

function attributeKind(source: Buffer, start: number, end: number): AttributeKind {
  switch ((source[start] ?? 0) | 0x20) {
    case 0x6f:
      return ((source[start + 1] ?? 0) | 0x20) === 0x6e && end - start > 3 ? "handler" : "other";
    case 0x73:
      return STYLED.get(lowerName(source, start, end)) ?? "other";
    case 0x64:
      return lowerName(source, start, end) === "download" ? "download" : "other";
    default:
      return "other";
  }
}

/** Browsers skip white space and controls before and within the name of the scheme. */
function isScriptAddress(value: Buffer): boolean {
  let start = 0;
  while (start < MAX_SCHEME_BYTES && (value[start] ?? 0x7f) <= 0x20) start += 1;
  const first = (value[start] ?? 0) | 0x20;
  if (first !== FIRST_OF_JAVASCRIPT && first !== FIRST_OF_VBSCRIPT) return false;
  const colon = value.subarray(0, MAX_SCHEME_BYTES).indexOf(COLON);
  if (colon < 0) return false;
  const scheme = latin1(value, 0, colon).toLowerCase();
  return /^(?:java|vb)script$/.test([...scheme].filter((character) => character > " ").join(""));
}

const STYLED: ReadonlyMap<string, AttributeKind> = new Map([
  ["srcdoc", "document"],
  ["style", "style"],
]);
const LINE_FEED = Buffer.of(LF);
const LESS = 0x3c;
const COLON = 0x3a;
const FIRST_OF_JAVASCRIPT = 0x6a;
const FIRST_OF_VBSCRIPT = 0x76;
const LAST_OF_DATA = 0x61;
const LAST_OF_SCRIPT = 0x74;
/** Text of which most stands in its entities is as good as encoded. */
const MIN_ENTITY_BYTES = 64 * 1024;
const MAX_SCHEME_BYTES = 64;
const MAX_NAME_BYTES = 255;
/** No file, script or address with its content in itself is shorter. */
const MIN_VALUE_BYTES = 10;
