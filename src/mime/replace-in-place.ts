/** The edits that put a notice in the place of an entity so that nothing of what IMAP and POP3 have told about sizes
 *  changes: a part keeps its number, its transfer encoding, its encoded octets and its lines, and its header the octets
 *  and, where a message around it counts them, the lines. */
import { LF } from "../core/bytes.ts";
import type { Edit } from "../core/model.ts";
import type { AmbiguityCode } from "./ambiguity.ts";
import { type Entity, isMessageRoot } from "./entity.ts";
import { type FieldRange, findForgedFields } from "./forged-fields.ts";
import { fitFields, type HeaderRoom } from "./header-room.ts";
import type { Notice } from "./notice.ts";
import { type OverlayOptions, overlayNotice } from "./notice-overlay.ts";
import { keptEnd, lineEndOf, outermost } from "./replace-part.ts";
import { PartFields } from "./sections/body-structure.ts";
import type { Part } from "./sections/part-tree.ts";
import { encodingOf } from "./sections/section-map.ts";

/** The part that IMAP servers see where `entity` is; undefined when they see another one, or none. */
export function partOf(parts: readonly Part[], entity: Entity): Part | undefined {
  const { start, end } = entity.header;
  return parts.find(
    (part) => part.start === start && part.bodyStart === end && (start === 0 || part.end === entity.end),
  );
}

/** Replaces `entity`, which is `part` to IMAP servers. The header says that it is text now, when there is room for that;
 *  otherwise it stays as it is. Undefined when it can not stay and can not be replaced. The edits are ascending and do not
 *  overlap. */
export function replaceInPlace(
  bytes: Buffer,
  entity: Entity,
  part: Part,
  notice: Notice,
  ambiguities: readonly AmbiguityCode[],
): Edit[] | undefined {
  const { header } = entity;
  // What looks like the body before the blank line to some would stay.
  if (header.isCut || header.blankStart >= header.end || keptEnd(header) < header.blankStart) return undefined;
  const isLeaf = part.kind === "leaf" && entity.kind === "leaf";
  // Of a multipart, nothing but the size of the message was told.
  if (!isLeaf && !isInMessage(part)) return undefined;
  const word = isLeaf ? new PartFields(bytes, part).transferEncoding : undefined;
  const content: Content = { word, ambiguities, hasVersion: header.fields.some(({ name }) => name === "mime-version") };
  const place = isMessageRoot(entity) ? fieldsPlace(bytes, entity, part) : headerPlace(bytes, entity, part);
  const fitted = place.room.bytes === 0 ? undefined : fittedFields(content, place);
  if (fitted === undefined && (!isLeaf || place.hasForged)) return undefined;
  const options = overlayOptions(isLeaf ? encodingOf(bytes, part) : "identity", word, fitted, entity);
  const body = overlayNotice(bytes.subarray(part.bodyStart, part.end), notice, options);
  if (fitted === undefined) return [{ start: part.bodyStart, end: part.end, bytes: body }];
  const blankLine = bytes.subarray(header.blankStart, header.end);
  const replaced = Buffer.concat([Buffer.from(fitted.text, "latin1"), blankLine, body]);
  return joined([...place.removed, { start: place.start, end: part.end, bytes: replaced }]);
}

/** What the new header has to say. */
interface Content {
  /** The transfer encoding as the header names it. */
  readonly word: string | undefined;
  readonly ambiguities: readonly AmbiguityCode[];
  readonly hasVersion: boolean;
}

/** Where the new fields go, and what goes for them. */
interface Place {
  readonly removed: readonly Edit[];
  readonly start: number;
  readonly room: HeaderRoom;
  readonly hasForged: boolean;
  readonly isMessage: boolean;
}

interface Fitted {
  readonly text: string;
  readonly charset: "utf-8" | "us-ascii";
}

