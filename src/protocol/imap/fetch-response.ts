/** Reads the items of a FETCH response (RFC 9051 §7.5.2), line by line as the fragmentizer gives them; what stands in the
 *  literals between the lines is somebody else's. */
import { latin1, NUL, SPACE, view } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import { BACKSLASH, CLOSING_PARENTHESIS, isAtomOctet, OPENING_PARENTHESIS, QUOTE, quotedEnd } from "./astring.ts";
import { type ItemKind, itemKind, stringPlace } from "./fetch-item.ts";
import { isTooLongString } from "./string-guard.ts";

/** An item of content that this line holds, or whose literal follows it. `nameStart` and the value's range are offsets
 *  in the line; a literal's value begins with its announcement. */
export interface FoundItem {
  readonly kind: Exclude<ItemKind, "plain">;
  readonly name: string;
  readonly nameStart: number;
  readonly value: "nil" | "quoted" | "literal";
  readonly start: number;
  readonly end: number;
}

export type FetchOutcome = "ok" | "forbidden" | "malformed" | "too-deep";

/** One per response. Tolerant of spaces and of case (P-21), strict in everything else: what it can not read, it does not
 *  call harmless. */
export class FetchReader {
  /** The items of content found in the last line. */
  items: FoundItem[] = [];
  /** Where in the last line the response's closing parenthesis stands, once it was there. */
  closing = 0;
  /** The value of the UID item, once it was there. */
  uid: number | undefined;
  #state: State = "open";
  #depth = 0;
  #name = "";
  #nameStart = 0;
  #kind: ItemKind = "plain";
  #line: Uint8Array = EMPTY;
  #end = 0;
  #at = 0;
  #isBeforeLiteral = false;
  #problem: FetchOutcome = "ok";

