/** Cuts what the upstream sends into lines. A line ends with LF, after a CR or not (P-38: what is forwarded is the line
 *  octet for octet, so both legs agree on where it ends). */
import { LF, view } from "../../core/bytes.ts";
import { AppendBuffer } from "./append-buffer.ts";

export type LineResult =
  /** `line` with its ending; `next` is where the rest of the chunk begins. */
  | { readonly type: "line"; readonly line: Uint8Array; readonly next: number }
  /** The chunk is used up. */
  | { readonly type: "more" }
  | { readonly type: "too-long" };

/** Reads line by line; a line inside one chunk is a slice of it, only one that spans chunks is copied. */
export class LineReader {
  readonly #maxBytes: number;
  readonly #begun = new AppendBuffer();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  read(chunk: Uint8Array, start: number): LineResult {
    const newline = view(chunk).indexOf(LF, start);
    const next = newline < 0 ? chunk.length : newline + 1;
    if (this.#begun.length + next - start > this.#maxBytes) return { type: "too-long" };
    const piece = chunk.subarray(start, next);
    if (newline >= 0 && this.#begun.length === 0) return { type: "line", line: piece, next };
    this.#begun.append(piece);
    if (newline < 0) return { type: "more" };
    const line = this.#begun.bytes();
    this.#begun.consume(line.length);
    return { type: "line", line, next };
  }
}
