/** Finds parts in text that nothing says is a multipart: header fields that name a transfer encoding, and what follows
 *  them. Some programs need no more; what limits leave of a message is looked at in this way as well. */
import { CR, LF, NUL, SPACE, TAB } from "../../core/bytes.ts";
import { mimeLimits } from "../../core/limits.ts";
import { readContentFields } from "../../mime/content-fields.ts";
import { type Header, parseHeader } from "../../mime/header.ts";
import { decodeBody, structuredReadings } from "../decoded-body.ts";
import type { Origin } from "../engine.ts";
import type { Extractor } from "./extractor.ts";

export const embeddedEntityExtractor: Extractor = {
  name: "part",
  matches: ({ bytes, origin }) => ORIGINS.has(origin) && nextField(bytes, 0) >= 0,
  extract({ bytes }, sink, budget) {
    const delimiters = [new Finder(bytes, "\n--"), new Finder(bytes, "\r--")];
    let count = 0;
    for (let start = nextField(bytes, 0); start >= 0; ) {
      const header = parseHeader(bytes, start, bytes.length);
      const fields = readContentFields(bytes, header);
      const bodies = bodyStarts(header);
      const ends = delimiters.map((delimiter) => delimiter.after(Math.max(start, header.end - 1)));
      for (const bodyStart of fields.encodings.length === 0 ? [] : bodies) {
        count += 1;
        const body = bytes.subarray(bodyStart, Math.min(...ends));
        if (count > mimeLimits.embeddedPieces || !budget.takeView(body.length)) {
          sink.reason("limit-views", "parts in text");
          return;
        }
        const { readings } = decodeBody(fields, body);
        for (const reading of readings) sink.entry(reading.name, reading.bytes, "decoded");
        for (const reading of structuredReadings(fields, readings)) sink.entry(reading.name, reading.bytes, "decoded");
      }
      start = nextField(bytes, Math.max(Math.min(...bodies) - 1, start + 1));
    }
  },
};

/** The body of most readers, and those of readers that end the header earlier. */
function bodyStarts({ end, earlyBodies }: Header): number[] {
  return [end, ...earlyBodies.map(({ start }) => start)];
}

/** Where the next line after `position` begins that may be a field of interest, or -1. What the octets begin with is a
 *  message's, which is opened as such. */
function nextField(bytes: Buffer, position: number): number {
  let lineEnd = position - 1;
  while (true) {
    lineEnd = nextLineEnd(bytes, lineEnd + 1);
    if (lineEnd < 0) return -1;
    let start = lineEnd + 1;
    while (bytes[start] === SPACE || bytes[start] === TAB || bytes[start] === NUL) start += 1;
    if (isField(bytes, start)) return start;
  }
}

/** The next LF or CR. */
function nextLineEnd(bytes: Buffer, position: number): number {
  let end = position;
  while (end < bytes.length && bytes[end] !== LF && bytes[end] !== CR) end += 1;
  return end < bytes.length ? end : -1;
}

function isField(bytes: Buffer, start: number): boolean {
  for (let index = 0; index < NAME_START.length; index += 1) {
    if (((bytes[start + index] ?? 0) | 0x20) !== NAME_START[index]) return false;
  }
  return true;
}

/** Finds octets again and again, from ascending positions on. */
class Finder {
  readonly #bytes: Buffer;
  readonly #octets: Buffer;
  #found = -1;

  constructor(bytes: Buffer, text: string) {
    this.#bytes = bytes;
    this.#octets = Buffer.from(text, "latin1");
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

const ORIGINS: ReadonlySet<Origin> = new Set(["text", "quoted", "decoded"]);
/** In lower case; a hyphen has the bit of lower case as it is. */
const NAME_START = Buffer.from("content-t", "latin1");
