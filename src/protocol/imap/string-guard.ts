/** Keeps messages out of strings that are no content: names, subjects, labels. Clients take the first literal they meet
 *  for the message, so nothing that could be one passes in such a place: it takes line ends to have a header and a body. */
import { CR, LF, NUL, view } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";

/** True when a string of this size is no name, subject or label. */
export function isTooLongString(bytes: number): boolean {
  return !(bytes <= protocolLimits.imapStringBytes);
}

/** True when the string, or a piece of it, is on one line for every program; some end it at a NUL. */
export function isOneLine(bytes: Uint8Array): boolean {
  const octets = view(bytes);
  return octets.indexOf(LF) < 0 && octets.indexOf(CR) < 0 && octets.indexOf(NUL) < 0;
}
