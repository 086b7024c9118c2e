/** What the charsets are called that a MIME part declares; only those that octets do not tell by themselves. */
import type { WideCharset } from "./wide-charsets.ts";

/** Undefined unless `charset` is UTF-16 or UTF-32 by one of its names. */
export function declaredWideCharset(charset: string): WideCharset | undefined {
  return known(charset).wide;
}

/** The code pages of EBCDIC: `IBM037`, `cp500`, `ebcdic-us`, `x-ibm-1047`. */
export function isDeclaredEbcdic(charset: string): boolean {
  return known(charset).isEbcdic;
}

interface DeclaredCharset {
  readonly wide: WideCharset | undefined;
  readonly isEbcdic: boolean;
}

/** Hardly any mail uses another name than the mail before it. */
function known(charset: string): DeclaredCharset {
  let declared = charsets.get(charset);
  if (declared === undefined) {
    const name = charset.toLowerCase().replace(/[^a-z0-9]+/g, "");
    declared = { wide: wideCharsetNamed(name), isEbcdic: EBCDIC.test(name) };
    if (charsets.size >= MAX_CHARSETS) charsets.clear();
    if (charset.length <= MAX_NAME_CHARACTERS) charsets.set(charset, declared);
  }
  return declared;
}

function wideCharsetNamed(name: string): WideCharset | undefined {
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

const EBCDIC = /ebcdic|^(?:x|cs)?(?:ibm|cp)0*(?:37|273|277|278|280|284|285|297|500|870|871|1047|11[4]\d)$/;
const charsets = new Map<string, DeclaredCharset>();
const MAX_CHARSETS = 64;
const MAX_NAME_CHARACTERS = 100;
