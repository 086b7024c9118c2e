/** The body of a multi-line response (RFC 1939 §3), told from the octets after it and freed of its dot-stuffing. */
import { CR, DOT, fromLatin1, LF, view } from "../../core/bytes.ts";
import { withoutDots } from "./dot-splice.ts";

/** One response. Only CRLF "." CRLF ends it, or "." CRLF at its very beginning: a bare-LF or bare-CR terminator would let
 *  mail content forge the next response (P-43). */
export class MultilineReader {
  #state: State = "line-start";

  /** Reads `chunk` from `start`. `text` gets slices of it; the result is where the response ended, after its
   *  terminator, or undefined when the chunk is used up. */
  receive(chunk: Uint8Array, start: number, text: Uint8Array[]): number | undefined {
    const bytes = view(chunk);
    let at = start;
    while (at < bytes.length) {
      switch (this.#state) {
        case "in-line":
        case "cr":
        case "line-start":
          at = this.#readRun(bytes, at, text);
          break;
        case "dot":
          if (bytes[at] === CR) {
            this.#state = "dot-cr";
            at += 1;
          } else {
            this.#state = "in-line";
            at = this.#readRun(bytes, at, text);
          }
          break;
        case "dot-cr":
          if (bytes[at] === LF) {
            this.#state = "done";
            return at + 1;
          }
          text.push(LONE_CR);
          this.#state = "cr";
          break;
        case "done":
          return at;
        default:
          this.#state satisfies never;
      }
    }
    return undefined;
  }

  /** Takes octets up to a dot at a line start whose meaning depends on what follows it. */
  #readRun(bytes: Buffer, start: number, text: Uint8Array[]): number {
    if (this.#state === "cr") {
      this.#state = bytes[start] === LF ? "line-start" : "in-line";
      if (this.#state === "line-start") {
        text.push(bytes.subarray(start, start + 1));
        return start + 1;
      }
    }
    if (this.#state === "line-start" && bytes[start] === DOT) {
      this.#state = "dot";
      return start + 1;
    }
    return this.#readLines(bytes, start, text);
  }

  /** Takes whole lines without looking at each, up to the dot that ends the response or may do so. */
  #readLines(bytes: Buffer, start: number, text: Uint8Array[]): number {
    const dots: number[] = [];
    let found = bytes.indexOf(LINE_START_DOT, start);
    while (found >= 0 && found + 4 < bytes.length && !(bytes[found + 3] === CR && bytes[found + 4] === LF)) {
      dots.push(found + 2);
      found = bytes.indexOf(LINE_START_DOT, found + 3);
    }
    const end = found < 0 ? bytes.length : found + 2;
    text.push(...withoutDots(bytes, start, end, dots));
    this.#state = found < 0 ? endState(bytes, start) : "dot";
    return found < 0 ? end : end + 1;
  }
}

type State = "line-start" | "in-line" | "cr" | "dot" | "dot-cr" | "done";

const LINE_START_DOT = fromLatin1("\r\n.");
const LONE_CR = fromLatin1("\r");

function endState(bytes: Buffer, start: number): State {
  const last = bytes[bytes.length - 1];
  if (last === CR) return "cr";
  return last === LF && bytes.length - start > 1 && bytes[bytes.length - 2] === CR ? "line-start" : "in-line";
}
