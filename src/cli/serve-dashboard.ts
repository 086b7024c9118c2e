/** The live table of `mailward serve`, when there is a terminal for it. */
import type { RunningProxy } from "../app/compose.ts";
import type { Logger } from "../core/log.ts";
import { aborted } from "./aborted.ts";
import { type CliOptions, flagOption, textOption } from "./arguments.ts";
import type { CliContext } from "./context.ts";

export interface PreparedDashboard {
  /** Shows its last notice in the table. */
  readonly logger: Logger;
  /** Draws until the signal is aborted, or the user has enough. */
  run(proxy: RunningProxy, signal: AbortSignal): Promise<void>;
}

/** Undefined when log lines are wanted, or the terminal can not show a table. */
export async function prepareDashboard(
  options: CliOptions,
  context: CliContext,
  format: "text" | "json",
): Promise<PreparedDashboard | undefined> {
  const isWanted = options.dashboard !== false && !flagOption(options, "noDashboard");
  if (!isWanted || !context.stdout.isTty || textOption(options, "log") !== undefined) return undefined;
  const { stdin, stdout } = process;
  const { terminalFeatures } = await import("../ui/terminal.ts");
  const features = terminalFeatures(stdout, context.env);
  if (!stdin.isTTY || !features.isUsable) return undefined;
  const { renderDashboard } = await import("../ui/dashboard.tsx");
  const { clientHints } = await import("../app/client-hints.ts");
  const { systemClock } = await import("../app/log-writer.ts");
  const { TableLog } = await import("../app/table-log.ts");
  const log = new TableLog({ output: context.stderr, format, clock: systemClock });
  return {
    logger: log,
    async run(proxy, signal) {
      const quit = new AbortController();
      log.hold();
      const table = renderDashboard({
        subscribe: (listener) => proxy.subscribe(listener),
        getSnapshot: () => proxy.snapshot(),
        hints: clientHints(proxy.addresses),
        notices: log,
        onQuit: () => quit.abort(),
        stdout,
        stdin,
        clock: systemClock,
        features,
      });
      await aborted(AbortSignal.any([signal, quit.signal]));
      table.unmount();
      await table.waitUntilExit();
      log.release();
    },
  };
}
