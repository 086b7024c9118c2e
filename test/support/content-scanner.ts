/** A scanner for tests of extractors: all of them, all heuristics that are on by default, and one signature. */

import type { Verdict } from "../../src/core/model.ts";
import { scanLimits } from "../../src/core/scan-limits.ts";
import { heuristicPolicy } from "../../src/scan/engines/heuristics/catalogue.ts";
import { createHeuristicEngine } from "../../src/scan/engines/heuristics/heuristic-engine.ts";
import type { Extractor } from "../../src/scan/extractors/extractor.ts";
import { createScanner } from "../../src/scan/scanner.ts";
import { eicar } from "./eicar.ts";

const TEST_FILE = eicar();

/** The verdict on a message; without the extractors when it is to be blind. */
export function judgeContent(message: Buffer, { extractors }: { extractors?: readonly Extractor[] } = {}): Verdict {
  const isHeuristicOn = heuristicPolicy({ isOn: true, on: [], off: [] });
  return createScanner({
    engines: [
      {
        name: "test",
        inspect: ({ bytes }) => (bytes.indexOf(TEST_FILE) >= 0 ? [{ name: "Test-File", kind: "malware" }] : []),
      },
      createHeuristicEngine(isHeuristicOn),
    ],
    ...(extractors === undefined ? {} : { extractors }),
    options: scanLimits,
    clock: { now: () => 0, monotonic: () => 0 },
    isHeuristicOn,
  }).scan(message).verdict;
}
