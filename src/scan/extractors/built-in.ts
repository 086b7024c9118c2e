/** All extractors of the program; every piece is offered to each of them. */
import { appleFileExtractor } from "./apple-file.ts";
import { arExtractor } from "./archives/ar.ts";
import { cpioExtractor } from "./archives/cpio.ts";
import { diskImageExtractor } from "./archives/disk-image.ts";
import { createForeignArchiveExtractors } from "./archives/foreign-archive.ts";
import { lz4Extractor } from "./archives/lz4.ts";
import type { SevenZip } from "./archives/seven-zip.ts";
import { tarExtractor } from "./archives/tar.ts";
import { zstdExtractor } from "./archives/zstd.ts";
import { embeddedBase64Extractor } from "./embedded-base64.ts";
import {
  ascii85Extractor,
  binhexExtractor,
  hexDumpExtractor,
  quotedPrintableExtractor,
  uuencodeExtractor,
  yencExtractor,
} from "./embedded-text-encodings.ts";
import type { Extractor } from "./extractor.ts";
import { gzipExtractor } from "./gzip.ts";
import { messageExtractor } from "./message.ts";
import { opaqueExtractor } from "./opaque.ts";
import { pdfExtractor } from "./pdf/pdf.ts";
import { charsetTextExtractor, wideTextExtractor } from "./wide-text.ts";
import { createZipExtractor } from "./zip.ts";

/** Those that need nothing beside the program: what only 7-Zip opens is named and not opened. */
export const builtInExtractors: readonly Extractor[] = createExtractors();

/** All of them. */
export function createExtractors(sevenZip?: SevenZip): readonly Extractor[] {
  return [
    messageExtractor,
    createZipExtractor(sevenZip),
    gzipExtractor,
    zstdExtractor,
    lz4Extractor,
    tarExtractor,
    cpioExtractor,
    arExtractor,
    diskImageExtractor,
    opaqueExtractor,
    embeddedBase64Extractor,
    uuencodeExtractor,
    yencExtractor,
    binhexExtractor,
    ascii85Extractor,
    hexDumpExtractor,
    quotedPrintableExtractor,
    appleFileExtractor,
    wideTextExtractor,
    charsetTextExtractor,
    pdfExtractor,
    // After what finds the same archives as entries of a container: there they have a name.
    ...createForeignArchiveExtractors(sevenZip),
  ];
}
