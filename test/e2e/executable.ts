/** The executable under test, run as a user runs it. `MAILWARD_BIN` names it; else it is `dist/mailward`. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export const EXECUTABLE = resolve(process.env.MAILWARD_BIN ?? join(import.meta.dirname, "../../dist/mailward"));

/** Why the executable can not be tested, or undefined when it can. */
export function executableProblem(): string | undefined {
  return existsSync(EXECUTABLE) ? undefined : `${EXECUTABLE} does not exist (npm run build && npm run package)`;
}

/** A script is run by this Node, anything else by itself. */
export function commandLine(
  args: readonly string[],
  executable: string = EXECUTABLE,
): readonly [string, readonly string[]] {
  return /\.[cm]?[jt]s$/.test(executable) ? [process.execPath, [executable, ...args]] : [executable, args];
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
}

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `mailward args` to its end. */
export function runMailward(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [command, all] = commandLine(args);
  return runCommand(command, all, { env: homelessEnvironment(), ...options });
}

/** Runs any program to its end. A program that does not end is killed and its code is null. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const child = spawn(command, args, {
    env: options.env ?? process.env,
    cwd: options.cwd ?? tmpdir(),
    stdio: ["pipe", "pipe", "pipe"],
    timeout: options.timeoutMs ?? 60_000,
    killSignal: "SIGKILL",
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const code = await closed(child);
  return { code, stdout: stdout(), stderr: stderr() };
}

/** The exit code, null when a signal ended it. */
async function closed(child: ChildProcess): Promise<number | null> {
  await once(child, "close");
  return child.exitCode;
}

export interface ListeningEvent {
  readonly address: string;
  readonly protocol: string;
  readonly mode: string;
}

export interface Serving {
  /** In the order in which they were bound. */
  readonly listeners: readonly ListeningEvent[];
  /** `host:port` of the first listener of that protocol whose mode fits: "explicit", or a forward's URL. */
  address(protocol: "pop3" | "imap", mode: string): { readonly host: string; readonly port: number };
  log(): string;
  readonly pid: number;
  /** Asks it to end and answers the exit code. */
  stop(): Promise<number | null>;
}

/** Starts `mailward serve args` and waits until it listens on `count` addresses. */
export async function startServe(
  args: readonly string[],
  count: number,
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<Serving> {
  const [command, all] = commandLine(["serve", "--log", "json", ...args]);
  const child = spawn(command, all, {
    env: options.env ?? homelessEnvironment(),
    cwd: options.cwd ?? tmpdir(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const log = collect(child.stderr);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (listeningEvents(log()).length < count) {
    if (child.exitCode !== null) throw new Error(`mailward serve ended with ${child.exitCode}:\n${log()}`);
    if (Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`mailward serve does not listen:\n${log()}`);
    }
    await wait(20);
  }
  const listeners = listeningEvents(log());
  return {
    listeners,
    address(protocol, mode) {
      const found = listeners.find((listener) => listener.protocol === protocol && listener.mode === mode);
      if (found === undefined) throw new Error(`no ${protocol} listener for ${mode} in ${JSON.stringify(listeners)}`);
      const colon = found.address.lastIndexOf(":");
      return { host: found.address.slice(0, colon), port: Number(found.address.slice(colon + 1)) };
    },
    log,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = closed(child);
      child.kill("SIGTERM");
      return ended;
    },
  };
}

const START_TIMEOUT_MS = 20_000;

function listeningEvents(log: string): ListeningEvent[] {
  return log.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    try {
      const event: Record<string, unknown> = JSON.parse(line);
      if (event.event !== "listening") return [];
      const { address, protocol, mode } = event;
      return [{ address: String(address), protocol: String(protocol), mode: String(mode) }];
    } catch {
      return [];
    }
  });
}

/** Nothing of the tester's own configuration reaches the program. */
export function homelessEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? "", LANG: "C.UTF-8" };
}

/** A directory that is removed by `dispose`. */
export function scratchDirectory(name: string): { readonly path: string; dispose(): void } {
  const path = mkdtempSync(join(tmpdir(), `mailward-e2e-${name}-`));
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("error", () => undefined);
  return () => Buffer.concat(chunks).toString("utf8");
}
