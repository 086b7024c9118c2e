/** The body of a multi-line response (RFC 1939 §3), told from the octets after it and freed of its dot-stuffing. */
import { CR, DOT, fromLatin1, LF, view } from "../../core/bytes.ts";

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

  /** Takes everything up to and including the next line start with a dot, but not the dot. */
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
    const found = bytes.indexOf(LINE_START_DOT, start);
    if (found >= 0) {
      text.push(bytes.subarray(start, found + 2));
      this.#state = "dot";
      return found + LINE_START_DOT.length;
    }
    text.push(bytes.subarray(start));
    this.#state = endState(bytes, start);
    return bytes.length;
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
