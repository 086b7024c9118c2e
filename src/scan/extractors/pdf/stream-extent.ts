/** Where the data of a PDF stream begin and end (ISO 32000-2 §7.3.8): as `/Length` says, and as the words around them
 *  show, for viewers go by either. */
import { CR, LF, SPACE, TAB } from "../../../core/bytes.ts";

export interface StreamExtent {
  readonly start: number;
  /** The likeliest first; at least one. */
  readonly ends: readonly number[];
}

export class StreamExtents {
  readonly #bytes: Buffer;
  readonly #endStream: NextPosition;
  readonly #endObject: NextPosition;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#endStream = new NextPosition(bytes, "endstream");
    this.#endObject = new NextPosition(bytes, "endobj");
  }

  /** `keywordEnd` is behind the word `stream`; ascending from call to call, or searches are repeated. */
  find(keywordEnd: number, lengths: readonly number[]): StreamExtent {
    const start = dataStart(this.#bytes, keywordEnd);
    const stated = lengths.map((length) => start + length).filter((end) => end >= start && end <= this.#bytes.length);
    const confirmed = stated.filter((end) => this.#isEnd(end));
    if (confirmed.length > 0) return { start, ends: [...new Set(confirmed)] };
    const endStream = this.#endStream.from(start);
    const endObject = this.#endObject.from(start);
    const ends = [endStream, endObject < endStream ? endObject : endStream].map((end) => this.#trimmed(start, end));
    return { start, ends: [...new Set([...ends, ...stated])] };
  }

  /** Whether the data that end here are followed by what must follow. */
  #isEnd(end: number): boolean {
    let position = end;
    while (position < end + MAX_BLANKS && isBlank(this.#bytes[position])) position += 1;
    const word = this.#bytes.toString("latin1", position, position + END_WORD_BYTES);
    return word.startsWith("endstream") || word.startsWith("endobj");
  }

  /** The line end before the word does not belong to the data. */
  #trimmed(start: number, end: number): number {
    if (end - 1 >= start && this.#bytes[end - 1] === LF) {
      return end - 2 >= start && this.#bytes[end - 2] === CR ? end - 2 : end - 1;
    }
    return end - 1 >= start && this.#bytes[end - 1] === CR ? end - 1 : end;
  }
}

/** The next place of a word, remembered: streams without an end would each be searched to the end of the file. */
class NextPosition {
  readonly #bytes: Buffer;
  readonly #word: Buffer;
  #searchedFrom = 0;
  #found = -1;

  constructor(bytes: Buffer, word: string) {
    this.#bytes = bytes;
    this.#word = Buffer.from(word, "latin1");
  }

  /** The end of the octets when there is none. */
  from(start: number): number {
    if (start < this.#searchedFrom || start > this.#found) {
      const position = this.#bytes.indexOf(this.#word, start);
      this.#found = position < 0 ? this.#bytes.length : position;
      this.#searchedFrom = start;
    }
    return this.#found;
  }
}

/** Behind the line end that follows the word; some writers put blanks before it, or leave it out. */
export function dataStart(bytes: Buffer, keywordEnd: number): number {
  let position = keywordEnd;
  while (position < keywordEnd + MAX_BLANKS && (bytes[position] === SPACE || bytes[position] === TAB)) position += 1;
  if (bytes[position] === CR) return bytes[position + 1] === LF ? position + 2 : position + 1;
  return bytes[position] === LF ? position + 1 : keywordEnd;
}

function isBlank(octet: number | undefined): boolean {
  return octet === SPACE || octet === LF || octet === CR || octet === TAB || octet === 0;
}

const MAX_BLANKS = 16;
const END_WORD_BYTES = 9;
