/** The directory of a compound file [MS-CFB] 2.6: a tree of names that may be a circle, a comb or a heap of orphans. */
import { utf16 } from "../../../core/bytes.ts";

export interface CompoundEntry {
  readonly name: string;
  readonly kind: "root" | "storage" | "stream";
  /** As the registry writes it, in upper case, without braces. */
  readonly classId: string;
  /** The storage it is in; undefined for the root and for what is outside the tree. */
  readonly parent: CompoundEntry | undefined;
  /** First sector. */
  readonly start: number;
  /** As declared. */
  readonly bytes: number;
}

export interface CompoundDirectory {
  readonly entries: readonly CompoundEntry[];
  /** There are more entries than `maxEntries`. */
  readonly isCut: boolean;
}

/** Every entry that is in use, whether or not the tree leads to it. */
export function readDirectory(bytes: Buffer, maxEntries: number): CompoundDirectory {
  const entries: CompoundEntry[] = [];
  const known = new Map<number, CompoundEntry>();
  const count = Math.floor(bytes.length / ENTRY_BYTES);
  let isCut = false;
  const add = (index: number, parent: CompoundEntry | undefined): CompoundEntry | undefined => {
    // The first entry is the root, whatever it says of itself, and no other is.
    const kind = index === 0 ? "root" : KINDS[bytes[index * ENTRY_BYTES + 66] ?? 0];
    if (kind === undefined || known.has(index)) return undefined;
    if (entries.length >= maxEntries) {
      isCut = true;
      return undefined;
    }
    const entry = readEntry(bytes, index * ENTRY_BYTES, kind, parent);
    entries.push(entry);
    known.set(index, entry);
    return entry;
  };
  walkTree(bytes, count, add);
  for (let index = 0; index < count && !isCut; index += 1) add(index, undefined);
  return { entries, isCut };
}

/** From the root downwards, every index at most once. */
function walkTree(
  bytes: Buffer,
  count: number,
  add: (index: number, parent: CompoundEntry | undefined) => CompoundEntry | undefined,
): void {
  const root = count === 0 ? undefined : add(0, undefined);
  if (root === undefined) return;
  const open: { index: number; parent: CompoundEntry }[] = [{ index: link(bytes, 0, CHILD), parent: root }];
  const seen = new Set<number>([0]);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { index, parent } = next;
    if (index >= count || seen.has(index)) continue;
    seen.add(index);
    open.push({ index: link(bytes, index, RIGHT), parent }, { index: link(bytes, index, LEFT), parent });
    const entry = add(index, parent);
    if (entry !== undefined && entry.kind !== "stream") open.push({ index: link(bytes, index, CHILD), parent: entry });
  }
}

function readEntry(
  bytes: Buffer,
  offset: number,
  kind: CompoundEntry["kind"],
  parent: CompoundEntry | undefined,
): CompoundEntry {
  const declared = bytes.readUInt16LE(offset + 64);
  const nameBytes = declared >= 2 && declared <= MAX_NAME_BYTES ? declared - 2 : MAX_NAME_BYTES;
  const name = utf16(bytes, offset, offset + nameBytes);
  const end = name.indexOf("\0");
  return {
    name: end < 0 ? name : name.slice(0, end),
    kind,
    classId: readClassId(bytes, offset + 80),
    parent,
    start: bytes.readUInt32LE(offset + 116),
    // The upper half is noise in files of version 3; no stream of a mail needs it.
    bytes: bytes.readUInt32LE(offset + 120),
  };
}

function link(bytes: Buffer, index: number, offset: number): number {
  return bytes.readUInt32LE(index * ENTRY_BYTES + offset);
}

/** A CLSID at `offset`: the first three fields are little-endian. Empty when there is none. */
function readClassId(bytes: Buffer, offset: number): string {
  if (offset + 16 > bytes.length) return "";
  const hex = (start: number, end: number, isReversed: boolean): string => {
    const part = Buffer.from(bytes.subarray(offset + start, offset + end));
    return (isReversed ? part.reverse() : part).toString("hex").toUpperCase();
  };
  const text = [hex(0, 4, true), hex(4, 6, true), hex(6, 8, true), hex(8, 10, false), hex(10, 16, false)].join("-");
  return text === NO_CLASS ? "" : text;
}

const ENTRY_BYTES = 128;
const MAX_NAME_BYTES = 64;
const LEFT = 68;
const RIGHT = 72;
const CHILD = 76;
const KINDS: readonly (CompoundEntry["kind"] | undefined)[] = [
  undefined,
  "storage",
  "stream",
  undefined,
  undefined,
  "storage",
];
const NO_CLASS = "00000000-0000-0000-0000-000000000000";
