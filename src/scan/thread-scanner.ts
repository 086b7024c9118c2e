/** The scanner of one scan thread: all engines and extractors that the settings ask for. */
import type { Clock } from "../core/clock.ts";
import { heuristicPolicy } from "./engines/heuristics/catalogue.ts";
import { createSignatureEngine } from "./engines/signatures/signature-engine.ts";
import { createSevenZip } from "./extractors/archives/seven-zip.ts";
import { createExtractors } from "./extractors/built-in.ts";
import { createScanner, type Scanner } from "./scanner.ts";
import type { ThreadSetup } from "./service-data.ts";
import { PartCache } from "./verdict-cache-parts.ts";

export function createThreadScanner(
  { scan, engines, remembersParts, signatures, passwords, sevenZip }: ThreadSetup,
  clock: Clock,
): Scanner {
  return createScanner({
    engines: [createSignatureEngine(signatures)],
    extractors: createExtractors(sevenZip && createSevenZip(sevenZip)),
    isHeuristicOn: heuristicPolicy(engines.heuristics),
    passwords,
    ...(remembersParts && { partCache: new PartCache() }),
    options: scan,
    clock,
  });
}
