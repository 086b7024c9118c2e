/** Cuts one direction of an IMAP connection into lines and literals (RFC 9051 §2.2), without reading either. Everything
 *  else in this folder stands on it: the content of a literal never becomes a line, so it can not be taken for protocol
 *  (P-33, P-34).
 *
 *  Only CRLF ends a line. A bare CR or bare LF in a line is malformed and ends the session on either leg: what one
 *  program takes for the end of a line and the next one does not, is a way to smuggle (P-38). */

import { CR, LF, latin1, SPACE, view } from "../../core/bytes.ts";
import type { Side } from "../../core/model.ts";
import { findLiteral, type LiteralHead } from "./literal-head.ts";

export type Fragment =
  /** A line with its CRLF. `isContinued` is true for the line that goes on after a literal. */
  | {
      readonly type: "line";
      readonly bytes: Buffer;
      readonly literal: LiteralHead | undefined;
      readonly isContinued: boolean;
    }
  /** A slice of a literal, of which `remaining` octets are still to come. The last slice, `remaining` 0, may be empty. */
  | { readonly type: "literal"; readonly bytes: Buffer; readonly remaining: number }
  /** Nothing can be read any more. */
  | { readonly type: "malformed"; readonly code: MalformedCode };

export type MalformedCode = "bare-cr" | "bare-lf" | "line-too-long" | "literal-announcement";

/** Octets go in by `feed`, fragments come out of `next`, one at a time, so that the reader can decide about the next one
 *  after each. Concatenating all fragments restores the input. What is returned is never overwritten. */
export class Fragmentizer {
  /** A longer line, its CRLF included, is malformed. */
  maxLineBytes: number;
  readonly #from: Side;
  #state: "line" | "literal" | "malformed" = "line";
  #malformed: MalformedCode = "bare-cr";
  #isContinued = false;
  #isTextNext = false;
  #literalBytes = 0;
  #bytes: Buffer = EMPTY;
  #position = 0;
  /** No LF between #position and here. */
  #searched = 0;
  /** Where #bytes is our own memory: it is only ever appended to. */
  #memory: Buffer | undefined;

  constructor(from: Side, maxLineBytes: number) {
    this.#from = from;
    this.maxLineBytes = maxLineBytes;
  }

  /** Octets that were fed and not yet returned. */
  get waitingBytes(): number {
    return this.#bytes.length - this.#position;
  }

  /** Adds what was received; the memory is only referred to until `retain`. */
  feed(chunk: Uint8Array): void {
    if (this.waitingBytes === 0) this.#use(view(chunk), undefined);
    else this.#append(chunk);
  }

  /** The next fragment, or undefined until more is fed. */
  next(): Fragment | undefined {
    switch (this.#state) {
      case "line":
        return this.#readLine();
      case "literal":
        return this.#readLiteral();
      case "malformed":
        return { type: "malformed", code: this.#malformed };
      default:
        return this.#state satisfies never;
    }
  }

  /** The next line is text that announces no literal: an answer to a challenge, or DONE. */
  expectText(): void {
    this.#isTextNext = true;
  }

  /** The text that was expected will not come: a command does. */
  expectCommand(): void {
    this.#isTextNext = false;
  }

  /** The literal that was announced will not come: a new line does. */
  abandonLiteral(): void {
    this.#state = "line";
    this.#isContinued = false;
  }

  /** Takes a copy of what waits, at the end of the event whose octets were fed. */
  retain(): void {
    if (this.waitingBytes === 0) this.#use(EMPTY, undefined);
    else if (this.#memory === undefined) this.#append(EMPTY);
  }

  /** Everything that waits, as it came; for whoever relays from here on. */
  takeAll(): Buffer {
    const rest = this.#bytes.subarray(this.#position);
    this.#use(EMPTY, undefined);
    return rest;
  }

  #readLine(): Fragment | undefined {
    const feed = this.#bytes.indexOf(LF, this.#searched);
    const length = (feed < 0 ? this.#bytes.length : feed + 1) - this.#position;
    this.#searched = this.#position + length;
    if (!(length <= this.maxLineBytes)) return this.#fail("line-too-long");
    if (feed < 0) return undefined;
    const bytes = this.#bytes.subarray(this.#position, feed + 1);
    const carriageReturn = bytes.indexOf(CR);
    if (carriageReturn < 0) return this.#fail("bare-lf");
    if (carriageReturn !== length - 2) return this.#fail("bare-cr");
    const isText = this.#isTextNext || (this.#from === "upstream" && !this.#isContinued && isTextLine(bytes));
    const literal = isText ? "none" : findLiteral(bytes, this.#from);
    if (literal === "malformed") return this.#fail("literal-announcement");
    const isContinued = this.#isContinued;
    this.#position = feed + 1;
    this.#isTextNext = false;
    this.#isContinued = literal !== "none";
    if (literal === "none") return { type: "line", bytes, literal: undefined, isContinued };
    this.#state = "literal";
    this.#literalBytes = literal.bytes;
    return { type: "line", bytes, literal, isContinued };
  }

  #readLiteral(): Fragment | undefined {
    const length = Math.min(this.#literalBytes, this.waitingBytes);
    if (length === 0 && this.#literalBytes > 0) return undefined;
    const bytes = this.#bytes.subarray(this.#position, this.#position + length);
    this.#position += length;
    this.#searched = this.#position;
    this.#literalBytes -= length;
    if (this.#literalBytes === 0) this.#state = "line";
    return { type: "literal", bytes, remaining: this.#literalBytes };
  }

  #fail(code: MalformedCode): Fragment {
    this.#state = "malformed";
    this.#malformed = code;
    return { type: "malformed", code };
  }

  #use(bytes: Buffer, memory: Buffer | undefined): void {
    this.#bytes = bytes;
    this.#memory = memory;
    this.#position = 0;
    this.#searched = 0;
  }

  /** Appends to our own memory; when that is full, to a new one of twice what is needed. */
  #append(chunk: Uint8Array): void {
    const { length } = this.#bytes;
    if (this.#memory !== undefined && this.#memory.byteLength - length >= chunk.length) {
      this.#memory.set(chunk, length);
      this.#bytes = this.#memory.subarray(0, length + chunk.length);
      return;
    }
    const rest = this.#bytes.subarray(this.#position);
    const searched = this.#searched - this.#position;
    const memory = Buffer.allocUnsafe(Math.max(MIN_MEMORY_BYTES, 2 * (rest.length + chunk.length)));
    memory.set(rest);
    memory.set(chunk, rest.length);
    this.#use(memory.subarray(0, rest.length + chunk.length), memory);
    this.#searched = searched;
  }
}

/** Lines whose end is text for people (RFC 9051 §7.1): status responses, tagged or not, and continuations. `{5}` at the
 *  end of such a text announces nothing (P-32). */
function isTextLine(line: Uint8Array): boolean {
  if (line[0] === PLUS) return true;
  if (line[0] !== ASTERISK) return true;
  let start = 1;
  while (line[start] === SPACE) start += 1;
  return STATUS.test(latin1(line, start, start + MAX_STATUS_BYTES));
}

const STATUS = /^(?:OK|NO|BAD|BYE|PREAUTH)[ \r]/i;
const MAX_STATUS_BYTES = 8;

const EMPTY = Buffer.alloc(0);
const MIN_MEMORY_BYTES = 256;
const PLUS = 0x2b;
const ASTERISK = 0x2a;
