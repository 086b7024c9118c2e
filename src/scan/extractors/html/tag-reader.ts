/** Splits HTML, SVG and other markup into tags, comments and text, as forgivingly as browsers do, in one pass. */
import { isBlank, isLetter, isPlainTextElement, lowerName, mayHavePlainText } from "./tag-names.ts";

export interface TagVisitor {
  /** Octets [start, end) that are seen as text, references not yet decoded. */
  text(start: number, end: number): void;
  /** Its name is [nameStart, nameEnd). */
  tag(nameStart: number, nameEnd: number, isEnd: boolean): void;
  /** Its name [nameStart, nameEnd) and its value [start, end) without quotes. Comes before `tag`. */
  attribute(nameStart: number, nameEnd: number, start: number, end: number): void;
  /** The content of a `script` or `style` element. */
  raw(name: "script" | "style", start: number, end: number): void;
  /** The content of an element that has text and no tags in it in HTML, and may have tags in it elsewhere. */
  plainText(start: number, end: number): void;
  comment(start: number, end: number): void;
  /** `<!DOCTYPE …>` with all that is in its brackets. */
  declaration(start: number, end: number): void;
}

/** Reads all of `source`. Every octet is looked at a bounded number of times, whatever is left open. */
export function readTags(source: Buffer, visitor: TagVisitor): void {
  new TagReader(source, visitor).run();
}

class TagReader {
  readonly #source: Buffer;
  readonly #visitor: TagVisitor;
  #position = 0;
  /** From where on there is no end of a comment or of a quoted value, so that it is searched for once. */
  readonly #nowhere = new Map<string, number>();
  #noDouble = Number.POSITIVE_INFINITY;
  #noSingle = Number.POSITIVE_INFINITY;

  constructor(source: Buffer, visitor: TagVisitor) {
    this.#source = source;
    this.#visitor = visitor;
  }

  run(): void {
    const source = this.#source;
    let textStart = 0;
    let mark = source.indexOf(LESS);
    while (mark >= 0) {
      this.#position = mark;
      const isMarkup = this.#markup(textStart, mark);
      if (isMarkup) textStart = this.#position;
      mark = source.indexOf(LESS, Math.max(this.#position, mark + 1));
    }
    if (textStart < source.length) this.#visitor.text(textStart, source.length);
  }

  /** Whether what stands at `mark` is none of the text; then the position is after it. */
  #markup(textStart: number, mark: number): boolean {
    const next = this.#source[mark + 1];
    const isEnd = next === SLASH;
    const isTag = isLetter(isEnd ? this.#source[mark + 2] : next);
    if (!isTag && !isEnd && next !== BANG && next !== QUESTION) return false;
    if (textStart < mark) this.#visitor.text(textStart, mark);
    if (isTag) this.#tag(mark + (isEnd ? 2 : 1), isEnd);
    else if (next === BANG) this.#declaration(mark);
    else this.#position = this.#after(">", mark + 2);
    return true;
  }

  #declaration(mark: number): void {
    const source = this.#source;
    if (this.#startsWith(mark, "<!--")) {
      this.#comment(mark + 4);
      return;
    }
    if (this.#startsWith(mark, "<![CDATA[")) {
      const end = this.#find("]]>", mark + 9);
      this.#visitor.text(mark + 9, end < 0 ? source.length : end);
      this.#position = end < 0 ? source.length : end + 3;
      return;
    }
    const end = this.#after(">", mark + 2);
    const bracket = source.subarray(mark, end).indexOf(BRACKET);
    // Its internal part has brackets around it and declarations in it.
    const inner = bracket < 0 ? -1 : this.#find("]", mark + bracket);
    this.#position = inner < 0 ? end : this.#after(">", inner);
    this.#visitor.declaration(mark, this.#position);
  }

  /** What is not closed hides nothing: the text goes on behind its beginning. */
  #comment(start: number): void {
    const source = this.#source;
    this.#position = start;
    if (source[start] === GREATER) this.#position = start + 1;
    else if (source[start] === HYPHEN && source[start + 1] === GREATER) this.#position = start + 2;
    else {
      const end = this.#find("-->", start);
      if (end < 0) return;
      this.#visitor.comment(start, end);
      this.#position = end + 3;
    }
  }

