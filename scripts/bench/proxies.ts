/** mailward as one more peer of the proxy benchmark harness: every peer in turn, order alternating by round. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hexSignature, median } from "./figures.ts";

export interface ProxyBench {
  readonly executable: string;
  readonly harness: string;
  readonly rounds: number;
  readonly seconds: number;
}

/** Where the harness's origin listens. */
const ORIGIN = { pop3: 25_110, pop3s: 25_195, imap: 25_143, imaps: 25_193 };
const PORTS = {
  plainPop3: 25_881,
  plainImap: 25_882,
  tlsPop3: 25_883,
  tlsImap: 25_884,
  relayPop3: 25_885,
  relayImap: 25_886,
};

/** The client leg is plain in every run of mailward; `tls` rows have TLS towards the origin, and are printed beside
 *  peers that have it on both legs. */
const RUNS = [
  {
    title: "plain on both legs",
    peers: ["direct", "relay", "mailward"],
    scenarios: [
      "pop3-10k-1",
      "pop3-10k-8",
      "pop3-1m-1",
      "pop3-1m-8",
      "imap-10k-1",
      "imap-10k-8",
      "imap-1m-1",
      "imap-1m-8",
    ],
  },
  {
    title: "TLS on both legs (mailward: see the next table)",
    peers: ["direct", "node-pipe", "hold+clamd"],
    scenarios: ["pop3s-10k-1", "pop3s-10k-8", "pop3s-1m-1", "pop3s-1m-8"],
  },
  {
    title: "plain to the client, TLS to the origin",
    peers: ["mailward-tls"],
    scenarios: ["pop3-10k-1", "pop3-10k-8", "pop3-1m-1", "pop3-1m-8"],
  },
];

export function measureProxies(bench: ProxyBench): void {
  const work = mkdtempSync(join(tmpdir(), "mailward-bench-"));
  try {
    cpSync(bench.harness, work, { recursive: true });
    run("chmod", ["-R", "u+w", work]);
    run("bash", [join(work, "mkcerts.sh")]);
    mkdirSync(join(work, "run/db1"), { recursive: true });
    writeFileSync(join(work, "run/db1/test.ndb"), `Test:0:*:${hexSignature()}\n`);
    writeFileSync(join(work, "extra.json"), JSON.stringify(extraPeers(bench, work)));
    for (const { title, peers, scenarios } of RUNS) {
      const out = join(work, `${title.replace(/\W+/g, "-")}.jsonl`);
      run(process.execPath, [
        join(work, "harness/bench.mjs"),
        `--peers=${peers.join(",")}`,
        `--scenarios=${scenarios.join(",")}`,
        `--rounds=${bench.rounds}`,
        `--seconds=${bench.seconds}`,
        `--extra=${join(work, "extra.json")}`,
        `--out=${out}`,
      ]);
      printTable(title, peers, scenarios, out);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function extraPeers(bench: ProxyBench, work: string): unknown {
  const config = join(work, "mailward.jsonc");
  writeFileSync(config, JSON.stringify({ upstream: { caFile: join(work, "certs/ca.pem") } }));
  const serve = (...forwards: string[]): string[] => [
    "serve",
    "--config",
    config,
    "--pop3=off",
    "--imap=off",
    "--log=text",
    ...forwards.flatMap((forward) => ["--forward", forward]),
  ];
  const relay = (listen: number, origin: number) => ({
    cmd: process.execPath,
    args: [join(work, "harness/relay.mjs")],
    env: { VARIANT: "plain", PORT: listen, UP: origin },
  });
  return {
    mailward: {
      cmd: bench.executable,
      args: serve(
        `127.0.0.1:${PORTS.plainPop3}=pop3://127.0.0.1:${ORIGIN.pop3}`,
        `127.0.0.1:${PORTS.plainImap}=imap://127.0.0.1:${ORIGIN.imap}`,
      ),
      ports: { pop3: PORTS.plainPop3, imap: PORTS.plainImap },
    },
    "mailward-tls": {
      cmd: bench.executable,
      args: serve(
        `127.0.0.1:${PORTS.tlsPop3}=pop3s://localhost:${ORIGIN.pop3s}`,
        `127.0.0.1:${PORTS.tlsImap}=imaps://localhost:${ORIGIN.imaps}`,
      ),
      ports: { pop3: PORTS.tlsPop3, imap: PORTS.tlsImap },
    },
    relay: {
      ...relay(PORTS.relayPop3, ORIGIN.pop3),
      second: relay(PORTS.relayImap, ORIGIN.imap),
      ports: { pop3: PORTS.relayPop3, imap: PORTS.relayImap },
    },
  };
}

interface Row {
  readonly label: string;
  readonly scenario: string;
  readonly error?: string;
  readonly MBps?: number;
  readonly msgps?: number;
  readonly p50?: number;
  readonly ttfb50?: number;
}

function printTable(title: string, peers: readonly string[], scenarios: readonly string[], file: string): void {
  const rows = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
  process.stdout.write(
    `\n## ${title}, median\n| scenario | ${peers.join(" | ")} |\n|---${"|---".repeat(peers.length)}|\n`,
  );
  for (const scenario of scenarios) {
    const key = scenario.includes("k-") ? "msgps" : "MBps";
    const unit = key === "msgps" ? "msg/s" : "MB/s";
    const of = (peer: string, figure: "msgps" | "MBps" | "ttfb50"): number =>
      median(
        rows
          .filter((row) => row.scenario === scenario && row.label === peer && row.error === undefined)
          .map((row) => row[figure] ?? Number.NaN),
      );
    const cells = peers.map((peer) => {
      const failed = rows.find((row) => row.scenario === scenario && row.label === peer && row.error !== undefined);
      if (failed !== undefined) return `failed: ${failed.error}`;
      const ratio =
        peer === "direct" || !peers.includes("direct") ? "" : ` (${(of(peer, key) / of("direct", key)).toFixed(2)})`;
      return `${of(peer, key).toFixed(0)}${ratio}, first byte ${of(peer, "ttfb50").toFixed(2)} ms`;
    });
    process.stdout.write(`| ${scenario} ${unit} | ${cells.join(" | ")} |\n`);
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (error !== undefined || status !== 0)
    throw new Error(`${command} ${args[0] ?? ""} failed: ${error ?? `exit ${status}`}`);
}
