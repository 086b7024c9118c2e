/** The threads of the scan service: hands each job to an idle one, ends the one that takes too long, and replaces what
 *  is lost. A failure is answered for the job that was running in the thread and for no other. */
import { serviceLimits, yaraLimits } from "../core/scan-limits.ts";
import { CANCELLED, encodeFailure } from "./service-answer.ts";
import { type BatchAnswers, batchOf, type Claims, isSmall, withdraw } from "./service-batch.ts";
import { ScanThread } from "./service-thread.ts";
import type { ThreadAnswer, ThreadFallback, ThreadRequest } from "./service-worker.ts";
import type { WorkerCode } from "./worker-code.ts";

export interface PoolOptions {
  readonly code: WorkerCode;
  /** `workerData` of every thread. */
  readonly data: unknown;
  /** At most so many threads; the first is started at once, the others when jobs wait. */
  readonly threads: number;
  /** Time limit of one job. */
  readonly timeMs: number;
  /** Whether threads understand several small messages at once. */
  readonly hasBatches?: boolean;
  ready(): void;
  /** `elapsedMs` is what the job took in its thread. */
  answer(job: number, answer: ThreadAnswer, elapsedMs: number): void;
  /** The pool can not do its work any more; the process has to be replaced. */
  broken(detail: string): void;
}

