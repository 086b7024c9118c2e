/** Reads the lines of an APPEND (RFC 9051 §6.3.12, RFC 3502) or REPLACE (RFC 8508) between their literals: which mailbox is
 *  meant, and what each literal is.
 *
 *  What is known passes, and nothing else: the server may have extensions by which content comes into a mailbox that is in
 *  no literal, such as CATENATE with URLs (RFC 4469). */
import { latin1, SPACE } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import { shownName } from "./account.ts";
import { atomEnd, CLOSING_PARENTHESIS, OPENING_PARENTHESIS, QUOTE, quotedEnd, unquote } from "./astring.ts";
import type { LiteralHead } from "./literal-head.ts";

/** What follows a line: a literal with the mailbox's name or with a message, or nothing more. */
export type UploadPart = "name" | "message" | "end";

/** Why the command is not carried out. `unknown` has the word that is not known here. */
export type UploadProblem = { readonly type: "malformed" } | { readonly type: "unknown"; readonly word: string };

export class UploadReader {
  readonly #name: string;
  #state: "mailbox" | "name-literal" | "messages" = "mailbox";
  #mailbox = "";
  /** Parentheses that are open, over the literals between. */
  #depth = 0;

  /** `name` is APPEND or REPLACE. */
  constructor(name: string) {
    this.#name = name;
  }

  /** For people; unsanitized. */
  get mailbox(): string {
    return this.#mailbox;
  }

  /** Octets [start, …) of a line, of the first one from its arguments on. */
  line(bytes: Uint8Array, start: number, literal: LiteralHead | undefined): UploadPart | UploadProblem {
    const end = literal?.start ?? bytes.length - 2;
    let at = start;
    if (this.#state === "mailbox") {
      at = this.#name === "REPLACE" ? numberEnd(bytes, start, end) : start;
      if (at < 0) return MALFORMED;
      if (at === end) return this.#nameLiteral(literal);
      at = this.#readMailbox(bytes, at, end);
      if (at < 0) return MALFORMED;
    }
    this.#state = "messages";
    const problem = this.#readOptions(bytes, at, end);
    if (problem !== undefined) return problem;
    if (literal !== undefined) return "message";
    return this.#depth === 0 ? "end" : MALFORMED;
  }

  /** The literal that was announced as the mailbox's name. */
  named(name: Uint8Array): void {
    this.#setMailbox(name);
  }

  #nameLiteral(literal: LiteralHead | undefined): UploadPart | UploadProblem {
    if (literal === undefined || literal.isBinary) return MALFORMED;
    this.#state = "name-literal";
    return "name";
  }

  /** The end of the mailbox's name, or -1. */
  #readMailbox(bytes: Uint8Array, start: number, end: number): number {
    const isQuoted = bytes[start] === QUOTE;
    const nameEnd = isQuoted ? quotedEnd(bytes, start, end) : atomEnd(bytes, start, end);
    if (nameEnd <= start) return -1;
    const name = bytes.subarray(start, nameEnd);
    this.#setMailbox(isQuoted ? unquote(name) : name);
    return nameEnd;
  }

  #setMailbox(name: Uint8Array): void {
    this.#mailbox = shownName(latin1(name, 0, MAX_SHOWN_BYTES));
  }

  /** Flags, date and extensions. */
  #readOptions(bytes: Uint8Array, start: number, end: number): UploadProblem | undefined {
    for (let at = start; at < end; ) {
      const octet = bytes[at];
      if (octet === SPACE) {
        at += 1;
      } else if (octet === CLOSING_PARENTHESIS) {
        this.#depth -= 1;
        if (this.#depth < 0) return MALFORMED;
        at += 1;
      } else {
        const next = isSeparated(bytes, start, at) ? this.#readOption(bytes, at, end) : MALFORMED;
        if (typeof next !== "number") return next;
        at = next;
      }
    }
    return undefined;
  }

  /** The end of what begins at `start`. */
  #readOption(bytes: Uint8Array, start: number, end: number): number | UploadProblem {
    if (bytes[start] === OPENING_PARENTHESIS) {
      this.#depth += 1;
      return this.#depth > protocolLimits.imapNesting ? MALFORMED : start + 1;
    }
    if (bytes[start] === QUOTE) {
      const next = quotedEnd(bytes, start, end);
      return next < 0 || (this.#depth === 0 && next - start > MAX_DATE_BYTES) ? MALFORMED : next;
    }
    const next = wordEnd(bytes, start, end);
    const word = latin1(bytes, start, Math.min(next, start + MAX_WORD_BYTES)).toUpperCase();
    return this.#depth === 0 && !KNOWN_EXTENSIONS.has(word) ? { type: "unknown", word } : next;
  }
}

/** The place after `812 ` in front of REPLACE's mailbox, or -1. `*` is the last message. */
function numberEnd(bytes: Uint8Array, start: number, end: number): number {
  const number = /^(?:[1-9][0-9]{0,9}|\*) /.exec(latin1(bytes, start, Math.min(end, start + MAX_WORD_BYTES)))?.[0];
  return number === undefined ? -1 : start + number.length;
}

/** Words and strings stand apart, as the grammar has it: where they do not, a server may see other ones. */
function isSeparated(bytes: Uint8Array, start: number, at: number): boolean {
  const before = bytes[at - 1];
  return at > start && (before === SPACE || before === OPENING_PARENTHESIS);
}

function wordEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && !isDelimiter(bytes[at])) at += 1;
  return at;
}

function isDelimiter(octet: number | undefined): boolean {
  return octet === SPACE || octet === QUOTE || octet === OPENING_PARENTHESIS || octet === CLOSING_PARENTHESIS;
}

const MALFORMED: UploadProblem = { type: "malformed" };

/** RFC 6855 and RFC 5257: the content they bring is in literals. */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set(["UTF8", "ANNOTATION"]);

/** A date with its quotes has 28; in more there could be a message. */
const MAX_DATE_BYTES = 40;
const MAX_WORD_BYTES = 32;
const MAX_SHOWN_BYTES = 200;
