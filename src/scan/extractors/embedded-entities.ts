/** Finds parts in text that nothing says is a multipart: header fields that name a transfer encoding, and what follows
 *  them. Some programs need no more; what limits leave of a message is looked at in this way as well. */
import { CR, fromLatin1, LF, latin1, NUL, SPACE, TAB } from "../../core/bytes.ts";
import { mimeLimits } from "../../core/scan-limits.ts";
import { readContentFields } from "../../mime/content-fields.ts";
import { type Header, parseHeader } from "../../mime/header.ts";
import { decodeBody, structuredReadings } from "../decoded-body.ts";
import type { Content } from "../engine.ts";
import type { Extractor } from "./extractor.ts";
import { isMessage } from "./message.ts";
import { SIGNS } from "./octet-survey.ts";

export const embeddedEntityExtractor: Extractor = {
  name: "part",
  mayMatch: (survey) => (survey & SIGNS.fieldLine) !== 0,
  matches: (content) => isText(content) && new FieldFinder(content.bytes).first() >= 0 && !isMessage(content),
  extract({ bytes }, sink, budget) {
    const finder = new FieldFinder(bytes);
    const delimiters = [new DelimiterFinder(bytes, "\n--"), new DelimiterFinder(bytes, "\r--")];
    let count = 0;
    for (let start = finder.first(); start >= 0; ) {
      const header = parseHeader(bytes, start, bytes.length);
      const fields = readContentFields(bytes, header);
      const bodies = bodyStarts(header);
      const from = Math.max(start, header.end - 1);
      const end = Math.min(...delimiters.map((delimiter) => delimiter.after(from)));
      let isWithin = budget.takeView(header.end - start);
      for (const bodyStart of fields.encodings.length === 0 ? [] : bodies) {
        const body = bytes.subarray(bodyStart, end);
        // Readings of a message overlap.
        if (!budget.walks.takePlace(body)) continue;
        count += 1;
        isWithin &&= count <= mimeLimits.embeddedPieces && budget.takeView(body.length);
        if (!isWithin) break;
        const { readings } = decodeBody(fields, body);
        for (const reading of readings) sink.entry(reading.name, reading.bytes, "decoded");
        for (const reading of structuredReadings(fields, readings)) sink.entry(reading.name, reading.bytes, "decoded");
      }
      if (!isWithin) {
        sink.reason("limit-views", "parts in text");
        return;
      }
      start = finder.after(Math.max(Math.min(...bodies) - 1, start));
    }
  },
};

/** A file has NULs soon after its beginning, as a rule. */
function isText({ bytes, origin }: Content): boolean {
  return (
    origin === "text" || origin === "quoted" || (origin === "decoded" && !bytes.subarray(0, SAMPLE_BYTES).includes(NUL))
  );
}

/** The body of most readers, and those of readers that end the header earlier. */
function bodyStarts({ end, earlyBodies }: Header): number[] {
  return [end, ...earlyBodies.map(({ start }) => start)];
}

/** Finds lines that may be fields of interest. */
class FieldFinder {
  readonly #bytes: Buffer;
  readonly #lineFeeds: Finder;
  readonly #returns: Finder;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#lineFeeds = new Finder(bytes, LF);
    this.#returns = new Finder(bytes, CR);
  }

  /** The start of the first such line, or -1. */
  first(): number {
    return this.#from(0);
  }

  /** The start of the first such line after the one of `position`, or -1. */
  after(position: number): number {
    return this.#from(this.#nextLine(position));
  }

  #from(position: number): number {
    const bytes = this.#bytes;
    let line = position;
    while (line < bytes.length) {
      let start = line;
      while (bytes[start] === SPACE || bytes[start] === TAB || bytes[start] === NUL) start += 1;
      if (isField(bytes, start)) return start;
      line = this.#nextLine(Math.max(line, start - 1));
    }
    return -1;
  }

  #nextLine(position: number): number {
    return 1 + Math.min(this.#lineFeeds.after(position), this.#returns.after(position));
  }
}

function isField(bytes: Buffer, start: number): boolean {
  // Nearly all lines begin with another letter.
  if (((bytes[start] ?? 0) | 0x20) !== NAME_START[0]) return false;
  for (let index = 1; index < NAME_START.length; index += 1) {
    if (((bytes[start + index] ?? 0) | 0x20) !== NAME_START[index]) return false;
  }
  return true;
}

/** Finds octets again and again, from ascending positions on. */
class Finder {
  readonly #bytes: Buffer;
  readonly #octets: Buffer | number;
  #found = -1;

  constructor(bytes: Buffer, octets: Buffer | number) {
    this.#bytes = bytes;
    this.#octets = octets;
  }

  /** The end of all octets when there is none. */
  after(position: number): number {
    if (this.#found < position) {
      const found = this.#bytes.indexOf(this.#octets, position);
      this.#found = found < 0 ? this.#bytes.length : found;
    }
    return this.#found;
  }
}

/** Finds lines that may be delimiters. One without letters and digits is none, but junk in somebody's base64. */
class DelimiterFinder {
  readonly #bytes: Buffer;
  readonly #lines: Finder;

  constructor(bytes: Buffer, text: string) {
    this.#bytes = bytes;
    this.#lines = new Finder(bytes, fromLatin1(text));
  }

  /** Where the line end before the first such line from `position` on stands; the end of all octets when there is none. */
  after(position: number): number {
    let found = this.#lines.after(position);
    while (
      found < this.#bytes.length &&
      !/[A-Za-z0-9]/.test(latin1(this.#bytes, found + 3, this.#lineEnd(found + 3)))
    ) {
      found = this.#lines.after(found + 1);
    }
    return found;
  }

  #lineEnd(position: number): number {
    let end = position;
    const stop = Math.min(this.#bytes.length, position + MAX_DELIMITER_BYTES);
    while (end < stop && this.#bytes[end] !== LF && this.#bytes[end] !== CR) end += 1;
    return end;
  }
}

const MAX_DELIMITER_BYTES = 200;
const SAMPLE_BYTES = 1024;
/** In lower case; a hyphen has the bit of lower case as it is. */
const NAME_START = Buffer.from("content-t", "latin1");
