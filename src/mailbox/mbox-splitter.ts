/** Finds the lines that separate the messages of an mbox, in one pass and with a constant amount of memory. An empty
 *  line before a separator is not asked for: the programs that read mbox do not ask for it either, and a message that
 *  was cut off in writing has none. `>From ` is left as it stands: who compares hashes of text that was quoted so must
 *  take the `>` away first. */
import { CR, LF, view } from "../core/bytes.ts";
import { mailboxLimits } from "../core/limits.ts";
import { fromLineKind } from "./from-line.ts";

/** A line that begins with "From ". Offsets count from the start of the mbox; `end` is behind the line end. */
export interface MboxMark {
  readonly kind: "separator" | "doubtful";
  readonly start: number;
  readonly end: number;
  /** Octets of the empty line before it, which belongs to no message; 0 when there is none. */
  readonly blankBytes: 0 | 1 | 2;
}

export interface MboxEnd {
  readonly marks: readonly MboxMark[];
  /** Octets of the empty line at the end of the mbox; 0 when there is none. */
  readonly blankBytes: 0 | 1 | 2;
}

/** Feeding it the same octets in other chunks gives the same marks. */
export class MboxSplitter {
  /** `line`: at the start of a line that may turn out to be a From_ line. */
  #state: "text" | "line" = "line";
  /** The octets of that line so far; they are copies, and at most `fromLineBytes`. */
  #line: Buffer = Buffer.alloc(0);
  #lineStart = 0;
  #blankBytes: 0 | 1 | 2 = 0;
  /** The last three octets before the chunk. */
  #before: readonly [number, number, number] = [NOTHING, NOTHING, NOTHING];
  #position = 0;

  /** The marks that are complete with `chunk`, in order. */
  receive(chunk: Uint8Array): MboxMark[] {
    const bytes = view(chunk);
    const marks: MboxMark[] = [];
    let at = 0;
    while (at < bytes.length)
      at = this.#state === "line" ? this.#readLine(bytes, at, marks) : this.#findLine(bytes, at);
    this.#remember(bytes);
    this.#position += bytes.length;
    return marks;
  }

  /** The mark of a last line without a line end, and how the mbox ends. */
  finish(): MboxEnd {
    const marks: MboxMark[] = [];
    if (this.#state === "line" && this.#line.length >= FROM.length) {
      this.#mark(marks, fromLineKind(this.#line), this.#position);
      return { marks, blankBytes: 0 };
    }
    const [third, second, last] = this.#before;
    return { marks, blankBytes: last === LF ? blankBefore(second, third) : 0 };
  }

  /** Goes to the next line that begins like a From_ line, or to the end of the chunk. */
  #findLine(bytes: Buffer, from: number): number {
    const found = bytes.indexOf(NEXT_FROM, from);
    const lineEnd = found >= 0 ? found : partialMatch(bytes, from);
    if (lineEnd < 0) return bytes.length;
    this.#state = "line";
    this.#line = Buffer.alloc(0);
    this.#lineStart = this.#position + lineEnd + 1;
    this.#blankBytes = blankBefore(this.#octet(bytes, lineEnd - 1), this.#octet(bytes, lineEnd - 2));
    return lineEnd + 1;
  }

  /** Takes the line up to its end, to where it stops to look like a From_ line, or to the end of the chunk. */
  #readLine(bytes: Buffer, from: number, marks: MboxMark[]): number {
    const room = mailboxLimits.fromLineBytes - this.#line.length;
    const window = bytes.subarray(from, from + room);
    const lineFeed = window.indexOf(LF);
    const taken = lineFeed < 0 ? window : window.subarray(0, lineFeed + 1);
    const line = this.#line.length === 0 ? taken : Buffer.concat([this.#line, taken]);
    if (!beginsLikeFrom(line)) {
      // The line feed that may end this line is looked at again: the next line may begin like a From_ line.
      this.#state = "text";
      return lineFeed < 0 ? from + taken.length : from + lineFeed;
    }
    if (lineFeed >= 0) {
      this.#mark(marks, fromLineKind(line), this.#position + from + taken.length);
      this.#state = "text";
      return from + lineFeed;
    }
    if (line.length === mailboxLimits.fromLineBytes) {
      // Too long for a separator, yet some program may take it for one: its text stays in the message.
      this.#mark(marks, fromLineKind(line) === "text" ? "text" : "doubtful", this.#lineStart);
      this.#state = "text";
      return from + taken.length;
    }
    this.#line = Buffer.from(line);
    return bytes.length;
  }

  #mark(marks: MboxMark[], kind: ReturnType<typeof fromLineKind>, end: number): void {
    if (kind !== "text") marks.push({ kind, start: this.#lineStart, end, blankBytes: this.#blankBytes });
  }

  /** The octet at `index` of the chunk, or of what came before it. */
  #octet(bytes: Buffer, index: number): number {
    return (index >= 0 ? bytes[index] : this.#before[3 + index]) ?? NOTHING;
  }

  #remember(bytes: Buffer): void {
    const length = bytes.length;
    this.#before = [this.#octet(bytes, length - 3), this.#octet(bytes, length - 2), this.#octet(bytes, length - 1)];
  }
}

/** Where a line feed stands from which on the chunk's end may be the beginning of "\nFrom ", or -1. */
function partialMatch(bytes: Buffer, from: number): number {
  const first = Math.max(from, bytes.length - FROM.length);
  const lineFeed = bytes.indexOf(LF, first);
  if (lineFeed < 0) return -1;
  return beginsLikeFrom(bytes.subarray(lineFeed + 1)) ? lineFeed : partialMatch(bytes, lineFeed + 1);
}

/** Whether `line` begins with "From " or is a beginning of it. */
function beginsLikeFrom(line: Uint8Array): boolean {
  const length = Math.min(line.length, FROM.length);
  for (let index = 0; index < length; index += 1) {
    if (line[index] !== FROM[index]) return false;
  }
  return true;
}

/** The length of the empty line that ends with a line feed, from the two octets before that line feed. */
function blankBefore(last: number, beforeLast: number): 0 | 1 | 2 {
  if (last === LF || last === NOTHING) return 1;
  return last === CR && (beforeLast === LF || beforeLast === NOTHING) ? 2 : 0;
}

const FROM = Buffer.from("From ");
const NEXT_FROM = Buffer.from("\nFrom ");
/** Stands for the octets before the start of the mbox. */
const NOTHING = -1;
