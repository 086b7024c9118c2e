/** Takes up new databases while the proxy runs: a second scan service process loads them, and when it can not, the first
 *  one goes on with the old ones. */
import { errorText, UserError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { EngineSettings, Settings } from "../core/settings.ts";
import type { StartedScanService } from "../scan/service-client.ts";
import type { ServiceReady } from "../scan/service-ready.ts";
import { DatabaseWatch } from "../storage/database-watch.ts";
import type { Environment } from "../storage/paths.ts";
import { enginesWithDatabases, watchedDatabases } from "./database-files.ts";

export interface DatabaseReloadOptions {
  /** Those in force at the start. Of later ones, only what names signatures and rules counts. */
  readonly settings: Settings;
  /** The settings as they are now. */
  readonly loadSettings: () => Promise<Settings>;
  /** The files that they come from. */
  readonly settingsFiles: readonly string[];
  readonly env: Environment;
  readonly logger: Logger;
  /** Told of what is loaded, at the start and after each change; nothing is announced before that is through. Must not
   *  reject. */
  readonly loaded: (ready: ServiceReady) => Promise<void>;
}

export class DatabaseReload {
  readonly #options: DatabaseReloadOptions;
  readonly #watch: DatabaseWatch;
  readonly #settingsWatch: DatabaseWatch;
  #settings: Settings;
  #service: StartedScanService | undefined;
  #reloading: Promise<void> | undefined;
  #isDue = false;
  #isForced = false;
  /** Of what was loaded last, or tried. */
  #tried = "";
  #isClosed = false;

  constructor(options: DatabaseReloadOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#watch = new DatabaseWatch({
      paths: watchedDatabases(options.settings, options.env),
      changed: () => this.#reloadChanged(),
    });
    this.#settingsWatch = new DatabaseWatch({
      paths: options.settingsFiles,
      changed: () => this.#reloadChanged(),
    });
  }

  /** To be called before the service loads the databases, so that no change is missed. */
  async begin(): Promise<void> {
    const { settings, env } = this.#options;
    await Promise.all([this.#watch.start(), this.#settingsWatch.start()]);
    this.#tried = this.#keyOf(await enginesWithDatabases(settings, env));
  }

  /** The service that is ready now has to be told of changes, of those too that came while it started. */
  async attach(service: StartedScanService): Promise<void> {
    this.#service = service;
    if (service.loaded !== undefined) await this.#options.loaded(service.loaded);
    if (this.#isDue) this.#reloadChanged();
  }

  /** Has everything loaded anew; while that happens, another call means once more. */
  reload(): void {
    this.#isForced = true;
    this.#reloadChanged();
  }

  /** The same, if there is anything new. */
  #reloadChanged(): void {
    this.#isDue = true;
    this.#reloading ??= this.#reloadWhileDue().finally(() => {
      this.#reloading = undefined;
    });
  }

  /** A reload that is going on ends with the service. */
  close(): void {
    this.#isClosed = true;
    this.#watch.close();
    this.#settingsWatch.close();
  }

  async #reloadWhileDue(): Promise<void> {
    while (this.#isDue && !this.#isClosed && this.#service !== undefined) {
      this.#isDue = false;
      await this.#reloadOnce(this.#service);
    }
  }

  async #reloadOnce(service: StartedScanService): Promise<void> {
    const { env, logger, loaded } = this.#options;
    const settings = await this.#newSettings();
    const before = service.loaded?.identity;
    try {
      await this.#watch.setPaths(watchedDatabases(settings, env));
      const engines = await enginesWithDatabases(settings, env);
      const key = this.#keyOf(engines);
      const isNew = key !== this.#tried || this.#isForced;
      this.#isForced = false;
      if (!isNew) return;
      this.#tried = key;
      const ready = await service.reload(engines);
      this.#settings = settings;
      // Whoever reads the announcement may ask at once.
      await loaded(ready);
      const { signatures, identity } = ready;
      logger.log("info", "databases-loaded", { signatures, identity, isNew: identity !== before });
    } catch (error) {
      if (this.#isClosed) return;
      const hint = error instanceof UserError ? error.hint : undefined;
      const detail = "the scan service goes on with what it has";
      logger.log("error", "database-rejected", { error: errorText(error), hint, detail });
    }
  }

  #keyOf(engines: EngineSettings): string {
    return `${JSON.stringify(engines)}\n${this.#watch.known}`;
  }

  async #newSettings(): Promise<Settings> {
    const { loadSettings, logger } = this.#options;
    try {
      const { engines, databases } = await loadSettings();
      const { signatures, yara } = engines;
      return { ...this.#settings, databases, engines: { ...this.#settings.engines, signatures, yara } };
    } catch (error) {
      logger.log("error", "config-rejected", { error: errorText(error) });
      return this.#settings;
    }
  }
}
