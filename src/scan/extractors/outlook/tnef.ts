/** Opens TNEF [MS-OXTNEF], the `winmail.dat` that Outlook sends: attachments, the message in it, its texts. */
import { latin1, utf16 } from "../../../core/bytes.ts";
import type { Budget } from "../../budget.ts";
import type { Extractor, ExtractorSink } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { type MapiProperty, readProperties } from "./mapi-properties.ts";

export const tnefExtractor: Extractor = {
  name: "tnef",
  mayMatch: (survey) => (survey & SIGNS.high) !== 0,
  matches: ({ bytes }) => bytes.length >= HEADER_BYTES && bytes.readUInt32LE(0) === SIGNATURE,
  extract({ bytes }, sink, budget) {
    new TnefReader(sink, budget).run(bytes);
  },
};

class TnefReader {
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;
  /** Of the attachment that is being read. Its names may come after its octets. */
  #name = "";
  #longName = "";
  #data: Buffer[] = [];
  /** There are more entries than a message may have. */
  #isFull = false;

  constructor(sink: ExtractorSink, budget: Budget) {
    this.#sink = sink;
    this.#budget = budget;
  }

  /** Attributes: level, identifier, length, octets, checksum. A wrong checksum or level changes nothing for Outlook. */
  run(bytes: Buffer): void {
    let position = HEADER_BYTES;
    while (position + 9 <= bytes.length && !this.#isFull) {
      const id = bytes.readUInt16LE(position + 1);
      const length = bytes.readUInt32LE(position + 5);
      const start = position + 9;
      this.#attribute(id, bytes.subarray(start, start + length));
      position = start + length + 2;
    }
    this.#endAttachment();
  }

  #attribute(id: number, data: Buffer): void {
    switch (id) {
      case ATTACHMENT_BEGIN:
        this.#endAttachment();
        break;
      case ATTACHMENT_TITLE:
        this.#name = text(data);
        break;
      case ATTACHMENT_DATA:
        if (this.#data.length < this.#budget.options.entries) this.#data.push(data);
        break;
      case ATTACHMENT_PROPERTIES:
        for (const property of readProperties(data)) this.#attachmentProperty(property);
        break;
      case MESSAGE_PROPERTIES:
        for (const { type, value } of readProperties(data)) this.#property(type, value);
        break;
      default:
        // The body and what else has content; addresses and dates have less.
        this.#handOn("", data);
    }
  }

  #attachmentProperty({ id, type, value }: MapiProperty): void {
    if (id === LONG_NAME || (id === SHORT_NAME && this.#longName === "")) {
      this.#longName = type === WIDE_TEXT ? (utf16(value).split("\0", 1)[0] ?? "") : text(value);
    } else if (id === ATTACHED_OBJECT && this.#data.length < this.#budget.options.entries) {
      // An interface, which says whether it is a message or storage, then its octets.
      this.#data.push(type === OBJECT ? value.subarray(INTERFACE_BYTES) : value);
    } else this.#property(type, value);
  }

  /** Whatever holds octets may hold content: bodies of all kinds, objects. */
  #property(type: number, value: Buffer): void {
    if (type === WIDE_TEXT) this.#handOn("", Buffer.from(utf16(value), "utf8"));
    else this.#handOn("", type === OBJECT ? value.subarray(INTERFACE_BYTES) : value);
  }

  #endAttachment(): void {
    const name = this.#longName || this.#name;
    for (const data of this.#data) this.#handOn(name, data);
    this.#name = "";
    this.#longName = "";
    this.#data = [];
  }

  #handOn(name: string, data: Buffer): void {
    if (data.length < MIN_CONTENT_BYTES || this.#isFull) return;
    if (this.#budget.takeEntry()) {
      this.#sink.entry(name, data);
      return;
    }
    this.#isFull = true;
    this.#sink.reason("limit-entries", `more than ${this.#budget.options.entries} entries`);
  }
}

function text(bytes: Buffer): string {
  return latin1(bytes, 0, MAX_NAME_BYTES).split("\0", 1)[0] ?? "";
}

const SIGNATURE = 0x223e9f78;
/** Signature and a key that nobody uses. */
const HEADER_BYTES = 6;
const ATTACHMENT_BEGIN = 0x9002;
const ATTACHMENT_TITLE = 0x8010;
const ATTACHMENT_DATA = 0x800f;
const ATTACHMENT_PROPERTIES = 0x9005;
const MESSAGE_PROPERTIES = 0x9003;
const LONG_NAME = 0x3707;
const SHORT_NAME = 0x3704;
const ATTACHED_OBJECT = 0x3701;
const OBJECT = 0x000d;
const WIDE_TEXT = 0x001f;
const INTERFACE_BYTES = 16;
const MAX_NAME_BYTES = 1024;
/** Nothing that fits into less is content. */
const MIN_CONTENT_BYTES = 8;
