/** Where the sections of a message are (RFC 9051 §6.4.5): a table that says everything that BODY[…] needs to know of the
 *  content, so that whoever holds the message can answer without looking into it. */
import type { Range } from "../delimiter-lines.ts";
import { PartFields } from "./body-structure.ts";
import { isMessagePart, type Part, parseParts } from "./part-tree.ts";

export interface SectionMap {
  /** Octets of the message. */
  readonly bytes: number;
  /** The message first, containing parts before what they contain. */
  readonly parts: readonly MappedPart[];
  /** There is more than could be taken apart: of this message only the whole, its header and its text are certain. */
  readonly isCut: boolean;
}

export interface MappedPart {
  /** Indexes of the parts in it: any number in a multipart, one in a message, none in a leaf. */
  readonly children: readonly number[];
  readonly kind: "leaf" | "multipart" | "message";
  readonly encoding: PartEncoding;
  readonly start: number;
  /** Where the empty line after the header starts, and after it. */
  readonly blankStart: number;
  readonly bodyStart: number;
  readonly end: number;
  /** The header fields of a message, in order; other parts have none here. */
  readonly fields: readonly MappedField[];
}

/** Octets [start, end) of the message; the name is in lower case. */
export interface MappedField extends Range {
  readonly name: string;
}

/** How the octets of a part are to be decoded; `unknown` is what nobody decodes. */
export type PartEncoding = "identity" | "base64" | "quoted-printable" | "unknown";

/** The map of a whole message, which may be any octets. */
export function sectionMap(message: Buffer): SectionMap {
  const { parts, isCut } = parseParts(message);
  const indexes = new Map(parts.map((part, index) => [part, index]));
  const mapped = parts.map((part) => ({
    children: part.children.map((child) => indexes.get(child) ?? 0),
    kind: part.kind,
    encoding: encodingOf(message, part),
    start: part.start,
    blankStart: part.blankStart,
    bodyStart: part.bodyStart,
    end: part.end,
    fields: isMessagePart(part) ? part.fields.map(({ name, start, end }) => ({ name, start, end })) : [],
  }));
  return { bytes: message.length, parts: mapped, isCut };
}

/** What is in a multipart or a message has encodings of its own: around it there is none (RFC 2045 §6.4). */
export function encodingOf(message: Buffer, part: Part): PartEncoding {
  if (part.kind !== "leaf") return "identity";
  const fields = new PartFields(message, part);
  const word = fields.transferEncoding ?? fields.text("content-transfer-encoding")?.trim() ?? "";
  return word === "" ? "identity" : (ENCODINGS.get(word.toLowerCase()) ?? "unknown");
}

const ENCODINGS: ReadonlyMap<string, PartEncoding> = new Map([
  ["7bit", "identity"],
  ["8bit", "identity"],
  ["binary", "identity"],
  ["base64", "base64"],
  ["quoted-printable", "quoted-printable"],
]);
