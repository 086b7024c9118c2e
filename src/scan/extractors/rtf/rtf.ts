/** Looks into RTF: objects and pictures in hexadecimal digits, raw octets, fields that start programs, templates from
 *  elsewhere, and HTML that Outlook keeps in it. */
import { mimeLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import type { Extractor, ExtractorSink } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { mayBeText } from "../office/plain-text.ts";
import { isActiveScheme, isRemoteTarget } from "../office/remote-target.ts";
import { isDdeInstruction } from "../word/word-fields.ts";
import { readHex } from "./rtf-hex.ts";
import { rtfHtml } from "./rtf-html.ts";
import { findRtfParts, partText, type RtfPart } from "./rtf-parts.ts";

export const rtfExtractor: Extractor = {
  name: "rtf",
  mayMatch: (survey) => (survey & SIGNS.backslash) !== 0,
  matches: ({ bytes }) => rtfStart(bytes) >= 0,
  extract({ bytes }, sink, budget) {
    const text = bytes.subarray(Math.max(0, rtfStart(bytes)));
    new RtfReader(text, sink, budget).run();
  },
};

class RtfReader {
  readonly #bytes: Buffer;
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;
  /** Octets of data before they count as another reading: the data of a whole file are half of its digits. */
  #freeBytes: number;
  /** Octets that may still be read to find what parts hold: groups in groups are read once for each of them. */
  #work: number;

  constructor(bytes: Buffer, sink: ExtractorSink, budget: Budget) {
    this.#bytes = bytes;
    this.#sink = sink;
    this.#budget = budget;
    this.#freeBytes = bytes.length;
    this.#work = mimeLimits.viewFactor * bytes.length + mimeLimits.viewFloorBytes;
  }

  run(): void {
    for (const part of findRtfParts(this.#bytes)) {
      if (!this.#read(part)) break;
    }
    const html = rtfHtml(this.#bytes);
    if (html !== undefined && this.#isAllowed(html.length)) this.#sink.entry("", html);
  }

  /** Whether to go on. */
  #read(part: RtfPart): boolean {
    if (part.kind !== "data" && !this.#isWorkLeft(part)) return false;
    switch (part.kind) {
      case "field":
        if (isDdeInstruction(partText(this.#bytes, part, MAX_TEXT_BYTES))) this.#sink.heuristic("dde");
        return true;
      case "template":
        if (isElsewhere(partText(this.#bytes, part, MAX_TEXT_BYTES).trim())) this.#sink.heuristic("external-template");
        return true;
      case "raw":
        return this.#handOn(this.#bytes.subarray(part.start, part.end));
      case "data":
        for (const data of readHex(this.#bytes, part, () => this.#isWorkLeft(part))) {
          if (!this.#isAllowed(data.length) || !this.#handOn(data)) return false;
        }
        return this.#work >= 0;
    }
  }

  #handOn(data: Buffer): boolean {
    if (data.length < MIN_DATA_BYTES) return true;
    if (!this.#budget.takeEntry()) {
      this.#sink.reason("limit-entries", `more than ${this.#budget.options.entries} entries`);
      return false;
    }
    if (this.#budget.isOutOfTime()) {
      this.#sink.reason("limit-time", "RTF object");
      return false;
    }
    this.#sink.entry("", data);
    return true;
  }

  #isWorkLeft({ start, end }: RtfPart): boolean {
    this.#work -= end - start + MIN_WORK;
    if (this.#work >= 0) return true;
    this.#sink.reason("limit-views", "RTF groups in each other");
    return false;
  }

  #isAllowed(bytes: number): boolean {
    if (bytes <= this.#freeBytes) {
      this.#freeBytes -= bytes;
      return true;
    }
    if (this.#budget.takeView(bytes)) return true;
    this.#sink.reason("limit-views", "RTF objects");
    return false;
  }
}

function isElsewhere(target: string): boolean {
  return isRemoteTarget(target) || isActiveScheme(target);
}

/** Word wants no more than "{\rt" at the beginning; text with objects in it is looked at whatever it begins with. */
function rtfStart(bytes: Buffer): number {
  const start = bytes.subarray(0, MAX_PREFIX_BYTES).indexOf(BEGIN);
  return start >= 0 || !mayBeText(bytes) || bytes.indexOf(OBJECT_DATA) < 0 ? start : 0;
}

const MAX_PREFIX_BYTES = 2048;
/** Of any part, however little is in it. */
const MIN_WORK = 16;
const MAX_TEXT_BYTES = 1024;
/** Nothing that fits into less is content. */
const MIN_DATA_BYTES = 8;
const BEGIN = Buffer.from("{\\rt", "latin1");
const OBJECT_DATA = Buffer.from("\\objdata", "latin1");
