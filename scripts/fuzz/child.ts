/** The process that fuzzes one parser. It has that parser's seeds from a file, and tells its parent every now and then
 *  how far it is.
 *
 *  Usage: node scripts/fuzz/child.ts NAME SEED_FILE SEED FIRST END MINUTES (started by scripts/fuzz/run.ts) */
import { setImmediate } from "node:timers/promises";
import { fuzz } from "./fuzz.ts";
import { fuzzParsers } from "./parsers.ts";
import { type Progress, STEP } from "./progress.ts";
import { readSeeds } from "./seed-file.ts";

const MAX_GARBAGE_BYTES = 32 * 1024 * 1024;
let keptBytes = heldBytes();

const [, , name = "", seedFile = "", ...numbers] = process.argv;
const [seed = 0, first = 0, end = 0, minutes = 0] = numbers.map(Number);

await run();

async function run(): Promise<void> {
  const parser = fuzzParsers().find((candidate) => candidate.name === name);
  if (parser === undefined) throw new Error(`Cannot fuzz "${name}": there is no such parser`);
  const target = { ...parser, seeds: readSeeds(seedFile) };
  tell({ baseMib: process.memoryUsage.rss() / 1024 / 1024 });
  const deadline = performance.now() + minutes * 60_000;
  for (let index = first; index < end && performance.now() < deadline; index += STEP) {
    const next = Math.min(end, index + STEP);
    tell({ done: next - first, ...fuzz(target, { seed, first: index, end: next }) });
    await collectGarbage();
  }
  process.disconnect();
}

/** What inputs before have left says nothing about the next one; V8 lets hundreds of mebibytes pile up, and lets go of
 *  some buffers only when the event loop turns, as it does between messages. */
async function collectGarbage(): Promise<void> {
  await setImmediate();
  if (heldBytes() < keptBytes + MAX_GARBAGE_BYTES) return;
  globalThis.gc?.();
  keptBytes = heldBytes();
}

function heldBytes(): number {
  const { heapTotal, arrayBuffers } = process.memoryUsage();
  return heapTotal + arrayBuffers;
}

function tell(progress: Progress): void {
  process.send?.(progress);
}
