/** Where a message's header ends, found without looking at what it says. */
import { CR, LF } from "../core/bytes.ts";
import type { MessageSource } from "./judge.ts";

/** Octets up to and with the first blank line (CRs and LF alone, as the scanner reads headers); all of the message when
 *  there is none. */
export async function headerLength(source: MessageSource): Promise<number> {
  let offset = 0;
  let isBlankSoFar = true;
  for await (const chunk of source.chunks()) {
    for (let index = 0; index < chunk.length; index += 1) {
      const octet = chunk[index];
      if (octet === LF && isBlankSoFar) return offset + index + 1;
      if (octet === LF) isBlankSoFar = true;
      if (octet === LF || (octet === CR && isBlankSoFar)) continue;
      isBlankSoFar = false;
      const lineEnd = chunk.indexOf(LF, index);
      index = lineEnd < 0 ? chunk.length : lineEnd - 1;
    }
    offset += chunk.length;
  }
  return offset;
}
