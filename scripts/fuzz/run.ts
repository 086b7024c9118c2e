/** Fuzzes the parsers of mail content and of signatures: each in a process of its own, one after the other.
 *
 *  Usage: node scripts/fuzz/run.ts [TARGET...] [--inputs N] [--first N] [--seed N] [--minutes N] [--list]
 *         node scripts/fuzz/run.ts TARGET --seed N --show INDEX > input
 *
 *  Ends with 1 when there was an exception, a hang, an input that took more than a second of processor time for 100,000
 *  octets or less, or a process of more than 256 MiB: all of it, with the garbage of some inputs. */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PeakMemory } from "../peak-memory.ts";
import { type FuzzFault, inputAt, type TimedInput } from "./fuzz.ts";
import { type Progress, STEP } from "./progress.ts";
import { writeSeeds } from "./seed-file.ts";
import { type FuzzTarget, fuzzTargets } from "./targets.ts";

interface TargetRun {
  readonly done: number;
  readonly faults: readonly FuzzFault[];
  readonly slowest: TimedInput;
  /** Of the process before its first input, and at most; undefined where it can not be told. */
  readonly baseMib: number;
  readonly peakMib: number | undefined;
}

const HANG_MS = 300_000;
const MAX_MIB = 256;
const ENDLESS_MINUTES = 1_000_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inputs: { type: "string" },
    first: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    minutes: { type: "string" },
    list: { type: "boolean", default: false },
    show: { type: "string" },
  },
});
const seed = wholeNumber("seed", values.seed);
const first = wholeNumber("first", values.first);
const targets = fuzzTargets(positionals);

if (values.list) for (const target of targets) console.log(described(target));
else if (values.show !== undefined) show(wholeNumber("show", values.show));
else process.exitCode = await runAll();

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`Cannot use --${option} "${text}": it is no whole number`);
  return Number(text);
}

function described({ name, inputs, seeds }: FuzzTarget): string {
  return `${name}: ${inputs} inputs from ${seeds.length} seeds`;
}

function show(index: number): void {
  for (const target of targets.slice(0, 1)) process.stdout.write(inputAt(target, seed, index));
}

async function runAll(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "mailward-fuzz-"));
  let failed = 0;
  try {
    for (const target of targets) {
      const inputs = values.inputs === undefined ? target.inputs : wholeNumber("inputs", values.inputs);
      const start = performance.now();
      const run = await runTarget(target, inputs, folder);
      const isAllDone = run.done >= inputs || values.minutes !== undefined;
      const isGood = isAllDone && run.faults.length === 0 && (run.peakMib ?? 0) <= MAX_MIB;
      report(target, inputs, run, isGood, (performance.now() - start) / 1_000);
      if (!isGood) failed += 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return failed === 0 ? 0 : 1;
}

function report(target: FuzzTarget, inputs: number, run: TargetRun, isGood: boolean, seconds: number): void {
  const { done, faults, slowest, baseMib, peakMib } = run;
  console.log(
    [
      `${isGood ? "ok  " : "FAIL"} ${target.name}: seed ${seed}, ${done} of ${inputs} inputs from ${first} on`,
      `${target.seeds.length} seeds`,
      `${faults.length} faults`,
      `slowest ${slowest.index} (${slowest.ms.toFixed(0)} ms for ${slowest.bytes} octets)`,
      `peak ${peakMib ?? "?"} MiB (${baseMib.toFixed(0)} before the first input)`,
      `${seconds.toFixed(0)} s`,
    ].join(", "),
  );
  for (const { index, problem } of faults.slice(0, 5)) console.log(`     input ${index}: ${problem}`);
}

/** A target that gives no sign of life is ended. */
function runTarget(target: FuzzTarget, inputs: number, folder: string): Promise<TargetRun> {
  const seedFile = join(folder, "seeds");
  writeSeeds(seedFile, target.seeds);
  return new Promise((resolve) => {
    const numbers = [seed, first, first + inputs, values.minutes ?? ENDLESS_MINUTES].map(String);
    const child = fork(join(import.meta.dirname, "child.ts"), [target.name, seedFile, ...numbers], {
      // The young generation grows by a hundred mebibytes in the course of a million inputs, and never shrinks.
      execArgv: ["--expose-gc", "--max-semi-space-size=4"],
      // Without what strips the types, which takes as much memory as all of the parsers.
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "code") },
    });
    const memory = new PeakMemory(child.pid);
    const faults: FuzzFault[] = [];
    let done = 0;
    let baseMib = 0;
    let slowest: TimedInput = { index: 0, bytes: 0, ms: 0 };
    const hang = (): void => {
      const problem = `one of the ${STEP} inputs from here does not end within ${HANG_MS} ms`;
      faults.push({ index: first + done, problem });
      child.kill("SIGKILL");
    };
    let timer = setTimeout(hang, HANG_MS);
    child.on("message", (progress: Progress) => {
      clearTimeout(timer);
      timer = setTimeout(hang, HANG_MS);
      if ("baseMib" in progress) {
        ({ baseMib } = progress);
        return;
      }
      ({ done } = progress);
      faults.push(...progress.faults);
      if (progress.slowest.ms > slowest.ms) ({ slowest } = progress);
    });
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      if (code !== 0) faults.push({ index: first + done, problem: `the process ended with ${code ?? signal}` });
      resolve({ done, faults, slowest, baseMib, peakMib: memory.stop() });
    });
  });
}
