import { afterEach, expect, test } from "vitest";
import { type PoolOptions, ThreadPool } from "../../../../src/scan/service-pool.ts";

/** A thread that answers with its own number and the message, or does what the message says. */
const CODE = `
  const { parentPort, threadId, workerData } = require("node:worker_threads");
  parentPort.on("message", ({ bytes }) => {
    const text = Buffer.from(bytes).toString();
    if (text === "hang") for (;;);
    if (text === "exit") process.exit(7);
    if (text === "throw") throw new Error("a bug");
    if (text === "silence") return;
    if (text.startsWith("prepare")) {
      const question = { kind: "judge", judgement: {}, pieces: "the pieces" };
      parentPort.postMessage({ fallback: { json: "prepared", question }, timeMs: 50 });
      if (text === "prepare hang") for (;;);
      if (text === "prepare exit") process.exit(7);
      parentPort.postMessage({ json: "done", question: { kind: "judge", judgement: {} } });
      return;
    }
    if (text === "last") {
      parentPort.postMessage({ json: ["last", threadId].join(" "), isLast: true });
      return;
    }
    parentPort.postMessage({ json: [workerData, threadId, text].join(" ") });
  });
  parentPort.postMessage("ready");
`;

const pools: ThreadPool[] = [];

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

test("ThreadPool starts one thread, and more only when jobs wait", async () => {
  const { pool, answers, ready } = startPool({ threads: 3 });
  await ready;
  const threads = new Set<string | undefined>();
  for (let job = 1; job <= 10; job += 1) {
    give(pool, job, "alone");
    threads.add(threadOf(await answers.next()));
  }
  expect(threads.size).toBe(1);
  for (let job = 11; job <= 12; job += 1) give(pool, job, "silence");
  give(pool, 13, "together");
  expect(threads).not.toContain(threadOf(await answers.next()));
});

test("ThreadPool hands `data` to its threads and each job to one of them", async () => {
  const { pool, answers } = startPool({ threads: 2, data: "shared" });
  const jobs = Array.from({ length: 20 }, (_, index) => index + 1);
  for (const job of jobs) give(pool, job, `message-${job}`);
  const seen = new Map<number, string>();
  for (const _ of jobs) {
    const answer = await answers.next();
    seen.set(answer.job, answer.json.replace(/ \d+ /, " "));
  }
  expect([...seen].toSorted(([left], [right]) => left - right)).toEqual(
    jobs.map((job) => [job, `shared message-${job}`]),
  );
});

test.each([
  ["hang", { type: "failed", code: "timeout", detail: "the scan was ended after 100 ms" }],
  ["exit", { type: "failed", code: "crash", detail: "the scan thread ended with code 7" }],
  ["throw", { type: "failed", code: "crash", detail: "a bug" }],
])("ThreadPool answers for a thread that is lost (%s) and goes on with another", async (word, expected) => {
  const { pool, answers } = startPool({ threads: 1, timeMs: 100 });
  give(pool, 1, word);
  give(pool, 2, "fine");
  const lost = await answers.next();
  expect([lost.job, JSON.parse(lost.json)]).toEqual([1, expected]);
  expect((await answers.next()).json).toMatch(/fine$/);
});

test("abandon() answers for a job that waits and ends one that runs long before its time", async () => {
  const { pool, answers, ready } = startPool({ threads: 1, timeMs: 600_000 });
  await ready;
  give(pool, 1, "hang");
  give(pool, 2, "fine");
  give(pool, 3, "fine");
  pool.abandon(2);
  expect(await answers.next()).toMatchObject({ job: 2, json: '{"type":"cancelled"}' });
  pool.abandon(1);
  expect(await answers.next()).toMatchObject({ job: 1, json: expect.stringContaining("timeout") });
  expect(await answers.next()).toMatchObject({ job: 3 });
});

test.each(["prepare hang", "prepare exit"])(
  "ThreadPool answers what was prepared for a thread that is lost (%s)",
  async (word) => {
    const { pool, answers } = startPool({ threads: 1, timeMs: 60_000 });
    give(pool, 1, word);
    give(pool, 2, "fine");
    expect(await answers.next()).toMatchObject({ job: 1, json: "prepared", question: { pieces: "the pieces" } });
    expect((await answers.next()).json).toMatch(/fine$/);
  },
);

test("ThreadPool completes an answer by what was prepared for it", async () => {
  const { pool, answers } = startPool({ threads: 1 });
  give(pool, 1, "prepare and go on");
  expect(await answers.next()).toMatchObject({ job: 1, json: "done", question: { pieces: "the pieces" } });
});

test("ThreadPool replaces a thread that says that it is not good for more", async () => {
  const { pool, answers } = startPool({ threads: 1 });
  give(pool, 1, "last");
  give(pool, 2, "last");
  const [first, second] = [await answers.next(), await answers.next()];
  expect(first.json).toMatch(/^last \d+$/);
  expect(second.json).toMatch(/^last \d+$/);
  expect(second.json).not.toBe(first.json);
});

test("run() lets a job that was here before go first, and says how long jobs took", async () => {
  const { pool, answers, ready } = startPool({ threads: 1 });
  await ready;
  give(pool, 1, "first");
  give(pool, 2, "second");
  pool.run(3, { kind: "judge", bytes: Uint8Array.from(Buffer.from("again")) }, true);
  const jobs = [await answers.next(), await answers.next(), await answers.next()];
  expect(jobs.map(({ job }) => job)).toEqual([1, 3, 2]);
  expect(jobs.every(({ elapsedMs }) => elapsedMs > 0)).toBe(true);
});

test("ThreadPool is broken when no thread can start", async () => {
  const { broken } = startPool({ code: { kind: "source", text: "throw new Error('no engine')" } });
  expect(await broken).toBe("a scan thread can not start: no engine");
});

test("close() ends threads that hang", async () => {
  const { pool, ready } = startPool({});
  await ready;
  give(pool, 1, "hang");
  expect(pool.isBusy).toBe(true);
  await pool.close();
});

interface Answer {
  readonly job: number;
  readonly json: string;
  readonly question: unknown;
  readonly elapsedMs: number;
}

/** Answers in the order they come in. */
class Answers {
  readonly #arrived: Answer[] = [];
  readonly #waiting: ((answer: Answer) => void)[] = [];

  add(answer: Answer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#arrived.push(answer);
    else next(answer);
  }

  next(): Promise<Answer> {
    const answer = this.#arrived.shift();
    return answer === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(answer);
  }
}

interface TestPool {
  readonly pool: ThreadPool;
  readonly answers: Answers;
  readonly ready: Promise<void>;
  readonly broken: Promise<string>;
}

function startPool(options: Partial<PoolOptions>): TestPool {
  const answers = new Answers();
  const ready = Promise.withResolvers<void>();
  const broken = Promise.withResolvers<string>();
  const pool = new ThreadPool({
    code: { kind: "source", text: CODE },
    data: "",
    threads: 1,
    timeMs: 10_000,
    ready: ready.resolve,
    broken: broken.resolve,
    answer: (job, { json, question }, elapsedMs) => answers.add({ job, json, question, elapsedMs }),
    ...options,
  });
  pools.push(pool);
  return { pool, answers, ready: ready.promise, broken: broken.promise };
}

function give(pool: ThreadPool, job: number, text: string): void {
  pool.run(job, { kind: "judge", bytes: Uint8Array.from(Buffer.from(text)) });
}

function threadOf({ json }: Answer): string | undefined {
  return / (\d+) /.exec(json)?.[1];
}
