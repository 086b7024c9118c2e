/** Measures the proxy beside other ways from the client to the mail server, in turn, and prints medians, ratios and how
 *  they stand to the goals. Linux, with taskset; peers that are not installed (nginx with its stream module, clamd) are
 *  left out.
 *  Usage: npm run bench:proxy -- [--rounds N] [--seconds N] [--only 10k-8,1m-1] [--peers mailward,clamd]
 *         [--mailward FILE] [--proxy-cores 0] [--more-cores 0,1] [--load-cores 1] */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createAuthority } from "../../test/support/certificates.ts";
import { median } from "./figures.ts";
import type { Load, Loaded } from "./proxy-load.ts";
import { PEER_NAMES, type PeerName, type PeerPlace, peer } from "./proxy-peers.ts";
import { type Figure, figureOf, type Goal, SCENARIOS, type Scenario } from "./proxy-scenarios.ts";
import { writeSignatures } from "./scan-samples.ts";

/** Node compiles what is used often, for seconds, on the same core. */
const WARM_SECONDS = 5;
const SETTLE_MS = 500;
const START_MS = 30_000;
const END_MS = 3_000;
const FIGURES: readonly Figure[] = ["MB/s", "messages/s", "p50 ms", "p99 ms", "first byte ms", "later MB/s"];

const root = join(import.meta.dirname, "../..");
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "3" },
    only: { type: "string" },
    peers: { type: "string", default: PEER_NAMES.join(",") },
    mailward: { type: "string", default: join(root, "dist/mailward.cjs") },
    port: { type: "string", default: "28100" },
    "proxy-cores": { type: "string", default: "0" },
    "more-cores": { type: "string", default: "0,1" },
    "load-cores": { type: "string", default: "1" },
  },
});

const work = mkdtempSync(join(tmpdir(), "mailward-bench-"));
const environment = {
  PATH: process.env.PATH,
  HOME: work,
  XDG_STATE_HOME: join(work, "state"),
  XDG_CACHE_HOME: join(work, "cache"),
  XDG_CONFIG_HOME: join(work, "config"),
};
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(work, { recursive: true, force: true });
});
process.on("SIGINT", () => process.exit(130));

const place = prepare();
const wanted = new Set(values.peers.split(","));
const missing = new Set([...(isThere("nginx", "-v") ? [] : ["nginx"]), ...(isThere("clamd", "-V") ? [] : ["clamd"])]);
for (const name of missing) print(`${name} is not installed and left out`);
for (const scenario of SCENARIOS) {
  if (values.only === undefined || values.only.split(",").includes(scenario.name)) await measure(scenario);
}
process.exit(0);

function prepare(): PeerPlace {
  const authority = createAuthority("Benchmark authority");
  const { cert, key } = authority.issue();
  for (const [name, text] of Object.entries({
    "authority.pem": authority.certificate,
    "origin.pem": cert,
    "origin.key": key,
  }))
    writeFileSync(join(work, name), text);
  mkdirSync(join(work, "state"));
  const originPort = Number(values.port);
  const ports = [String(originPort), String(originPort + 1)];
  const file = join(import.meta.dirname, "proxy-origin.ts");
  start(values["load-cores"], [process.execPath, file, ...ports, join(work, "origin.pem"), join(work, "origin.key")]);
  return {
    work,
    mailward: values.mailward,
    originPort,
    originTlsPort: originPort + 1,
    authority: join(work, "authority.pem"),
    signatures: writeSignatures(join(work, "signatures"), { literals: 1_000, hashes: 0 }),
  };
}

