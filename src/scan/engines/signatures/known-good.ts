/** Files that are harmless whatever is found in them, by their digests (.fp, .sfp). */
import { hash } from "node:crypto";
import type { Content } from "../../engine.ts";
import { findEntry, type HashTable, mayContain } from "./hash-table.ts";

/** How the content, or what is around it, is known to be harmless: `parent` when it is the message or what comes of it
 *  that is known, and not the content itself. */
export function isKnownGood(content: Content, tables: readonly HashTable[]): "self" | "parent" | undefined {
  if (tables.length === 0) return undefined;
  for (let layer: Content | undefined = content; layer !== undefined; layer = layer.parent) {
    if (isListed(layer.bytes, tables)) return layer === content ? "self" : "parent";
  }
  return undefined;
}

function isListed(bytes: Buffer, tables: readonly HashTable[]): boolean {
  return tables.some(
    (table) =>
      mayContain(table, bytes.length) && findEntry(table, hash(table.kind, bytes, "buffer"), bytes.length) >= 0,
  );
}
