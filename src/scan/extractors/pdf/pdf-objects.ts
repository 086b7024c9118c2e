/** Finds all objects of a PDF document by their text, not by its cross-reference table: old revisions, unused objects
 *  and those of documents that stand in it are objects too. */
import { pdfLimits } from "../../../core/scan-limits.ts";
import { type ParseAllowance, type ParsedObject, parseObject } from "./pdf-parser.ts";
import { isDictionary, isReference, type PdfDictionary, type PdfValue } from "./pdf-value.ts";

/** An object of the file itself, or of an object stream. */
export interface PdfObject {
  readonly number: number;
  readonly generation: number;
  readonly values: readonly PdfValue[];
  /** Its strings are not enciphered by themselves. */
  readonly isPacked: boolean;
}

export interface PdfStream {
  readonly number: number;
  readonly generation: number;
  readonly dictionary: PdfDictionary;
  /** Behind the word `stream`. */
  readonly start: number;
}

/** Where an object can be read again. */
interface Location {
  readonly bytes: Buffer;
  readonly start: number;
  readonly isPacked: boolean;
}

export class PdfObjects {
  readonly allowance: ParseAllowance;
  readonly streams: PdfStream[] = [];
  readonly trailers: PdfDictionary[] = [];
  readonly #bytes: Buffer;
  readonly #visit: (object: PdfObject) => void;
  readonly #locations = new Map<number, Location[]>();
  readonly #streamStarts = new Set<number>();
  #count = 0;
  #isCut = false;

  /** `visit` is told of every object, once. */
  constructor(bytes: Buffer, visit: (object: PdfObject) => void) {
    this.#bytes = bytes;
    this.#visit = visit;
    this.allowance = { bytes: bytes.length * pdfLimits.parseFactor + pdfLimits.parseFloorBytes };
  }

  /** Something was left out. */
  get isCut(): boolean {
    return this.#isCut || this.allowance.bytes <= 0;
  }

  isStreamStart(position: number): boolean {
    return this.#streamStarts.has(position);
  }

