/** The scanner of one scan thread: all engines and extractors that the settings ask for. */
import type { Clock } from "../core/clock.ts";
import type { MessageEngine } from "./engine.ts";
import { heuristicPolicy } from "./engines/heuristics/catalogue.ts";
import { createHeuristicEngine } from "./engines/heuristics/heuristic-engine.ts";
import { createSignatureEngine } from "./engines/signatures/signature-engine.ts";
import { createSevenZip } from "./extractors/archives/seven-zip.ts";
import { createExtractors } from "./extractors/built-in.ts";
import { hasRemoteEngines } from "./remote/remote-connections.ts";
import { createScanner, type Scanner } from "./scanner.ts";
import type { ThreadSetup } from "./service-data.ts";
import { PartCache } from "./verdict-cache-parts.ts";

export function createThreadScanner(
  { scan, engines, remembersParts, signatures, passwords, sevenZip }: ThreadSetup,
  clock: Clock,
  messageEngines: readonly MessageEngine[] = [],
): Scanner {
  const isHeuristicOn = heuristicPolicy(engines.heuristics);
  return createScanner({
    engines: [createSignatureEngine(signatures), createHeuristicEngine(isHeuristicOn)],
    extractors: createExtractors(sevenZip && createSevenZip(sevenZip)),
    isHeuristicOn,
    passwords,
    ...(remembersParts && { partCache: new PartCache() }),
    messageEngines,
    collects: hasRemoteEngines(engines),
    options: scan,
    clock,
  });
}
