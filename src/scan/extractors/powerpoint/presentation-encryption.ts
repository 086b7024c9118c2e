/** Encrypted presentations [MS-PPT] 2.3.7: every object that the presentation's list of objects names is encrypted by
 *  itself, under its number. */
import type { Budget } from "../../budget.ts";
import type { ExtractorSink } from "../extractor.ts";
import { remarkOpened, tryPasswords } from "../office-encryption/password-attempts.ts";
import { rc4Keystream } from "../office-encryption/rc4.ts";
import { readRc4Header } from "../office-encryption/rc4-encryption.ts";

/** The decrypted stream; undefined when no word opens it. `user` is the stream that says where the last edit is. */
export function decryptPresentation(
  user: Buffer,
  stream: Buffer,
  sink: ExtractorSink,
  budget: Budget,
): Buffer | undefined {
  const edit = user.readUInt32LE(16);
  if (edit + EDIT_BYTES > stream.length || stream.readUInt16LE(edit + 2) !== USER_EDIT) return undefined;
  const objects = readObjects(stream, edit);
  const session = objects.get(stream.readUInt32LE(edit + 36));
  const open = session === undefined ? undefined : readRc4Header(stream, session + 8);
  const opened = open && tryPasswords(sink, budget, 0, open);
  if (opened === undefined) return undefined;
  remarkOpened(sink, "presentation", opened.password);
  const plain = Buffer.from(stream);
  const starts = [...new Set([...objects.values(), edit, stream.length])].sort((one, other) => one - other);
  const ends = new Map(starts.map((start, index) => [start, starts[index + 1] ?? stream.length]));
  for (const [number, start] of objects) {
    if (start === session) continue;
    const end = ends.get(start) ?? start;
    const keystream = rc4Keystream(opened.key(number), end - start);
    for (let position = start; position < end; position += 1) {
      plain[position] = (plain[position] ?? 0) ^ (keystream[position - start] ?? 0);
    }
    // Another number for the same place would encrypt it once more.
    ends.set(start, start);
  }
  return plain;
}

/** Where the objects are, by number: the latest edit counts, and its list may be in pieces of earlier ones. */
function readObjects(stream: Buffer, lastEdit: number): Map<number, number> {
  const objects = new Map<number, number>();
  let edit = lastEdit;
  for (let count = 0; count < MAX_EDITS && edit + EDIT_BYTES - 4 <= stream.length; count += 1) {
    if (stream.readUInt16LE(edit + 2) !== USER_EDIT) break;
    readList(stream, stream.readUInt32LE(edit + 20), objects);
    const previous = stream.readUInt32LE(edit + 16);
    // Edits are appended: the one before is nearer to the beginning.
    if (previous === 0 || previous >= edit) break;
    edit = previous;
  }
  return objects;
}

/** Runs of a first number (20 bits), a count (12 bits) and as many places. */
function readList(stream: Buffer, list: number, objects: Map<number, number>): void {
  if (list + 8 > stream.length || stream.readUInt16LE(list + 2) !== PERSIST_DIRECTORY) return;
  const end = Math.min(stream.length, list + 8 + stream.readUInt32LE(list + 4));
  let position = list + 8;
  while (position + 4 <= end) {
    const run = stream.readUInt32LE(position);
    const first = run % 2 ** 20;
    const count = run >>> 20;
    position += 4;
    for (let index = 0; index < count && position + 4 <= end; index += 1, position += 4) {
      const place = stream.readUInt32LE(position);
      if (!objects.has(first + index) && place < stream.length) objects.set(first + index, place);
    }
  }
}

const USER_EDIT = 0x0ff5;
const PERSIST_DIRECTORY = 0x1772;
/** With the number of the object that says how the others are encrypted. */
const EDIT_BYTES = 40;
const MAX_EDITS = 1_000;
