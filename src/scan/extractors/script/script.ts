/** Looks into scripts that are files of their own: JavaScript, JScript, VBScript, and others that add strings alike. */

import type { Content } from "../../engine.ts";
import type { Extractor } from "../extractor.ts";
import { isMarkup } from "../html/identify-markup.ts";
import { SIGNS } from "../octet-survey.ts";
import { isAssemblingScript } from "./identify-script.ts";
import { readScripts } from "./read-scripts.ts";

export const scriptExtractor: Extractor = {
  name: "script",
  mayMatch: (survey) => (survey & SCRIPT_SIGNS) !== 0,
  matches: isScript,
  extract({ bytes }, sink, budget) {
    readScripts([bytes], sink, budget);
  },
};

/** Of a document only its scripts are scripts; those the reader of markup looks into. What is quoted comes again
 *  decoded, and what a document shows is not run. */
function isScript({ bytes, type, origin, container }: Content): boolean {
  if (origin === "quoted" || container === "rendered-text" || !isAssemblingScript(bytes)) return false;
  return !(startsLikeMarkup(bytes) && isMarkup(bytes, type));
}

function startsLikeMarkup(bytes: Buffer): boolean {
  let start = 0;
  while (start < MAX_BLANKS && (bytes[start] ?? 0) <= 0x20) start += 1;
  return bytes[start] === 0x3c || bytes.subarray(start, start + 4).equals(MARKED);
}

/** One of them is in whatever puts strings together. */
const SCRIPT_SIGNS = SIGNS.plus | SIGNS.ampersand | SIGNS.bracket | SIGNS.squareBracket | SIGNS.backslash;
const MAX_BLANKS = 256;
/** A byte order mark before it. */
const MARKED = Buffer.from("\ufeff<", "utf8");
