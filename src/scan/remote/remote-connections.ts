/** What the settings say of engines in other programs. */
import type { EngineSettings } from "../../core/settings.ts";
import { REMOTE_ENGINE_NAMES } from "./remote-engine-names.ts";

/** Whether any engine is in another program. */
export function hasRemoteEngines(settings: EngineSettings): boolean {
  return REMOTE_ENGINE_NAMES.some((name) => settings[name].address !== undefined);
}

/** Messages that may be at such engines at the same time. */
export function remoteConnections(settings: EngineSettings): number {
  const counts = REMOTE_ENGINE_NAMES.map((name) => settings[name]).filter(({ address }) => address !== undefined);
  return Math.max(0, ...counts.map(({ connections }) => connections));
}
