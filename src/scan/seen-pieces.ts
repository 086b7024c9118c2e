/** Which pieces of a part have been looked at: the readings of an ambiguous message repeat each other, and each brings
 *  further ones, so that looking at all of them again and again would never end. */
import { hash } from "node:crypto";
import type { Content } from "./engine.ts";
import type { Place } from "./inspection.ts";

export class SeenPieces {
  /** Of each piece, how deep in containers it was; what is deeper is not opened as far. */
  readonly #depths = new Map<string, number>();

  /** Whether the same was looked at in the same place before; not to be asked about what is looked at always. */
  isRepeated({ bytes, origin, name, type, charset }: Content, { part, depth }: Place): boolean {
    const key = [hash("sha1", bytes, "base64"), origin, part, type, charset, name].join("\n");
    const before = this.#depths.get(key);
    if (before !== undefined && before <= depth) return true;
    if (before !== undefined || this.#depths.size < MAX_REMEMBERED) this.#depths.set(key, depth);
    return false;
  }
}

/** True for the first and usual reading of a part, which is not worth a hash, and for entries of containers, which are
 *  taken out one by one. */
export function isLookedAtAlways({ origin }: Content, { depth, entity }: Place): boolean {
  return origin === "entry" || (depth === 0 && entity.isRegular);
}

/** More than the limits of readings and of parts let through in honest mail. */
const MAX_REMEMBERED = 100_000;
