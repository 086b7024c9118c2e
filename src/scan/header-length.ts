/** Where a message's header ends, found without looking at what it says. */
import { CR, LF } from "../core/bytes.ts";
import type { MessageSource } from "./judge.ts";

/** Octets up to and with the first empty line (CRLF or LF, RFC 5322 §2.1 and what stores make of it); all of the
 *  message when there is none. */
export async function headerLength(source: MessageSource): Promise<number> {
  let offset = 0;
  let isLineStart = true;
  let isCrFirst = false;
  for await (const chunk of source.chunks()) {
    for (let index = 0; index < chunk.length; ) {
      const octet = chunk[index];
      if (octet === LF && (isLineStart || isCrFirst)) return offset + index + 1;
      isCrFirst = isLineStart && octet === CR;
      isLineStart = octet === LF;
      if (isLineStart || isCrFirst) {
        index += 1;
        continue;
      }
      const lineEnd = chunk.indexOf(LF, index);
      index = lineEnd < 0 ? chunk.length : lineEnd;
    }
    offset += chunk.length;
  }
  return offset;
}
