/** What IMAP has to tell of a replaced message, as the scan service says: the daemon looks into no mail. */
import { rewrittenLimits } from "../core/limits.ts";
import type { Edit } from "../core/model.ts";
import { leavesOf } from "../mime/sections/leaf-numbers.ts";
import type { MappedPart, SectionMap } from "../mime/sections/section-map.ts";
import type { DeliveredStructure, Range } from "../protocol/event.ts";
import type { SectionService } from "../scan/sections.ts";
import type { HeldMessage } from "./held-message.ts";

/** Of a message with these edits. Undefined when the service can not tell. */
export async function deliveredStructure(
  service: SectionService,
  message: HeldMessage,
  edits: readonly Edit[],
  signal: AbortSignal,
): Promise<DeliveredStructure | undefined> {
  try {
    const whole = message.delivered(0, message.deliveredBytes);
    const [structure, map] = await Promise.all([
      service.structure(whole, signal),
      service.sectionMap(message.delivered(0, message.deliveredBytes), signal),
    ]);
    const binarySizes = new Map<string, number>();
    for (const [number, part] of changedLeaves(map, deliveredRanges(edits))) {
      const size = await decodedSize(service, message, part, signal);
      if (size !== undefined) binarySizes.set(number, size);
    }
    return { ...structure, binarySizes };
  } catch {
    return undefined;
  }
}

/** Where the new octets are in the edited message. */
function deliveredRanges(edits: readonly Edit[]): Range[] {
  let shift = 0;
  return edits.map(({ start, end, bytes }) => {
    const range = { start: start + shift, end: start + shift + bytes.length };
    shift += bytes.length - (end - start);
    return range;
  });
}

/** The leaves with new octets, by part number; some, where there are very many. */
function changedLeaves(map: SectionMap, changed: readonly Range[]): [string, MappedPart][] {
  if (map.isCut) return [];
  return leavesOf(map)
    .filter(([, part]) => changed.some(({ start, end }) => start < part.end && part.start < end))
    .slice(0, rewrittenLimits.parts);
}

async function decodedSize(
  service: SectionService,
  message: HeldMessage,
  { encoding, bodyStart, end }: MappedPart,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (encoding === "unknown") return undefined;
  if (encoding === "identity") return end - bodyStart;
  return (await service.decodePart(message.delivered(bodyStart, end), encoding, signal)).length;
}
