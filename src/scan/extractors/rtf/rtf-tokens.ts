/** Splits RTF into braces, control words and what is between them. Like Word it takes whatever comes: words end where no
 *  letter follows, numbers may be too long, raw octets (`\bin`) may be fewer than announced. */
import { latin1 } from "../../../core/bytes.ts";

/** `character` is `\'xx` in `parameter`; `symbol` a backslash before anything else, which is `parameter`; `raw` the octets
 *  after `\bin`. */
export type RtfTokenKind = "open" | "close" | "word" | "symbol" | "character" | "text" | "raw";

/** Steps from token to token; its fields are those of the present one. */
export class RtfTokens {
  kind: RtfTokenKind = "text";
  start: number;
  end: number;
  /** Of a control word, without backslash and number. */
  word = "";
  /** NaN when there is none. */
  parameter = Number.NaN;
  readonly #bytes: Buffer;
  readonly #stop: number;
  #rawBytes = 0;

  constructor(bytes: Buffer, start: number, stop: number) {
    this.#bytes = bytes;
    this.#stop = stop;
    this.start = start;
    this.end = start;
  }

  /** False when there is no more. */
  next(): boolean {
    this.start = this.end;
    if (this.start >= this.#stop) return false;
    if (this.#rawBytes > 0) {
      this.kind = "raw";
      this.end = this.start + this.#rawBytes;
      this.#rawBytes = 0;
      return true;
    }
    const octet = this.#bytes[this.start];
    if (octet === OPEN || octet === CLOSE) {
      this.kind = octet === OPEN ? "open" : "close";
      this.end = this.start + 1;
    } else if (octet === BACKSLASH) this.#readControl();
    else this.#readText();
    return true;
  }

  #readText(): void {
    this.kind = "text";
    let end = this.start + 1;
    while (end < this.#stop) {
      const octet = this.#bytes[end];
      if (octet === BACKSLASH || octet === OPEN || octet === CLOSE) break;
      end += 1;
    }
    this.end = end;
  }

  #readControl(): void {
    const bytes = this.#bytes;
    let end = this.start + 1;
    while (end < this.#stop && isLetter(bytes[end])) end += 1;
    if (end === this.start + 1) {
      this.#readSymbol();
      return;
    }
    this.kind = "word";
    this.word = latin1(bytes, this.start + 1, Math.min(end, this.start + 1 + MAX_WORD_BYTES));
    const digits = end;
    if (bytes[end] === HYPHEN && isDigit(bytes[end + 1])) end += 1;
    while (end < this.#stop && isDigit(bytes[end])) end += 1;
    const isNumber = end > digits && end - digits <= MAX_NUMBER_BYTES;
    this.parameter = isNumber ? Number(latin1(bytes, digits, end)) : Number.NaN;
    if (end < this.#stop && bytes[end] === SPACE) end += 1;
    this.end = end;
    const isRaw = this.word === "bin" && this.parameter > 0 && this.parameter <= this.#stop - end;
    this.#rawBytes = isRaw ? this.parameter : 0;
  }

  #readSymbol(): void {
    const octet = this.#bytes[this.start + 1] ?? 0;
    const isCharacter = octet === APOSTROPHE && this.start + 4 <= this.#stop;
    const code = isCharacter ? Number.parseInt(latin1(this.#bytes, this.start + 2, this.start + 4), 16) : Number.NaN;
    this.kind = isCharacter ? "character" : "symbol";
    this.parameter = isCharacter ? code : octet;
    // Without two digits nothing but the mark is used up.
    this.end = Math.min(this.#stop, this.start + (isCharacter && !Number.isNaN(code) ? 4 : 2));
  }
}

function isLetter(octet = 0): boolean {
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

function isDigit(octet = 0): boolean {
  return octet >= 0x30 && octet <= 0x39;
}

const OPEN = 0x7b;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const APOSTROPHE = 0x27;
/** Word knows none that is longer, and cuts at about this. */
const MAX_WORD_BYTES = 255;
const MAX_NUMBER_BYTES = 10;
