/** Splits JavaScript, JScript or VBScript into tokens, one at a time and in one pass. Only as exact as it takes to tell
 *  strings and numbers from the rest; whatever is left open ends with its line or with the script. */
import { unescapeScriptString } from "./string-escapes.ts";

export type TokenKind = "string" | "number" | "name" | "regex" | "mark" | "end";
export type ScriptLanguage = "javascript" | "vbscript";

export class ScriptLexer {
  readonly language: ScriptLanguage;
  readonly #source: string;
  #position = 0;
  /** Where the next of a character is, or was when it was last asked for. */
  readonly #next = new Map<string, number>();

  /** Of the token that was read last. A mark is one character, or "+=". */
  kind: TokenKind = "mark";
  text = "";
  number = 0;
  /** A string that stands in the script as it is. */
  isPlain = true;

  constructor(source: string, language: ScriptLanguage) {
    this.#source = source;
    this.language = language;
  }

  /** Reads the next token. */
  next(): void {
    this.#skipBlanks();
    const source = this.#source;
    const start = this.#position;
    const code = source.charCodeAt(start);
    if (start >= source.length) this.#set("end", "", start);
    else if (
      code === DOUBLE_QUOTE ||
      (this.language === "javascript" && (code === SINGLE_QUOTE || code === BACKQUOTE))
    ) {
      this.#string(source[start] ?? "");
    } else if (isFigure(code)) this.#number(start, 10);
    else if (isNameCode(code)) this.#name(start);
    else if (code === AMPERSAND && this.language === "vbscript" && /^[hH]$/.test(source[start + 1] ?? "")) {
      this.#number(start + 2, 16);
    } else if (code === SLASH && this.language === "javascript" && this.#isOperandExpected()) this.#regex(start);
    else if (code === PLUS && source.charCodeAt(start + 1) === EQUALS) this.#set("mark", "+=", start + 2);
    else this.#set("mark", source[start] ?? "", start + 1);
  }

  /** Whether the token is the mark `text`. */
  isMark(text: string): boolean {
    return this.kind === "mark" && this.text === text;
  }

  /** The character after the token, blanks aside. */
  get following(): string {
    this.#skipBlanks();
    return this.#source[this.#position] ?? "";
  }

  #set(kind: TokenKind, text: string, end: number): void {
    this.kind = kind;
    this.text = text;
    this.#position = end;
  }

  #string(quote: string): void {
    const source = this.#source;
    const start = this.#position + 1;
    const lineEnd = quote === "`" ? source.length : this.#indexOf("\n", start);
    let end = source.indexOf(quote, start);
    if (end < 0) end = source.length;
    const isVisualBasic = this.language === "vbscript";
    const hasEscapes = !isVisualBasic && this.#indexOf("\\", start) < end;
    if (hasEscapes) end = this.#escapedEnd(quote, start);
    if (isVisualBasic) while (source[end + 1] === '"' && end < lineEnd) end = this.#quoteAfter(end + 2);
    // A string that is not closed is no string, or ends here.
    if (end > lineEnd && !hasEscapes) end = lineEnd;
    const raw = source.slice(start, end);
    this.isPlain = !hasEscapes && !(isVisualBasic && raw.includes('""'));
    this.#set("string", this.isPlain ? raw : unescapeScriptString(raw, this.language), end + 1);
  }

  #quoteAfter(position: number): number {
    const end = this.#source.indexOf('"', position);
    return end < 0 ? this.#source.length : end;
  }

  /** The closing quote of a string with backslashes in it. */
  #escapedEnd(quote: string, start: number): number {
    const source = this.#source;
    const close = quote.charCodeAt(0);
    for (let position = start; position < source.length; position += 1) {
      const code = source.charCodeAt(position);
      if (code === BACKSLASH) position += source.charCodeAt(position + 1) === RETURN ? 2 : 1;
      else if (code === close || (code === NEWLINE && close !== BACKQUOTE)) return position;
    }
    return source.length;
  }

  #number(start: number, radix: number): void {
    const source = this.#source;
    let base = radix;
    let position = start;
    const prefix = source.charCodeAt(start + 1) | 0x20;
    if (radix === 10 && source.charCodeAt(start) === ZERO && prefix === LOWER_X) {
      base = 16;
      position = start + 2;
    }
    let value = 0;
    for (; position < source.length; position += 1) {
      const digit = digitValue(source.charCodeAt(position));
      if (digit < 0 || digit >= base) break;
      value = Math.min(value * base + digit, Number.MAX_SAFE_INTEGER);
    }
    this.number = value;
    this.#set("number", "", Math.max(position, start));
  }

  #name(start: number): void {
    let end = start + 1;
    while (end < this.#source.length) {
      const code = this.#source.charCodeAt(end);
      if (!isNameCode(code) && !isFigure(code)) break;
      end += 1;
    }
    this.#set("name", this.#source.slice(start, Math.min(end, start + MAX_NAME)), end);
  }

  #regex(start: number): void {
    const source = this.#source;
    const lineEnd = Math.min(this.#indexOf("\n", start), start + MAX_REGEX);
    for (let position = start + 1; position < lineEnd; position += 1) {
      const code = source.charCodeAt(position);
      if (code === BACKSLASH) position += 1;
      else if (code === SLASH) {
        this.#set("regex", source.slice(start + 1, position), position + 1);
        return;
      }
    }
    this.#set("mark", "/", start + 1);
  }

  /** Whether "/" begins a regular expression here and does not divide. */
  #isOperandExpected(): boolean {
    if (this.kind === "name") return this.text === "return";
    return this.kind === "mark" && this.text !== ")" && this.text !== "]";
  }

  #skipBlanks(): void {
    const source = this.#source;
    while (this.#position < source.length) {
      const code = source.charCodeAt(this.#position);
      if (code <= 0x20 || code === 0xa0) this.#position += 1;
      else if (code === SLASH && this.language === "javascript") {
        const next = source.charCodeAt(this.#position + 1);
        if (next === SLASH) this.#position = this.#indexOf("\n", this.#position);
        else if (next === ASTERISK) this.#position = this.#indexOf("*/", this.#position + 2) + 2;
        else return;
      } else if (code === SINGLE_QUOTE && this.language === "vbscript") {
        this.#position = this.#indexOf("\n", this.#position);
      } else if (code === UNDERSCORE && this.language === "vbscript" && this.#isLineEnd(this.#position + 1)) {
        this.#position += 1;
      } else return;
    }
  }

  #isLineEnd(position: number): boolean {
    const code = this.#source.charCodeAt(position);
    return code === NEWLINE || code === RETURN;
  }

  /** The end of the script when there is none. Remembered, so that a script on one line is not searched for each string. */
  #indexOf(text: string, from: number): number {
    const known = this.#next.get(text);
    if (known !== undefined && known >= from) return known;
    const found = this.#source.indexOf(text, from);
    const next = found < 0 ? this.#source.length : found;
    this.#next.set(text, next);
    return next;
  }
}

function isFigure(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isNameCode(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || code === UNDERSCORE || code === DOLLAR;
}

function digitValue(code: number): number {
  if (isFigure(code)) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKQUOTE = 0x60;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const ASTERISK = 0x2a;
const AMPERSAND = 0x26;
const PLUS = 0x2b;
const EQUALS = 0x3d;
const UNDERSCORE = 0x5f;
const DOLLAR = 0x24;
const ZERO = 0x30;
const LOWER_X = 0x78;
/** Longer names are cut, and longer expressions are none. */
const MAX_NAME = 128;
const MAX_REGEX = 1_024;
