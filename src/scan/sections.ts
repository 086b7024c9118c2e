/** What IMAP needs to know of a message besides its verdict, as a job of the scan service: no other process looks into
 *  mail. Encoded by the scan thread, checked by the daemon, which believes nothing of it. */
import { view } from "../core/bytes.ts";
import { sectionLimits } from "../core/section-limits.ts";
import { type DecodedEncoding, decodePart } from "../mime/sections/decode-part.ts";
import { isImapList } from "../mime/sections/imap-value.ts";
import { type MessageStructure, structureOf } from "../mime/sections/message-structure.ts";
import { previewOf } from "../mime/sections/preview.ts";
import { type SectionMap, sectionMap } from "../mime/sections/section-map.ts";
import { encodeSectionMap, parseSectionMap } from "../mime/sections/section-map-json.ts";
import type { MessageSource } from "./judge.ts";

/** Answers about the octets of a message as it is delivered. Nothing here rejects because of message content, unless it
 *  breaks the scanner: then, and when the service can not be reached, with a UserError. */
export interface SectionService {
  /** Where the sections are. Of a message above the size limit the map is cut. */
  sectionMap(source: MessageSource, signal?: AbortSignal): Promise<SectionMap>;
  /** ENVELOPE, BODY and BODYSTRUCTURE, checked to be well-formed. */
  structure(source: MessageSource, signal?: AbortSignal): Promise<MessageStructure>;
  /** What the body of a part, which is all of `source`, holds without its encoding. */
  decodePart(source: MessageSource, encoding: DecodedEncoding, signal?: AbortSignal): Promise<Uint8Array>;
  /** At most 200 characters on one line; from the wire, not sanitized. */
  preview(source: MessageSource, signal?: AbortSignal): Promise<string>;
}

export type SectionsWant = "map" | "structure" | "preview" | DecodedEncoding;

export type SectionsResult =
  | { readonly want: "map"; readonly map: SectionMap }
  | { readonly want: "structure"; readonly structure: MessageStructure }
  | { readonly want: "preview"; readonly preview: string }
  | { readonly want: DecodedEncoding; readonly bytes: Uint8Array };

/** The want that `value` names, or undefined. */
export function parseWant(value: unknown): SectionsWant | undefined {
  return WANTS.find((want) => want === value);
}

/** The answer as JSON text, and octets of at most `maxBytes` that travel before it. */
export function encodeSections(message: Buffer, want: SectionsWant, maxBytes: number): EncodedSections {
  switch (want) {
    case "map":
      return encoded({ want, map: encodeSectionMap(sectionMap(message)) });
    case "structure":
      return encodeStructure(structureOf(message), maxBytes);
    case "preview":
      return encoded({ want, preview: previewOf(message) });
    default:
      return encoded({ want }, [decodePart(message, want)]);
  }
}

export interface EncodedSections {
  readonly json: string;
  readonly octets: readonly Uint8Array[];
}

/** Parses an answer about `messageBytes` octets; undefined when anything is wrong. */
export function parseSections(
  value: Record<string, unknown>,
  octets: Buffer,
  messageBytes: number,
): SectionsResult | undefined {
  const want = parseWant(value.want);
  switch (want) {
    case "map": {
      const map = octets.length === 0 ? parseSectionMap(value.map, messageBytes) : undefined;
      return map === undefined ? undefined : { want, map };
    }
    case "structure":
      return parseStructure(value.lengths, octets);
    case "preview": {
      const { preview } = value;
      return octets.length === 0 && isPreview(preview) ? { want, preview } : undefined;
    }
    case "base64":
    case "quoted-printable":
      // Neither encoding makes more of less.
      return octets.length <= messageBytes ? { want, bytes: octets } : undefined;
    case undefined:
      return undefined;
  }
}

function encodeStructure(structure: MessageStructure, maxBytes: number): EncodedSections {
  const kept: Uint8Array[] = [];
  let left = maxBytes;
  const lengths = ITEMS.map((item) => {
    const text = structure[item];
    if (text === undefined || text.length > left) return -1;
    kept.push(text);
    left -= text.length;
    return text.length;
  });
  return encoded({ want: "structure", lengths }, kept);
}

function encoded(answer: object, octets: readonly Uint8Array[] = []): EncodedSections {
  return { json: JSON.stringify({ type: "sections", ...answer }), octets };
}

function parseStructure(lengths: unknown, octets: Buffer): SectionsResult | undefined {
  if (!Array.isArray(lengths) || lengths.length !== ITEMS.length) return undefined;
  const texts: (Uint8Array | undefined)[] = [];
  let used = 0;
  for (const length of lengths as unknown[]) {
    if (typeof length !== "number" || !Number.isSafeInteger(length) || length < -1) return undefined;
    const text = length < 0 ? undefined : octets.subarray(used, used + length);
    if (text !== undefined && (text.length !== length || !isStructureText(text))) return undefined;
    used += text?.length ?? 0;
    texts.push(text);
  }
  if (used !== octets.length) return undefined;
  const [envelope, body, bodyStructure] = texts;
  return { want: "structure", structure: { envelope, body, bodyStructure } };
}

function isStructureText(text: Uint8Array): boolean {
  return text.length <= sectionLimits.structureBytes && isImapList(view(text));
}

function isPreview(value: unknown): value is string {
  if (typeof value !== "string" || value.length > 2 * sectionLimits.previewCharacters) return false;
  return value.isWellFormed() && !CONTROLS.test(value) && [...value].length <= sectionLimits.previewCharacters;
}

const WANTS: readonly SectionsWant[] = ["map", "structure", "preview", "base64", "quoted-printable"];
const ITEMS = ["envelope", "body", "bodyStructure"] as const;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a preview is one line
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/;