/** All of the header of a part. */
function headerPlace(bytes: Buffer, entity: Entity, part: Part): Place {
  const { start, blankStart } = entity.header;
  const hasForged = findForgedFields(bytes, start, blankStart).length > 0;
  const room = roomOf(bytes, entity, part, [{ start, end: blankStart }]);
  return { removed: [], start, room, hasForged, isMessage: false };
}

/** The fields of a message that describe its content, and those that pass for ours. */
function fieldsPlace(bytes: Buffer, entity: Entity, part: Part): Place {
  const { header } = entity;
  const forged = findForgedFields(bytes, header.start, header.blankStart);
  const ranges = outermost([...header.fields, ...forged]);
  const removed = ranges.map(({ start, end }) => ({ start, end, bytes: NOTHING }));
  const room = roomOf(bytes, entity, part, ranges);
  return { removed, start: header.blankStart, room, hasForged: forged.length > 0, isMessage: true };
}

function roomOf(bytes: Buffer, entity: Entity, part: Part, ranges: readonly FieldRange[]): HeaderRoom {
  let octets = 0;
  let lines = 0;
  for (const { start, end } of ranges) {
    octets += end - start;
    lines += lineFeeds(bytes.subarray(start, end));
  }
  return { bytes: octets, lines, keepsLines: isInMessage(part), lineEnd: lineEndOf(bytes, entity) };
}

/** Whether a message around it counts its lines. */
function isInMessage(part: Part): boolean {
  for (let { parent } = part; parent !== undefined; parent = parent.parent) if (parent.kind === "message") return true;
  return false;
}

/** The first of the possible headers that fits: the less room there is, the less is said. */
function fittedFields({ word, ambiguities, hasVersion }: Content, { room, isMessage }: Place): Fitted | undefined {
  // Folded, so that no line gets long.
  const ambiguity = ambiguities.length === 0 ? [] : [`X-Mailward-Ambiguity: ${ambiguities.join(`,${room.lineEnd} `)}`];
  const encoding = word === undefined ? [] : [`Content-Transfer-Encoding: ${word}`];
  const version = isMessage && hasVersion ? ["MIME-Version: 1.0"] : [];
  const needed = [...encoding, ...version];
  for (const optional of ambiguity.length === 0 ? [[]] : [ambiguity, []]) {
    for (const { type, charset } of TYPES) {
      const text = fitFields([type, ...needed, ...optional], room);
      if (text !== undefined) return { text, charset };
    }
  }
  return undefined;
}

function overlayOptions(
  encoding: ReturnType<typeof encodingOf>,
  word: string | undefined,
  fitted: Fitted | undefined,
  { type, otherTypes }: Entity,
): OverlayOptions {
  const isKept = fitted === undefined;
  const decoded = encoding === "unknown" || (!isKept && word === undefined) ? "identity" : encoding;
  const is8Bit = decoded !== "identity" || /^(?:8bit|binary)$/i.test(word ?? "");
  return {
    encoding: decoded,
    charset: fitted?.charset === "utf-8" && is8Bit ? "utf-8" : "us-ascii",
    isPlainText: !isKept || (type === "text/plain" && otherTypes.length === 0),
  };
}

/** Edits that touch as one. */
function joined(edits: readonly Edit[]): Edit[] {
  const all: Edit[] = [];
  for (const edit of edits) {
    const last = all.at(-1);
    if (last?.end === edit.start) {
      all[all.length - 1] = { start: last.start, end: edit.end, bytes: Buffer.concat([last.bytes, edit.bytes]) };
    } else all.push(edit);
  }
  return all;
}

function lineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let found = bytes.indexOf(LF); found >= 0; found = bytes.indexOf(LF, found + 1)) count += 1;
  return count;
}

const NOTHING = Buffer.alloc(0);
const TYPES = [
  { type: "Content-Type: text/plain; charset=utf-8", charset: "utf-8" },
  { type: "Content-Type: text/plain", charset: "us-ascii" },
  // What "text/html" leaves room for.
  { type: "Content-Type:text/plain", charset: "us-ascii" },
] as const;
