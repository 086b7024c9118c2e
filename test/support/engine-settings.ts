/** Engine settings for tests: nothing but the built-in signature. */
import type { EngineSettings } from "../../src/core/settings.ts";

export const noEngines: EngineSettings = {
  signatures: { files: [] },
  heuristics: { isOn: false, on: [], off: [] },
  yara: { rules: [], timeMs: 10_000 },
  clamd: { address: undefined, timeMs: 10_000, connections: 2, streamBytes: 1_000_000 },
  icap: { address: undefined, timeMs: 10_000, connections: 2 },
  rspamd: { address: undefined, timeMs: 10_000, connections: 2, malware: ["*_VIRUS"], suspicious: ["PHISHING"] },
};

/** With these signature files. */
export function signatureFiles(...files: string[]): EngineSettings {
  return { ...noEngines, signatures: { files } };
}
