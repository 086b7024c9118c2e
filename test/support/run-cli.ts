/** Runs mailward's command line in a home of its own: in this process, or as a user does in a process of its own. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { CliContext } from "../../src/cli/context.ts";
import { loadSettings } from "../../src/cli/context.ts";
import { outputTo } from "../../src/cli/output.ts";
import { run } from "../../src/cli/run.ts";
import { version } from "../../src/core/version.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

type Environment = Readonly<Record<string, string>>;

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home directory of its own and the commands in it. */
export interface CliHome {
  readonly home: string;
  /** The user's configuration file, which does not exist at first. */
  readonly configFile: string;
  readonly env: Environment;
  run(...argv: readonly string[]): Promise<CliResult>;
  runWith(env: Environment, ...argv: readonly string[]): Promise<CliResult>;
  /** The same in a process of its own; slower. */
  spawn(env: Environment, ...argv: readonly string[]): Promise<CliResult>;
}

/** A fresh home whose system configuration file does not exist. */
export function cliHome(): CliHome {
  const home = temporaryDirectory();
  const env = { HOME: home, PATH: process.env.PATH ?? "", MAILWARD_SYSTEM_CONFIG: join(home, "system.jsonc") };
  return {
    home,
    configFile: join(home, ".config", "mailward", "config.jsonc"),
    env,
    run: (...argv) => runHere(argv, env, home),
    runWith: (changes, ...argv) => runHere(argv, { ...env, ...changes }, home),
    spawn: (changes, ...argv) => runMain(argv, { ...env, ...changes }, home),
  };
}

/** An output that keeps what it is given, or fails with a system error's code. */
export class Sink extends Writable {
  text = "";
  readonly #failure: string | undefined;

  constructor(failure?: string) {
    super();
    this.#failure = failure;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.#failure === undefined) this.text += chunk.toString();
    done(this.#failure === undefined ? undefined : Object.assign(new Error("write"), { code: this.#failure }));
  }
}

/** What commands are handed, without anything of this process in it. */
export function cliContext(
  place: { stdout: Writable; stderr: Writable; env: Environment; cwd: string },
  changes: Partial<CliContext> = {},
): CliContext {
  const context: CliContext = {
    stdout: outputTo(place.stdout),
    stderr: outputTo(place.stderr),
    stdin: Readable.from([]),
    env: place.env,
    cwd: place.cwd,
    version,
    signal: new AbortController().signal,
    hasColor: false,
    loadSettings: (options, overrides = {}) => loadSettings(context, options, overrides),
    note: (text) => context.stderr.write(`mailward: ${text}\n`),
    ...changes,
  };
  return context;
}

async function runHere(argv: readonly string[], env: Environment, cwd: string): Promise<CliResult> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const code = await run(argv, cliContext({ stdout, stderr, env, cwd }));
  return { code, stdout: stdout.text, stderr: stderr.text };
}

function runMain(argv: readonly string[], env: Environment, cwd: string): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...argv], { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
}

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
