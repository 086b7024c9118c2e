/** A collected response as it will be put out: what the upstream wrote, with judged content in its places. */
import { fromLatin1 } from "../../core/bytes.ts";
import type { ItemRequest, SessionCommand } from "../command.ts";
import type { BuiltItem, Delivered, Range, SpoolId } from "../event.ts";
import type { ContentItem } from "./fetch-request.ts";

export type Piece =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  /** A whole message where the upstream had one, as a literal even if it was a quoted string there. */
  | { readonly type: "message"; readonly id: SpoolId; readonly isBinary: boolean }
  /** The items a client asked for, cut out of a whole message that the session asked for. */
  | {
      readonly type: "items";
      readonly id: SpoolId;
      readonly items: readonly ContentItem[];
      /** The client reads this message piece by piece. */
      readonly isOneOfMany: boolean;
    };

/** A judged message, and what had to be cut out of it for the items of a response. */
export interface JudgedMessage {
  readonly delivered: Delivered;
  readonly built: readonly BuiltItem[];
}

/** The items that somebody who reads messages has to cut out, in their order; the others are known from where the header
 *  ends. */
export function itemsToBuild(items: readonly ContentItem[]): ItemRequest[] {
  return items.filter((item) => simpleSection(item) === undefined).map(({ what }) => what);
}

/** The commands that put the pieces out. Every message is judged. */
export function putOut(
  pieces: readonly Piece[],
  messages: ReadonlyMap<SpoolId, JudgedMessage | undefined>,
): SessionCommand[] {
  const writer = new Writer();
  for (const piece of pieces) {
    if (piece.type === "bytes") {
      writer.bytes(piece.bytes);
      continue;
    }
    const message = messages.get(piece.id);
    if (message === undefined) continue;
    if (piece.type === "items") writer.items(piece.id, piece.items, message);
    else writer.ranges(piece.id, [{ start: 0, end: message.delivered.bytes }], piece.isBinary ? "~" : "");
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

  items(id: SpoolId, items: readonly ContentItem[], { delivered, built }: JudgedMessage): void {
    let next = 0;
    for (const [index, item] of items.entries()) {
      this.#line(`${index === 0 ? "" : " "}${item.responseName} `);
      const simple = simpleSection(item);
      if (simple !== undefined) {
        this.ranges(id, cut([rangeOf(simple, delivered)], item.partial), "");
        continue;
      }
      this.#built(id, built[next], item.partial);
      next += 1;
    }
  }

  /** A literal of all of them, one behind the other. */
  ranges(id: SpoolId, ranges: readonly Range[], prefix: "~" | ""): void {
    const bytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
    this.#line(`${prefix}{${bytes}}\r\n`);
    for (const { start, end } of ranges) {
      if (start === end) continue;
      this.#flush();
      this.#commands.push({ type: "send-range", to: "client", id, start, end });
    }
  }

  end(): SessionCommand[] {
    this.#flush();
    return this.#commands;
  }

  #built(id: SpoolId, item: BuiltItem | undefined, partial: ContentItem["partial"]): void {
    switch (item?.type) {
      case "ranges":
        this.ranges(id, cut(item.ranges, partial), item.hasNul === true ? "~" : "");
        return;
      case "decoded":
        this.#decoded(id, item, partial);
        return;
      case "text":
        this.#text8(item.text);
        return;
      case undefined:
      case "none":
      case "failed":
      case "unknown-encoding":
        // As Dovecot answers for what is not there.
        this.#line("{0}\r\n");
        return;
      default:
        item satisfies never;
    }
  }

  #decoded(id: SpoolId, item: Extract<BuiltItem, { type: "decoded" }>, partial: ContentItem["partial"]): void {
    const [{ start, end } = NOTHING] = cut([{ start: 0, end: item.bytes }], partial);
    this.#line(`${item.hasNul ? "~" : ""}{${end - start}}\r\n`);
    if (start === end) return;
    this.#flush();
    this.#commands.push({ type: "send-decoded", to: "client", id, decoded: item.decoded, start, end });
  }

  /** A quoted string where that is safe (RFC 9051 §9 QUOTED-CHAR), else a literal. */
  #text8(text: string): void {
    if (/^[\x20-\x7e]*$/.test(text)) {
      this.#line(`"${text.replace(/["\\]/g, "\\$&")}"`);
      return;
    }
    const bytes = Buffer.from(text);
    this.#line(`{${bytes.length}}\r\n`);
    this.bytes(bytes);
  }

  #line(text: string): void {
    if (text !== "") this.bytes(fromLatin1(text));
  }

  #flush(): void {
    if (this.#text.length > 0) this.#commands.push({ type: "send", to: "client", bytes: Buffer.concat(this.#text) });
    this.#text = [];
  }
}

/** What needs no reading of the message. */
function simpleSection({ what: content }: ContentItem): "all" | "header" | "text" | undefined {
  if (content.type !== "section" || content.section.path.length > 0) return undefined;
  const { what } = content.section;
  return what === "all" || what === "header" || what === "text" ? what : undefined;
}

function rangeOf(section: "all" | "header" | "text", { bytes, headerBytes }: Delivered): Range {
  return { start: section === "text" ? headerBytes : 0, end: section === "header" ? headerBytes : bytes };
}

/** The octets of a partial fetch (RFC 9051 §6.4.5: beyond the end is empty). At least one range. */
function cut(ranges: readonly Range[], partial: ContentItem["partial"]): Range[] {
  if (partial === undefined) return [...ranges];
  const kept: Range[] = [];
  let before = 0;
  for (const range of ranges) {
    const first = range.start + partial.offset - before;
    const start = Math.min(Math.max(first, range.start), range.end);
    const end = Math.min(Math.max(first + partial.length, start), range.end);
    kept.push({ start, end });
    before += range.end - range.start;
  }
  return kept;
}

const NOTHING: Range = { start: 0, end: 0 };
