/** Makes sure that what the upstream calls a header is one: the header may pass before the verdict, the body may not. */
import { CR, LF } from "../../core/bytes.ts";

/** True when octets other than line ends follow the first blank line. CRs before an LF belong to that line end; bare CRs
 *  are line ends of their own, as they are to lenient mail programs. */
export function hasBody(header: Uint8Array): boolean {
  let isBlank = true;
  let isAfterBlank = false;
  let bareCrs = 0;
  for (const octet of header) {
    if (octet === CR) bareCrs += 1;
    else if (octet === LF) {
      isAfterBlank ||= isBlank;
      isBlank = true;
      bareCrs = 0;
    } else {
      isAfterBlank ||= bareCrs > (isBlank ? 0 : 1);
      if (isAfterBlank) return true;
      isBlank = false;
      bareCrs = 0;
    }
  }
  return false;
}
