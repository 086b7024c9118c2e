/** What is fuzzed: every parser of mail content and of signatures. Nothing here makes what it starts from, so that a
 *  process that fuzzes is hardly larger than the parser. */
import { programLimits, scanLimits } from "../../src/core/scan-limits.ts";
import { decodeBase64 } from "../../src/mime/base64.ts";
import { decodeQuotedPrintable } from "../../src/mime/quoted-printable.ts";
import { isImapList } from "../../src/mime/sections/imap-value.ts";
import { structureOf } from "../../src/mime/sections/message-structure.ts";
import { previewOf } from "../../src/mime/sections/preview.ts";
import { sectionMap } from "../../src/mime/sections/section-map.ts";
import { encodeSectionMap, parseSectionMap } from "../../src/mime/sections/section-map-json.ts";
import { decodeUuencode } from "../../src/mime/uuencode.ts";
import { walkMessage } from "../../src/mime/walk.ts";
import { WalkAllowance } from "../../src/mime/walk-allowance.ts";
import { createSignatureEngine } from "../../src/scan/engines/signatures/signature-engine.ts";
import { createExtractors } from "../../src/scan/extractors/built-in.ts";
import type { Extractor } from "../../src/scan/extractors/extractor.ts";
import { createScanner } from "../../src/scan/scanner.ts";
import { sevenZipDouble } from "./seven-zip-double.ts";
import { signatureParsers } from "./signature-parsers.ts";

export interface FuzzParser {
  readonly name: string;
  /** How many inputs a full run takes: a million, or fewer where each costs much. */
  readonly inputs: number;
  /** Throwing is a fault, whatever the input. */
  run(input: Buffer): void;
}

export const MILLION = 1_000_000;

/** All of them, those that a full run has to take a million inputs for first. */
export function fuzzParsers(): FuzzParser[] {
  return [
    {
      name: "walk",
      inputs: MILLION,
      run: (input) => void walkMessage(input, new WalkAllowance(scanLimits.parts)),
    },
    { name: "sections", inputs: MILLION, run: readSections },
    { name: "base64", inputs: MILLION, run: (input) => void decodeBase64(input) },
    { name: "quoted-printable", inputs: MILLION, run: (input) => void decodeQuotedPrintable(input) },
    { name: "uuencode", inputs: MILLION, run: (input) => void decodeUuencode(input) },
    ...signatureParsers(),
    ...createExtractors(sevenZipDouble).map(extractorParser),
    scanParser(),
  ];
}

/** What the daemon refuses of a map is a fault as well. */
function readSections(input: Buffer): void {
  const map = sectionMap(input);
  if (parseSectionMap(encodeSectionMap(map), input.length) === undefined) throw new Error("a map that is none");
  const { envelope, body, bodyStructure } = structureOf(input);
  for (const text of [envelope, body, bodyStructure]) {
    if (text !== undefined && !isImapList(text)) throw new Error("a structure that is none");
  }
  previewOf(input);
}

/** Everything at once; its parts are fuzzed alone as well, and it takes some milliseconds for each input. */
function scanParser(): FuzzParser {
  const scanner = createScanner({
    engines: [createSignatureEngine()],
    options: scanLimits,
    clock: CLOCK,
    isHeuristicOn: () => true,
  });
  return { name: "scan", inputs: 100_000, run: (input) => scan(scanner, input) };
}

/** One extractor as the scanner uses it; what it hands on is not opened again. */
function extractorParser(extractor: Extractor): FuzzParser {
  const scanner = createScanner({
    engines: [],
    extractors: [
      {
        ...extractor,
        matches: (content) => content.container === undefined && extractor.matches(content),
        extract: (content, sink, budget) => {
          // As if other programs of the message had been executed before: half a second for each input is too much.
          budget.takeInstructions(programLimits.instructions - INSTRUCTIONS);
          extractor.extract(content, sink, budget);
        },
      },
    ],
    options: scanLimits,
    clock: CLOCK,
  });
  return {
    name: extractorTarget(extractor),
    inputs: COSTLY.get(extractor.name) ?? MILLION,
    run: (input) => scan(scanner, Buffer.concat([HEADER, input])),
  };
}

/** What the target of an extractor is called, in one word. */
export function extractorTarget({ name }: Pick<Extractor, "name">): string {
  return `extractor-${name.replaceAll(" ", "-")}`;
}

/** An exception of an extractor is caught by the scanner, and becomes a reason of the verdict. */
function scan(scanner: ReturnType<typeof createScanner>, mail: Buffer): void {
  const fault = scanner.scan(mail).verdict.reasons.find(({ code }) => code === "engine");
  if (fault !== undefined) throw new Error(fault.detail);
}

export const CLOCK = { now: () => Date.now(), monotonic: () => performance.now() };
const HEADER = Buffer.from(
  "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n",
  "latin1",
);
/** Enough for an unpacker to begin to write. */
const INSTRUCTIONS = 20_000;
/** Extractors that take more than a millisecond for most inputs, whatever these are. */
const COSTLY = new Map([
  ["packed program", 100_000],
  ["zstd", 100_000],
]);
