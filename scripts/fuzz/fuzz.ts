/** Runs one target on many inputs, the same ones for the same seed. */
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";
import type { FuzzTarget } from "./targets.ts";

export interface FuzzFault {
  /** Of the input: `inputAt` makes it again. */
  readonly index: number;
  readonly problem: string;
}

export interface FuzzOptions {
  readonly seed: number;
  /** The first input and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** Called before each input, so that whoever watches knows which one does not end. */
  readonly begin?: (index: number) => void;
}

/** An exception is a fault, and so is taking more than a second for 100,000 octets or less (in three tries). */
export function fuzz(target: FuzzTarget, { seed, first, end, begin }: FuzzOptions): FuzzFault[] {
  const faults: FuzzFault[] = [];
  for (let index = first; index < end; index += 1) {
    begin?.(index);
    const input = inputAt(target, seed, index);
    try {
      const limitMs = Math.max(MIN_MS, (input.length / 100_000) * 1_000);
      let tookMs = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < 3 && tookMs > limitMs; attempt += 1)
        tookMs = Math.min(tookMs, time(target, input));
      if (tookMs > limitMs) faults.push({ index, problem: `${Math.round(tookMs)} ms for ${input.length} octets` });
    } catch (error) {
      faults.push({ index, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  return faults;
}

/** The input of that number. */
export function inputAt(target: FuzzTarget, seed: number, index: number): Buffer {
  const random = new Random(seed, index);
  return mutate(random.pick(target.seeds), random, target.seeds);
}

function time(target: FuzzTarget, input: Buffer): number {
  const start = performance.now();
  target.run(input);
  return performance.now() - start;
}

const MIN_MS = 1_000;
