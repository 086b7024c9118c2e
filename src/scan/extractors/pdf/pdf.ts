/** Opens PDF documents (ISO 32000-2): every stream of every object decoded, embedded files under their names, scripts and
 *  strings as the text that they stand for, encrypted ones with an empty password or a word of the message. */
import { mayHold } from "../../search/marks.ts";
import type { Extractor } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { hasObject } from "./pdf-objects.ts";
import { PdfReader } from "./pdf-reader.ts";

export const pdfExtractor: Extractor = {
  name: "pdf",
  mayMatch: (survey) => (survey & (SIGNS.percent | SIGNS.less)) !== 0,
  // Viewers want "%PDF-" in the first kilobyte, or repair what has objects wherever they are.
  matches: ({ bytes }) =>
    (mayHold(bytes, "pdf") && bytes.indexOf(HEADER) >= 0) || (mayHold(bytes, "pdf-object") && hasObject(bytes)),
  extract(content, sink, budget) {
    new PdfReader(content, sink, budget).run();
  },
};

const HEADER = Buffer.from("%PDF-", "latin1");
