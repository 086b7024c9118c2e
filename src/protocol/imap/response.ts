/** The first line of a response (RFC 9051 §7), taken apart just far enough to know what it is. */
import { latin1, SPACE } from "../../core/bytes.ts";
import { atomEnd } from "./astring.ts";

export type ResponseStatus = "OK" | "NO" | "BAD";

export type Response =
  | { readonly type: "continuation" }
  | { readonly type: "tagged"; readonly tag: string; readonly status: ResponseStatus; readonly textStart: number }
  /** `* OK`, `* NO`, `* BAD`, `* BYE`, `* PREAUTH` and the text after it. */
  | { readonly type: "status"; readonly status: UntaggedStatus; readonly textStart: number }
  /** Any other untagged response: `* LIST …`, or with a number `* 12 EXISTS`. `name` is upper-case. */
  | {
      readonly type: "data";
      readonly name: string;
      readonly number: number | undefined;
      readonly argumentsStart: number;
    }
  | { readonly type: "invalid" };

export type UntaggedStatus = ResponseStatus | "BYE" | "PREAUTH";

/** Parses a line that begins a response; the arguments run to its CRLF or its literal. Extra spaces are tolerated as
 *  clients tolerate them (P-21); anything else that does not fit the grammar is invalid. */
export function parseResponse(line: Uint8Array): Response {
  const end = line.length - 2;
  if (line[0] === PLUS) return line.length === 3 || line[1] === SPACE ? { type: "continuation" } : INVALID;
  if (line[0] === ASTERISK) return line[1] === SPACE ? parseUntagged(line, end) : INVALID;
  const tagEnd = atomEnd(line, 0, end);
  if (tagEnd === 0 || line[tagEnd] !== SPACE) return INVALID;
  const status = readWord(line, skipSpaces(line, tagEnd, end), end);
  if (status === undefined || !isStatus(status.text)) return INVALID;
  return { type: "tagged", tag: latin1(line, 0, tagEnd), status: status.text, textStart: status.end };
}

function parseUntagged(line: Uint8Array, end: number): Response {
  const first = readWord(line, skipSpaces(line, 1, end), end);
  if (first === undefined) return INVALID;
  if (isUntaggedStatus(first.text)) return { type: "status", status: first.text, textStart: first.end };
  if (!/^[0-9]/.test(first.text)) {
    return { type: "data", name: first.text, number: undefined, argumentsStart: first.end };
  }
  if (!/^[0-9]{1,10}$/.test(first.text)) return INVALID;
  const second = readWord(line, skipSpaces(line, first.end, end), end);
  if (second === undefined) return INVALID;
  return { type: "data", name: second.text, number: Number(first.text), argumentsStart: second.end };
}

/** An atom that a space or the line's end ends, in upper case. */
function readWord(line: Uint8Array, start: number, end: number): { text: string; end: number } | undefined {
  const wordEnd = atomEnd(line, start, end);
  if (wordEnd === start || wordEnd - start > MAX_WORD_BYTES) return undefined;
  if (wordEnd < end && line[wordEnd] !== SPACE) return undefined;
  return { text: latin1(line, start, wordEnd).toUpperCase(), end: wordEnd };
}

function skipSpaces(line: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && line[at] === SPACE) at += 1;
  return at;
}

function isStatus(word: string): word is ResponseStatus {
  return word === "OK" || word === "NO" || word === "BAD";
}

function isUntaggedStatus(word: string): word is UntaggedStatus {
  return isStatus(word) || word === "BYE" || word === "PREAUTH";
}

const INVALID: Response = { type: "invalid" };
const MAX_WORD_BYTES = 64;
const PLUS = 0x2b;
const ASTERISK = 0x2a;
