/** Which transfer encodings a header may mean (RFC 2045 §6, read as widely as X-1 asks). */
import { decodeWords } from "./encoded-word.ts";
import { normalWord } from "./parameters.ts";

/** Those that change octets; 7bit, 8bit and binary do not. */
export type TransferEncoding = "base64" | "quoted-printable" | "uuencode";

/** Every encoding that one of the Content-Transfer-Encoding values `texts` contains, whatever stands around it. */
export function encodingReadings(texts: readonly string[]): TransferEncoding[] {
  const readings = new Set<TransferEncoding>();
  for (const text of texts) {
    const word = `${normalWord(text)} ${normalWord(decodeWords(text))} ${text.toLowerCase()}`;
    if (word.includes("base64")) readings.add("base64");
    if (word.includes("quoted")) readings.add("quoted-printable");
    if (word.includes("uu")) readings.add("uuencode");
  }
  return [...readings];
}
