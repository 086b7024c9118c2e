/** The pieces of a message for engines that take them all at once; bounded, and without repetitions. */
import { engineLimits } from "../core/scan-limits.ts";
import type { Content, Piece } from "./engine.ts";
import type { Place } from "./inspection.ts";

export interface CollectedPieces {
  readonly pieces: readonly Piece[];
  /** Of each piece, in the same order. */
  readonly places: readonly Place[];
  /** Pieces were left out. */
  readonly isCut: boolean;
  readonly add: (content: Content, place: Place) => void;
}

export function collectPieces(): CollectedPieces {
  const pieces: Piece[] = [];
  const places: Place[] = [];
  /** Of each memory, the stretches that were handed on. */
  const seen = new Map<ArrayBufferLike, Set<string>>();
  let bytes = 0;
  let isCut = false;
  return {
    pieces,
    places,
    get isCut() {
      return isCut;
    },
    add(content, place) {
      // The same octets in the same memory: a part that two extractors hand on as it is.
      const { buffer, byteOffset, length } = content.bytes;
      const key = `${byteOffset}:${length}:${content.name}:${place.part}`;
      const known = seen.get(buffer) ?? new Set();
      if (known.has(key)) return;
      if (pieces.length >= engineLimits.collectedPieces || bytes + content.bytes.length > engineLimits.collectedBytes) {
        isCut = true;
        return;
      }
      seen.set(buffer, known.add(key));
      bytes += content.bytes.length;
      pieces.push({ content, part: place.part, path: place.path });
      places.push(place);
    },
  };
}
