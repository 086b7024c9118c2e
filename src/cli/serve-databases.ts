/** What `mailward serve` does about databases: it watches them, has them loaded anew, and tells other commands which
 *  ones it has. */
import { DatabaseReload } from "../app/database-reload.ts";
import type { Logger } from "../core/log.ts";
import type { Settings } from "../core/settings.ts";
import type { StartedScanService } from "../scan/service-client.ts";
import { removeDatabaseStatus, writeDatabaseStatus } from "../storage/database-status.ts";
import { type Environment, stateDirectory } from "../storage/paths.ts";

export interface ServedDatabases {
  /** To be called when the service is ready; resolves when other commands can tell which databases it has. */
  attach(service: StartedScanService): Promise<void>;
  close(): Promise<void>;
}

/** From now on changes are seen; SIGHUP loads everything anew as well. */
export async function serveDatabases(options: {
  readonly settings: Settings;
  readonly loadSettings: () => Promise<Settings>;
  readonly settingsFiles: readonly string[];
  readonly env: Environment;
  readonly logger: Logger;
}): Promise<ServedDatabases> {
  const directory = stateDirectory(options.env);
  let telling: Promise<unknown> = Promise.resolve();
  const reload = new DatabaseReload({
    ...options,
    loaded: async ({ databases, signatures }) => {
      if (directory === undefined) return;
      const status = { databases, signatures, loadedAt: new Date().toISOString() };
      // Without it `mailward db info` does not know, and nothing else is lost.
      telling = telling.then(() => writeDatabaseStatus(directory, status)).catch(() => undefined);
      await telling;
    },
  });
  const onHangUp = (): void => reload.reload();
  // First: until somebody listens, the signal ends the process.
  process.on("SIGHUP", onHangUp);
  await reload.begin();
  return {
    attach: (service) => reload.attach(service),
    async close() {
      process.off("SIGHUP", onHangUp);
      reload.close();
      await telling;
      if (directory !== undefined) await removeDatabaseStatus(directory);
    },
  };
}
