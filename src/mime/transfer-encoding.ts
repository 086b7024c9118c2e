/** Which transfer encodings a header may mean (RFC 2045 §6, read as widely as X-1 asks). */
import { decodeWords } from "./encoded-word.ts";
import { normalWord } from "./parameters.ts";

/** Those that change octets; 7bit, 8bit and binary do not. */
export type TransferEncoding = "base64" | "quoted-printable" | "uuencode";

/** Every encoding that one of the Content-Transfer-Encoding values `texts` contains, whatever stands around it. */
export function encodingReadings(texts: readonly string[]): TransferEncoding[] {
  const readings = new Set<TransferEncoding>();
  for (const text of texts) {
    const known = WELL_FORMED.get(text.toLowerCase());
    if (known !== undefined) {
      if (known !== "") readings.add(known);
      continue;
    }
    const words = [text.toLowerCase(), normalWord(text), normalWord(decodeWords(text))].join(" ");
    const letters = words.replace(/[^a-z0-9 ]+/g, "");
    if (/64/.test(letters)) readings.add("base64");
    if (/quoted|printable/.test(letters)) readings.add("quoted-printable");
    if (/uu/.test(letters)) readings.add("uuencode");
  }
  return [...readings];
}

/** Whether every reader takes the value `text` for the same: many do not know uuencode. */
export function isWellFormedEncoding(text: string): boolean {
  const known = WELL_FORMED.get(text.toLowerCase());
  return known !== undefined && known !== "uuencode";
}

/** As they are written in honest mail, also where no standard knows them; nobody decodes those. */
const WELL_FORMED: ReadonlyMap<string, TransferEncoding | ""> = new Map([
  ["", ""],
  ["7bit", ""],
  ["8bit", ""],
  ["binary", ""],
  ["7-bit", ""],
  ["8-bit", ""],
  ["7bits", ""],
  ["8bits", ""],
  ["none", ""],
  ["us-ascii", ""],
  ["utf-8", ""],
  ["base64", "base64"],
  ["quoted-printable", "quoted-printable"],
  ["uuencode", "uuencode"],
  ["x-uuencode", "uuencode"],
  ["x-uue", "uuencode"],
]);
