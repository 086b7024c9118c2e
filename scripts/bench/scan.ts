/** Measures `mailward scan` beside clamscan on the same mail with the same signatures, and prints medians and ratios.
 *  Usage: npm run bench:scan -- [--rounds N] [--megabytes N] [--texts N] [--signatures 1:0,1000:100000] [--mailward FILE] */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { defaultSettings } from "../../src/config/defaults.ts";
import { startScanService } from "../../src/scan/service-client.ts";
import { median } from "./figures.ts";
import { type Measured, measure } from "./scan-command.ts";
import {
  type SignatureCounts,
  sampleMessage,
  writeAttachmentMails,
  writeSignatures,
  writeTextMails,
} from "./scan-samples.ts";

const WARM_RUNS = 800;

const root = new URL("../../", import.meta.url).pathname;
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    megabytes: { type: "string", default: "200" },
    texts: { type: "string", default: "6000" },
    signatures: { type: "string", default: "1:0,1000:100000,1000:2000000" },
    mailward: { type: "string", default: `${root}dist/mailward` },
    only: { type: "string" },
  },
});

const rounds = Number(values.rounds);
const work = mkdtempSync(join(tmpdir(), "mailward-bench-"));
const environment = {
  PATH: process.env.PATH,
  HOME: work,
  XDG_CACHE_HOME: join(work, "cache"),
  XDG_CONFIG_HOME: join(work, "config"),
};
try {
  const attachments = join(work, "attachments");
  const texts = join(work, "texts");
  writeAttachmentMails(attachments, Number(values.megabytes) * 1_000_000);
  writeTextMails(texts, Number(values.texts));
  for (const counts of values.signatures.split(",").map(parseCounts)) {
    const database = writeSignatures(join(work, "db"), counts);
    title(`${counts.literals} literals, ${counts.hashes} hashes`);
    for (const [name, mail] of [
      ["attachments", attachments],
      ["texts", texts],
    ] as const) {
      if (values.only === undefined || values.only === name) await compare(name, mail, database);
    }
    if (values.only === undefined) await measureWarm(database);
    rmSync(database, { recursive: true });
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** In turn, so that what else the machine does meets all of them. */
async function compare(name: string, mail: string, database: string): Promise<void> {
  const bytes = readdirSync(mail).reduce((sum, file) => sum + statSync(join(mail, file)).size, 0);
  const ours = (threads: number): string[] => [
    "scan",
    "--no-cache",
    "--config",
    config,
    `--threads=${threads}`,
    "--quiet",
    mail,
  ];
  const config = join(work, "config.jsonc");
  writeFileSync(config, JSON.stringify({ signatures: { files: [database] } }));
  const runs: Record<string, () => Promise<Measured>> = {
    clamscan: () => measure("0", "clamscan", ["--no-summary", "-i", "-r", `--database=${database}`, mail], environment),
    mailward: () => measure("0", values.mailward, ours(1), environment),
    "mailward, two cores": () => measure("0,1", values.mailward, ours(2), environment),
  };
  const results = new Map(Object.keys(runs).map((run) => [run, [] as Measured[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [run, start] of Object.entries(runs)) results.get(run)?.push(await start());
  }
  const reference = results.get("clamscan") ?? [];
  for (const [run, list] of results) {
    const seconds = median(list.map((result) => result.seconds));
    const cpu = median(list.map((result) => result.cpuSeconds));
    const ratio = median(reference.map((result) => result.seconds)) / seconds;
    const cpuRatio = median(reference.map((result) => result.cpuSeconds)) / cpu;
    const peak = median(list.map((result) => result.peakBytes));
    print(
      `${name.padEnd(12)} ${run.padEnd(20)} ${seconds.toFixed(2).padStart(7)} s ${(bytes / 1e6 / seconds).toFixed(1).padStart(7)} MB/s ` +
        `x${ratio.toFixed(2).padEnd(6)} processor ${cpu.toFixed(2).padStart(6)} s x${cpuRatio.toFixed(2).padEnd(6)} peak ${(peak / 2 ** 20).toFixed(0)} MiB`,
    );
  }
}

/** One message after the other through a service that is running. */
async function measureWarm(database: string): Promise<void> {
  const message = sampleMessage(10_000);
  const { scan, engines } = defaultSettings();
  const service = startScanService({
    scan: { ...scan, threads: 1 },
    engines: { ...engines, signatures: { ...engines.signatures, files: [database] } },
    logger: { log: () => {} },
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    command: { command: values.mailward, args: ["scan-service"] },
    cacheDirectory: join(work, "cache", "mailward"),
  });
  try {
    await service.ready();
    const times: number[] = [];
    for (let run = 0; run < WARM_RUNS; run += 1) {
      const started = performance.now();
      await service.judge({
        bytes: message.length,
        chunks: async function* () {
          yield message;
        },
      });
      if (run >= WARM_RUNS / 4) times.push(performance.now() - started);
    }
    print(`one message of ${message.length} octets, service running: ${median(times).toFixed(3)} ms`);
  } finally {
    await service.close();
  }
}

function parseCounts(text: string): SignatureCounts {
  const [literals = 0, hashes = 0] = text.split(":").map(Number);
  return { literals, hashes };
}

function title(text: string): void {
  print(`\n## ${text}, median of ${rounds}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
