/** Names that make people see another ending than the one that counts. */
import { extensionOf, nameFamily, trimmedName } from "./file-extensions.ts";

/** `invoice.pdf.exe`, and `invoice.pdf`, many blanks, `.exe`: an ending that runs behind one that does not. */
export function hasDoubleExtension(name: string): boolean {
  const family = nameFamily(extensionOf(name));
  if (family !== "executable" && family !== "script" && family !== "shortcut") return false;
  const trimmed = trimmedName(name);
  const stem = trimmed.slice(0, trimmed.lastIndexOf("."));
  const shown = stem.replace(BLANKS_AT_END, "");
  const inner = shown.slice(shown.lastIndexOf(".") + 1).toLowerCase();
  if (shown.includes(".") && SHOWN.has(inner)) return true;
  return MANY_BLANKS.test(stem);
}

/** Marks that turn the direction of text around (UAX #9): `invoice\u202efdp.exe` is shown as `invoiceexe.pdf`. Also as
 *  they look where UTF-8 was taken for Latin-1. */
export function hasBidiOverride(name: string): boolean {
  return BIDI.test(name);
}

/** What people know as documents. Endings of web pages and data are left out: `page.html.js` is an honest name. */
const SHOWN: ReadonlySet<string> = new Set(
  (
    "pdf doc docx docm xls xlsx xlsm xlsb ppt pptx pps ppsx rtf odt ods odp txt csv jpg jpeg png gif bmp tif tiff webp heic " +
    "mp3 mp4 m4a mov avi mkv wav wmv one eml msg xps dwg"
  ).split(" "),
);
const BLANKS_AT_END = /[\s\u00a0\u00ad\u200b-\u200f\u2060_]{1,1000}$/;
const MANY_BLANKS = /[\s\u00a0\u2000-\u200f\u3000]{8}/;
const BIDI = /[\u202a-\u202e\u2066-\u2069]|\u00e2\u0080[\u00aa-\u00ae]|\u00e2\u0081[\u00a6-\u00a9]/;
