/** Address fields (RFC 5322 §3.4) as ENVELOPE reports them. What is no address is reported too, in the words that Dovecot
 *  uses for what is missing: a client shows more of a broken field than of none. */
import { sectionLimits } from "../../core/section-limits.ts";
import { FieldText, isAtomCharacter, type Outcome } from "./field-text.ts";

/** The four strings of an address structure (RFC 9051 §7.5.2). A group begins with one that has a mailbox alone, and ends
 *  with one that has nothing. */
export interface EnvelopeAddress {
  readonly name: string | undefined;
  readonly route: string | undefined;
  readonly mailbox: string | undefined;
  readonly host: string | undefined;
}

export function parseAddresses(value: string): EnvelopeAddress[] {
  return new AddressParser(value).run();
}

type Mutable = { -readonly [Key in keyof EnvelopeAddress]: EnvelopeAddress[Key] };

class AddressParser {
  readonly #text: FieldText;
  readonly #addresses: EnvelopeAddress[] = [];
  #address: Mutable = { ...NOTHING };
  /** What was read of the local part. */
  #local = "";

  constructor(value: string) {
    this.#text = new FieldText(value);
  }

  run(): EnvelopeAddress[] {
    const text = this.#text;
    if (text.skipBlanks() !== "more") return [];
    while (this.#addresses.length < sectionLimits.addresses) {
      if (this.#group() !== "end" || text.peek() !== ",") break;
      text.position += 1;
      const outcome = text.skipBlanks();
      if (outcome === "broken") this.#addFixed();
      if (outcome !== "more") break;
    }
    return this.#addresses;
  }

  /** An address or a group. `end` when another one may follow. */
  #group(): "end" | "broken" {
    const text = this.#text;
    const start = text.position;
    const { words, outcome } = this.#phrase();
    if (outcome !== "more" || text.peek() !== ":") {
      text.position = start;
      this.#mailbox();
      return "end";
    }
    text.position += 1;
    this.#address.mailbox = words;
    this.#add();
    let after = text.skipBlanks();
    if (after === "more" && text.peek() !== ";") after = this.#members();
    if (after !== "broken" && text.peek() === ";") {
      text.position += 1;
      text.skipBlanks();
    }
    this.#add();
    return "end";
  }