  /** Reads octets [start, end) of a line; `end` is where the CRLF or the literal's announcement begins. */
  read(line: Uint8Array, start: number, end: number, isBeforeLiteral: boolean): FetchOutcome {
    this.items = [];
    this.#line = line;
    this.#at = start;
    this.#end = end;
    this.#isBeforeLiteral = isBeforeLiteral;
    // Programs that drop NULs see other words and other ends of strings than programs that do not.
    const nul = view(line).indexOf(NUL, start);
    if (nul >= 0 && nul < end) return this.#fail("malformed");
    while (this.#problem === "ok" && this.#at < this.#end) this.#step();
    if (this.#problem === "ok") this.#finishLine();
    return this.#problem;
  }

  #step(): void {
    switch (this.#state) {
      case "open":
        this.#readOpening();
        return;
      case "name":
        this.#readName();
        return;
      case "value":
        this.#readValue();
        return;
      case "after-value":
        if (this.#octet() === CLOSING_PARENTHESIS) this.#close();
        else if (this.#octet() === SPACE) this.#moveTo("name");
        else this.#fail("malformed");
        return;
      case "list":
        this.#readList();
        return;
      case "closed":
        if (this.#octet() === SPACE) this.#at += 1;
        else this.#fail("malformed");
        return;
      default:
        this.#state satisfies never;
    }
  }

  /** The line ends here: whole, or with the announcement of a literal, which is a value. */
  #finishLine(): void {
    if (!this.#isBeforeLiteral) {
      if (this.#state !== "closed") this.#fail("malformed");
      return;
    }
    const isInList = this.#state === "list";
    if ((this.#state !== "value" && !isInList) || !this.#mayHoldLiteral(isInList)) {
      this.#fail("malformed");
      return;
    }
    if (isInList) return;
    if (this.#kind === "forbidden") {
      this.#fail("forbidden");
      return;
    }
    this.#found("literal", this.#end, this.#end);
    this.#state = "after-value";
  }

  #mayHoldLiteral(isInList: boolean): boolean {
    if (this.#kind !== "plain") return true;
    const place = stringPlace(this.#name);
    return place === "anywhere" || (place === "list" && isInList);
  }

  #readOpening(): void {
    if (this.#octet() === SPACE) this.#at += 1;
    else if (this.#octet() === OPENING_PARENTHESIS) this.#moveTo("name");
    else this.#fail("malformed");
  }

  #readName(): void {
    if (this.#octet() === SPACE) {
      this.#at += 1;
      return;
    }
    if (this.#octet() === CLOSING_PARENTHESIS) {
      this.#close();
      return;
    }
    const end = this.#nameEnd();
    if (end <= this.#at || this.#line[end] !== SPACE || end >= this.#end) {
      this.#fail("malformed");
      return;
    }
    this.#nameStart = this.#at;
    this.#name = latin1(this.#line, this.#at, end);
    this.#kind = itemKind(this.#name);
    this.#at = end;
    this.#state = "value";
  }

  /** An atom with a section, `BODY[HEADER.FIELDS (DATE "X")]<0>`; -1 when the section does not end. */
  #nameEnd(): number {
    let at = this.#at;
    while (at < this.#end && isNameOctet(this.#line[at])) at += 1;
    if (this.#line[at] !== OPENING_BRACKET || at >= this.#end) return at;
    while (at < this.#end && this.#line[at] !== CLOSING_BRACKET) {
      at = this.#line[at] === QUOTE ? quotedEnd(this.#line, at, this.#end) : at + 1;
      if (at < 0) return -1;
    }
    while (at < this.#end && (isNameOctet(this.#line[at]) || this.#line[at] === CLOSING_BRACKET)) at += 1;
    return at;
  }

  #readValue(): void {
    const octet = this.#octet();
    if (octet === SPACE) this.#at += 1;
    else if (octet === QUOTE) this.#readQuoted();
    else if (octet === OPENING_PARENTHESIS) {
      if (this.#kind === "plain") this.#moveTo("list");
      else this.#fail(this.#kind === "forbidden" ? "forbidden" : "malformed");
      this.#depth = 1;
    } else this.#readAtom();
  }

  #readQuoted(): void {
    const start = this.#at;
    if (this.#kind === "plain" && stringPlace(this.#name) === "list") this.#fail("malformed");
    else if (this.#skipQuoted()) {
      this.#found("quoted", start, this.#at);
      this.#state = "after-value";
    }
  }

  /** Goes to the end of a quoted string; false when it has none, or holds more than such a string does. */
  #skipQuoted(): boolean {
    const end = quotedEnd(this.#line, this.#at, this.#end);
    if (end < 0) this.#fail("malformed");
    else if (this.#kind === "plain" && isTooLongString(end - this.#at - 2)) this.#fail("forbidden");
    else this.#at = end;
    return this.#problem === "ok";
  }

  #readAtom(): void {
    const start = this.#at;
    let end = start;
    while (end < this.#end && isValueOctet(this.#line[end])) end += 1;
    if (end === start) {
      this.#fail("malformed");
      return;
    }
    if (this.#kind !== "plain") {
      if (latin1(this.#line, start, end).toUpperCase() !== "NIL") {
        this.#fail(this.#kind === "forbidden" ? "forbidden" : "malformed");
        return;
      }
      this.#found("nil", start, end);
    } else if (this.#name.length === 3 && this.#name.toUpperCase() === "UID") {
      this.#readUid(latin1(this.#line, start, end));
    }
    this.#at = end;
    this.#state = "after-value";
  }

  #readUid(text: string): void {
    if (/^[1-9][0-9]{0,9}$/.test(text)) this.uid = Number(text);
    else this.#fail("malformed");
  }

  #readList(): void {
    while (this.#at < this.#end) {
      const octet = this.#octet();
      if (octet === QUOTE) {
        if (!this.#skipQuoted()) return;
        continue;
      }
      this.#at += 1;
      if (octet === OPENING_PARENTHESIS) {
        this.#depth += 1;
        if (this.#depth > protocolLimits.imapNesting) {
          this.#fail("too-deep");
          return;
        }
      } else if (octet === CLOSING_PARENTHESIS) {
        this.#depth -= 1;
        if (this.#depth === 0) {
          this.#state = "after-value";
          return;
        }
      }
    }
  }

  #found(value: FoundItem["value"], start: number, end: number): void {
    if (this.#kind === "plain") return;
    if (this.#kind === "forbidden" && value !== "nil") {
      this.#fail("forbidden");
      return;
    }
    this.items.push({ kind: this.#kind, name: this.#name, nameStart: this.#nameStart, value, start, end });
  }

  #close(): void {
    this.closing = this.#at;
    this.#moveTo("closed");
  }

  #moveTo(state: State): void {
    this.#state = state;
    this.#at += 1;
  }

  #octet(): number {
    return this.#line[this.#at] ?? 0;
  }

  #fail(problem: FetchOutcome): FetchOutcome {
    this.#problem = problem;
    return problem;
  }
}

type State = "open" | "name" | "value" | "after-value" | "list" | "closed";

function isNameOctet(octet: number | undefined): boolean {
  return octet !== undefined && octet !== OPENING_BRACKET && octet !== CLOSING_BRACKET && isAtomOctet(octet);
}

/** Numbers, NIL, flags and whatever extensions have: wider than an atom, but no parentheses, quotes or braces. */
function isValueOctet(octet: number | undefined): boolean {
  if (octet === undefined || octet <= SPACE) return false;
  return isAtomOctet(octet) || octet === BACKSLASH || octet === ASTERISK || octet === PERCENT || octet >= 0x80;
}

const EMPTY = new Uint8Array(0);
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const ASTERISK = 0x2a;
const PERCENT = 0x25;
