/** All extractors of the program; every piece is offered to each of them. */
import { embeddedBase64Extractor } from "./embedded-base64.ts";
import { quotedPrintableExtractor, uuencodeExtractor } from "./embedded-text-encodings.ts";
import type { Extractor } from "./extractor.ts";
import { gzipExtractor } from "./gzip.ts";
import { messageExtractor } from "./message.ts";
import { opaqueExtractor } from "./opaque.ts";
import { wideTextExtractor } from "./wide-text.ts";
import { zipExtractor } from "./zip.ts";

export const builtInExtractors: readonly Extractor[] = [
  messageExtractor,
  zipExtractor,
  gzipExtractor,
  opaqueExtractor,
  embeddedBase64Extractor,
  uuencodeExtractor,
  quotedPrintableExtractor,
  wideTextExtractor,
];
