/** All engines in other programs that the settings name: asked at the same time, their findings put together. */
import type { Detection, Reason } from "../../core/model.ts";
import type { EngineSettings } from "../../core/settings.ts";
import { createClamdEngine } from "../engines/clamd/clamd-engine.ts";
import { createIcapEngine } from "../engines/icap/icap-engine.ts";
import { createRspamdEngine } from "../engines/rspamd/rspamd-engine.ts";
import type { RemoteEngine, RemoteMessage } from "./remote-engine.ts";
import { REMOTE_ENGINE_NAMES } from "./remote-engine-names.ts";
import { WatchedEngine, type WatchedEngineOptions } from "./watched-engine.ts";

/** What all engines found; `incomplete` names those that did not look at everything. */
export interface RemoteVerdict {
  readonly detections: readonly Detection[];
  readonly reasons: readonly Reason[];
  readonly incomplete: readonly string[];
}

export class RemoteEngines {
  readonly #engines: readonly WatchedEngine[];

  constructor(settings: EngineSettings, report: WatchedEngineOptions["report"]) {
    this.#engines = REMOTE_ENGINE_NAMES.flatMap((name) => {
      const { address, timeMs, connections } = settings[name];
      if (address === undefined) return [];
      return [new WatchedEngine(createEngine(name, address, settings), { timeMs, connections, report })];
    });
  }

  /** Rejects only when `signal` says so; an engine that fails is a reason. */
  async ask(message: RemoteMessage, timeMs: number, signal: AbortSignal): Promise<RemoteVerdict> {
    const findings = await Promise.all(this.#engines.map((engine) => engine.ask(message, timeMs, signal)));
    return {
      detections: findings.flatMap(({ detections }) => detections),
      reasons: findings.flatMap(({ reasons }) => reasons),
      incomplete: this.#engines.filter((_, index) => findings[index]?.reasons.length !== 0).map(({ name }) => name),
    };
  }

  close(): void {
    for (const engine of this.#engines) engine.close();
  }
}

function createEngine(
  name: (typeof REMOTE_ENGINE_NAMES)[number],
  address: string,
  settings: EngineSettings,
): RemoteEngine {
  switch (name) {
    case "clamd":
      return createClamdEngine(address, settings.clamd);
    case "icap":
      return createIcapEngine(address);
    case "rspamd":
      return createRspamdEngine(address, settings.rspamd);
  }
}
