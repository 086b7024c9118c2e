/** Opens PDF documents (ISO 32000-2): every stream of every object decoded, embedded files under their names, scripts and
 *  strings as the text that they stand for, encrypted ones with an empty password or a word of the message. */

import type { Extractor } from "../extractor.ts";
import { hasObject } from "./pdf-objects.ts";
import { PdfReader } from "./pdf-reader.ts";

export const pdfExtractor: Extractor = {
  name: "pdf",
  // Viewers want "%PDF-" in the first kilobyte, or repair what has objects wherever they are.
  matches: ({ bytes }) => bytes.indexOf(HEADER) >= 0 || hasObject(bytes),
  extract(content, sink, budget) {
    new PdfReader(content, sink, budget).run();
  },
};

const HEADER = Buffer.from("%PDF-", "latin1");
