/** Keeps message bodies out of what may pass before the verdict: header fields, and strings such as those of ENVELOPE. */
import { CR, LF } from "../../core/bytes.ts";

/** How much of a literal that is not held may pass: all of it, or what comes before the first octet after a blank line.
 *
 *  No honest header and no honest string has anything there. But a server decides what it calls a header, and there are
 *  clients that take whatever literal comes first for the message. It is cut rather than refused because the sender of a
 *  mail may bring it about (servers do not agree on the line ends CR CR LF and CR), and must not be able to make a mailbox
 *  unreadable. CRs before an LF belong to that line end; bare CRs are line ends of their own, as for lenient clients. */
export function headerLength(bytes: Uint8Array): number {
  let isBlank = true;
  let isAfterBlank = false;
  let bareCrs = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const octet = bytes[at];
    if (octet === CR) bareCrs += 1;
    else if (octet === LF) {
      isAfterBlank ||= isBlank;
      isBlank = true;
      bareCrs = 0;
    } else {
      isAfterBlank ||= bareCrs > (isBlank ? 0 : 1);
      if (isAfterBlank) return at;
      isBlank = false;
      bareCrs = 0;
    }
  }
  return bytes.length;
}
