/** Reads PDF objects (ISO 32000-2 §7.2, §7.3) from any place of a file, as leniently as viewers do: unclosed
 *  dictionaries, missing `endobj`, words that run into each other. */
import { CR, LF } from "../../../core/bytes.ts";
import { pdfLimits } from "../../../core/scan-limits.ts";
import { readHexString, readLiteralString } from "./pdf-string.ts";
import type { PdfValue } from "./pdf-value.ts";

/** What may still be read in one document: objects inside each other would otherwise be read again and again. */
export interface ParseAllowance {
  bytes: number;
}

export interface ParsedObject {
  /** As a rule one. */
  readonly values: readonly PdfValue[];
  /** Behind the word that ends the object. */
  readonly end: number;
  /** Data follow at `end`. */
  readonly isStream: boolean;
  /** There was more in it than is kept. */
  readonly isCut: boolean;
}

/** Reads values from `start` up to `endobj`, `stream`, the next `obj` or the end of the octets. With `isSingle`, up to
 *  the end of the first value. */
export function parseObject(bytes: Buffer, start: number, allowance: ParseAllowance, isSingle = false): ParsedObject {
  const parser = new Parser(bytes, start, Math.min(bytes.length, start + Math.max(0, allowance.bytes)), isSingle);
  const parsed = parser.run();
  allowance.bytes -= parsed.end - start;
  return parsed;
}

interface Level {
  readonly isDictionary: boolean;
  readonly items: PdfValue[];
}

class Parser {
  readonly #bytes: Buffer;
  readonly #limit: number;
  readonly #isSingle: boolean;
  readonly #outer: PdfValue[] = [];
  readonly #levels: Level[] = [];
  #position: number;
  #items: PdfValue[] = this.#outer;
  #kept = 0;

  constructor(bytes: Buffer, start: number, limit: number, isSingle: boolean) {
    this.#bytes = bytes;
    this.#position = start;
    this.#limit = limit;
    this.#isSingle = isSingle;
  }

  run(): ParsedObject {
    let word = "";
    while (word === "" && this.#skipBlank()) {
      word = this.#token();
      if (this.#isSingle && this.#levels.length === 0 && this.#outer.length > 0) break;
    }
    while (this.#levels.length > 0) this.#close();
    return {
      values: this.#outer,
      end: this.#position,
      isStream: word === "stream",
      isCut: this.#kept > pdfLimits.values,
    };
  }

  /** White space and comments. False at the end. */
  #skipBlank(): boolean {
    const bytes = this.#bytes;
    while (this.#position < this.#limit) {
      const octet = bytes[this.#position] ?? 0;
      if (octet === PERCENT) {
        while (this.#position < this.#limit && bytes[this.#position] !== LF && bytes[this.#position] !== CR) {
          this.#position += 1;
        }
      } else if (CLASSES[octet] === WHITE) this.#position += 1;
      else return true;
    }
    return false;
  }

  /** Takes one token; returns the word when it is one that ends an object. */
  #token(): string {
    const octet = this.#bytes[this.#position] ?? 0;
    if (CLASSES[octet] === REGULAR) return this.#regular(octet);
    const next = this.#bytes[this.#position + 1];
    if (octet === SLASH) this.#keep({ kind: "name", name: this.#name() });
    else if (octet === PARENTHESIS) this.#string(readLiteralString(this.#bytes, this.#position + 1, this.#limit));
    else if (octet === LESS && next === LESS) this.#open(true, 2);
    else if (octet === LESS) this.#string(readHexString(this.#bytes, this.#position + 1, this.#limit));
    else if (octet === BRACKET) this.#open(false, 1);
    else if (octet === GREATER && next === GREATER) this.#closeDictionary();
    else if (octet === CLOSING_BRACKET) this.#closeArray();
    // A delimiter where none belongs.
    else this.#position += 1;
    return "";
  }

  #string({ bytes, isVerbatim, end }: { bytes: Buffer; isVerbatim: boolean; end: number }): void {
    this.#keep({ kind: "string", bytes, isVerbatim });
    this.#position = end;
  }

  #keep(value: PdfValue): void {
    this.#kept += 1;
    if (this.#kept <= pdfLimits.values) this.#items.push(value);
  }

