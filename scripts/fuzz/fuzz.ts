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
  /** Milliseconds; the processor time of the thread when not given. */
  readonly clock?: () => number;
}

export interface FuzzResult {
  readonly faults: readonly FuzzFault[];
  readonly slowest: TimedInput;
}

export interface TimedInput {
  readonly index: number;
  readonly bytes: number;
  /** Processor time: what else the machine does counts for nothing. */
  readonly ms: number;
}

/** An exception is a fault, and so is taking more than a second for 100,000 octets or less (in three tries). */
export function fuzz(target: FuzzTarget, { seed, first, end, clock = threadMs }: FuzzOptions): FuzzResult {
  const faults: FuzzFault[] = [];
  let slowest: TimedInput = { index: first, bytes: 0, ms: 0 };
  for (let index = first; index < end; index += 1) {
    const input = inputAt(target, seed, index);
    try {
      const limitMs = Math.max(1_000, input.length / 100);
      let ms = time(target, input, clock);
      for (let attempt = 1; attempt < TRIES && ms > limitMs; attempt += 1)
        ms = Math.min(ms, time(target, input, clock));
      if (ms > limitMs) faults.push({ index, problem: `${Math.round(ms)} ms for ${input.length} octets` });
      if (ms > slowest.ms) slowest = { index, bytes: input.length, ms };
    } catch (error) {
      faults.push({ index, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  return { faults, slowest };
}

/** The input of that number. */
export function inputAt(target: Pick<FuzzTarget, "seeds">, seed: number, index: number): Buffer {
  const random = new Random(seed, index);
  return mutate(random.pick(target.seeds), random, target.seeds);
}

function time(target: FuzzTarget, input: Buffer, clock: () => number): number {
  const start = clock();
  target.run(input);
  return clock() - start;
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

const TRIES = 3;
