/** Entities that a document declares for itself (XML 1.0 §4.2): text that stands elsewhere than where it is seen. */
import { latin1 } from "../../../core/bytes.ts";
import { decodeReferences } from "./character-references.ts";

/** The internal entities of a document type declaration; references between them are not followed. */
export function declaredEntities(declaration: Buffer): Map<string, Buffer> {
  const entities = new Map<string, Buffer>();
  if (declaration.indexOf(ENTITY) < 0) return entities;
  for (const [, name = "", double, single] of latin1(declaration).matchAll(DECLARATION)) {
    if (entities.size >= MAX_ENTITIES) break;
    entities.set(name, decodeReferences(Buffer.from(double ?? single ?? "", "latin1")));
  }
  return entities;
}

/** `text` with references to them replaced, as long as that makes it no longer than twice as long: entities that are
 *  made of each other grow without end. */
export function expandEntities(text: Buffer, entities: ReadonlyMap<string, Buffer>): Buffer {
  const pieces: Buffer[] = [];
  let room = text.length + MIN_ROOM_BYTES;
  let start = 0;
  for (let mark = text.indexOf(AMPERSAND); mark >= 0; mark = text.indexOf(AMPERSAND, mark + 1)) {
    const end = text.subarray(mark, mark + MAX_NAME_BYTES).indexOf(SEMICOLON);
    const value = end < 0 ? undefined : entities.get(latin1(text, mark + 1, mark + end));
    if (value === undefined || value.length > room) continue;
    room -= value.length;
    pieces.push(text.subarray(start, mark), value);
    start = mark + end + 1;
  }
  pieces.push(text.subarray(start));
  return Buffer.concat(pieces);
}

const ENTITY = Buffer.from("<!ENTITY", "latin1");
const DECLARATION = /<!ENTITY\s{1,64}([\w:.-]{1,64})\s{1,64}(?:"([^"]*)"|'([^']*)')/g;
const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const MAX_ENTITIES = 1_000;
const MAX_NAME_BYTES = 66;
const MIN_ROOM_BYTES = 64 * 1024;
