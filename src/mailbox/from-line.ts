/** The line that separates messages in an mbox (RFC 4155 appendix A) and the lines that some programs take for one. */
import { latin1 } from "../core/bytes.ts";

/** `separator`: every program begins a message here. `doubtful`: some do (any "From " will do for them), some do not
 *  (they want a date). `text`: nobody does. */
export type FromLineKind = "separator" | "doubtful" | "text";

/** What a whole line is, its line end included or not. */
export function fromLineKind(line: Uint8Array): FromLineKind {
  const text = latin1(line);
  if (!text.startsWith("From ") || OBSOLETE_FIELD.test(text)) return "text";
  return DATE.test(text) ? "separator" : "doubtful";
}

/** "From : someone" is a header field by RFC 5322 §4.5. */
const OBSOLETE_FIELD = /^From[ \t]*:/;

/** The date of asctime, with or without seconds and time zone, or one in the order of RFC 5322. Nothing is asked of the
 *  sender before it: it is "-", "???@???", quoted, has spaces, or is missing in what programs write. */
const DATE =
  /[ \t](?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ \t]{1,4}(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ \t]{1,4}\d{1,2}|\d{1,2}[ \t](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ \t]\d{2,4}),?[ \t]{1,4}\d{1,2}:\d{2}(?::\d{2})?(?:[ \t]|\r?\n?$)/i;