  /** Reads the objects of the file. */
  readFile(): void {
    for (let at = this.#bytes.indexOf(OBJ); at >= 0; at = this.#bytes.indexOf(OBJ, at + OBJ.length)) {
      if (isEndOfWord(this.#bytes, at)) continue;
      if (!this.#takeObject()) break;
      const { number, generation } = numbersBefore(this.#bytes, at);
      const parsed = parseObject(this.#bytes, at + OBJ.length, this.allowance);
      const location = { bytes: this.#bytes, start: at + OBJ.length, isPacked: false };
      this.#add(number, generation, parsed, location);
      if (parsed.isStream) this.#addStream(number, generation, parsed);
    }
    for (let at = this.#bytes.indexOf(TRAILER); at >= 0; at = this.#bytes.indexOf(TRAILER, at + TRAILER.length)) {
      if (this.allowance.bytes <= 0 || this.trailers.length >= MAX_TRAILERS) return;
      const [value] = parseObject(this.#bytes, at + TRAILER.length, this.allowance, true).values;
      if (isDictionary(value)) this.trailers.push(value);
    }
  }

  /** Reads the objects of a decoded object stream (ISO 32000-2 §7.5.7): pairs of number and offset come first. */
  readPacked(bytes: Buffer, first: number): void {
    const header = parseNumbers(bytes.subarray(0, first));
    for (let index = 0; index + 1 < header.length; index += 2) {
      const number = header[index] ?? 0;
      const start = first + (header[index + 1] ?? 0);
      if (start >= bytes.length) continue;
      if (!this.#takeObject()) return;
      const parsed = parseObject(bytes, start, this.allowance, true);
      this.#add(number, 0, parsed, { bytes, start, isPacked: true });
    }
  }

  /** What a value stands for: itself, or what it refers to. With several objects of that number, the last ones and the
   *  first: a viewer may take any. */
  resolve(value: PdfValue, depth = 0): PdfValue[] {
    if (!isReference(value)) return [value];
    if (depth >= pdfLimits.candidates) return [];
    const found: PdfValue[] = [];
    for (const { bytes, start, isPacked } of this.#candidates(value.number)) {
      const [inner] = parseObject(bytes, start, this.allowance, isPacked).values;
      if (inner !== undefined) found.push(...this.resolve(inner, depth + 1));
      if (found.length >= pdfLimits.candidates) break;
    }
    return found.slice(0, pdfLimits.candidates);
  }

  #candidates(number: number): readonly Location[] {
    const all = this.#locations.get(number) ?? [];
    if (all.length <= pdfLimits.candidates) return all;
    return [...all.slice(1 - pdfLimits.candidates), ...all.slice(0, 1)];
  }

  #takeObject(): boolean {
    this.#count += 1;
    if (this.#count <= pdfLimits.objects && this.allowance.bytes > 0) return true;
    this.#isCut = true;
    return false;
  }

  #add(number: number, generation: number, { values, isCut }: ParsedObject, location: Location): void {
    if (isCut) this.#isCut = true;
    const others = this.#locations.get(number);
    if (others === undefined) this.#locations.set(number, [location]);
    else others.push(location);
    this.#visit({ number, generation, values, isPacked: location.isPacked });
  }

  #addStream(number: number, generation: number, { values, end }: ParsedObject): void {
    const dictionary = values.findLast(isDictionary) ?? NO_DICTIONARY;
    if (this.#streamStarts.has(end)) return;
    this.#streamStarts.add(end);
    this.streams.push({ number, generation, dictionary, start: end });
  }
}

/** Whether there is an object in the octets at all. */
export function hasObject(bytes: Buffer): boolean {
  // The rare octets first: nearly nothing that is no PDF comes to the second search.
  if (bytes.indexOf(OPEN_DICTIONARY) < 0) return false;
  for (let at = bytes.indexOf(OBJ); at >= 0; at = bytes.indexOf(OBJ, at + OBJ.length)) {
    if (!isEndOfWord(bytes, at) && numbersBefore(bytes, at).number >= 0) return true;
  }
  return false;
}

/** `endobj`, and words that merely end so. Numbers may run into it. */
function isEndOfWord(bytes: Buffer, at: number): boolean {
  const lower = (bytes[at - 1] ?? 0) | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** Object and generation number before the word `obj`; -1 when there are none. */
function numbersBefore(bytes: Buffer, at: number): { number: number; generation: number } {
  const generationEnd = skipBack(bytes, at, isWhite);
  const generationStart = skipBack(bytes, generationEnd, isDigit);
  const numberEnd = skipBack(bytes, generationStart, isWhite);
  const numberStart = skipBack(bytes, numberEnd, isDigit);
  if (numberStart === numberEnd || numberEnd === generationStart || generationStart === generationEnd) {
    return numbersBeforeComment(bytes, at);
  }
  return {
    number: Number(bytes.toString("latin1", numberStart, numberEnd)),
    generation: Number(bytes.toString("latin1", generationStart, generationEnd)),
  };
}

/** A comment is white space wherever it stands: "1 0 % x", a line end, "obj". */
function numbersBeforeComment(bytes: Buffer, at: number): { number: number; generation: number } {
  const text = bytes.toString("latin1", Math.max(0, at - NUMBERS_BYTES), at);
  const found = text.includes("%") ? NUMBERS.exec(text.replace(COMMENT, " ")) : null;
  return found === null ? UNNUMBERED : { number: Number(found[1]), generation: Number(found[2]) };
}

function skipBack(bytes: Buffer, end: number, isSkipped: (octet: number) => boolean): number {
  const least = Math.max(0, end - MAX_TOKEN_BYTES);
  let position = end;
  while (position > least && isSkipped(bytes[position - 1] ?? 0)) position -= 1;
  return position;
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}

function isWhite(octet: number): boolean {
  return octet === 0x20 || octet === 0x0a || octet === 0x0d || octet === 0x09 || octet === 0x0c || octet === 0;
}

function parseNumbers(header: Buffer): number[] {
  const numbers: number[] = [];
  let number = -1;
  for (const octet of header) {
    if (octet >= 0x30 && octet <= 0x39) number = Math.max(0, number) * 10 + octet - 0x30;
    else if (number >= 0) {
      numbers.push(number);
      number = -1;
      if (numbers.length >= pdfLimits.objects * 2) return numbers;
    }
  }
  if (number >= 0) numbers.push(number);
  return numbers;
}

const OBJ = Buffer.from("obj", "latin1");
const TRAILER = Buffer.from("trailer", "latin1");
const OPEN_DICTIONARY = Buffer.from("<<", "latin1");
const UNNUMBERED = { number: -1, generation: 0 } as const;
const NO_DICTIONARY: PdfDictionary = { kind: "dictionary", pairs: [] };
/** Numbers have ten digits at most, and no more white space is between them. */
const MAX_TOKEN_BYTES = 32;
const NUMBERS_BYTES = 128;
const NUMBERS = /(\d{1,10})\s{1,40}(\d{1,10})\s{0,40}$/;
const COMMENT = /%[^\r\n]*[\r\n]/g;
const MAX_TRAILERS = 1_000;