  #members(): Outcome {
    const text = this.#text;
    while (this.#addresses.length < sectionLimits.addresses) {
      this.#mailbox();
      if (text.peek() !== ",") return "more";
      text.position += 1;
      if (text.skipBlanks() !== "more") return "broken";
    }
    return "broken";
  }

  #mailbox(): void {
    const text = this.#text;
    const start = text.position;
    if (!this.#nameAddress()) {
      text.position = start;
      this.#addressSpecification();
    }
    this.#addFixed();
  }

  #nameAddress(): boolean {
    const { words, outcome } = this.#phrase();
    if (outcome !== "more" || this.#text.peek() !== "<") return false;
    this.#address.name = words === "" ? undefined : words;
    if (!this.#angleAddress()) this.#address.host = "SYNTAX_ERROR";
    return true;
  }

  #angleAddress(): boolean {
    const text = this.#text;
    text.position += 1;
    if (text.skipBlanks() !== "more") return false;
    if (text.peek() === "@") {
      const outcome = this.#route();
      if (outcome === "more" && text.peek() === ":") text.position += 1;
      else {
        this.#address.route = "INVALID_ROUTE";
        if (text.isAtEnd) return false;
      }
      if (text.skipBlanks() !== "more") return false;
    }
    if (text.peek() !== ">") {
      if (this.#localPart() !== "more") return false;
      if (text.peek() === "@" && this.#host() !== "more") return false;
    }
    if (text.peek() !== ">") return false;
    text.position += 1;
    return text.skipBlanks() !== "broken";
  }

  #addressSpecification(): void {
    const text = this.#text;
    text.comment = "";
    const isQuoted = text.peek() === '"';
    const local = this.#localPart();
    const hasHost = local !== "end" && text.peek() === "@";
    if (hasHost) this.#host();
    if (text.comment !== "") {
      this.#address.name = text.comment;
      if (this.#address.mailbox === undefined || this.#address.host !== undefined) return;
    } else if (!hasHost) {
      // A word alone is a mailbox; with other words after it, it is a name.
      const { words } = this.#phrase();
      if (words !== "") {
        this.#address.mailbox = undefined;
        this.#address.name = `${this.#local} ${words}`;
      } else if (isQuoted && this.#address.mailbox !== undefined) {
        this.#address.name = this.#address.mailbox;
        this.#address.mailbox = undefined;
      }
    }
  }

  #localPart(): Outcome {
    const text = this.#text;
    const { word, outcome } = text.peek() === '"' ? text.quotedString() : this.#looseDotAtom();
    this.#local = word;
    if (outcome !== "broken") this.#address.mailbox = word;
    return outcome;
  }

  /** Atoms and dots in any order. */
  #looseDotAtom(): { word: string; outcome: Outcome } {
    const text = this.#text;
    let word = "";
    let outcome: Outcome = "broken";
    do {
      while (text.peek() === ".") {
        word += ".";
        text.position += 1;
        if (text.isAtEnd) return { word, outcome: "end" };
        outcome = "more";
      }
      if (text.peek() === "@") break;
      const atom = text.atom();
      if (atom === undefined) return { word, outcome: "broken" };
      word += atom.word;
      outcome = atom.outcome;
    } while (outcome === "more" && text.peek() === ".");
    return { word, outcome };
  }

  #host(): Outcome {
    const { word, outcome } = this.#domain();
    if (outcome !== "broken") this.#address.host = word;
    return outcome;
  }

  /** The domain after the "@" that stands here. */
  #domain(): { word: string; outcome: Outcome } {
    const text = this.#text;
    text.position += 1;
    if (text.skipBlanks() !== "more") return { word: "", outcome: "broken" };
    if (text.peek() === "[") return text.domainLiteral();
    const words: string[] = [];
    while (true) {
      const atom = text.atom();
      if (atom === undefined) return { word: words.join("."), outcome: "broken" };
      words.push(atom.word);
      if (atom.outcome !== "more" || text.peek() !== ".") return { word: words.join("."), outcome: atom.outcome };
      text.position += 1;
      if (text.skipBlanks() !== "more") return { word: words.join("."), outcome: "broken" };
    }
  }

  /** The obsolete list of domains before a colon. */
  #route(): Outcome {
    const text = this.#text;
    const domains: string[] = [];
    while (text.peek() === "@") {
      const { word, outcome } = this.#domain();
      if (outcome !== "more") return outcome;
      domains.push(`@${word}`);
      while (text.skipBlanks() === "more" && text.peek() === ",") text.position += 1;
    }
    if (text.isAtEnd) return "end";
    this.#address.route = domains.join(",");
    return "more";
  }

  /** Words one after the other; the text joins them with spaces. */
  #phrase(): { words: string; outcome: Outcome } {
    const text = this.#text;
    if (text.isAtEnd) return { words: "", outcome: "end" };
    if (text.peek() === ".") return { words: "", outcome: "broken" };
    const words: string[] = [];
    while (true) {
      const { word, outcome } = text.peek() === '"' ? text.quotedString() : text.dottedAtom();
      words.push(word);
      if (outcome !== "more") return { words: words.join(" "), outcome };
      const next = text.peek();
      if (next !== '"' && next !== "." && !isAtomCharacter(next)) break;
    }
    return { words: words.join(" "), outcome: "more" };
  }

  #addFixed(): void {
    const address = this.#address;
    address.mailbox ??= "MISSING_MAILBOX";
    if (address.host === undefined || address.host === "") address.host = "MISSING_DOMAIN";
    this.#add();
  }

  #add(): void {
    this.#addresses.push(this.#address);
    this.#address = { ...NOTHING };
  }
}

const NOTHING: EnvelopeAddress = { name: undefined, route: undefined, mailbox: undefined, host: undefined };
