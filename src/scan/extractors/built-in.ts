/** All extractors of the program; every piece is offered to each of them. */
import { appleFileExtractor } from "./apple-file.ts";
import { arExtractor } from "./archives/ar.ts";
import { cpioExtractor } from "./archives/cpio.ts";
import { diskImageExtractor } from "./archives/disk-image.ts";
import { createForeignArchiveExtractors } from "./archives/foreign-archive.ts";
import { lz4Extractor } from "./archives/lz4.ts";
import { createLzipExtractor } from "./archives/lzip.ts";
import type { SevenZip } from "./archives/seven-zip.ts";
import { symbianExtractor } from "./archives/symbian.ts";
import { tarExtractor } from "./archives/tar.ts";
import { zstdExtractor } from "./archives/zstd.ts";
import { calendarExtractor } from "./calendar.ts";
import { cleartextSignatureExtractor } from "./crypto/cleartext-signature.ts";
import { openpgpExtractor } from "./crypto/openpgp.ts";
import { openpgpArmorExtractor } from "./crypto/openpgp-armor.ts";
import { smimeExtractor } from "./crypto/smime.ts";
import { embeddedBase64Extractor } from "./embedded-base64.ts";
import { embeddedEntityExtractor } from "./embedded-entities.ts";
import {
  ascii85Extractor,
  binhexExtractor,
  hexDumpExtractor,
  quotedPrintableExtractor,
  uuencodeExtractor,
  yencExtractor,
} from "./embedded-text-encodings.ts";
import { biffExtractor } from "./excel/biff.ts";
import { biff12Extractor } from "./excel/biff12.ts";
import type { Extractor } from "./extractor.ts";
import { gzipExtractor } from "./gzip.ts";
import { htmlExtractor, renderedTextExtractor } from "./html/html.ts";
import { messageExtractor } from "./message.ts";
import { numberListExtractor } from "./number-lists.ts";
import { activeMimeExtractor } from "./office/active-mime.ts";
import { officeXmlExtractor } from "./office/office-xml.ts";
import { spreadsheetTextExtractor } from "./office/spreadsheet-text.ts";
import { compoundExtractor } from "./ole/compound.ts";
import { oldObjectExtractor } from "./ole/old-object.ts";
import { oneNoteExtractor } from "./onenote/one-note.ts";
import { opaqueExtractor } from "./opaque.ts";
import { compressedRtfExtractor } from "./outlook/compressed-rtf.ts";
import { tnefExtractor } from "./outlook/tnef.ts";
import { pdfExtractor } from "./pdf/pdf.ts";
import { autoItExtractor } from "./programs/autoit.ts";
import { installShieldExtractor } from "./programs/installshield.ts";
import { packedProgramExtractor } from "./programs/packed-program.ts";
import { rtfExtractor } from "./rtf/rtf.ts";
import { scriptExtractor } from "./script/script.ts";
import { shellFileExtractor } from "./shortcut/shell-file.ts";
import { shortcutExtractor } from "./shortcut/shortcut.ts";
import { charsetTextExtractor, wideTextExtractor } from "./wide-text.ts";
import { createZipExtractor } from "./zip.ts";
import { zlibExtractor } from "./zlib.ts";

/** Those that need nothing beside the program: what only 7-Zip opens is named and not opened. */
export const builtInExtractors: readonly Extractor[] = createExtractors();

/** All of them. */
export function createExtractors(sevenZip?: SevenZip): readonly Extractor[] {
  return [
    messageExtractor,
    embeddedEntityExtractor,
    createZipExtractor(sevenZip),
    gzipExtractor,
    zlibExtractor,
    zstdExtractor,
    lz4Extractor,
    createLzipExtractor(sevenZip),
    tarExtractor,
    cpioExtractor,
    arExtractor,
    diskImageExtractor,
    symbianExtractor,
    packedProgramExtractor,
    autoItExtractor,
    installShieldExtractor,
    opaqueExtractor,
    embeddedBase64Extractor,
    uuencodeExtractor,
    yencExtractor,
    binhexExtractor,
    ascii85Extractor,
    hexDumpExtractor,
    numberListExtractor,
    quotedPrintableExtractor,
    appleFileExtractor,
    wideTextExtractor,
    charsetTextExtractor,
    renderedTextExtractor,
    htmlExtractor,
    scriptExtractor,
    calendarExtractor,
    smimeExtractor,
    openpgpExtractor,
    openpgpArmorExtractor,
    cleartextSignatureExtractor,
    pdfExtractor,
    compoundExtractor,
    oldObjectExtractor,
    biffExtractor,
    biff12Extractor,
    officeXmlExtractor,
    activeMimeExtractor,
    spreadsheetTextExtractor,
    rtfExtractor,
    compressedRtfExtractor,
    tnefExtractor,
    oneNoteExtractor,
    shortcutExtractor,
    shellFileExtractor,
    // After what finds the same archives as entries of a container: there they have a name.
    ...createForeignArchiveExtractors(sevenZip),
  ];
}
