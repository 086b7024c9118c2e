/** What the charsets are called that a MIME part declares; only those that octets do not tell by themselves. */
import type { WideCharset } from "./wide-charsets.ts";

/** Undefined unless `charset` is UTF-16 or UTF-32 by one of its names. */
export function declaredWideCharset(charset: string): WideCharset | undefined {
  const name = plain(charset);
  const match = /^(?:utf|ucs|iso10646ucs|csunicode|unicode|csucs|csutf)(\d{1,2})?(le|be|fffe)?$/.exec(name);
  if (match === null) return undefined;
  const isBigEndian = match[2] === "be" || match[2] === "fffe";
  switch (match[1]) {
    case "32":
    case "4":
      return { unit: 4, isBigEndian };
    case "16":
    case "2":
    case undefined:
      return { unit: 2, isBigEndian };
    default:
      return undefined;
  }
}

/** The code pages of EBCDIC: `IBM037`, `cp500`, `ebcdic-us`, `x-ibm-1047`. */
export function isDeclaredEbcdic(charset: string): boolean {
  return /ebcdic|^(?:x|cs)?(?:ibm|cp)0*(?:37|273|277|278|280|284|285|297|500|870|871|1047|11[4]\d)$/.test(
    plain(charset),
  );
}

function plain(charset: string): string {
  return charset.toLowerCase().replace(/[^a-z0-9]+/g, "");
}