async function measure(scenario: Scenario): Promise<void> {
  const names = scenario.peers.filter((name) => wanted.has(name) && !missing.has(name));
  const results = new Map(names.map((name) => [name, [] as Loaded[]]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      try {
        results.get(name)?.push(await measureOnce(scenario, name));
      } catch (error) {
        print(`${scenario.name} ${name} failed: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  show(scenario, results);
}

async function measureOnce(scenario: Scenario, name: PeerName): Promise<Loaded> {
  const { port, commands, hasMoreCores = false } = peer(name, place);
  const children = commands.map((command) => start(values[hasMoreCores ? "more-cores" : "proxy-cores"], command));
  try {
    await listening(place.originPort);
    await listening(port);
    await sleep(SETTLE_MS);
    const load: Load = {
      ...scenario.load,
      port,
      warmSeconds: WARM_SECONDS,
      seconds: Number(values.seconds),
      pids: children.flatMap(({ pid }) => pid ?? []),
    };
    return await runLoad(load);
  } finally {
    await Promise.all(children.map(end));
  }
}

async function runLoad(load: Load): Promise<Loaded> {
  const file = join(import.meta.dirname, "proxy-load.ts");
  const child = start(values["load-cores"], [process.execPath, file, JSON.stringify(load)], true);
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`the load ended with ${code}; see the lines above`);
  return JSON.parse(output) as Loaded;
}

function show(scenario: Scenario, results: ReadonlyMap<PeerName, readonly Loaded[]>): void {
  print(`\n## ${scenario.name}, median of ${values.rounds}`);
  const of = (name: PeerName, figure: Figure): number =>
    median((results.get(name) ?? []).map((loaded) => figureOf(figure, loaded)));
  const isIdle = scenario.load.size === 0;
  for (const [name, list] of results) {
    const figures = (isIdle ? (["KB a session"] as const) : FIGURES)
      .map((figure) => ({ figure, value: of(name, figure) }))
      .filter(({ value }) => Number.isFinite(value))
      .map(({ figure, value }) => `${figure} ${number(value)}`);
    const cpu = median(list.map((loaded) => (loaded.cpuSeconds / loaded.messages) * 1e6));
    const perGigabyte = median(list.map((loaded) => loaded.cpuSeconds / (loaded.bytes / 1e9)));
    if (!isIdle) figures.push(`processor ${number(cpu)} us a message, ${number(perGigabyte)} s a GB`);
    figures.push(`memory ${number(median(list.map(({ memoryBytes }) => memoryBytes)) / 2 ** 20)} MiB`);
    print(`${name.padEnd(18)} ${figures.join("  ")}`);
  }
  for (const goal of scenario.goals) print(goalLine(goal, of));
}

function goalLine(
  { of: name, figure, is, factor, reference }: Goal,
  of: (name: PeerName, figure: Figure) => number,
): string {
  const value = of(name, figure) / (reference === undefined ? 1 : of(reference, figure));
  const isReached = is === "at least" ? value >= factor : value <= factor;
  const what = reference === undefined ? figure : `${figure} in relation to ${reference}`;
  const outcome = Number.isNaN(value) ? "not measured" : isReached ? "reached" : "MISSED";
  return `  goal: ${name} ${what} ${is} ${factor}: ${number(value)} ${outcome}`;
}

function start(cores: string, command: readonly string[], isRead = false): ChildProcess {
  const log = openSync(join(work, "log"), "a");
  const child = spawn("taskset", ["-c", cores, ...command], {
    stdio: ["ignore", isRead ? "pipe" : log, isRead ? "inherit" : log],
    env: environment,
  });
  closeSync(log);
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.once("error", (error) => print(`cannot start ${command[0] ?? ""}: ${error.message}`));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
  await ended;
  clearTimeout(timer);
}

async function listening(port: number): Promise<void> {
  for (const untilMs = performance.now() + START_MS; performance.now() < untilMs; await sleep(50)) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port }, () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (isUp) return;
  }
  throw new Error(`nothing listens on port ${port}; see ${join(work, "log")}`);
}

function isThere(command: string, flag: string): boolean {
  return spawnSync(command, [flag], { stdio: "ignore" }).error === undefined;
}

function number(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
