/** Names of signatures in little memory. Most are one of few texts and a number ("Win.Trojan.Agent-1234567"): the text
 *  is kept once, the number with each signature. */
import { type Growable, growableCounts, growableOctets } from "./growable.ts";

/** All texts, Latin-1, one after the other; one more offset than texts. */
export interface NameTexts {
  readonly octets: Uint8Array;
  readonly starts: Uint32Array;
}

/** The number of a name that ends in none. */
export const NO_NUMBER = 0xffffffff;

export function nameOf({ octets, starts }: NameTexts, text: number, number: number): string {
  const prefix = Buffer.from(octets.subarray(starts[text], starts[text + 1])).toString("latin1");
  return number === NO_NUMBER ? prefix : `${prefix}${number}`;
}

/** Takes names apart. After `add` the two numbers that stand for the name are in `text` and `number`. */
export class NameTableBuilder {
  text = 0;
  number = NO_NUMBER;
  readonly #octets: Growable<Uint8Array> = growableOctets();
  readonly #starts: Growable<Uint32Array> = growableCounts();
  /** Open addressing: the text's index plus one, 0 where there is none. */
  #slots = new Uint32Array(1024);

  constructor() {
    this.#starts.add(0);
  }

  add(line: Uint8Array, start: number, end: number): void {
    let digits = end;
    while (digits > start && end - digits < MAX_DIGITS && isDigit(line[digits - 1])) digits -= 1;
    // "-007" is not "-7"; the zeros stay in the text.
    while (digits < end - 1 && line[digits] === ZERO) digits += 1;
    this.number = NO_NUMBER;
    if (digits < end) {
      this.number = 0;
      for (let position = digits; position < end; position += 1) {
        this.number = this.number * 10 + (line[position] ?? 0) - ZERO;
      }
    }
    if (!this.#isText(this.text, line, start, digits)) this.text = this.#find(line, start, digits);
  }

  build(): NameTexts {
    return { octets: this.#octets.view(), starts: this.#starts.view() };
  }

  #find(line: Uint8Array, start: number, end: number): number {
    let hash = 0;
    for (let position = start; position < end; position += 1) hash = (Math.imul(hash, 31) + (line[position] ?? 0)) | 0;
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let found = this.#slots[slot] ?? 0; found !== 0; found = this.#slots[slot] ?? 0) {
      if (this.#isText(found - 1, line, start, end)) return found - 1;
      slot = (slot + 1) & mask;
    }
    const text = this.#starts.length - 1;
    this.#octets.addOctets(line, start, end);
    this.#starts.add(this.#octets.length);
    this.#slots[slot] = text + 1;
    if ((text + 1) * 2 > this.#slots.length) this.#grow();
    return text;
  }

  #isText(text: number, line: Uint8Array, start: number, end: number): boolean {
    if (text + 1 >= this.#starts.length) return false;
    const from = this.#starts.at(text);
    if (this.#starts.at(text + 1) - from !== end - start) return false;
    for (let index = 0; index < end - start; index += 1) {
      if (this.#octets.at(from + index) !== line[start + index]) return false;
    }
    return true;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let text = 0; text < this.#starts.length - 1; text += 1) {
      let hash = 0;
      for (let at = this.#starts.at(text); at < this.#starts.at(text + 1); at += 1) {
        hash = (Math.imul(hash, 31) + this.#octets.at(at)) | 0;
      }
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = text + 1;
    }
    this.#slots = slots;
  }
}

function isDigit(octet: number | undefined): boolean {
  return octet !== undefined && octet >= ZERO && octet <= ZERO + 9;
}

const ZERO = 0x30;
/** Numbers stay below NO_NUMBER. */
const MAX_DIGITS = 9;
