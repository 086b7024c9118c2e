/** Text in the lines of another text: as many octets, as many line ends, at the same places. So a part keeps the size and
 *  the number of lines that BODYSTRUCTURE states, and no line gets longer than it was. What is left is filled with spaces,
 *  which no reader of text makes anything of. */
import { CR, LF, SPACE } from "../core/bytes.ts";

/** A line of a body without its line end. */
export interface Slot {
  readonly start: number;
  readonly width: number;
}

/** The octets of `body` with all but the line ends blanked. A CR that no LF follows is no line end. */
export function blanked(body: Buffer): Buffer {
  const blank = Buffer.alloc(body.length, SPACE);
  for (let index = 0; index < body.length; index += 1) {
    if (body[index] !== LF) continue;
    blank[index] = LF;
    if (body[index - 1] === CR) blank[index - 1] = CR;
  }
  return blank;
}

/** The first lines of a body that `blanked` has made, one after the other. */
export function* slotsOf(blank: Buffer): Generator<Slot> {
  let start = 0;
  for (let count = 0; count < MAX_SLOTS && start < blank.length; count += 1) {
    const lineFeed = blank.indexOf(LF, start);
    const next = lineFeed < 0 ? blank.length : lineFeed + 1;
    let end = lineFeed < 0 ? blank.length : lineFeed;
    if (lineFeed > start && blank[end - 1] === CR) end -= 1;
    yield { start, width: end - start };
    start = next;
  }
}

/** Writes `lines` into `blank`, each on a line of its own, wrapped between words. False, with nothing written, when there
 *  is no room for all of it. `encode` makes a character octets, given as text of one character each. */
export function writeLines(blank: Buffer, lines: readonly string[], encode: (character: string) => string): boolean {
  const slots = slotsOf(blank);
  const written: { readonly start: number; readonly text: string }[] = [];
  for (const line of lines) {
    let rest: readonly Word[] = wordsOf(line, encode);
    do {
      const slot = slots.next();
      if (slot.done === true) return false;
      if (rest.length > 0 && slot.value.width < MIN_WIDTH && slot.value.width < widthOf(rest)) continue;
      const filled = fill(rest, slot.value.width);
      written.push({ start: slot.value.start, text: filled.text });
      rest = filled.rest;
    } while (rest.length > 0);
  }
  for (const { start, text } of written) blank.write(text, start, "latin1");
  return true;
}

/** The encoded characters of a word and of the spaces before it. */
interface Word {
  readonly space: string;
  readonly units: readonly string[];
}

function wordsOf(line: string, encode: (character: string) => string): Word[] {
  return [...line.matchAll(/( *)([^ ]+)/g)].map(([, space = "", word = ""]) => ({
    space,
    units: Array.from(word, encode),
  }));
}

function widthOf(words: readonly Word[]): number {
  return words.reduce((sum, { space, units }) => sum + space.length + units.join("").length, 0);
}

/** As many of the words as fit; a word that is longer than a line is broken. */
function fill(words: readonly Word[], width: number): { text: string; rest: readonly Word[] } {
  let text = "";
  for (const [index, { space, units }] of words.entries()) {
    const word = units.join("");
    const before = text === "" ? guardOf(word) : space;
    if (text.length + before.length + word.length <= width) {
      text += before + word;
      continue;
    }
    const rest = words.slice(index);
    if (text !== "" || width < MIN_WIDTH) return { text, rest };
    let taken = 0;
    text = before;
    while (text.length + (units[taken] ?? "").length <= width) {
      text += units[taken] ?? "";
      taken += 1;
    }
    return { text, rest: [{ space: "", units: units.slice(taken) }, ...rest.slice(1)] };
  }
  return { text, rest: [] };
}

/** No line may begin like a delimiter, a separator of mbox or the end of a POP3 response: a value that is wrapped could
 *  have been made for that. White space before it would not do: some programs skip it. */
function guardOf(word: string): string {
  return /^(?:[-.]|From$|=2D|=2E)/.test(word) ? ">" : "";
}

/** Text is not squeezed into lines that are narrower, when it does not fit into one. */
const MIN_WIDTH = 12;
/** Lines that are looked at: empty ones without end hold no notice. */
const MAX_SLOTS = 10_000;
