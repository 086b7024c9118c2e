/** Puts into a FETCH response what is true of a message that was replaced: its size and its structure are not those that
 *  the upstream knows. */
import { fromLatin1, latin1, SPACE, view } from "../../core/bytes.ts";
import { CLOSING_PARENTHESIS, OPENING_PARENTHESIS, QUOTE, quotedEnd } from "./astring.ts";
import type { Piece } from "./response-pieces.ts";
import type { Told } from "./rewritten-messages.ts";

/** The pieces of one response with the values of `told`. What can not be read stays as it is: whether it may pass was
 *  decided before. */
export function withTold(pieces: readonly Piece[], told: Told): Piece[] {
  const reader = new ItemReader(told);
  return joined(pieces).map((piece) => {
    if (piece.type === "bytes") return { type: "bytes", bytes: reader.rewrite(view(piece.bytes)) };
    return piece;
  });
}

/** Values never go from one piece of text to the next when those that touch are one. */
function joined(pieces: readonly Piece[]): Piece[] {
  const all: Piece[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (piece.type === "bytes" && last?.type === "bytes") {
      all[all.length - 1] = { type: "bytes", bytes: Buffer.concat([last.bytes, piece.bytes]) };
    } else all.push(piece);
  }
  return all;
}

class ItemReader {
  readonly #told: Told;
  #state: "before" | "items" | "over" = "before";

  constructor(told: Told) {
    this.#told = told;
  }

  /** The next text. Between two of them stand the value of the last name, or names with their values. */
  rewrite(bytes: Buffer): Buffer {
    const kept: Uint8Array[] = [];
    let copied = 0;
    let at = 0;
    if (this.#state === "before") {
      at = bytes.indexOf(OPENING_PARENTHESIS) + 1;
      if (at === 0) return bytes;
      this.#state = "items";
    }
    while (this.#state === "items") {
      while (bytes[at] === SPACE) at += 1;
      if (at >= bytes.length) break;
      if (bytes[at] === CLOSING_PARENTHESIS) {
        this.#state = "over";
        break;
      }
      const nameEnd = endOfName(bytes, at);
      const name = latin1(bytes, at, nameEnd);
      at = nameEnd;
      while (bytes[at] === SPACE) at += 1;
      if (at >= bytes.length) break;
      const valueEnd = endOfValue(bytes, at);
      if (valueEnd <= at) {
        this.#state = "over";
        break;
      }
      const value = this.#valueOf(name.toUpperCase());
      if (value !== undefined) {
        kept.push(bytes.subarray(copied, at), value);
        copied = valueEnd;
      }
      at = valueEnd;
    }
    return copied === 0 ? bytes : Buffer.concat([...kept, bytes.subarray(copied)]);
  }

  #valueOf(name: string): Uint8Array | undefined {
    const { bytes, envelope, body, bodyStructure, binarySizes } = this.#told;
    switch (name) {
      case "RFC822.SIZE":
        return fromLatin1(String(bytes));
      case "ENVELOPE":
        return envelope;
      case "BODY":
        return body;
      case "BODYSTRUCTURE":
        return bodyStructure;
      default: {
        const part = /^BINARY\.SIZE\[([0-9.]+)\]$/.exec(name)?.[1];
        const size = part === undefined ? undefined : binarySizes.get(part);
        return size === undefined ? undefined : fromLatin1(String(size));
      }
    }
  }
}

/** The end of an item's name, `BODY[HEADER.FIELDS (A "b]")]<0>` with its section. */
function endOfName(bytes: Buffer, start: number): number {
  let at = start;
  let isInSection = false;
  while (at < bytes.length) {
    const octet = bytes[at];
    if (octet === OPENING_BRACKET) isInSection = true;
    else if (octet === CLOSING_BRACKET) isInSection = false;
    else if (octet === SPACE && !isInSection) break;
    const next = octet === QUOTE ? quotedEnd(bytes, at, bytes.length) : at + 1;
    if (next < 0) return bytes.length;
    at = next;
  }
  return at;
}

/** After the value that begins at `start`; -1 when it is none. */
function endOfValue(bytes: Buffer, start: number): number {
  const octet = bytes[start];
  if (octet === QUOTE) return quotedEnd(bytes, start, bytes.length);
  if (octet === OPENING_PARENTHESIS) return endOfList(bytes, start);
  const literal = endOfLiteral(bytes, start);
  if (literal > 0) return literal;
  let at = start;
  while (at < bytes.length && bytes[at] !== SPACE && bytes[at] !== CLOSING_PARENTHESIS) at += 1;
  return at;
}

function endOfList(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at >= 0 && at < bytes.length; ) {
    const octet = bytes[at];
    if (octet === QUOTE) {
      at = quotedEnd(bytes, at, bytes.length);
      continue;
    }
    if (octet === OPENING_PARENTHESIS) depth += 1;
    if (octet === CLOSING_PARENTHESIS) depth -= 1;
    if (depth === 0) return at + 1;
    const literal = octet === OPENING_BRACE ? endOfLiteral(bytes, at) : 0;
    at = literal > 0 ? literal : at + 1;
  }
  return -1;
}

/** After the literal that is announced at `start`; 0 when none is. */
function endOfLiteral(bytes: Buffer, start: number): number {
  if (bytes[start] !== OPENING_BRACE && bytes[start] !== TILDE) return 0;
  const head = LITERAL.exec(latin1(bytes, start, start + MAX_HEAD_BYTES));
  if (head === null) return 0;
  const end = start + head[0].length + Number(head[1]);
  return end <= bytes.length ? end : 0;
}

const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const TILDE = 0x7e;
const LITERAL = /^~?\{([0-9]+)\}\r\n/;
const MAX_HEAD_BYTES = 24;
