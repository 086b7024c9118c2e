/** The numbers of the parts that hold content of their own (RFC 9051 §6.4.5). */
import type { MappedPart, SectionMap } from "./section-map.ts";

/** Every leaf with its number, in the order of the message; a message without parts is its own part 1. */
export function leavesOf(map: SectionMap): [string, MappedPart][] {
  return leavesOfMessage(map, 0, "");
}

/** Of the message, or the multipart, at `index`, whose parts have numbers that begin with `prefix`. */
function leavesOfMessage(map: SectionMap, index: number, prefix: string): [string, MappedPart][] {
  const part = map.parts[index];
  if (part?.kind !== "multipart") return leavesOfPart(map, index, `${prefix}1`);
  return part.children.flatMap((child, place) => leavesOfPart(map, child, `${prefix}${place + 1}`));
}

function leavesOfPart(map: SectionMap, index: number, number: string): [string, MappedPart][] {
  const part = map.parts[index];
  if (part === undefined) return [];
  if (part.kind === "leaf") return [[number, part]];
  if (part.kind === "multipart") return leavesOfMessage(map, index, `${number}.`);
  return part.children.flatMap((inner) => leavesOfMessage(map, inner, `${number}.`));
}
