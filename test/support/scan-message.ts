/** A scanner for tests: built-in engines, default limits, a clock that stands still. */
import { scanLimits } from "../../src/core/scan-limits.ts";
import type { Engine } from "../../src/scan/engine.ts";
import { createSignatureEngine } from "../../src/scan/engines/signatures/signature-engine.ts";
import { createExtractors } from "../../src/scan/extractors/built-in.ts";
import type { ScanOptions } from "../../src/scan/judge.ts";
import { createScanner, type Scanner } from "../../src/scan/scanner.ts";
import { sevenZip } from "./seven-zip.ts";

export function testScanner(options: Partial<ScanOptions> = {}, engines: readonly Engine[] = []): Scanner {
  return createScanner({
    engines: [createSignatureEngine(), ...engines],
    extractors: createExtractors(sevenZip),
    options: { ...scanLimits, ...options },
    clock: { now: () => 0, monotonic: () => 0 },
  });
}
