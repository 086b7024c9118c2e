/** Tells HTML smuggling: a page that carries a file in its scripts and has the browser save it. */
import { latin1 } from "../../../core/bytes.ts";
import { findBase64Chains } from "../encodings/base64-chains.ts";
import { startsLikeCargo, startsLikePageContent } from "../encodings/file-starts.ts";
import type { ScriptFacts } from "../script/read-scripts.ts";

/** Both are needed: the script makes a file of what it has and saves it, and there is something to save. Pages that let
 *  their reader save a chart or a table make that file of what they show; the pictures, fonts and modules that pages
 *  carry in base64 do not count. So a report that carries a finished spreadsheet for saving is called smuggling as well:
 *  nothing but what is in it tells it from the attack, and that is looked at too. Small files do not count: no archive
 *  or program is below a kilobyte. */
export function isSmuggling(document: Buffer, hasDownload: boolean, { names, files }: ScriptFacts): boolean {
  const saves = SAVES.some((name) => names.has(name)) || ((hasDownload || names.has("download")) && names.has("click"));
  if (!saves) return false;
  return files.some(isHiddenFile) || carriesPlainFile(document);
}

/** A file that the script decodes. Encrypted ones look like nothing at all. */
function isHiddenFile(file: Buffer): boolean {
  if (file.length < MIN_BYTES || startsLikePageContent(file)) return false;
  return startsLikeCargo(file) || (file.length >= MIN_UNKNOWN_BYTES && isBinary(file));
}

/** Base64 as it stands in the document: in a string, an attribute or an element that is not shown. */
function carriesPlainFile(document: Buffer): boolean {
  return findBase64Chains(document, MAX_CHAINS).some(({ start, end }) => {
    if (((end - start) * 3) / 4 < MIN_BYTES) return false;
    return startsLikeCargo(Buffer.from(latin1(document, start, start + START_DIGITS), "base64"));
  });
}

function isBinary(file: Buffer): boolean {
  let controls = 0;
  for (const byte of file.subarray(0, SAMPLE_BYTES)) if (byte < 0x09) controls += 1;
  return controls > MIN_CONTROLS;
}

const SAVES = ["createObjectURL", "msSaveOrOpenBlob", "msSaveBlob"] as const;
const MIN_BYTES = 1_024;
const MIN_UNKNOWN_BYTES = 4_096;
const MAX_CHAINS = 10_000;
const START_DIGITS = 16;
const SAMPLE_BYTES = 1_024;
/** Random octets have 36 in so many; text has none. */
const MIN_CONTROLS = 16;
