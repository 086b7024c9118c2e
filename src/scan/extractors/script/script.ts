/** Looks into scripts that are files of their own: JavaScript, JScript, VBScript, and others that add strings alike. */

import type { Extractor } from "../extractor.ts";
import { isMarkup } from "../html/identify-markup.ts";
import { isAssemblingScript } from "./identify-script.ts";
import { readScripts } from "./read-scripts.ts";

export const scriptExtractor: Extractor = {
  name: "script",
  // Of a document only its scripts are scripts; those the reader of markup looks into.
  matches: ({ bytes, type, origin }) =>
    origin !== "quoted" && isAssemblingScript(bytes) && !(startsLikeMarkup(bytes) && isMarkup(bytes, type)),
  extract({ bytes }, sink, budget) {
    readScripts([bytes], sink, budget);
  },
};

function startsLikeMarkup(bytes: Buffer): boolean {
  let start = 0;
  while (start < MAX_BLANKS && (bytes[start] ?? 0) <= 0x20) start += 1;
  return bytes[start] === 0x3c || bytes.subarray(start, start + 4).equals(MARKED);
}

const MAX_BLANKS = 256;
/** A byte order mark before it. */
const MARKED = Buffer.from("\ufeff<", "utf8");