  /** Of numbers in a row only the last two can be of a reference; the others are widths and coordinates, and many. */
  #number(value: number): void {
    const items = this.#items;
    const last = items.at(-1);
    if (typeof last !== "number" || typeof items.at(-2) !== "number") {
      this.#keep(value);
      return;
    }
    items[items.length - 2] = last;
    items[items.length - 1] = value;
  }

  /** A number or a word. */
  #regular(first: number): string {
    const start = this.#position;
    const bytes = this.#bytes;
    let end = start + 1;
    let integer = isDigit(first) ? first - ZERO : -1;
    while (end < this.#limit) {
      const octet = bytes[end] ?? 0;
      if (CLASSES[octet] !== REGULAR) break;
      integer = integer >= 0 && isDigit(octet) ? integer * 10 + octet - ZERO : -1;
      end += 1;
    }
    this.#position = end;
    if (integer >= 0) {
      this.#number(integer);
      return "";
    }
    return this.#word(start, end, first);
  }

  #word(start: number, end: number, first: number): string {
    const text = this.#bytes.toString("latin1", start, Math.min(end, start + MAX_WORD_CHARACTERS));
    if (text === "R") {
      this.#reference();
      return "";
    }
    if (first <= NINE) {
      const number = Number.parseFloat(text);
      this.#number(Number.isFinite(number) ? number : 0);
      return "";
    }
    for (const ending of ENDINGS) {
      // Words run into each other: "endobj7 0 obj". What follows "stream" may be data at once.
      if (text.startsWith(ending)) {
        this.#position = start + ending.length;
        return ending;
      }
    }
    this.#keep({ kind: "word", word: text });
    return "";
  }

  /** The two numbers before `R` are no values but a reference. */
  #reference(): void {
    const number = this.#items.at(-2);
    if (typeof number !== "number" || typeof this.#items.at(-1) !== "number") return;
    this.#items.length -= 2;
    this.#keep({ kind: "reference", number });
  }

  #name(): string {
    const start = this.#position + 1;
    let end = start;
    while (end < this.#limit && CLASSES[this.#bytes[end] ?? 0] === REGULAR) end += 1;
    this.#position = end;
    const text = this.#bytes.toString("latin1", start, Math.min(end, start + MAX_NAME_CHARACTERS));
    if (!text.includes("#")) return text;
    return text.replace(/#([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  }

  #open(isDictionary: boolean, length: number): void {
    this.#position += length;
    // What is nested deeper is read as if it were not.
    if (this.#levels.length >= pdfLimits.nesting) return;
    this.#levels.push({ isDictionary, items: this.#items });
    this.#items = [];
  }

  #closeDictionary(): void {
    this.#position += 2;
    if (!this.#levels.some(({ isDictionary }) => isDictionary)) return;
    while (!this.#close());
  }

  #closeArray(): void {
    this.#position += 1;
    if (this.#levels.at(-1)?.isDictionary === false) this.#close();
  }

  /** Closes the innermost level; true when it is a dictionary. */
  #close(): boolean {
    const level = this.#levels.pop();
    if (level === undefined) return true;
    const inner = this.#items;
    this.#items = level.items;
    const value: PdfValue = level.isDictionary
      ? { kind: "dictionary", pairs: toPairs(inner) }
      : { kind: "array", items: inner };
    // The object itself is kept however much is in it.
    if (this.#items.length === 0) this.#items.push(value);
    else this.#keep(value);
    return level.isDictionary;
  }
}

/** What stands where a key belongs and is no name is skipped, as by viewers. */
function toPairs(items: readonly PdfValue[]): (readonly [string, PdfValue])[] {
  const pairs: (readonly [string, PdfValue])[] = [];
  for (let index = 0; index + 1 < items.length; index += 1) {
    const key = items[index];
    const value = items[index + 1];
    if (typeof key !== "object" || key.kind !== "name" || value === undefined) continue;
    pairs.push([key.name, value]);
    index += 1;
  }
  return pairs;
}

function isDigit(octet: number): boolean {
  return octet >= ZERO && octet <= NINE;
}

/** ISO 32000-2 §7.2.3. */
function buildClasses(): Uint8Array {
  const classes = new Uint8Array(256);
  for (const octet of Buffer.from("\0\t\n\f\r ", "latin1")) classes[octet] = WHITE;
  for (const octet of Buffer.from("()<>[]{}/%", "latin1")) classes[octet] = DELIMITER;
  return classes;
}

const REGULAR = 0;
const WHITE = 1;
const DELIMITER = 2;
const CLASSES = buildClasses();
const ENDINGS = ["endobj", "endstream", "stream", "obj", "xref", "trailer", "startxref"] as const;
const PERCENT = 0x25;
const SLASH = 0x2f;
const ZERO = 0x30;
const NINE = 0x39;
const LESS = 0x3c;
const GREATER = 0x3e;
const PARENTHESIS = 0x28;
const BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const MAX_WORD_CHARACTERS = 32;
/** ISO 32000-1 annex C: 127 octets; escaped, three times as many. */
const MAX_NAME_CHARACTERS = 384;
