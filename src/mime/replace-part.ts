/** The edits that put a notice in the place of an entity. Every octet outside of them stays as it is. */
import { CR, LF } from "../core/bytes.ts";
import type { Edit } from "../core/model.ts";
import type { AmbiguityCode } from "./ambiguity.ts";
import { type Entity, isMessageRoot } from "./entity.ts";
import { type FieldRange, findForgedFields } from "./forged-fields.ts";
import type { Header } from "./header.ts";
import type { Notice } from "./notice.ts";
import { type LineEnd, noticeBody, noticeFields } from "./notice-body.ts";

/** Replaces `entity` by a text part of the lines of `notice`, where it can not be replaced in place (replace-in-place.ts).
 *  A message, also one inside another, keeps its header apart
 *  from the fields that describe the content, and from those that pass for ours. `keepsSize` uses the longest notice that is not longer
 *  than what it replaces, and fills it up to that length. The header says what that was ambiguous about. The edits are ascending and do not
 *  overlap. */
export function replaceEntity(
  bytes: Buffer,
  entity: Entity,
  notice: Notice,
  keepsSize: boolean,
  ambiguities: readonly AmbiguityCode[] = [],
): Edit[] {
  const lineEnd = lineEndOf(bytes, entity);
  const fields = noticeFields(lineEnd, ambiguities) + lineEnd;
  return isMessageRoot(entity)
    ? replaceMessageBody(bytes, entity, notice, lineEnd, fields, keepsSize)
    : replacePart(entity, notice, lineEnd, fields, keepsSize);
}

/** Replaces all of a message of `bytes` octets, its header included. */
export function replaceMessage(
  bytes: Buffer,
  subject: string,
  notice: Notice,
  lineEnd: LineEnd,
  keepsSize: boolean,
  ambiguities: readonly AmbiguityCode[] = [],
): Edit {
  const fields = noticeFields(lineEnd, ambiguities);
  const header = `Subject: ${subject}${lineEnd}MIME-Version: 1.0${lineEnd}${fields}${lineEnd}`;
  const body = fittingBody(notice, lineEnd, keepsSize ? bytes.length - header.length - lineEnd.length : 0);
  const replaced = Buffer.concat([Buffer.from(header, "latin1"), body, Buffer.from(lineEnd)]);
  return { start: 0, end: bytes.length, bytes: replaced };
}

/** What the entity's first line ends with; of an entity without lines, what the message's first line ends with. */
export function lineEndOf(bytes: Buffer, entity: Entity): LineEnd {
  const inside = bytes.subarray(entity.header.start, entity.end).indexOf(LF);
  const lineFeed = inside >= 0 ? entity.header.start + inside : bytes.indexOf(LF);
  return lineFeed > 0 && bytes[lineFeed - 1] !== CR ? "\n" : "\r\n";
}

/** The longest form of the notice that fits, in exactly `room` octets; at full length when none does. */
function fittingBody({ lines, short }: Notice, lineEnd: LineEnd, room: number): Buffer {
  for (const form of [lines, ...short.map((line) => [line]), []]) {
    const body = noticeBody(form, lineEnd, room);
    if (body.length === room) return body;
  }
  return noticeBody(lines, lineEnd);
}

function replacePart(entity: Entity, notice: Notice, lineEnd: LineEnd, fields: string, keepsSize: boolean): Edit[] {
  const { start } = entity.header;
  const header = Buffer.from(fields, "latin1");
  const room = entity.end - start;
  const replaced = Buffer.concat([header, fittingBody(notice, lineEnd, keepsSize ? room - header.length : 0)]);
  return [{ start, end: entity.end, bytes: replaced }];
}

function replaceMessageBody(
  bytes: Buffer,
  entity: Entity,
  notice: Notice,
  lineEnd: LineEnd,
  fields: string,
  keepsSize: boolean,
): Edit[] {
  const { header } = entity;
  const cut = keptEnd(header);
  const fieldsToGo = [
    ...header.fields.filter((field) => field.start < cut),
    ...findForgedFields(bytes, header.start, cut),
  ];
  const edits: Edit[] = outermost(fieldsToGo).map(({ start, end }) => ({ start, end, bytes: NOTHING }));
  const removed = edits.reduce((sum, edit) => sum + edit.end - edit.start, 0);
  const versioned = `MIME-Version: 1.0${lineEnd}${fields}`;
  const head = Buffer.from(isBrokenOff(bytes, header.start, cut, edits) ? lineEnd + versioned : versioned, "latin1");
  const room = removed + entity.end - cut - head.length;
  // A message of its own ends with a line end; one inside a part leaves that to the delimiter.
  const tail = entity.parent === undefined ? Buffer.from(lineEnd) : NOTHING;
  const body = fittingBody(notice, lineEnd, keepsSize ? room - tail.length : 0);
  edits.push({ start: cut, end: entity.end, bytes: Buffer.concat([head, body, tail]) });
  return edits;
}

/** Duplicates and disguised fields too; a field inside another one goes with it. */
export function outermost(fields: readonly FieldRange[]): FieldRange[] {
  const kept: FieldRange[] = [];
  for (const field of fields.toSorted((left, right) => left.start - right.start)) {
    if (field.start >= (kept.at(-1)?.end ?? 0)) kept.push(field);
  }
  return kept;
}

/** Where a header ends for readers that need no blank line. A line that is no field is already content for some readers: neither it nor what follows stays. */
export function keptEnd(header: Header): number {
  return header.earlyBodies.find(({ isCertain }) => isCertain)?.start ?? header.blankStart;
}

/** Whether what stays of a header, which ends at `cut`, breaks off in the middle of a line. */
function isBrokenOff(bytes: Buffer, start: number, cut: number, edits: readonly Edit[]): boolean {
  let end = cut;
  for (const edit of edits.toReversed()) {
    if (edit.end === end) end = edit.start;
  }
  return end > start && bytes[end - 1] !== LF;
}

const NOTHING = Buffer.alloc(0);
