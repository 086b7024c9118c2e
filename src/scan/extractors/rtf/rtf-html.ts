/** HTML that Outlook keeps inside RTF [MS-OXRTFEX]: it shows the HTML, so that is what is looked at. */
import { RtfTokens } from "./rtf-tokens.ts";

/** The HTML; undefined when the RTF says of itself that it was never HTML. */
export function rtfHtml(bytes: Buffer): Buffer | undefined {
  if (bytes.subarray(0, HEAD_BYTES).indexOf(FROM_HTML) < 0) return undefined;
  const html = new HtmlWriter(bytes);
  const tokens = new RtfTokens(bytes, 0, bytes.length);
  while (tokens.next()) html.take(tokens);
  return html.finish();
}

class HtmlWriter {
  readonly #bytes: Buffer;
  readonly #output: Buffer;
  #length = 0;
  #depth = 0;
  /** Depth of the outermost group whose text is not shown; 0 for none. */
  #hidden = 0;
  /** Text between `\htmlrtf` and `\htmlrtf0` is for readers of RTF alone. */
  #isForRtf = false;
  #isGroupStart = false;
  #isStarred = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#output = Buffer.allocUnsafe(bytes.length);
  }

  take(tokens: RtfTokens): void {
    const { kind } = tokens;
    if (kind === "open") this.#depth += 1;
    else if (kind === "close") this.#close();
    else if (kind === "word") this.#word(tokens);
    else if (kind === "symbol" && tokens.parameter === ASTERISK) this.#isStarred = this.#isGroupStart;
    else if (this.#hidden === 0 && !this.#isForRtf) this.#text(tokens);
    this.#isGroupStart = kind === "open";
  }

  finish(): Buffer {
    return this.#output.subarray(0, this.#length);
  }

  #close(): void {
    if (this.#depth === this.#hidden) this.#hidden = 0;
    if (this.#depth > 0) this.#depth -= 1;
  }

  #word({ word, parameter }: RtfTokens): void {
    if (word === "htmlrtf") this.#isForRtf = parameter !== 0;
    if (this.#hidden === 0) {
      const isHidden = this.#isStarred ? word !== "htmltag" : HIDDEN.has(word);
      if (isHidden) this.#hidden = this.#depth;
      else if (!this.#isForRtf) this.#write(CHARACTERS.get(word) ?? "");
    }
    this.#isStarred = false;
  }

  #text({ kind, start, end, parameter }: RtfTokens): void {
    if (kind === "text") {
      for (let index = start; index < end; index += 1) {
        const octet = this.#bytes[index] ?? 0;
        // Line ends in RTF are none in its text.
        if (octet !== 0x0d && octet !== 0x0a) this.#put(octet);
      }
    } else if (kind === "character" && !Number.isNaN(parameter)) this.#put(parameter);
    else if (kind === "symbol" && ESCAPED.has(parameter)) this.#put(parameter);
  }

  #write(text: string): void {
    for (let index = 0; index < text.length; index += 1) this.#put(text.charCodeAt(index));
  }

  /** There are never more octets than there were of RTF. */
  #put(octet: number): void {
    this.#output[this.#length] = octet;
    this.#length += 1;
  }
}

const HEAD_BYTES = 4096;
const FROM_HTML = Buffer.from("\\fromhtml", "latin1");
const ASTERISK = 0x2a;
/** A backslash and the braces. */
const ESCAPED = new Set([0x5c, 0x7b, 0x7d]);
const HIDDEN = new Set(["fonttbl", "colortbl", "stylesheet", "info", "pict", "object"]);
const CHARACTERS = new Map([
  ["par", "\r\n"],
  ["line", "\r\n"],
  ["tab", "\t"],
  ["lquote", "'"],
  ["rquote", "'"],
  ["ldblquote", '"'],
  ["rdblquote", '"'],
  ["emdash", "-"],
  ["endash", "-"],
  ["bullet", "*"],
]);
