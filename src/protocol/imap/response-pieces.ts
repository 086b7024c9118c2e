/** A collected response as it will be put out: what the upstream wrote, with judged content in its places. */
import { fromLatin1 } from "../../core/bytes.ts";
import type { SessionCommand } from "../command.ts";
import type { Delivered, SpoolId } from "../event.ts";
import type { ContentItem } from "./fetch-request.ts";

export type Piece =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  /** A whole message where the upstream had one, as a literal even if it was a quoted string there. */
  | { readonly type: "message"; readonly id: SpoolId; readonly isBinary: boolean }
  /** The items a client asked for, cut out of a whole message that the session asked for. */
  | { readonly type: "items"; readonly id: SpoolId; readonly items: readonly ContentItem[] };

/** The commands that put the pieces out. Every message is judged. */
export function putOut(
  pieces: readonly Piece[],
  spools: ReadonlyMap<SpoolId, Delivered | undefined>,
): SessionCommand[] {
  const writer = new Writer();
  for (const piece of pieces) {
    if (piece.type === "bytes") {
      writer.bytes(piece.bytes);
      continue;
    }
    const delivered = spools.get(piece.id);
    if (delivered === undefined) continue;
    if (piece.type === "items") writer.items(piece.id, piece.items, delivered);
    else writer.literal(piece.id, 0, delivered.bytes, piece.isBinary ? "~" : "");
  }
  return writer.end();
}

/** The items of a message without content: every one is there, and empty. */
export function emptyItems(items: readonly ContentItem[], value: "NIL" | "empty"): Buffer {
  const text = value === "NIL" ? "NIL" : "{0}\r\n";
  return fromLatin1(items.map((item) => `${item.responseName} ${text}`).join(" "));
}

class Writer {
  readonly #commands: SessionCommand[] = [];
  #text: Uint8Array[] = [];

  bytes(bytes: Uint8Array): void {
    this.#text.push(bytes);
  }

  items(id: SpoolId, items: readonly ContentItem[], delivered: Delivered): void {
    for (const [index, item] of items.entries()) {
      this.bytes(fromLatin1(`${index === 0 ? "" : " "}${item.responseName} `));
      const [start, end] = rangeOf(item, delivered);
      this.literal(id, start, end, "");
    }
  }

  literal(id: SpoolId, start: number, end: number, prefix: "~" | ""): void {
    this.bytes(fromLatin1(`${prefix}{${end - start}}\r\n`));
    if (start === end) return;
    this.#flush();
    this.#commands.push({ type: "send-range", to: "client", id, start, end });
  }

  end(): SessionCommand[] {
    this.#flush();
    return this.#commands;
  }

  #flush(): void {
    if (this.#text.length > 0) this.#commands.push({ type: "send", to: "client", bytes: Buffer.concat(this.#text) });
    this.#text = [];
  }
}

/** Octets [start, end) of the delivered message that an item asks for (RFC 9051 §6.4.5: beyond the end is empty). */
function rangeOf({ section, partial }: ContentItem, { bytes, headerBytes }: Delivered): [number, number] {
  const first = section === "text" ? headerBytes : 0;
  const last = section === "header" ? headerBytes : bytes;
  if (partial === undefined) return [first, last];
  const start = Math.min(first + partial.offset, last);
  return [start, Math.min(start + partial.length, last)];
}
