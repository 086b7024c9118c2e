/** What one extractor makes of content: everything it hands on, nothing looked at further. */
import type { HeuristicName } from "../../src/core/heuristics.ts";
import { scanLimits } from "../../src/core/scan-limits.ts";
import { Budget } from "../../src/scan/budget.ts";
import type { Content, Origin } from "../../src/scan/engine.ts";
import type { Extractor } from "../../src/scan/extractors/extractor.ts";
import type { ScanOptions } from "../../src/scan/judge.ts";

export interface Extracted {
  readonly entries: { readonly name: string; readonly bytes: Buffer; readonly origin: Origin }[];
  /** `code: detail` of each. */
  readonly reasons: string[];
  readonly heuristics: [HeuristicName, string][];
  readonly remarks: [string, string][];
}

/** Nothing at all when the extractor does not recognize the content. */
export function extract(
  extractor: Extractor,
  content: Buffer | Content,
  {
    limits = {},
    passwords = [],
    outOfTime = false,
  }: { limits?: Partial<ScanOptions>; passwords?: readonly string[]; outOfTime?: boolean } = {},
): Extracted {
  const found: Extracted = { entries: [], reasons: [], heuristics: [], remarks: [] };
  const given: Content = Buffer.isBuffer(content) ? { bytes: content, origin: "decoded", name: "" } : content;
  if (!extractor.matches(given)) return found;
  let isStarted = false;
  const monotonic = (): number => (outOfTime && isStarted ? Number.POSITIVE_INFINITY : 0);
  const budget = new Budget({ ...scanLimits, ...limits }, { now: () => 0, monotonic }, given.bytes.length);
  isStarted = true;
  extractor.extract(
    given,
    {
      entry: (name, bytes, origin = "entry") => void found.entries.push({ name, bytes, origin }),
      reason: (code, detail) => void found.reasons.push(`${code}: ${detail}`),
      heuristic: (heuristic, name = "") => void found.heuristics.push([heuristic, name]),
      remark: (kind, detail) => void found.remarks.push([kind, detail]),
      passwords: () => passwords,
      isWordOfMessage: (word) => passwords.includes(word),
    },
    budget,
  );
  return found;
}
