/** Fuzzes the parsers of mail content: each target in a process of its own, with a million inputs by default.
 *
 *  Usage: node scripts/fuzz/run.ts [TARGET...] [--inputs N] [--seed N] [--list]
 *         node scripts/fuzz/run.ts TARGET --seed N --show INDEX > input
 *
 *  Ends with 1 when there was an exception, a hang, an input that took more than a second for 100,000 octets or less,
 *  or a process of more than 256 MiB. */
import { fork } from "node:child_process";
import { parseArgs } from "node:util";
import { PeakMemory } from "../peak-memory.ts";
import { type FuzzFault, fuzz, inputAt } from "./fuzz.ts";
import { fuzzTargets } from "./targets.ts";

type Progress = { readonly begun: number } | { readonly faults: readonly FuzzFault[] };

/** Inputs between two signs of life. */
const STEP = 500;
const HANG_MS = 120_000;
const MAX_MIB = 256;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    list: { type: "boolean", default: false },
    show: { type: "string" },
    child: { type: "boolean", default: false },
  },
});
const inputs = Number(values.inputs);
const seed = Number(values.seed);
const targets = fuzzTargets(positionals);

if (values.list) for (const { name, seeds } of targets) console.log(`${name} (${seeds.length} seeds)`);
else if (values.show !== undefined) show(Number(values.show));
else if (values.child) runChild();
else process.exitCode = await runAll();

function show(index: number): void {
  for (const target of targets.slice(0, 1)) process.stdout.write(inputAt(target, seed, index));
}

function runChild(): void {
  const [target] = targets;
  if (target === undefined) return;
  for (let first = 0; first < inputs; first += STEP) {
    const faults = fuzz(target, { seed, first, end: Math.min(inputs, first + STEP) });
    process.send?.({ begun: first + STEP } satisfies Progress);
    if (faults.length > 0) process.send?.({ faults } satisfies Progress);
  }
  process.disconnect?.();
}

async function runAll(): Promise<number> {
  let failed = 0;
  for (const { name, seeds } of targets) {
    const start = performance.now();
    const { done, faults, peakMib } = await runTarget(name);
    const seconds = ((performance.now() - start) / 1_000).toFixed(0);
    const isGood = faults.length === 0 && done >= inputs && (peakMib ?? 0) <= MAX_MIB;
    console.log(
      `${isGood ? "ok  " : "FAIL"} ${name}: ${Math.min(done, inputs)} inputs from ${seeds.length} seeds, ` +
        `${faults.length} faults, peak ${peakMib ?? "?"} MiB, ${seconds} s`,
    );
    for (const { index, problem } of faults.slice(0, 5)) console.log(`     input ${index}: ${problem}`);
    if (!isGood) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

/** A target that gives no sign of life is ended. */
function runTarget(name: string): Promise<{ done: number; faults: FuzzFault[]; peakMib: number | undefined }> {
  return new Promise((resolve) => {
    const child = fork(import.meta.filename, [name, "--child", "--inputs", String(inputs), "--seed", String(seed)]);
    const memory = new PeakMemory(child.pid);
    const faults: FuzzFault[] = [];
    let done = 0;
    const hang = (): void => {
      faults.push({ index: done, problem: `one of the ${STEP} inputs from here does not end within ${HANG_MS} ms` });
      child.kill("SIGKILL");
    };
    let timer = setTimeout(hang, HANG_MS);
    child.on("message", (progress: Progress) => {
      clearTimeout(timer);
      timer = setTimeout(hang, HANG_MS);
      if ("begun" in progress) done = progress.begun;
      else faults.push(...progress.faults);
    });
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      if (code !== 0) faults.push({ index: done, problem: `the process ended with ${code ?? signal}` });
      resolve({ done, faults, peakMib: memory.stop() });
    });
  });
}
