/** Makes a message the body of a multi-line response (RFC 1939 §3). */
import { CR, DOT, fromLatin1, LF, NUL, view } from "../../core/bytes.ts";
import { withDots } from "./dot-splice.ts";

/** Streams a text: every line that begins with a dot gets one more, and CRLF "." CRLF ends it.
 *
 *  One thing goes beyond the RFC, and is the only alteration that is not undone by removing the stuffing: a dot after a
 *  bare LF or bare CR that is followed by CR, LF, NUL or the end of the text gets one more as well. To a client that takes
 *  bare line ends for lines, it would end the response and what follows in the message would be the next one (P-43). */
export class DotStuffer {
  #state: State = "line-start";

  /** `chunk` with dots put in; slices of it where that is cheaper than a copy. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = view(chunk);
    if (bytes.length === 0) return [];
    const places: number[] = [];
    const before = this.#begin(bytes, places);
    let afterLf = bytes.indexOf(LF_DOT);
    let afterCr = bytes.indexOf(CR_DOT);
    while (afterLf >= 0 || afterCr >= 0) {
      const found = afterCr < 0 || (afterLf >= 0 && afterLf < afterCr) ? afterLf : afterCr;
      const dot = found + 1;
      const isLineStart = bytes[found] === LF && this.#isCrBefore(bytes, found);
      if (isLineStart || (dot + 1 < bytes.length && endsLine(bytes[dot + 1]))) places.push(dot);
      if (found === afterLf) afterLf = bytes.indexOf(LF_DOT, dot);
      else afterCr = bytes.indexOf(CR_DOT, dot);
    }
    const end = this.#keepBack(bytes);
    const pieces = withDots(bytes, 0, end, places);
    return before.length === 0 ? pieces : [...before, ...pieces];
  }

  /** Ends the last line if it is not ended, and the response. */
  end(): Uint8Array[] {
    switch (this.#state) {
      case "line-start":
        return [TERMINATOR];
      case "bare-dot":
        return [ONE_DOT, ONE_DOT, LINE_END, TERMINATOR];
      case "cr":
      case "lf":
      case "in-line":
        return [LINE_END, TERMINATOR];
      default:
        return this.#state satisfies never;
    }
  }

  /** What depends on the chunks before: returns what was kept back, and notes whether the first octet is to be stuffed. */
  #begin(bytes: Buffer, places: number[]): readonly Uint8Array[] {
    if (this.#state === "bare-dot") return endsLine(bytes[0]) ? [ONE_DOT, ONE_DOT] : [ONE_DOT];
    if (bytes[0] !== DOT) return [];
    const isBare = this.#state === "cr" || this.#state === "lf";
    if (this.#state === "line-start" || (isBare && bytes.length > 1 && endsLine(bytes[1]))) places.push(0);
    return [];
  }

  /** True when the LF at `at` comes after a CR, be it the last octet of the chunk before. */
  #isCrBefore(bytes: Buffer, at: number): boolean {
    return at > 0 ? bytes[at - 1] === CR : this.#state === "cr";
  }

  /** Keeps back a dot at the end whose next octet decides whether it needs another; returns where what is sent ends. */
  #keepBack(bytes: Buffer): number {
    const last = bytes.length - 1;
    const isBareDot =
      bytes[last] === DOT &&
      (last === 0
        ? this.#state === "cr" || this.#state === "lf"
        : bytes[last - 1] === CR || (bytes[last - 1] === LF && !this.#isCrBefore(bytes, last - 1)));
    if (isBareDot) this.#state = "bare-dot";
    else if (bytes[last] === CR) this.#state = "cr";
    else if (bytes[last] !== LF) this.#state = "in-line";
    else this.#state = this.#isCrBefore(bytes, last) ? "line-start" : "lf";
    return isBareDot ? last : bytes.length;
  }
}

/** What the text so far ends with. "bare-dot" is a dot after a bare CR or LF that has not been sent yet. */
type State = "line-start" | "in-line" | "cr" | "lf" | "bare-dot";

const LF_DOT = fromLatin1("\n.");
const CR_DOT = fromLatin1("\r.");
const ONE_DOT = fromLatin1(".");
const LINE_END = fromLatin1("\r\n");
const TERMINATOR = fromLatin1(".\r\n");

function endsLine(octet: number | undefined): boolean {
  return octet === CR || octet === LF || octet === NUL;
}
