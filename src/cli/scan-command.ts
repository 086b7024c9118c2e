/** What `mailward scan` does. Exit codes: 0 nothing found; 1 found; 2 nothing found, but not everything could be read;
 *  130 and 143 when it was interrupted, after the messages in hand; 141 when nobody reads the results any more. */
import { enginesWithDatabases } from "../app/database-files.ts";
import { systemClock } from "../app/log-writer.ts";
import { rememberedVerdicts } from "../app/remembered-verdicts.ts";
import { UserError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { sanitize } from "../core/sanitize.ts";
import type { Judgement, MessageSource, ScanService } from "../scan/judge.ts";
import { type ScanServiceOptions, startScanService } from "../scan/service-client.ts";
import { cacheDirectory, temporaryDirectory } from "../storage/paths.ts";
import { type CliOptions, flagOption, textOption } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import { createJsonlReporter } from "./scan-jsonl-reporter.ts";
import { readScanPaths } from "./scan-paths.ts";
import type { ScanReporter, ScanTime } from "./scan-reporter.ts";
import { runScan } from "./scan-run.ts";
import { StandardInput } from "./scan-standard-input.ts";
import { createTextReporter } from "./scan-text-reporter.ts";
import { scanExitCode } from "./scan-totals.ts";
import { ScanWriter, shownName } from "./scan-writer.ts";

/** Answers the exit code. `startService` is called for the first message, if there is one. */
export async function scan(
  paths: readonly string[],
  options: CliOptions,
  context: CliContext,
  startService: (options: ScanServiceOptions) => ScanService = startScanService,
): Promise<number> {
  if (paths.length === 0) {
    throw new UserError('Cannot run "mailward scan": PATH is missing', {
      hint: "Usage: mailward scan PATH...   (a file, a directory, or - for standard input)",
    });
  }
  const settings = await context.loadSettings(options, {
    "scan.threads": textOption(options, "threads"),
    "cache.enabled": options.cache === false ? "false" : undefined,
  });
  const logger = noteProblems(context);
  const engines = await enginesWithDatabases(settings, context.env);
  const cache = rememberedVerdicts(settings, { env: context.env, logger, clock: systemClock });
  const interrupted = context.signal;
  const reporter = createReporter(options, context, () => interrupted.aborted);
  const stop = AbortSignal.any([interrupted, context.stdout.closed]);
  const service = new ServiceOnDemand(() =>
    startService({
      scan: settings.scan,
      engines,
      logger,
      clock: systemClock,
      cache,
      cacheDirectory: cacheDirectory(context.env),
    }),
  );
  const standardInput = new StandardInput(() => context.stdin, stop);
  try {
    const totals = await runScan({
      events: readScanPaths(paths, { standardInput, temporaryDirectory: temporaryDirectory(context.env) }, (path) =>
        tellEmpty(path, options, context),
      ),
      judge: (source) => service.judge(source),
      reporter,
      stop,
    });
    // Only then it shows that the reader has left.
    await context.stdout.flush();
    if (context.stdout.closed.aborted) return EXIT_NOBODY_READS;
    if (!interrupted.aborted) return scanExitCode(totals);
    context.note("interrupted: there may be more mail than was scanned");
    return interruptionCode(interrupted);
  } finally {
    standardInput.close();
    await service.close();
  }
}

function createReporter(
  options: CliOptions,
  { stdout, stderr }: CliContext,
  isInterrupted: () => boolean,
): ScanReporter {
  const create = flagOption(options, "jsonl") ? createJsonlReporter : createTextReporter;
  const reporterOptions = {
    isInfectedOnly: flagOption(options, "infected"),
    isQuiet: flagOption(options, "quiet"),
    hasSummary: options.summary !== false,
    isInterrupted,
  };
  return create(new ScanWriter(stdout, stderr), reporterOptions, startTime());
}

/** Nothing found is no news; nothing looked at may be a mistake. */
function tellEmpty(path: string, options: CliOptions, context: CliContext): void {
  if (flagOption(options, "quiet") || context.signal.aborted) return;
  context.note(`no mail found in ${path === "-" ? "standard input" : `"${shownName(path)}"`}`);
}

/** What the scan service has to say on its own account: a line of a hash list that means nothing, an engine
 *  that is down. What else happens shows in the verdicts, or ends the scan. */
function noteProblems(context: CliContext): Logger {
  return {
    log(_level, event, { detail, engine } = {}) {
      if (event === "scan-service-problem") context.note(sanitize(String(detail)));
      if (event === "engine-down") context.note(sanitize(`${engine} is not asked: ${detail}`));
    },
  };
}

function startTime(): () => ScanTime {
  const startedAt = new Date();
  const started = performance.now();
  return () => ({ startedAt, endedAt: new Date(), durationMs: performance.now() - started });
}

function interruptionCode(interrupted: AbortSignal): number {
  return interrupted.reason instanceof UserError ? interrupted.reason.exitCode : EXIT_INTERRUPTED;
}

/** The scan service, started for the first message: a path that does not exist costs no process. */
class ServiceOnDemand {
  readonly #start: () => ScanService;
  #service: ScanService | undefined;

  constructor(start: () => ScanService) {
    this.#start = start;
  }

  judge(source: MessageSource): Promise<Judgement> {
    this.#service ??= this.#start();
    return this.#service.judge(source);
  }

  async close(): Promise<void> {
    await this.#service?.close();
  }
}

const EXIT_INTERRUPTED = 130;
/** What a shell shows for a program that SIGPIPE ended. */
const EXIT_NOBODY_READS = 141;
