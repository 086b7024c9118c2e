/** Scans every mail of a corpus by itself, as a user would, and prints what came out as one JSON object:
 *  `{"mal/001.eml": {"verdict": "malware", "seconds": 0.4, "rss_mb": 180}, …}`.
 *
 *  Usage: node scripts/corpus-verdicts.ts CORPUS [PROGRAM…] > verdicts.json
 *
 *  CORPUS is a folder with the folders `mal` and `twin`. PROGRAM is what is run, by default the built bundle.
 *  `seconds` is the time from start to end of the program, `rss_mb` the peak of its resident memory, all its processes
 *  together. `policy` stands for suspicious and for incomplete mail: delivered or blocked, but never called clean. */
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PeakMemory } from "./peak-memory.ts";

interface Outcome {
  readonly verdict: "malware" | "policy" | "clean" | "error";
  readonly seconds: number;
  readonly rss_mb: number | undefined;
}

const { positionals } = parseArgs({ allowPositionals: true });
const [corpus, ...program] = positionals;
if (corpus === undefined) {
  console.error("Usage: node scripts/corpus-verdicts.ts CORPUS [PROGRAM...] > verdicts.json");
  process.exit(2);
}
const [command = process.execPath, ...args] =
  program.length > 0 ? program : [process.execPath, join(import.meta.dirname, "..", "dist", "mailward.cjs")];

const outcomes: Record<string, Outcome> = {};
for (const folder of ["mal", "twin"]) {
  for (const name of (await readdir(join(corpus, folder))).sort()) {
    const file = `${folder}/${name}`;
    const outcome = await scanFile(join(corpus, file));
    outcomes[file] = outcome;
    console.error(`${outcome.verdict.padEnd(7)} ${outcome.seconds.toFixed(2)} s ${outcome.rss_mb ?? "?"} MB  ${file}`);
  }
}
console.log(JSON.stringify(outcomes, undefined, 1));

async function scanFile(path: string): Promise<Outcome> {
  const start = performance.now();
  const child = spawn(command, [...args, "scan", "--jsonl", "--no-summary", path], {
    stdio: ["ignore", "pipe", "inherit"],
    // The user's own configuration and cache have no say.
    env: { PATH: process.env.PATH ?? "", MAILWARD_CACHE_ENABLED: "false" },
  });
  const memory = new PeakMemory(child.pid);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await new Promise((resolve) => child.once("close", resolve));
  const seconds = Math.round(performance.now() - start) / 1000;
  return { verdict: verdictOf(text), seconds, rss_mb: memory.stop() };
}

/** The gravest verdict of the messages in the file. */
function verdictOf(text: string): Outcome["verdict"] {
  const kinds = text.split("\n").flatMap((line) => {
    if (line === "") return [];
    const value: { type: string; verdict: string } = JSON.parse(line);
    return [value.type === "message" ? value.verdict : value.type];
  });
  if (kinds.length === 0 || kinds.includes("error")) return "error";
  if (kinds.includes("infected")) return "malware";
  return kinds.every((kind) => kind === "clean") ? "clean" : "policy";
}
