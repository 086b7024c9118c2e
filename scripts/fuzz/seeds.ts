/** The valid input that fuzzing starts from: the project's own techniques of hiding content. */
import { scanLimits } from "../../src/core/scan-limits.ts";
import { builtInExtractors } from "../../src/scan/extractors/built-in.ts";
import type { Extractor } from "../../src/scan/extractors/extractor.ts";
import { createScanner } from "../../src/scan/scanner.ts";
import { eicar } from "../../test/support/eicar.ts";
import { mimeEvasions } from "../../test/support/evasion.ts";
import { archiveEvasions } from "../../test/support/evasion-archives.ts";
import { containerEvasions } from "../../test/support/evasion-containers.ts";
import { cryptoEvasions } from "../../test/support/evasion-crypto.ts";
import { htmlEvasions } from "../../test/support/evasion-html.ts";
import { combinedEvasions, readingEvasions } from "../../test/support/evasion-mime.ts";
import { officeEvasions } from "../../test/support/evasion-office.ts";
import { officeTextEvasions } from "../../test/support/evasion-office-text.ts";
import { pdfEvasions } from "../../test/support/evasion-pdf.ts";
import { textEvasions } from "../../test/support/evasion-text.ts";
import { fileSeeds } from "./file-seeds.ts";
import { CLOCK, extractorTarget } from "./parsers.ts";
import { signatureSeeds } from "./signature-parsers.ts";

/** By the name of the parser: at least those of `names`. Making the mails takes seconds, scanning them some more. */
export function collectSeeds(names: readonly string[]): Map<string, Buffer[]> {
  if (names.every((name) => name.startsWith("signatures-"))) return signatureSeeds();
  const mails = evasionMails();
  const isForExtractors = names.some((name) => name.startsWith("extractor-"));
  return new Map([
    ...["walk", "sections", "scan", "base64", "quoted-printable", "uuencode"].map((name): [string, Buffer[]] => [
      name,
      mails,
    ]),
    ...(isForExtractors ? extractorSeeds(mails) : []),
    ...signatureSeeds(),
    ...fileSeeds(),
  ]);
}

/** One mail of each technique; the large ones, which would only be slow, are left out. */
function evasionMails(): Buffer[] {
  return [
    ...mimeEvasions,
    ...readingEvasions,
    ...combinedEvasions(100),
    ...archiveEvasions,
    // Of a bomb every input takes as long as the bomb.
    ...containerEvasions.filter(({ name }) => !name.includes("bomb")),
    ...officeEvasions,
    ...officeTextEvasions,
    ...pdfEvasions,
    ...textEvasions,
    ...htmlEvasions,
    ...cryptoEvasions,
  ]
    .map((evasion) => evasion.build(eicar()))
    .filter((mail) => mail.length <= MAX_BYTES);
}

/** What each extractor is given when those mails are scanned. */
function extractorSeeds(mails: readonly Buffer[]): Map<string, Buffer[]> {
  const given = new Map<string, Buffer[]>();
  const recording = builtInExtractors.map((extractor): Extractor => {
    const samples: Buffer[] = [];
    given.set(extractorTarget(extractor), samples);
    return {
      ...extractor,
      extract: (content, sink, budget) => {
        if (samples.length < MAX_SAMPLES && content.bytes.length <= MAX_BYTES) {
          samples.push(Buffer.from(content.bytes));
        }
        extractor.extract(content, sink, budget);
      },
    };
  });
  const scanner = createScanner({ engines: [], extractors: recording, options: scanLimits, clock: CLOCK });
  for (const mail of mails) scanner.scan(mail);
  return given;
}

const MAX_BYTES = 64 * 1024;
const MAX_SAMPLES = 300;
