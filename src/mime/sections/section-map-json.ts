/** The map of a message on its way from the scan service: built there, and checked by the daemon, which answers from it
 *  without seeing the content. */
import { sectionLimits } from "../../core/section-limits.ts";
import type { MappedField, MappedPart, PartEncoding, SectionMap } from "./section-map.ts";

/** A value for JSON: for each part its parent, kind, encoding and offsets, and its fields as name, octets since the last
 *  field, length. */
export function encodeSectionMap({ parts, isCut }: SectionMap): unknown {
  const parents = new Map(parts.flatMap(({ children }, index) => children.map((child) => [child, index])));
  return {
    isCut,
    parts: parts.map((part, index) => [
      parents.get(index) ?? -1,
      KINDS.indexOf(part.kind),
      ENCODINGS.indexOf(part.encoding),
      part.start,
      part.blankStart,
      part.bodyStart,
      part.end,
      encodeFields(part),
    ]),
  };
}

/** The map of a message of `bytes` octets; undefined when it is not one: when a range is outside what contains it, or
 *  out of order, or a limit is exceeded. */
export function parseSectionMap(value: unknown, bytes: number): SectionMap | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { isCut, parts: rows }: { isCut?: unknown; parts?: unknown } = value;
  if (typeof isCut !== "boolean" || !Array.isArray(rows) || rows.length === 0) return undefined;
  if (rows.length > sectionLimits.parts) return undefined;
  const parts: GrowingPart[] = [];
  let fields = 0;
  for (const row of rows) {
    const part = parsePart(row, parts, bytes);
    if (part === undefined) return undefined;
    parts.push(part);
    fields += part.fields.length;
    if (fields > sectionLimits.fields) return undefined;
  }
  const isWhole = parts.every(({ kind, children }) => kind !== "message" || children.length === 1);
  return isWhole ? { bytes, parts, isCut } : undefined;
}

interface GrowingPart extends MappedPart {
  readonly children: number[];
}

function encodeFields({ start, fields }: MappedPart): (string | number)[] {
  const row: (string | number)[] = [];
  let last = start;
  for (const field of fields) {
    row.push(NAME.test(field.name) ? field.name : "", field.start - last, field.end - field.start);
    last = field.end;
  }
  return row;
}

/** The part of this row, entered into its parent, which is one of `parts`. */
function parsePart(row: unknown, parts: readonly GrowingPart[], bytes: number): GrowingPart | undefined {
  if (!Array.isArray(row)) return undefined;
  const [parentIndex, kindIndex, encodingIndex, start, blankStart, bodyStart, end, fieldRow]: unknown[] = row;
  const kind = itemAt(KINDS, kindIndex);
  const encoding = itemAt(ENCODINGS, encodingIndex);
  if (kind === undefined || encoding === undefined) return undefined;
  if (!isCount(start) || !isCount(blankStart) || !isCount(bodyStart) || !isCount(end)) return undefined;
  if (start > blankStart || blankStart > bodyStart || bodyStart > end || end > bytes) return undefined;
  if (!isPlaced(parts, parentIndex, start, end, bytes)) return undefined;
  const parent = typeof parentIndex === "number" ? parts[parentIndex] : undefined;
  const fields = parseFields(fieldRow, start, blankStart);
  if (fields === undefined) return undefined;
  parent?.children.push(parts.length);
  return { children: [], kind, encoding, start, blankStart, bodyStart, end, fields };
}

/** Whether the part lies in the body of its parent and after what is before it there. The first part is the message. */
function isPlaced(
  parts: readonly GrowingPart[],
  parentIndex: unknown,
  start: number,
  end: number,
  bytes: number,
): boolean {
  if (parts.length === 0) return parentIndex === -1 && start === 0 && end === bytes;
  const parent = isCount(parentIndex) ? parts[parentIndex] : undefined;
  if (parent === undefined || parent.kind === "leaf") return false;
  const before = parts[parent.children.at(-1) ?? -1];
  return start >= (before?.end ?? parent.bodyStart) && end <= parent.end;
}

function parseFields(row: unknown, start: number, end: number): MappedField[] | undefined {
  if (!Array.isArray(row) || row.length % 3 !== 0 || row.length > 3 * sectionLimits.fields) return undefined;
  const fields: MappedField[] = [];
  let last = start;
  for (let index = 0; index < row.length; index += 3) {
    const name: unknown = row[index];
    const gap: unknown = row[index + 1];
    const length: unknown = row[index + 2];
    if (typeof name !== "string" || (name !== "" && !NAME.test(name))) return undefined;
    if (!isCount(gap) || !isCount(length)) return undefined;
    const field = { name, start: last + gap, end: last + gap + length };
    if (field.end > end) return undefined;
    fields.push(field);
    last = field.end;
  }
  return fields;
}

function itemAt<T>(items: readonly T[], index: unknown): T | undefined {
  return isCount(index) ? items[index] : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

const KINDS = ["leaf", "multipart", "message"] as const;
const ENCODINGS: readonly PartEncoding[] = ["identity", "base64", "quoted-printable", "unknown"];
/** Names that a client can ask for. */
const NAME = new RegExp(`^[!-9;-~]{1,${sectionLimits.fieldNameBytes}}$`);
