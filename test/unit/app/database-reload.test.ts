import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { DatabaseReload } from "../../../src/app/database-reload.ts";
import { defaultSettings } from "../../../src/config/defaults.ts";
import { UserError } from "../../../src/core/errors.ts";
import type { EngineSettings, Settings } from "../../../src/core/settings.ts";
import type { StartedScanService } from "../../../src/scan/service-client.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const READY = { identity: "ab", databases: "cd", signatures: 1 };

describe("DatabaseReload", () => {
  test("tells what is loaded, at the start and after each change", async () => {
    const { reload, answers, loaded, events } = await setUp();
    expect(loaded).toEqual([READY]);
    answers.push({ ...READY, identity: "ef", signatures: 2 });
    reload.reload();
    await expect.poll(() => loaded).toHaveLength(2);
    await expect
      .poll(() => events)
      .toEqual([["info", "databases-loaded", { signatures: 2, identity: "ef", isNew: true }]]);
  });

  test("announces what is loaded only when it has been told", async () => {
    const told = Promise.withResolvers<void>();
    const { reload, loaded, events } = await setUp({ telling: [Promise.resolve(), told.promise] });
    reload.reload();
    await expect.poll(() => loaded).toHaveLength(2);
    expect(events).toEqual([]);
    told.resolve();
    await expect.poll(() => events).toHaveLength(1);
  });

  test("takes up a change that came while the service was starting", async () => {
    const { asked } = await setUp({ beforeAttach: (reload) => reload.reload() });
    await expect.poll(() => asked).toHaveLength(1);
  });

  test("takes the folder of fetched databases when there is something in it", async () => {
    const { reload, asked, home } = await setUp();
    reload.reload();
    await expect.poll(() => asked).toHaveLength(1);
    expect(asked[0]?.signatures.files).toEqual([]);
    const folder = join(home, ".local", "share", "mailward", "db");
    mkdirSync(folder, { recursive: true });
    for (const name of ["README", "notes.txt", "x.info"]) writeFileSync(join(folder, name), "x");
    reload.reload();
    await expect.poll(() => asked).toHaveLength(2);
    expect(asked[1]?.signatures.files).toEqual([]);
    writeFileSync(join(folder, "own.hdb"), "x");
    reload.reload();
    await expect.poll(() => asked).toHaveLength(3);
    expect(asked[2]?.signatures.files).toEqual([folder]);
  });

  test("takes the names of databases from the new settings, and nothing else", async () => {
    const { reload, asked, setSettings, settings } = await setUp();
    const { engines } = settings;
    setSettings({
      ...settings,
      engines: {
        ...engines,
        signatures: { files: ["/nonexistent/new.hdb"] },
        yara: { ...engines.yara, rules: ["/nonexistent/new.yar"] },
        heuristics: { ...engines.heuristics, isOn: !engines.heuristics.isOn },
      },
    });
    reload.reload();
    await expect.poll(() => asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      signatures: { files: ["/nonexistent/new.hdb"] },
      yara: { rules: ["/nonexistent/new.yar"] },
      heuristics: { isOn: engines.heuristics.isOn },
    });
  });

  test("says why new databases are not taken, and tries again when it is told to", async () => {
    const { reload, answers, events, loaded } = await setUp();
    answers.push(new UserError("Cannot use it", { hint: "Look there" }), READY);
    reload.reload();
    await expect.poll(() => events).toHaveLength(1);
    expect(events[0]).toEqual([
      "error",
      "database-rejected",
      { error: "Cannot use it", hint: "Look there", detail: "the scan service goes on with what it has" },
    ]);
    expect(loaded).toHaveLength(1);
    reload.reload();
    await expect.poll(() => loaded).toHaveLength(2);
  });

  test("goes on with the settings in force when the new ones are not valid", async () => {
    const { reload, asked, events, setSettings, settings } = await setUp();
    setSettings(new UserError("Cannot read the configuration"));
    reload.reload();
    await expect.poll(() => asked).toHaveLength(1);
    expect(asked[0]).toEqual(settings.engines);
    expect(events[0]).toEqual(["error", "config-rejected", { error: "Cannot read the configuration" }]);
  });

  test("loads once more for any number of changes while it is loading", async () => {
    const gate = Promise.withResolvers<void>();
    const { reload, asked } = await setUp({ wait: gate.promise });
    reload.reload();
    await expect.poll(() => asked).toHaveLength(1);
    for (let change = 0; change < 5; change += 1) reload.reload();
    gate.resolve();
    await expect.poll(() => asked).toHaveLength(2);
    reload.reload();
    await expect.poll(() => asked).toHaveLength(3);
  });

  test("finds out by itself about a database, and about settings that name another one", {
    timeout: 30_000,
  }, async () => {
    const { asked, home, settings, setSettings } = await setUp();
    const folder = join(home, ".local", "share", "mailward", "db");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "own.hdb"), "x");
    await expect.poll(() => asked, { timeout: 10_000 }).toHaveLength(1);
    // Something else in the settings has changed.
    setSettings({ ...settings, listen: { pop3: [], imap: [] } });
    writeFileSync(join(home, "config.jsonc"), "{}");
    const signatures = { files: ["/nonexistent/new.hdb"] };
    setSettings({ ...settings, engines: { ...settings.engines, signatures } });
    writeFileSync(join(home, "config.jsonc"), "{ }");
    await expect.poll(() => asked, { timeout: 15_000 }).toHaveLength(2);
    expect(asked[1]?.signatures.files).toEqual(["/nonexistent/new.hdb", folder]);
  });

  test("is quiet when it is closed", async () => {
    const { reload, answers, events, asked } = await setUp();
    answers.push(new UserError("closed"));
    reload.reload();
    reload.close();
    await expect.poll(() => asked.length).toBeLessThanOrEqual(1);
    expect(events).toEqual([]);
  });
});

interface SetUp {
  readonly wait?: Promise<void>;
  /** How long each telling of what is loaded takes, from the one at the start on. */
  readonly telling?: readonly Promise<void>[];
  readonly beforeAttach?: (reload: DatabaseReload) => void;
}

async function setUp({ wait = Promise.resolve(), telling = [], beforeAttach }: SetUp = {}) {
  const home = temporaryDirectory();
  const settings = defaultSettings();
  const events: unknown[][] = [];
  const loaded: unknown[] = [];
  const asked: EngineSettings[] = [];
  const answers: (typeof READY | UserError)[] = [];
  let current: Settings | UserError = settings;
  const reload = new DatabaseReload({
    settings,
    loadSettings: async () => {
      if (current instanceof UserError) throw current;
      return current;
    },
    env: { HOME: home },
    settingsFiles: [join(home, "config.jsonc")],
    logger: { log: (...entry) => void events.push(entry) },
    loaded: async (ready) => {
      loaded.push(ready);
      await telling[loaded.length - 1];
    },
  });
  onTestFinished(() => reload.close());
  await reload.begin();
  const service: Pick<StartedScanService, "reload" | "loaded"> = {
    loaded: READY,
    async reload(engines) {
      asked.push(engines);
      await wait;
      const answer = answers.shift() ?? READY;
      if (answer instanceof UserError) throw answer;
      return answer;
    },
  };
  beforeAttach?.(reload);
  await reload.attach(service as StartedScanService);
  const setSettings = (next: Settings | UserError): void => {
    current = next;
  };
  return { reload, settings, events, loaded, asked, answers, setSettings, home };
}