  #tag(nameStart: number, isEnd: boolean): void {
    const source = this.#source;
    let position = nameStart;
    while (position < source.length && !isBlank(source[position]) && !isTagEnd(source[position])) position += 1;
    this.#position = this.#attributes(position, !isEnd);
    this.#visitor.tag(nameStart, position, isEnd);
    if (isEnd || !mayHavePlainText(source[nameStart], position - nameStart)) return;
    const name = lowerName(source, nameStart, position);
    if (name === "script" || name === "style") this.#raw(name);
    else if (isPlainTextElement(name)) this.#plainText(name);
  }

  /** After the tag. */
  #attributes(from: number, areWanted: boolean): number {
    const source = this.#source;
    let position = from;
    while (position < source.length) {
      while (isBlank(source[position]) || source[position] === SLASH) position += 1;
      if (source[position] === GREATER) return position + 1;
      const nameStart = position;
      position += 1;
      while (position < source.length && !isNameEnd(source[position])) position += 1;
      const nameEnd = position;
      while (isBlank(source[position])) position += 1;
      if (source[position] !== EQUALS) continue;
      position += 1;
      while (isBlank(source[position])) position += 1;
      const quote = source[position];
      const isQuoted = quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE;
      const start = isQuoted ? position + 1 : position;
      const end = isQuoted ? this.#quotedEnd(start, quote) : this.#unquotedEnd(start);
      if (areWanted && end > start) this.#visitor.attribute(nameStart, nameEnd, start, end);
      position = isQuoted ? end + 1 : end;
    }
    return source.length;
  }

  #quotedEnd(start: number, quote: number): number {
    if (start >= (quote === DOUBLE_QUOTE ? this.#noDouble : this.#noSingle)) return this.#unquotedEnd(start);
    const end = this.#source.indexOf(quote, start);
    if (end >= 0) return end;
    if (quote === DOUBLE_QUOTE) this.#noDouble = start;
    else this.#noSingle = start;
    return this.#unquotedEnd(start);
  }

  #unquotedEnd(start: number): number {
    const source = this.#source;
    let end = start;
    while (end < source.length && !isBlank(source[end]) && source[end] !== GREATER) end += 1;
    return end;
  }

  #raw(name: "script" | "style"): void {
    const start = this.#position;
    const end = this.#endTag(name, start);
    // "<script/>" is closed in SVG and open in HTML.
    if (end < 0 && this.#source[start - 2] === SLASH) return;
    this.#position = end < 0 ? this.#source.length : end;
    this.#visitor.raw(name, start, this.#position);
  }

  /** What is not closed is read as anything else. */
  #plainText(name: string): void {
    const end = this.#endTag(name, this.#position);
    if (end < 0) return;
    this.#visitor.plainText(this.#position, end);
    this.#position = end;
  }

  #endTag(name: string, start: number): number {
    const key = `</${name}`;
    if (start >= (this.#nowhere.get(key) ?? Number.POSITIVE_INFINITY)) return -1;
    const source = this.#source;
    let end = this.#find("</", start);
    while (end >= 0 && lowerName(source, end + 2, end + 2 + name.length) !== name) end = this.#find("</", end + 2);
    if (end < 0) this.#nowhere.set(key, start);
    return end;
  }

  #after(text: string, from: number): number {
    const found = this.#find(text, from);
    return found < 0 ? this.#source.length : found + text.length;
  }

  #find(text: string, from: number): number {
    if (from >= (this.#nowhere.get(text) ?? Number.POSITIVE_INFINITY)) return -1;
    const found = this.#source.indexOf(text, from, "latin1");
    if (found < 0) this.#nowhere.set(text, from);
    return found;
  }

  #startsWith(position: number, text: string): boolean {
    return lowerName(this.#source, position, position + text.length) === text.toLowerCase();
  }
}

function isTagEnd(byte: number | undefined): boolean {
  return byte === GREATER || byte === SLASH;
}

function isNameEnd(byte: number | undefined): boolean {
  return byte === EQUALS || byte === GREATER || byte === SLASH || isBlank(byte);
}

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const BANG = 0x21;
const QUESTION = 0x3f;
const HYPHEN = 0x2d;
const EQUALS = 0x3d;
const BRACKET = 0x5b;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
