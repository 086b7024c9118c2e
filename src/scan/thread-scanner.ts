/** The scanner of one scan thread: all engines and extractors that the settings ask for. */
import type { Clock } from "../core/clock.ts";
import { heuristicPolicy } from "./engines/heuristics/catalogue.ts";
import { createSignatureEngine } from "./engines/signatures/signature-engine.ts";
import { createScanner, type Scanner } from "./scanner.ts";
import type { ThreadSetup } from "./service-data.ts";

export function createThreadScanner({ scan, engines, signatures, passwords }: ThreadSetup, clock: Clock): Scanner {
  return createScanner({
    engines: [createSignatureEngine(signatures)],
    isHeuristicOn: heuristicPolicy(engines.heuristics),
    passwords,
    options: scan,
    clock,
  });
}
