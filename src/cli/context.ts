/** What every command is handed: where it writes, where it runs, and how it gets its settings. */
import { UserError } from "../core/errors.ts";
import type { Settings } from "../core/settings.ts";
import { version } from "../core/version.ts";
import { type CliOptions, textOption } from "./arguments.ts";
import { type Output, outputTo } from "./output.ts";

/** Values of configuration keys given as flags, as they were typed: `{ "log.level": "debug", forward: [ … ] }`. */
export type SettingOverrides = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A command's action is called with its words, then its options, and answers the exit code (0 when it answers none):
 *  0 done, 1 the answer is "no" (something was found, a check failed), 2 misuse or an error. */
export interface CliContext {
  /** For data alone. */
  readonly stdout: Output;
  /** For messages to people. */
  readonly stderr: Output;
  readonly stdin: NodeJS.ReadableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly version: string;
  /** Aborted by the first SIGINT or SIGTERM; a second one ends the program at once. Whoever reads this takes over the
   *  signals: it must then end in good time by itself. */
  readonly signal: AbortSignal;
  /** Whether standard output may be coloured: a terminal, no NO_COLOR, no --no-color. */
  readonly hasColor: boolean;
  /** The settings in force: flag over environment over the user's file over the system's over defaults.
   *  Rejects with a UserError that names file, line and key. */
  loadSettings(options: CliOptions, overrides?: SettingOverrides): Promise<Settings>;
  /** One line on standard error: `mailward: text`. */
  note(text: string): void;
}

/** The context of this process. `argv` is looked at for --no-color alone. */
export function processContext(argv: readonly string[]): CliContext {
  let interruption: AbortSignal | undefined;
  const stdout = outputTo(process.stdout);
  const stderr = outputTo(process.stderr);
  const context: CliContext = {
    stdout,
    stderr,
    get stdin() {
      return process.stdin;
    },
    env: process.env,
    cwd: currentDirectory(),
    version,
    get signal() {
      interruption ??= interruptionSignal();
      return interruption;
    },
    hasColor: stdout.isTty && !process.env.NO_COLOR && process.env.TERM !== "dumb" && !argv.includes("--no-color"),
    loadSettings: (options, overrides = {}) => loadSettings(context, options, overrides),
    note: (text) => stderr.write(`mailward: ${text}\n`),
  };
  return context;
}

/** The file named by --config, if any. */
export function configOption(options: CliOptions): string | undefined {
  const path = textOption(options, "config");
  if (path === "") throw new UserError('Cannot use the option "--config" with an empty value: it names a file');
  return path;
}

/** The settings in force for a command that runs in `context`. */
export async function loadSettings(
  context: CliContext,
  options: CliOptions,
  overrides: SettingOverrides,
): Promise<Settings> {
  // zod and the JSON parser take longer to load than `mailward --version` may take.
  const { loadConfig } = await import("../storage/config-load.ts");
  const loaded = await loadConfig({
    flag: configOption(options),
    env: context.env,
    cwd: context.cwd,
    overrides,
  });
  for (const warning of loaded.warnings) context.note(warning);
  return loaded.settings;
}

/** A directory that was removed under us is no reason to fail: only relative paths need it. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

function interruptionSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    // After this emit is over: signal-exit, which the live table brings, ends the process when it is the last listener.
    setImmediate(() => {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
    });
    controller.abort(new UserError(`Stopped by ${signal}`, { exitCode: signal === "SIGINT" ? 130 : 143 }));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return controller.signal;
}
