/** Reads the words of a structured header field (RFC 5322 §3.2, RFC 2045 §5.1), one character per octet, as an IMAP
 *  server does that wants to say something of every message: nothing is refused, and each octet is read a few times at
 *  most. */

/** `more` or `end`: something was read, and something or nothing follows. `broken`: it was not what it should be. */
export type Outcome = "more" | "end" | "broken";

export class FieldText {
  readonly text: string;
  position = 0;
  /** The last comment that was skipped. */
  comment = "";

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The character at the position; empty at the end. */
  peek(): string {
    return this.text.charAt(this.position);
  }

  /** Skips white space, line ends and comments. */
  skipBlanks(): Outcome {
    while (!this.isAtEnd) {
      const next = this.peek();
      if (next === " " || next === "\t" || next === "\r" || next === "\n") this.position += 1;
      else if (next !== "(") return "more";
      else if (!this.#skipComment()) return "broken";
    }
    return "end";
  }

  /** An atom and the blanks after it. Undefined when there is none. */
  atom(): { word: string; outcome: Outcome } | undefined {
    const word = this.#run(ATOM);
    return word === "" ? undefined : { word, outcome: this.skipBlanks() };
  }

  /** Atoms with dots in any place, and the blanks after them; may be empty. */
  dottedAtom(): { word: string; outcome: Outcome } {
    return { word: this.#run(DOTTED_ATOM), outcome: this.skipBlanks() };
  }

  /** A token of MIME and the blanks after it; may be empty. */
  token(): { word: string; outcome: Outcome } {
    return { word: this.#run(TOKEN), outcome: this.skipBlanks() };
  }

  /** What stands up to the next blank or semicolon. */
  untilBlank(): string {
    return this.#run(VISIBLE);
  }

  /** The content of a quoted string, which begins here, and the blanks after it: unfolded, escapes resolved. */
  quotedString(): { word: string; outcome: Outcome } {
    this.position += 1;
    return this.#delimited(QUOTED_END, '"', false);
  }

  /** A domain literal, which begins here, with its brackets and escapes, and the blanks after it. */
  domainLiteral(): { word: string; outcome: Outcome } {
    this.position += 1;
    const { word, outcome } = this.#delimited(LITERAL_END, "]", true);
    return { word: outcome === "broken" ? `[${word}` : `[${word}]`, outcome };
  }

  #delimited(ends: RegExp, close: string, keepsEscapes: boolean): { word: string; outcome: Outcome } {
    const pieces: string[] = [];
    while (!this.isAtEnd) {
      const run = this.#run(ends);
      // What is never closed is nothing: the rest of the field stands behind the quote by mistake.
      if (this.isAtEnd) break;
      pieces.push(run);
      const next = this.peek();
      if (next === "[") return { word: pieces.join(""), outcome: "broken" };
      if (next === close) {
        this.position += 1;
        return { word: pieces.join(""), outcome: this.skipBlanks() };
      }
      if (next === "\\") pieces.push(this.#escape(keepsEscapes));
      else pieces.push(this.#lineEnd());
    }
    return { word: pieces.join(""), outcome: "broken" };
  }

  /** The character that the backslash here is before; the backslash itself when that is no escape. */
  #escape(isKept: boolean): string {
    const escaped = this.text.charAt(this.position + 1);
    const isEscape = escaped !== "\r" && escaped !== "\n" && escaped !== "\0" && escaped !== "";
    this.position += isEscape ? 2 : 1;
    return isEscape && !isKept ? escaped : `\\${isEscape ? escaped : ""}`;
  }

  /** Of a folded line the line end goes; a CR alone stays. */
  #lineEnd(): string {
    const isReturn = this.peek() === "\r" && this.text[this.position + 1] !== "\n";
    this.position += 1;
    return isReturn ? "\r" : "";
  }

  /** False when it is never closed: it takes the rest with it. */
  #skipComment(): boolean {
    const pieces: string[] = [];
    let depth = 1;
    this.position += 1;
    while (!this.isAtEnd) {
      pieces.push(this.#run(COMMENT_TEXT));
      const next = this.peek();
      this.position += 1;
      if (next === "(") depth += 1;
      else if (next === ")") depth -= 1;
      if (depth === 0) {
        this.comment = pieces.join("");
        return true;
      }
      if (next === "\\") {
        this.position -= 1;
        pieces.push(this.#escape(false));
      } else if (next === "(" || next === ")" || (next === "\r" && this.peek() !== "\n")) pieces.push(next);
    }
    return false;
  }

  #run(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    const run = pattern.exec(this.text)?.[0] ?? "";
    this.position += run.length;
    return run;
  }
}

export function isAtomCharacter(character: string): boolean {
  return ATOM_CHARACTER.test(character);
}

const ATOM_TEXT = "A-Za-z0-9!#$%&'*+/=?^_`{|}~\\x80-\\xff-";
const ATOM_CHARACTER = new RegExp(`^[${ATOM_TEXT}]$`);
const ATOM = new RegExp(`[${ATOM_TEXT}]*`, "y");
const DOTTED_ATOM = new RegExp(`[.${ATOM_TEXT}]*`, "y");
/** Without the specials of MIME. */
const TOKEN = /[A-Za-z0-9!#$%&'*+^_`{|}~\x80-\xff.-]*/y;
const VISIBLE = /[^; \t\r\n]*/y;
const QUOTED_END = /[^"\\\r\n]*/y;
const LITERAL_END = /[^[\]\\\r\n]*/y;
const COMMENT_TEXT = /[^()\\\r\n]*/y;
