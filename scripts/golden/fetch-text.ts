/** A FETCH response as a line with placeholders. */
import type { Piece } from "./distil-imap.ts";
import type { MessageNames } from "./message-names.ts";

export class FetchText {
  readonly #literals: string[] = [];
  /** Everything but the literals, which are numbered in it. */
  readonly #text: string;
  readonly #sizes: Map<string, number>;

  constructor(pieces: readonly Piece[], sizes: Map<string, number>) {
    let text = "";
    for (const piece of pieces) {
      if (!piece.isLiteral) text += piece.text.replace(/~?\{\d+\}$/, "");
      else text += `\0${this.#literals.push(piece.text) - 1}\0`;
    }
    this.#text = text;
    this.#sizes = sizes;
  }

  write(sequence: number, names: MessageNames): string {
    const uid = / UID (\d+)/.exec(this.#text)?.[1];
    if (uid !== undefined) names.response(`* ${sequence} FETCH (UID ${uid})`);
    const name = names.of(sequence);
    const start = this.#text.indexOf("(") + 1;
    const items: string[] = [];
    for (let at = start; at < this.#text.length - 1; ) {
      const [item, value, end] = this.#item(at);
      items.push(`${item} ${this.#placeholder(name, item, value)}`);
      at = end + 1;
    }
    return `${this.#text.slice(0, start)}${items.join(" ")})`;
  }

  #item(start: number): [item: string, value: string, end: number] {
    const match = /[A-Z0-9.]+(?:\[[^\]]*\])?(?:<\d+>)? /iy;
    match.lastIndex = start;
    const name = match.exec(this.#text)?.[0] ?? "";
    const from = start + name.length;
    if (name === "") throw new Error(`no item at ${start} of ${this.#text}`);
    const end = this.#valueEnd(from);
    return [name.trimEnd(), this.#text.slice(from, end), end];
  }

  #valueEnd(start: number): number {
    let depth = 0;
    for (let at = start; at < this.#text.length; at += 1) {
      const character = this.#text[at];
      if (character === '"') at = this.#quotedEnd(at);
      else if (character === "(") depth += 1;
      else if (character === ")") depth -= 1;
      if (depth < 0 || (depth === 0 && character === " ")) return at;
    }
    throw new Error(`no end of ${JSON.stringify(this.#text)}`);
  }

  #quotedEnd(start: number): number {
    let at = start + 1;
    while (at < this.#text.length && this.#text[at] !== '"') at += this.#text[at] === "\\" ? 2 : 1;
    return at;
  }

  #placeholder(name: string, item: string, value: string): string {
    if (item === "ENVELOPE") return `{{${name} ENVELOPE}}`;
    if (item === "BODYSTRUCTURE" || item === "BODY") return `{{${name} STRUCTURE}}`;
    if (item === "RFC822.SIZE") {
      this.#keepSize(name, Number(value));
      return `{{${name} SIZE}}`;
    }
    if (!/^(?:BODY\[|BINARY\[|RFC822)/.test(item)) return value;
    const content = /^\0(\d+)\0$/.exec(value)?.[1];
    const bytes = content === undefined ? 0 : (this.#literals[Number(content)]?.length ?? 0);
    if (item === "BODY[]" || item === "RFC822") this.#keepSize(name, bytes);
    return item.endsWith(">") ? `{{${name} ${item} ${bytes}}}` : `{{${name} ${item}}}`;
  }

  #keepSize(name: string, bytes: number): void {
    this.#sizes.set(name, Math.max(bytes, this.#sizes.get(name) ?? 0));
  }
}
