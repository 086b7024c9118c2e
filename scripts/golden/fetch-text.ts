/** A FETCH response as a line with placeholders. */
import { fetchItems } from "../../test/support/fetch-items.ts";
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
    const items = fetchItems(this.#text, start).map(
      ([item, value]) => `${item} ${this.#placeholder(name, item, value, names)}`,
    );
    return `${this.#text.slice(0, start)}${items.join(" ")})`;
  }

  #placeholder(name: string, item: string, value: string, names: MessageNames): string {
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
    return item.endsWith(">") ? `{{${name} ${item} ${names.partial(item) ?? bytes}}}` : `{{${name} ${item}}}`;
  }

  #keepSize(name: string, bytes: number): void {
    this.#sizes.set(name, Math.max(bytes, this.#sizes.get(name) ?? 0));
  }
}
