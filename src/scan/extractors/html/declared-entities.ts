/** Entities that a document declares for itself (XML 1.0 §4.2): text that stands elsewhere than where it is seen. */
import { latin1 } from "../../../core/bytes.ts";
import { decodeReferences } from "./character-references.ts";

export interface Expanded {
  readonly text: Buffer;
  /** There is more: entities that are made of each other grow without end. */
  readonly isCut: boolean;
}

/** Adds the internal entities of a document type declaration, those before them already in their values. False when
 *  there is more of them. */
export function declareEntities(declaration: Buffer, entities: Map<string, Buffer>): boolean {
  if (declaration.indexOf(ENTITY) < 0) return true;
  let isWhole = true;
  for (const [, name = "", double, single] of latin1(declaration).matchAll(DECLARATION)) {
    if (entities.size >= MAX_ENTITIES) return false;
    const value = decodeReferences(Buffer.from(double ?? single ?? "", "latin1"));
    const { text, isCut } = expandEntities(value, entities, MAX_ENTITY_BYTES);
    isWhole &&= !isCut;
    entities.set(name, text);
  }
  return isWhole;
}

/** `text` with references to entities replaced, by at most `maxBytes` in all. */
export function expandEntities(text: Buffer, entities: ReadonlyMap<string, Buffer>, maxBytes: number): Expanded {
  const pieces: Buffer[] = [];
  let room = maxBytes;
  let start = 0;
  let isCut = false;
  for (let mark = text.indexOf(AMPERSAND); mark >= 0; mark = text.indexOf(AMPERSAND, mark + 1)) {
    const end = text.subarray(mark, mark + MAX_NAME_BYTES).indexOf(SEMICOLON);
    const value = end < 0 ? undefined : entities.get(latin1(text, mark + 1, mark + end));
    if (value === undefined) continue;
    isCut ||= value.length > room;
    if (value.length > room) continue;
    room -= value.length;
    pieces.push(text.subarray(start, mark), value);
    start = mark + end + 1;
  }
  if (pieces.length === 0) return { text, isCut };
  pieces.push(text.subarray(start));
  return { text: Buffer.concat(pieces), isCut };
}

const ENTITY = Buffer.from("<!ENTITY", "latin1");
const DECLARATION = /<!ENTITY\s{1,64}([\w:.-]{1,64})\s{1,64}(?:"([^"]*)"|'([^']*)')/g;
const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const MAX_ENTITIES = 1_000;
const MAX_ENTITY_BYTES = 16 * 1024;
const MAX_NAME_BYTES = 66;
