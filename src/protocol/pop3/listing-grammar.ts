/** What a line of each listing looks like: a server could pass a whole mail, which nobody has judged, in anything looser
 *  (P-45). None of them has empty lines, as every mail does. */
import { latin1, lineEndLength, SPACE, TAB } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";

/** LIST, UIDL, CAPA, AUTH and LANG, the last two without an argument. */
export type ListingKind = "sizes" | "identifiers" | "capabilities" | "mechanisms" | "languages";

/** One per listing: it counts what it has seen. */
export class ListingGrammar {
  readonly #kind: ListingKind;
  #lines = 0;
  #bytes = 0;

  constructor(kind: ListingKind) {
    this.#kind = kind;
  }

  /** False for a line, given with its ending, that is none of this listing, or is more than any listing has. */
  accepts(line: Uint8Array): boolean {
    this.#lines += 1;
    this.#bytes += line.length;
    if (line.length > protocolLimits.pop3ListingLineBytes) return false;
    const end = line.length - lineEndLength(line);
    switch (this.#kind) {
      case "sizes":
        return this.#lines <= protocolLimits.pop3ListingLines && isSize(line, end);
      case "identifiers":
        return this.#lines <= protocolLimits.pop3ListingLines && isIdentifier(line, end);
      case "capabilities":
        return this.#isText(CAPABILITY, line, end);
      case "mechanisms":
        return this.#isText(MECHANISM, line, end);
      case "languages":
        return this.#isText(LANGUAGE, line, end);
      default:
        return this.#kind satisfies never;
    }
  }

  #isText(pattern: RegExp, line: Uint8Array, end: number): boolean {
    return this.#bytes <= protocolLimits.pop3ListingBytes && pattern.test(latin1(line, 0, end));
  }
}

/** RFC 2449 §3, with keywords as they are: a header field's name has a colon behind it. */
const CAPABILITY = /^[A-Za-z][A-Za-z0-9._-]*(?:[ \t][\t\x20-\x7e]*)?$/;

/** RFC 4422 §3.1, a little longer. */
const MECHANISM = /^[A-Za-z0-9_-]{1,64}[ \t]*$/;

/** RFC 6856 §3.2: a language tag and the language's name, in UTF-8, and nothing that names do not need. */
const LANGUAGE = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*(?: [ A-Za-z0-9(),.'/\x80-\xff-]*)?$/;

/** RFC 1939 §5: a scan listing. It discourages more than number and size, and some servers add a word. */
function isSize(line: Uint8Array, end: number): boolean {
  const number = messageNumberEnd(line, end);
  if (number === undefined) return false;
  const size = skipBlanks(line, number, end);
  const sizeEnd = skipDigits(line, size, end);
  if (size === number || sizeEnd === size || sizeEnd - size > SIZE_DIGITS) return false;
  const remark = skipBlanks(line, sizeEnd, end);
  if (remark === end) return true;
  const remarkEnd = dropBlanks(line, remark, end);
  return (
    remark > sizeEnd && remarkEnd - remark <= protocolLimits.pop3ListingRemarkBytes && isText(line, remark, remarkEnd)
  );
}

/** RFC 1939 §7: a unique-id listing. */
function isIdentifier(line: Uint8Array, end: number): boolean {
  const number = messageNumberEnd(line, end);
  if (number === undefined) return false;
  const identifier = skipBlanks(line, number, end);
  const identifierEnd = dropBlanks(line, identifier, end);
  const length = identifierEnd - identifier;
  if (identifier === number || length === 0 || length > protocolLimits.pop3IdentifierBytes) return false;
  return isText(line, identifier, identifierEnd) && skipWord(line, identifier, identifierEnd) === identifierEnd;
}

/** Where the number of a message at the start of a line ends; undefined if there is none. Numbers begin with 1. */
function messageNumberEnd(line: Uint8Array, end: number): number | undefined {
  const start = skipBlanks(line, 0, end);
  const numberEnd = skipDigits(line, start, end);
  if (numberEnd - start > NUMBER_DIGITS) return undefined;
  for (let at = start; at < numberEnd; at += 1) if (line[at] !== DIGIT_0) return numberEnd;
  return undefined;
}

/** As many as `RETR` is understood with. */
const NUMBER_DIGITS = 10;
/** A petabyte. */
const SIZE_DIGITS = 15;

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const TILDE = 0x7e;

function isBlank(octet: number | undefined): boolean {
  return octet === SPACE || octet === TAB;
}

function skipBlanks(line: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(line[at])) at += 1;
  return at;
}

function skipDigits(line: Uint8Array, start: number, end: number): number {
  let at = start;
  for (; at < end; at += 1) {
    const octet = line[at] ?? 0;
    if (octet < DIGIT_0 || octet > DIGIT_9) break;
  }
  return at;
}

function skipWord(line: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && !isBlank(line[at])) at += 1;
  return at;
}

/** The end of the text from `start` to `end` without the blanks there. */
function dropBlanks(line: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(line[at - 1])) at -= 1;
  return at;
}

/** True for printable ASCII and blanks. */
function isText(line: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const octet = line[at] ?? 0;
    if ((octet < SPACE && octet !== TAB) || octet > TILDE) return false;
  }
  return true;
}
