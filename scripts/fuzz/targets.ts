/** What is fuzzed: every parser of mail content, each with valid input to start from. */
import { scanLimits } from "../../src/core/scan-limits.ts";
import { decodeBase64 } from "../../src/mime/base64.ts";
import { decodeQuotedPrintable } from "../../src/mime/quoted-printable.ts";
import { decodeUuencode } from "../../src/mime/uuencode.ts";
import { walkMessage } from "../../src/mime/walk.ts";
import { WalkAllowance } from "../../src/mime/walk-allowance.ts";
import type { Content } from "../../src/scan/engine.ts";
import { createSignatureEngine } from "../../src/scan/engines/signatures/signature-engine.ts";
import { builtInExtractors } from "../../src/scan/extractors/built-in.ts";
import type { Extractor } from "../../src/scan/extractors/extractor.ts";
import { createScanner } from "../../src/scan/scanner.ts";
import { evasionMails } from "./seeds.ts";
import { signatureTargets } from "./signature-targets.ts";

export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly [Buffer, ...Buffer[]];
  /** Throwing is a fault, whatever the input. */
  run(input: Buffer): void;
}

/** All targets, or those with one of the names. */
export function fuzzTargets(names: readonly string[] = []): FuzzTarget[] {
  const seeds = evasionMails();
  const targets = [
    ...messageTargets(seeds),
    ...decoderTargets(seeds),
    ...extractorTargets(seeds),
    ...signatureTargets(),
  ];
  return names.length === 0 ? targets : targets.filter(({ name }) => names.includes(name));
}

function messageTargets(seeds: FuzzTarget["seeds"]): FuzzTarget[] {
  const scanner = createScanner({
    engines: [createSignatureEngine()],
    options: scanLimits,
    clock: CLOCK,
    isHeuristicOn: () => true,
  });
  return [
    { name: "walk", seeds, run: (input) => void walkMessage(input, new WalkAllowance(scanLimits.parts)) },
    {
      name: "scan",
      seeds,
      run: (input) => {
        // An exception inside is caught there and becomes this reason.
        const fault = scanner.scan(input).verdict.reasons.find(({ code }) => code === "engine");
        if (fault !== undefined) throw new Error(fault.detail);
      },
    },
  ];
}

function decoderTargets(seeds: FuzzTarget["seeds"]): FuzzTarget[] {
  return [
    { name: "base64", seeds, run: (input) => void decodeBase64(input) },
    { name: "quoted-printable", seeds, run: (input) => void decodeQuotedPrintable(input) },
    { name: "uuencode", seeds, run: (input) => void decodeUuencode(input) },
  ];
}

/** Each extractor begins with what it was given when the seeds were scanned. */
function extractorTargets(mails: FuzzTarget["seeds"]): FuzzTarget[] {
  const given = new Map<string, Buffer[]>();
  const recording = builtInExtractors.map((extractor): Extractor => {
    const samples: Buffer[] = [];
    given.set(extractor.name, samples);
    return {
      ...extractor,
      extract: (content, sink, budget) => {
        if (samples.length < MAX_SAMPLES && content.bytes.length <= MAX_SAMPLE_BYTES) {
          samples.push(Buffer.from(content.bytes));
        }
        extractor.extract(content, sink, budget);
      },
    };
  });
  const scanner = createScanner({ engines: [], extractors: recording, options: scanLimits, clock: CLOCK });
  for (const mail of mails) scanner.scan(mail);
  return builtInExtractors.flatMap((extractor) => {
    const [first, ...rest] = given.get(extractor.name) ?? [];
    if (first === undefined) return [];
    const alone = createScanner({
      engines: [],
      extractors: [onlyOutermost(extractor)],
      options: scanLimits,
      clock: CLOCK,
    });
    return [{ name: `extractor-${extractor.name}`, seeds: [first, ...rest], run: (input) => runAlone(alone, input) }];
  });
}

/** What an extractor hands on is not opened again. */
function onlyOutermost(extractor: Extractor): Extractor {
  return { ...extractor, matches: (content: Content) => content.container === undefined && extractor.matches(content) };
}

function runAlone(scanner: ReturnType<typeof createScanner>, input: Buffer): void {
  const mail = Buffer.concat([HEADER, input]);
  const fault = scanner.scan(mail).verdict.reasons.find(({ code }) => code === "engine");
  if (fault !== undefined) throw new Error(fault.detail);
}

const CLOCK = { now: () => Date.now(), monotonic: () => performance.now() };
const MAX_SAMPLES = 300;
const MAX_SAMPLE_BYTES = 64 * 1024;
const HEADER = Buffer.from(
  "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n",
  "latin1",
);
