/** The process that fuzzes one parser. It has that parser's seeds from a file, and tells its parent every now and then
 *  how far it is.
 *
 *  Usage: node scripts/fuzz/child.ts NAME SEED_FILE SEED FIRST END MINUTES (started by scripts/fuzz/run.ts) */
import { fuzz } from "./fuzz.ts";
import { fuzzParsers } from "./parsers.ts";
import { type Progress, STEP } from "./progress.ts";
import { readSeeds } from "./seed-file.ts";

const LOOK_EVERY = 4;
const MAX_GARBAGE_BYTES = 16 * 1024 * 1024;

const [, , name = "", seedFile = "", ...numbers] = process.argv;
const [seed = 0, first = 0, end = 0, minutes = 0] = numbers.map(Number);

run();

function run(): void {
  const parser = fuzzParsers().find((candidate) => candidate.name === name);
  if (parser === undefined) throw new Error(`Cannot fuzz "${name}": there is no such parser`);
  const target = { ...parser, seeds: readSeeds(seedFile) };
  tell({ baseMib: process.memoryUsage.rss() / 1024 / 1024 });
  const deadline = performance.now() + minutes * 60_000;
  for (let index = first; index < end && performance.now() < deadline; index += STEP) {
    const next = Math.min(end, index + STEP);
    const result = fuzz(target, { seed, first: index, end: next, afterEach: collectGarbage });
    tell({ done: next - first, ...result });
  }
  process.disconnect();
}

/** What inputs before have left says nothing about the next one; V8 lets hundreds of mebibytes of buffers pile up. */
function collectGarbage(index: number): void {
  if (index % LOOK_EVERY === 0 && process.memoryUsage().arrayBuffers > MAX_GARBAGE_BYTES) globalThis.gc?.();
}

function tell(progress: Progress): void {
  process.send?.(progress);
}
