/** Reads an mbox in one pass. Every octet that is not part of a separating line, or of the empty line before one, is
 *  in exactly one message. */
import { CR, LF } from "../core/bytes.ts";
import { mailboxLimits } from "../core/limits.ts";
import { fromLineKind } from "./from-line.ts";
import { HeldOctets } from "./held-octets.ts";
import type { MailboxMessage } from "./mailbox-message.ts";
import type { MailboxInput, MailboxReader, Stretch } from "./mailbox-reader.ts";
import { type MboxMark, MboxSplitter } from "./mbox-splitter.ts";

export const mboxReader: MailboxReader = { format: "mbox", identifies, messages };

/** A From_ line with a date first, after empty lines at most; or any "From " line that a header follows. */
function identifies(head: Uint8Array): boolean {
  const text = Buffer.from(head).toString("latin1").replace(LEADING, "");
  const lineEnd = text.indexOf("\n");
  const line = lineEnd < 0 ? text : text.slice(0, lineEnd + 1);
  const kind = line.length > mailboxLimits.fromLineBytes ? "text" : fromLineKind(Buffer.from(line, "latin1"));
  if (kind !== "doubtful") return kind === "separator";
  return FIELD.test(text.slice(line.length));
}

async function* messages(input: MailboxInput): AsyncGenerator<MailboxMessage> {
  const reading = new MboxReading(input);
  try {
    for await (const chunk of input.chunks()) yield* reading.receive(chunk);
    yield* reading.finish();
  } finally {
    reading.abandon();
  }
}

/** One pass over one mbox. */
class MboxReading {
  readonly #path: string;
  readonly #splitter = new MboxSplitter();
  readonly #held: HeldOctets;
  #index = 0;
  #start = 0;
  #position = 0;
  /** Offset of the first octet that is not part of an empty line. */
  #firstText = Number.POSITIVE_INFINITY;
  #isPreamble = true;
  #doubts: MboxMark[] = [];
  #hasMoreDoubts = false;

  constructor(input: MailboxInput) {
    this.#path = input.path;
    this.#held = new HeldOctets(input);
  }

  /** The messages that end in `chunk`. */
  *receive(chunk: Buffer): Generator<MailboxMessage> {
    const chunkStart = this.#position;
    let taken = 0;
    for (const mark of this.#splitter.receive(chunk)) {
      const end = Math.max(mark.end - chunkStart, taken);
      this.#take(chunk.subarray(taken, end));
      taken = end;
      yield* this.#pass(mark);
    }
    this.#take(chunk.subarray(taken));
  }

  *finish(): Generator<MailboxMessage> {
    const { marks, blankBytes } = this.#splitter.finish();
    for (const mark of marks) yield* this.#pass(mark);
    yield* this.#cut(this.#position - blankBytes);
    this.abandon();
  }

  /** Lets go of what is held. */
  abandon(): void {
    this.#held.begin(this.#position);
  }

  #take(bytes: Uint8Array): void {
    if (this.#firstText === Number.POSITIVE_INFINITY) {
      const index = bytes.findIndex((octet) => octet !== CR && octet !== LF);
      if (index >= 0) this.#firstText = this.#position + index;
    }
    this.#held.add(bytes);
    this.#position += bytes.length;
  }

  *#pass(mark: MboxMark): Generator<MailboxMessage> {
    // A program that begins a message at any "From " has seen one begin with the first line of the file as well.
    const isFirstLine = this.#isPreamble && mark.start <= this.#firstText && mark.end > mark.start;
    if (mark.kind === "separator" || isFirstLine) {
      yield* this.#cut(mark.start - mark.blankBytes);
      this.#begin(mark.end);
    } else if (this.#doubts.length < mailboxLimits.doubtfulFromLines) {
      this.#doubts.push(mark);
    } else {
      this.#hasMoreDoubts = true;
    }
  }

  #begin(start: number): void {
    this.#isPreamble = false;
    this.#start = start;
    this.#doubts = [];
    this.#hasMoreDoubts = false;
    this.#held.begin(start);
  }

  /** The message that ends at `end`. */
  *#cut(end: number): Generator<MailboxMessage> {
    if (this.#isPreamble && this.#firstText >= end) return;
    const whole = this.#held.stretch(this.#start, end);
    const readings = this.#pieces(end);
    this.#index += 1;
    yield {
      path: this.#path,
      format: "mbox",
      index: this.#index,
      offset: this.#start,
      length: end - this.#start,
      source: whole.source,
      readings: readings.map((reading) => reading.source),
      hasMoreReadings: this.#hasMoreDoubts,
      release() {
        for (const stretch of [whole, ...readings]) stretch.release();
      },
    };
  }

  /** What lies between the doubtful lines. */
  #pieces(end: number): Stretch[] {
    if (this.#doubts.length === 0) return [];
    const pieces: Stretch[] = [];
    let start = this.#start;
    for (const doubt of this.#doubts) {
      pieces.push(this.#held.stretch(start, Math.max(start, doubt.start - doubt.blankBytes)));
      start = doubt.end;
    }
    pieces.push(this.#held.stretch(start, Math.max(start, end)));
    return pieces;
  }
}

/** A byte order mark and empty lines, which editors leave before the first message. */
const LEADING = /^(?:\xef\xbb\xbf)?[\r\n]*/;
const FIELD = /^(?:>From |[!-9;-~]{1,200}[ \t]*:)/;
