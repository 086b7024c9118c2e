/** Held messages as the driver under a session test keeps them. */
import { fromLatin1 } from "../../src/core/bytes.ts";
import type { Decision, Edit, Verdict } from "../../src/core/model.ts";
import { findPart, resolveSection } from "../../src/mime/sections/resolve-section.ts";
import { sectionMap } from "../../src/mime/sections/section-map.ts";
import type { ItemRequest } from "../../src/protocol/command.ts";
import type { BuiltItem, DeliveredStructure, SpoolId } from "../../src/protocol/event.ts";

export interface SpoolModel {
  readonly id: SpoolId;
  readonly label: string;
  readonly chunks: Buffer[];
  /** What was decoded of it, by number. */
  readonly decoded: Buffer[];
  state: "open" | "whole" | "judged" | "failed";
  isReleased: boolean;
  isEndExpected: boolean;
  delivered: Buffer | undefined;
}

/** How a message was judged; without anything it is clean and delivered. */
export interface Judged {
  readonly verdict?: Verdict;
  readonly decision?: Decision;
  /** The message that is delivered instead. */
  readonly replacement?: string | Uint8Array;
  /** Or what is changed in it. */
  readonly edits?: readonly Edit[];
  /** What IMAP is to tell of that message. */
  readonly told?: DeliveredStructure;
}

/** An item cut out of a judged message, as the driver would. */
export function buildItem(spool: SpoolModel, item: ItemRequest): BuiltItem {
  const message = spool.delivered ?? Buffer.alloc(0);
  switch (item.type) {
    case "section":
      return { type: "ranges", ranges: resolveSection(sectionMap(message), item.section) ?? [] };
    case "binary": {
      const part = findPart(sectionMap(message), item.path);
      if (part === undefined) return { type: "none" };
      const isMessage = item.path.length === 0;
      if (part.encoding === "unknown" && !isMessage) return { type: "unknown-encoding" };
      const body = isMessage ? message : message.subarray(part.bodyStart, part.end);
      const bytes = part.encoding === "base64" && !isMessage ? Buffer.from(body.toString("latin1"), "base64") : body;
      spool.decoded.push(bytes);
      return { type: "decoded", decoded: spool.decoded.length - 1, bytes: bytes.length, hasNul: bytes.includes(0) };
    }
    case "preview":
      return { type: "text", text: message.subarray(headerLength(message)).toString("latin1").slice(0, 20).trim() };
    default:
      return item satisfies never;
  }
}

/** The message that is delivered. */
export function deliveredBytes(original: Buffer, judged: Judged): Buffer {
  if (judged.replacement !== undefined) {
    return typeof judged.replacement === "string" ? fromLatin1(judged.replacement) : Buffer.from(judged.replacement);
  }
  if (judged.edits === undefined) return original;
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const edit of judged.edits) {
    pieces.push(original.subarray(at, edit.start), edit.bytes);
    at = edit.end;
  }
  return Buffer.concat([...pieces, original.subarray(at)]);
}

/** The length of a message's header with the blank line that ends it. */
export function headerLength(message: Buffer): number {
  const blank = /(?:^|\n)\r?\n/.exec(message.toString("latin1"));
  return blank === null ? message.length : blank.index + blank[0].length;
}

/** The end of its first `lines` lines of body. */
export function topEnd(message: Buffer, lines: number): number {
  let end = headerLength(message);
  for (let line = 0; line < lines && end < message.length; line += 1) {
    const newline = message.indexOf("\n", end);
    end = newline < 0 ? message.length : newline + 1;
  }
  return end;
}
