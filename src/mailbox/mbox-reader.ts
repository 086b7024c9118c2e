/** Reads an mbox in one pass. Every octet that is not part of a separating line, or of the empty line before one, is
 *  in exactly one message. */
import { CR, LF } from "../core/bytes.ts";
import { mailboxLimits } from "../core/limits.ts";
import { fromLineKind } from "./from-line.ts";
import type { MailboxMessage } from "./mailbox-message.ts";
import type { MailboxInput, MailboxReader, Stretch } from "./mailbox-reader.ts";
import { type MboxMark, MboxSplitter } from "./mbox-splitter.ts";

export const mboxReader: MailboxReader = { format: "mbox", identifies, messages, messagesOf };

/** A From_ line with a date first, after empty lines at most; or any "From " line that a header follows. */
function identifies(head: Uint8Array): boolean {
  const text = Buffer.from(head).toString("latin1").replace(LEADING, "");
  const lineEnd = text.indexOf("\n");
  const line = lineEnd < 0 ? text : text.slice(0, lineEnd + 1);
  const kind = line.length > mailboxLimits.fromLineBytes ? "text" : fromLineKind(Buffer.from(line, "latin1"));
  if (kind !== "doubtful") return kind === "separator";
  return FIELD.test(text.slice(line.length));
}

async function* messages(input: MailboxInput): AsyncGenerator<Iterable<MailboxMessage>> {
  const reading = new MboxReading(input);
  for await (const chunk of input.chunks()) yield reading.receive(chunk);
  yield reading.finish();
}

function* messagesOf(input: MailboxInput, octets: Buffer): Generator<MailboxMessage> {
  const reading = new MboxReading(input);
  yield* reading.receive(octets);
  yield* reading.finish();
}

/** One pass over one mbox. */
class MboxReading {
  readonly #input: MailboxInput;
  readonly #splitter = new MboxSplitter();
  #index = 0;
  #start = 0;
  #position = 0;
  /** Offset of the first octet that is not part of an empty line. */
  #firstText = Number.POSITIVE_INFINITY;
  #isPreamble = true;
  #doubts: MboxMark[] = [];
  #hasMoreDoubts = false;

  constructor(input: MailboxInput) {
    this.#input = input;
  }

  /** The messages that end in `chunk`. */
  *receive(chunk: Buffer): Generator<MailboxMessage> {
    if (this.#firstText === Number.POSITIVE_INFINITY) {
      const index = chunk.findIndex((octet) => octet !== CR && octet !== LF);
      if (index >= 0) this.#firstText = this.#position + index;
    }
    this.#position += chunk.length;
    for (const mark of this.#splitter.receive(chunk)) yield* this.#pass(mark);
  }

  *finish(): Generator<MailboxMessage> {
    const { marks, blankBytes } = this.#splitter.finish();
    for (const mark of marks) yield* this.#pass(mark);
    yield* this.#cut(this.#position - blankBytes);
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
    this.#input.forget(start);
  }

  /** The message that ends at `end`. */
  *#cut(end: number): Generator<MailboxMessage> {
    if (this.#isPreamble && this.#firstText >= end) return;
    const whole = this.#input.stretch(this.#start, end);
    const readings = this.#pieces(end);
    this.#index += 1;
    yield {
      path: this.#input.path,
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
      pieces.push(this.#input.stretch(start, Math.max(start, doubt.start - doubt.blankBytes)));
      start = doubt.end;
    }
    pieces.push(this.#input.stretch(start, Math.max(start, end)));
    return pieces;
  }
}

/** A byte order mark and empty lines, which editors leave before the first message. */
const LEADING = /^(?:\xef\xbb\xbf)?[\r\n]*/;
const FIELD = /^(?:>From |[!-9;-~]{1,200}[ \t]*:)/;
