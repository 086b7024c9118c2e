/** `mailward demo`: shows on this machine, without accounts or privileges, what happens to mail on its way. */
import type { CAC } from "cac";
import type { DemoProxy } from "../app/demo/demo.ts";
import type { Settings } from "../core/settings.ts";
import { type CliOptions, flagOption } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import { demoReportText } from "./demo-report.ts";

export function registerDemo(cli: CAC, context: CliContext): void {
  cli
    .command("demo", "Show what happens to mail: a sample mailbox downloaded through the proxy, all on this machine")
    .option("--json", "The result as one JSON object")
    .example("mailward demo")
    .action((options: CliOptions) => demo(options, context));
}

/** Everything takes a second or two; a machine that needs longer than this has another trouble. */
const DEADLINE_MS = 30_000;

async function demo(options: CliOptions, context: CliContext): Promise<number> {
  const { runDemo } = await import("../app/demo/demo.ts");
  const { systemClock } = await import("../app/log-writer.ts");
  const report = await runDemo({
    startProxy: () => startDemoProxy(context),
    clock: systemClock,
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(DEADLINE_MS)]),
  });
  if (flagOption(options, "json")) context.stdout.write(`${JSON.stringify(report)}\n`);
  else context.stdout.write(demoReportText(report, context.hasColor));
  return report.isAsExpected ? 0 : 1;
}

/** The proxy itself, as `mailward serve` starts it, on free ports and with the settings that the program ships with. */
async function startDemoProxy(context: CliContext): Promise<DemoProxy> {
  const { defaultSettings } = await import("../config/defaults.ts");
  const { startProxy } = await import("../app/compose.ts");
  const { systemClock } = await import("../app/log-writer.ts");
  const { startScanService } = await import("../scan/service-client.ts");
  const { temporaryDirectory } = await import("../storage/paths.ts");
  const { silentLogger: logger } = await import("../core/log.ts");
  const defaults = defaultSettings();
  const settings: Settings = {
    ...defaults,
    listen: { pop3: ["127.0.0.1:0"], imap: ["127.0.0.1:0"] },
    forward: [],
    scan: { ...defaults.scan, threads: 1 },
  };
  const scanService = startScanService({ scan: settings.scan, engines: settings.engines, logger, clock: systemClock });
  const proxy = await startProxy({
    settings,
    scanService,
    logger,
    clock: systemClock,
    temporaryDirectory: temporaryDirectory(context.env),
  }).catch(async (error: unknown) => {
    await scanService.close();
    throw error;
  });
  const portOf = (protocol: "pop3" | "imap") => proxy.addresses.find((bound) => bound.protocol === protocol)?.port ?? 0;
  return {
    ports: { pop3: portOf("pop3"), imap: portOf("imap") },
    recent: () => proxy.snapshot().recent,
    async close() {
      await proxy.close(0);
      await scanService.close();
    },
  };
}