export class ThreadPool {
  readonly #options: PoolOptions;
  readonly #starting = new Set<ScanThread>();
  readonly #idle: ScanThread[] = [];
  readonly #busy = new Map<ScanThread, Running>();
  readonly #queue: Waiting[] = [];
  readonly #ending = new Set<Promise<void>>();
  #isReady = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#start();
  }

  /** Whether any thread is at work. */
  get isBusy(): boolean {
    return this.#busy.size > 0;
  }

  /** Queues a job, as the next one when it was here before; its answer comes through `answer` in any order. */
  run(job: number, request: ThreadRequest, wasHere = false): void {
    if (wasHere) this.#queue.unshift({ job, request });
    else this.#queue.push({ job, request });
    this.#dispatch();
  }

  /** Nobody waits for this job any more: one that has not begun never will, one that runs gets a little time. */
  abandon(job: number): void {
    const index = this.#queue.findIndex((waiting) => waiting.job === job);
    if (index >= 0) {
      this.#queue.splice(index, 1);
      this.#options.answer(job, { json: CANCELLED, octets: undefined }, 0);
      return;
    }
    for (const [thread, running] of this.#busy) {
      if (!running.jobs.some((waiting) => waiting.job === job)) continue;
      if (running.claims === undefined) {
        this.#limit(thread, running, serviceLimits.abandonedMs);
        return;
      }
      // Then it is alone, or waits again.
      this.#relieve(thread, running);
      if (running.jobs.at(-1)?.job === job) this.#limit(thread, running, serviceLimits.abandonedMs);
      else if (this.#queue.some((waiting) => waiting.job === job)) this.abandon(job);
      return;
    }
  }

  /** Ends every thread; resolves when all are gone. */
  async close(): Promise<void> {
    this.#queue.length = 0;
    for (const running of this.#busy.values()) clearTimeout(running.timer);
    const threads = [...this.#starting, ...this.#idle, ...this.#busy.keys()];
    await Promise.all([...threads.map((thread) => thread.end()), ...this.#ending]);
  }

  #dispatch(): void {
    for (let thread = this.#idle.at(-1); thread !== undefined; thread = this.#idle.at(-1)) {
      const jobs = this.#take();
      if (jobs.length === 0) return;
      this.#idle.pop();
      this.#give(thread, jobs);
    }
    while (this.#queue.length > this.#starting.size && this.#count() < this.#options.threads) this.#start();
  }

  /** The next job; with others, when they are small and every thread gets its share. */
  #take(): Waiting[] {
    const first = this.#queue.shift();
    if (first === undefined) return [];
    const jobs = [first];
    if (this.#options.hasBatches !== true || !isSmall(first.request)) return jobs;
    const share = Math.ceil((this.#queue.length + 1) / this.#options.threads);
    while (jobs.length < Math.min(share, serviceLimits.batchJobs)) {
      const next = this.#queue[0];
      if (next === undefined || !isSmall(next.request)) break;
      this.#queue.shift();
      jobs.push(next);
    }
    return jobs;
  }

  #give(thread: ScanThread, jobs: Waiting[]): void {
    const [first] = jobs;
    if (first === undefined) return;
    const startMs = performance.now();
    const endMs = startMs + this.#jobMs;
    const running: Running = {
      jobs,
      answered: 0,
      claims: undefined,
      startMs,
      endMs,
      timer: undefined,
      fallback: undefined,
    };
    this.#busy.set(thread, running);
    if (jobs.length === 1) {
      this.#limit(thread, running, Number.POSITIVE_INFINITY);
      thread.run(first.request);
      return;
    }
    const batch = batchOf(jobs.map(({ request }) => request));
    running.claims = batch.claims;
    running.timer = setTimeout(() => this.#relieve(thread, running), serviceLimits.batchMs);
    thread.runBatch(batch);
  }

  /** Takes back what the thread has not begun of a batch: one of its messages takes long. */
  #relieve(thread: ScanThread, running: Running): void {
    if (running.claims === undefined || this.#busy.get(thread) !== running) return;
    this.#queue.unshift(...running.jobs.splice(withdraw(running.claims)));
    running.claims = undefined;
    running.endMs = performance.now() + this.#jobMs;
    this.#limit(thread, running, Number.POSITIVE_INFINITY);
    this.#dispatch();
  }

  get #jobMs(): number {
    return this.#options.timeMs + serviceLimits.threadGraceMs;
  }

  /** From now on the job gets at most `waitMs`, and no more than it had before. */
  #limit(thread: ScanThread, running: Running, waitMs: number): void {
    const nowMs = performance.now();
    running.endMs = Math.min(running.endMs, nowMs + waitMs);
    clearTimeout(running.timer);
    running.timer = setTimeout(() => this.#timeOut(thread, running), running.endMs - nowMs);
  }

  #prepare(thread: ScanThread, { fallback, timeMs }: ThreadFallback): void {
    const running = this.#busy.get(thread);
    if (running === undefined) return;
    running.fallback = fallback;
    this.#limit(thread, running, timeMs + yaraLimits.graceMs);
  }

  #start(): void {
    const thread = new ScanThread(this.#options.code, this.#options.data, {
      ready: (started) => this.#becomeReady(started),
      answer: (from, answer) => this.#finish(from, [answer], true),
      answers: (from, { answers, isDone }) => this.#finish(from, answers, isDone),
      prepared: (from, prepared) => this.#prepare(from, prepared),
      failed: (lost, detail) => this.#lose(lost, detail),
    });
    this.#starting.add(thread);
  }

  #becomeReady(thread: ScanThread): void {
    this.#starting.delete(thread);
    this.#idle.push(thread);
    if (!this.#isReady) {
      this.#isReady = true;
      this.#options.ready();
    }
    this.#dispatch();
  }

  #finish(thread: ScanThread, answers: BatchAnswers["answers"], isDone: boolean): void {
    const running = this.#busy.get(thread);
    if (running === undefined) return;
    const jobs = running.jobs.slice(running.answered, running.answered + answers.length);
    running.answered += answers.length;
    if (isDone) this.#free(thread, running, answers.at(-1)?.isLast === true);
    for (const [index, { job }] of jobs.entries()) {
      const answer = answers[index];
      if (answer !== undefined) this.#answer(job, running, completed(answer, running.fallback));
    }
  }

  /** The thread has done what it can. */
  #free(thread: ScanThread, running: Running, isLast: boolean): void {
    clearTimeout(running.timer);
    this.#busy.delete(thread);
    this.#queue.unshift(...running.jobs.slice(running.answered));
    if (isLast) {
      this.#end(thread);
      this.#replace();
    } else {
      this.#idle.push(thread);
      this.#dispatch();
    }
  }

  #timeOut(thread: ScanThread, running: Running): void {
    this.#busy.delete(thread);
    this.#end(thread);
    this.#fail(running, "timeout", `the scan was ended after ${this.#options.timeMs} ms`);
    this.#replace();
  }

  #lose(thread: ScanThread, detail: string): void {
    const running = this.#busy.get(thread);
    this.#starting.delete(thread);
    this.#busy.delete(thread);
    const index = this.#idle.indexOf(thread);
    if (index >= 0) this.#idle.splice(index, 1);
    if (running === undefined && this.#idle.length + this.#busy.size === 0) {
      this.#options.broken(`a scan thread can not start: ${detail}`);
      return;
    }
    if (running !== undefined) {
      clearTimeout(running.timer);
      this.#fail(running, "crash", detail);
    }
    this.#replace();
  }

  #replace(): void {
    if (this.#count() === 0) this.#start();
    this.#dispatch();
  }

  /** A thread that does not even end is stuck in native code and holds a core: only a new process helps. */
  #end(thread: ScanThread): void {
    const timer = setTimeout(() => this.#options.broken("a scan thread does not end"), serviceLimits.graceMs);
    const ending = thread.end().finally(() => {
      clearTimeout(timer);
      this.#ending.delete(ending);
    });
    this.#ending.add(ending);
  }

  /** Answers for the job that was running; what was given to the thread besides is done again. */
  #fail(running: Running, code: "crash" | "timeout", detail: string): void {
    const { jobs, answered, claims, fallback } = running;
    const begun = claims === undefined ? jobs.length : Math.min(withdraw(claims), jobs.length);
    const culprit = Math.max(begun, 1) - 1;
    this.#queue.unshift(...jobs.filter((_, index) => index >= answered && index !== culprit));
    const job = culprit >= answered ? jobs[culprit]?.job : undefined;
    if (job !== undefined)
      this.#answer(job, running, fallback ?? { json: encodeFailure(code, detail), octets: undefined });
  }

  #answer(job: number, { startMs }: Running, answer: ThreadAnswer): void {
    this.#options.answer(job, answer, performance.now() - startMs);
  }

  #count(): number {
    return this.#starting.size + this.#idle.length + this.#busy.size;
  }
}

interface Waiting {
  readonly job: number;
  readonly request: ThreadRequest;
}

interface Running {
  /** In the order in which they are answered; all but one of them small. */
  readonly jobs: Waiting[];
  answered: number;
  /** As long as some of them may not have begun. */
  claims: Claims | undefined;
  readonly startMs: number;
  /** When the thread is ended. */
  endMs: number;
  timer: NodeJS.Timeout | undefined;
  /** The answer when the thread is lost from here on. */
  fallback: ThreadAnswer | undefined;
}

/** What was in the fallback is not sent again. */
function completed(answer: ThreadAnswer, fallback: ThreadAnswer | undefined): ThreadAnswer {
  const { question } = answer;
  const pieces = fallback?.question?.pieces;
  if (question?.kind !== "judge" || question.pieces !== undefined || pieces === undefined) return answer;
  return { ...answer, question: { ...question, pieces } };
}
