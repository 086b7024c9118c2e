/** `mailward serve`: runs the proxy until it is told to stop. */
import { join } from "node:path";
import type { CAC } from "cac";
import type { RunningProxy } from "../app/compose.ts";
import { errorText, UserError } from "../core/errors.ts";
import { formatCount } from "../core/format.ts";
import type { Logger } from "../core/log.ts";
import type { Settings } from "../core/settings.ts";
import { aborted } from "./aborted.ts";
import { type CliOptions, listOption, textOption } from "./arguments.ts";
import { type CliContext, configOption, type SettingOverrides } from "./context.ts";
import { prepareDashboard } from "./serve-dashboard.ts";

export function registerServe(cli: CAC, context: CliContext): void {
  cli
    .command("serve", "Run the proxy; on a terminal with a live table of connections")
    .option("--forward <listen=url>", "Also listen there for one fixed server (may be repeated)")
    .option("--pop3 <address>", "Listen here for POP3 in explicit mode, or off")
    .option("--imap <address>", "Listen here for IMAP in explicit mode, or off")
    .option("--log <format>", "Log lines as text or json")
    .option("--no-cache", "Scan every message, also one that was scanned before")
    .option("--no-dashboard", "Log lines even on a terminal")
    .example("mailward serve")
    .example("mailward serve --forward 127.0.0.1:2143=imaps://imap.example.org")
    .action((options: CliOptions) => serve(options, context));
}

/** How long open connections may go on after the first signal. */
const GRACE_MS = 5_000;

async function serve(options: CliOptions, context: CliContext): Promise<number> {
  const settings = await context.loadSettings(options, overrides(options));
  const { signal } = context;
  const { startProxy } = await import("../app/compose.ts");
  const { createLogger, systemClock } = await import("../app/log-writer.ts");
  const { startScanService } = await import("../scan/service-client.ts");
  const { enginesWithDatabases } = await import("../app/database-files.ts");
  const { rememberedVerdicts } = await import("../app/remembered-verdicts.ts");
  const { cacheDirectory, configPlace, stateDirectory, systemConfigPath, temporaryDirectory } = await import(
    "../storage/paths.ts"
  );
  const { RewrittenIndex } = await import("../storage/rewritten-index.ts");
  const { serveDatabases } = await import("./serve-databases.ts");
  const dashboard = await prepareDashboard(options, context, settings.log.format);
  const logger: Logger =
    dashboard?.logger ?? createLogger({ output: context.stderr, ...settings.log, clock: systemClock });
  surviveFaults(logger);
  const { env } = context;
  const databases = await serveDatabases({
    settings,
    // Quietly: what there is to warn of was said at the start.
    loadSettings: () => readSettings(context, options),
    settingsFiles: [configPlace(configOption(options), env, context.cwd)?.path, systemConfigPath(env)].filter(
      (path) => path !== undefined,
    ),
    env,
    logger,
  });
  const scanService = startScanService({
    scan: settings.scan,
    engines: await enginesWithDatabases(settings, env),
    logger,
    clock: systemClock,
    cache: rememberedVerdicts(settings, { env, logger, clock: systemClock }),
    cacheDirectory: cacheDirectory(env),
    keepsLastGood: true,
  });
  const state = stateDirectory(env);
  const rewritten = new RewrittenIndex({ path: state === undefined ? undefined : join(state, "rewritten"), logger });
  try {
    await rewritten.load();
    await scanService.ready();
    await databases.attach(scanService);
    const proxy = await startProxy({
      settings,
      scanService,
      logger,
      clock: systemClock,
      temporaryDirectory: temporaryDirectory(context.env),
      rewritten,
    });
    const { listenerWarnings } = await import("../app/client-hints.ts");
    for (const warning of [...listenerWarnings(proxy.addresses), ...plaintextWarnings(settings)]) context.note(warning);
    if (dashboard === undefined) await runInLines(proxy, context, settings, signal);
    else await dashboard.run(proxy, signal);
    await stop(proxy, context, signal);
  } finally {
    await databases.close();
    await scanService.close();
    await rewritten.close();
  }
  return 0;
}

async function readSettings(context: CliContext, options: CliOptions): Promise<Settings> {
  const { loadConfig } = await import("../storage/config-load.ts");
  const { env, cwd } = context;
  return (await loadConfig({ flag: configOption(options), env, cwd, overrides: overrides(options) })).settings;
}

function overrides(options: CliOptions): SettingOverrides {
  const forwards = listOption(options, "forward");
  if (forwards.includes("")) {
    throw new UserError("Cannot use an empty --forward", {
      hint: "write LISTEN=URL, for example 127.0.0.1:2143=imaps://imap.example.org",
    });
  }
  return {
    ...(forwards.length > 0 && { forward: forwards }),
    ...listenOverride("listen.pop3", textOption(options, "pop3")),
    ...listenOverride("listen.imap", textOption(options, "imap")),
    "log.format": textOption(options, "log"),
    "cache.enabled": options.cache === false ? "false" : undefined,
  };
}

function listenOverride(key: string, value: string | undefined): SettingOverrides {
  if (value === undefined) return {};
  if (value === "") {
    throw new UserError(`Cannot use an empty address for ${key}`, { hint: "give host:port, or off for no listener" });
  }
  return { [key]: value === "off" ? [] : [value] };
}

async function runInLines(
  proxy: RunningProxy,
  context: CliContext,
  settings: Settings,
  signal: AbortSignal,
): Promise<void> {
  if (settings.log.format === "text") {
    const { clientHints } = await import("../app/client-hints.ts");
    for (const hint of clientHints(proxy.addresses)) context.stderr.write(`${hint}\n`);
  }
  await aborted(signal);
}

/** A fault outside every connection's own reach is logged, and the other connections go on. */
function surviveFaults(logger: Logger): void {
  const onFault = (error: unknown): void => {
    const stack = error instanceof Error ? (error.stack ?? "").slice(0, STACK_CHARACTERS) : "";
    logger.log("error", "fault", { error: errorText(error), stack });
  };
  process.on("uncaughtException", onFault);
  process.on("unhandledRejection", onFault);
}

const STACK_CHARACTERS = 1_000;

/** Open connections may finish; an interrupt while that lasts ends them. */
async function stop(proxy: RunningProxy, context: CliContext, signal: AbortSignal): Promise<void> {
  const { length } = proxy.snapshot().connections;
  if (length > 0) context.note(`stopping; ${formatCount(length, "connection")} may finish (Ctrl-C ends now)`);
  signal.addEventListener("abort", () => void proxy.close(0), { once: true });
  await proxy.close(GRACE_MS);
}

function plaintextWarnings(settings: Settings): string[] {
  return settings.forward
    .filter((text) => /=(?:imap|pop3):\/\//i.test(text) && !/;starttls$/i.test(text))
    .filter((text) => !/:\/\/(?:127\.|localhost|\[::1\])/i.test(text))
    .map((text) => `"${text}" sends passwords and mail unencrypted; write imaps://, pop3s:// or end it with ;starttls`);
}
