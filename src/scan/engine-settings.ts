/** The engines' settings as they come to the scan service: checked once more, for they cross a process. */
import type { EngineSettings, RemoteEngineSettings } from "../core/settings.ts";

/** Undefined when anything is wrong. */
export function parseEngineSettings(value: unknown): EngineSettings | undefined {
  const engines = record(value);
  const signatures = record(engines.signatures);
  const heuristics = record(engines.heuristics);
  const yara = record(engines.yara);
  const clamd = parseRemote(engines.clamd);
  const icap = parseRemote(engines.icap);
  const rspamd = parseRemote(engines.rspamd);
  const { streamBytes } = record(engines.clamd);
  const { malware, suspicious } = record(engines.rspamd);
  const { isOn, on, off } = heuristics;
  if (!isTexts(signatures.files) || typeof isOn !== "boolean" || !isTexts(on) || !isTexts(off)) return undefined;
  if (!isTexts(yara.rules) || !isCount(yara.timeMs) || !isCount(streamBytes)) return undefined;
  if (clamd === undefined || icap === undefined || rspamd === undefined) return undefined;
  if (!isTexts(malware) || !isTexts(suspicious)) return undefined;
  return {
    signatures: { files: signatures.files },
    heuristics: { isOn, on, off },
    yara: { rules: yara.rules, timeMs: yara.timeMs },
    clamd: { ...clamd, streamBytes },
    icap,
    rspamd: { ...rspamd, malware, suspicious },
  };
}

function parseRemote(value: unknown): RemoteEngineSettings | undefined {
  const { address, timeMs, connections } = record(value);
  if (address !== undefined && typeof address !== "string") return undefined;
  return isCount(timeMs) && isCount(connections) ? { address, timeMs, connections } : undefined;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
