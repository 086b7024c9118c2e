import { afterEach, expect, test } from "vitest";
import { ThreadPool } from "../../src/scan/service-pool.ts";
import type { ThreadAnswer } from "../../src/scan/service-worker.ts";

const pools: ThreadPool[] = [];

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

test("run() answers each of many small messages with what is in it", async () => {
  const { pool, answers, ready } = startPool(2, 60_000);
  await ready;
  const jobs = Array.from({ length: 300 }, (_, index) => index);
  for (const job of jobs) give(pool, job, `judge ${job}`);
  const all = await answers(jobs.length);
  expect(jobs.map((job) => all.get(job))).toEqual(jobs.map((job) => `judge ${job}`));
});

test.each([
  ["hang", 300, "timeout: the scan was ended after 300 ms"],
  ["throw", 60_000, "crash: the scanner has a bug"],
  ["exit", 60_000, "crash: the scan thread ended with code 7"],
])("run() answers for the message that breaks a thread (%s) and for no other", async (word, timeMs, expected) => {
  const { pool, answers, ready } = startPool(1, timeMs);
  await ready;
  const jobs = Array.from({ length: 60 }, (_, index) => index);
  // The first one keeps the thread, so that the others are handed over together.
  for (const job of jobs)
    give(pool, job, job === 0 ? "slow" : job === 25 || job === 26 ? `${word} ${job}` : `judge ${job}`);
  const all = await answers(jobs.length);
  for (const job of jobs.slice(1)) {
    if (job === 25 || job === 26) expect(all.get(job)).toContain(expected);
    else expect(all.get(job)).toBe(`judge ${job}`);
  }
});

test("run() lets no message wait behind one that takes long while another thread is idle", async () => {
  const { pool, answers, ready, order } = startPool(2, 60_000);
  await ready;
  give(pool, 0, "slow");
  give(pool, 1, "slow");
  for (let job = 2; job < 40; job += 1) give(pool, job, job === 2 || job === 3 ? "slow" : `judge ${job}`);
  await answers(40);
  // Both threads have one of the two that are slow, and the rest in turn.
  expect(order.indexOf(39)).toBeGreaterThan(0);
  expect(new Set(order.slice(0, 2))).toEqual(new Set([0, 1]));
});

test("abandon() ends a message in the middle of others long before its time", async () => {
  const { pool, answers, ready } = startPool(1, 600_000);
  await ready;
  give(pool, 0, "slow");
  give(pool, 1, "hang");
  for (let job = 2; job < 20; job += 1) give(pool, job, `judge ${job}`);
  await answers(1);
  pool.abandon(1);
  pool.abandon(7);
  const all = await answers(20);
  // It may not have begun yet.
  expect(all.get(1)).toMatch(/^timeout|^cancelled/);
  expect(all.get(7)).toBe("cancelled");
  expect(all.get(19)).toBe("judge 19");
});

interface StartedPool {
  readonly pool: ThreadPool;
  readonly ready: Promise<void>;
  /** Jobs as they were answered. */
  readonly order: number[];
  /** What the answers say, by job, once there are so many. */
  answers(count: number): Promise<ReadonlyMap<number, string>>;
}

function startPool(threads: number, timeMs: number): StartedPool {
  const all = new Map<number, string>();
  const order: number[] = [];
  const started = Promise.withResolvers<void>();
  let changed: () => void = () => {};
  const pool = new ThreadPool({
    code: { kind: "file", url: new URL("scan-service/worker.ts", import.meta.url) },
    data: undefined,
    threads,
    timeMs,
    hasBatches: true,
    ready: started.resolve,
    answer(job, answer) {
      expect(all.has(job)).toBe(false);
      all.set(job, sayingOf(answer));
      order.push(job);
      changed();
    },
    broken: (detail) => started.reject(new Error(detail)),
  });
  pools.push(pool);
  return {
    pool,
    ready: started.promise,
    order,
    async answers(count) {
      while (all.size < count) {
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
      return all;
    },
  };
}

function give(pool: ThreadPool, job: number, text: string): void {
  pool.run(job, { kind: "judge", bytes: Uint8Array.from(Buffer.from(text)) });
}

/** The subject of a judgement, or how the job failed. */
function sayingOf({ json }: ThreadAnswer): string {
  const answer = JSON.parse(json);
  if (answer.type === "judged") return answer.display.subject;
  return answer.type === "failed" ? `${answer.code}: ${answer.detail}` : answer.type;
}
