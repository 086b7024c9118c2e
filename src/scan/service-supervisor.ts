/** Keeps a scan service process running and gives it the messages that wait. When the process dies, the messages it had
 *  are tried once more, one at a time: the one that kills it again is the culprit, the others lose only time. */
import type { Clock } from "../core/clock.ts";
import { UserError } from "../core/errors.ts";
import { serviceLimits } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { MessageSource } from "./judge.ts";
import type { Answer } from "./service-answer.ts";
import { type ProcessEnd, ServiceProcess } from "./service-process.ts";
import type { JobRequest, ServiceStart } from "./service-request.ts";

export interface SupervisorOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly start: ServiceStart;
  readonly logger: Logger;
  readonly clock: Clock;
}

export class ServiceSupervisor {
  readonly #options: SupervisorOptions;
  readonly #ready = Promise.withResolvers<void>();
  readonly #queue: Job[] = [];
  /** Messages that were in a process when it died. */
  readonly #suspects: Job[] = [];
  #process: ServiceProcess;
  #processStart = 0;
  #isSuspectRunning = false;
  #failuresInRow = 0;
  #failedStarts = 0;
  #startError: UserError | undefined;
  #restart: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#ready.promise.catch(() => {});
    this.#process = this.#startProcess();
  }

  /** Resolves when the service can take messages; rejects when it can not be started. */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** The process that is running now. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves with an answer of the request's kind or with a failure. Rejects when the service can not be started or is
   *  closed, when too many messages wait, when the source can not be read, and when `signal` says so. */
  perform(request: JobRequest, source: MessageSource, signal?: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const problem = this.#refusal();
      if (problem !== undefined) return reject(problem);
      if (signal?.aborted === true) return reject(signal.reason);
      const job: Job = { request, source, signal, settle, refuse };
      const abort = (): void => {
        this.#remove(job);
        refuse(signal?.reason);
      };
      function settle(answer: Answer): void {
        signal?.removeEventListener("abort", abort);
        resolve(answer);
      }
      function refuse(error: unknown): void {
        signal?.removeEventListener("abort", abort);
        reject(error);
      }
      signal?.addEventListener("abort", abort);
      this.#queue.push(job);
      this.#dispatch();
    });
  }

  /** Kills the process and refuses what waits; resolves when the process is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#restart);
    this.#ready.reject(closed());
    this.#refuseAll(closed());
    await this.#process.close();
  }

  #startProcess(): ServiceProcess {
    this.#processStart = this.#options.clock.monotonic();
    return new ServiceProcess({
      ...this.#options,
      ready: () => {
        this.#failedStarts = 0;
        this.#startError = undefined;
        this.#ready.resolve();
        this.#dispatch();
      },
      room: () => this.#dispatch(),
      ended: (end) => this.#recover(end),
    });
  }

  #dispatch(): void {
    if (!this.#process.isReady || this.#isSuspectRunning) return;
    if (this.#suspects.length > 0) {
      const suspect = this.#process.jobs === 0 ? this.#suspects.shift() : undefined;
      if (suspect !== undefined) void this.#runSuspect(suspect);
      return;
    }
    for (let next = this.#queue[0]; next !== undefined && this.#hasRoom(next); next = this.#queue[0]) {
      this.#queue.shift();
      void this.#run(next);
    }
  }

  #hasRoom({ request }: Job): boolean {
    const { threads } = this.#options.start;
    return this.#process.jobs < (request.bytes <= serviceLimits.aheadBytes ? 2 * threads : threads);
  }

  async #run(job: Job): Promise<void> {
    const outcome = await this.#process.run(job.request, job.source, job.signal);
    switch (outcome.type) {
      case "answer":
        this.#failuresInRow = 0;
        return job.settle(outcome.answer);
      case "unreadable":
        return job.refuse(outcome.error);
      case "aborted":
        return;
      case "lost":
        if (this.#isClosed) return job.refuse(closed());
        if (this.#isSuspectRunning) return job.settle({ type: "failed", code: "crash", detail: outcome.detail });
        this.#suspects.push(job);
    }
  }

  async #runSuspect(job: Job): Promise<void> {
    this.#isSuspectRunning = true;
    await this.#run(job);
    this.#isSuspectRunning = false;
    this.#dispatch();
  }

  #recover({ wasReady, detail, error }: ProcessEnd): void {
    if (this.#isClosed) return;
    const { clock, logger } = this.#options;
    if (clock.monotonic() - this.#processStart > serviceLimits.restartMaxMs) this.#failuresInRow = 0;
    const restartMs = Math.min(serviceLimits.restartMinMs * 2 ** this.#failuresInRow, serviceLimits.restartMaxMs);
    this.#failuresInRow += 1;
    logger.log("error", "scan-service-ended", { detail, restartMs });
    if (!wasReady) this.#countFailedStart(error, detail);
    this.#restart = setTimeout(() => {
      this.#process = this.#startProcess();
    }, restartMs);
  }

  #countFailedStart(error: UserError | undefined, detail: string): void {
    this.#failedStarts += 1;
    if (error === undefined && this.#failedStarts < serviceLimits.startAttempts) return;
    this.#startError = error ?? new UserError(`Cannot start the scan service: ${detail}`);
    this.#ready.reject(this.#startError);
    this.#refuseAll(this.#startError);
  }

  #refusal(): UserError | undefined {
    if (this.#isClosed) return closed();
    if (this.#startError !== undefined) return this.#startError;
    if (this.#queue.length < serviceLimits.queuedJobs) return undefined;
    return new UserError(`Cannot scan the message: ${this.#queue.length} others are waiting`);
  }

  #refuseAll(error: UserError): void {
    for (const job of [...this.#suspects.splice(0), ...this.#queue.splice(0)]) job.refuse(error);
  }

  #remove(job: Job): void {
    for (const list of [this.#queue, this.#suspects]) {
      const index = list.indexOf(job);
      if (index >= 0) list.splice(index, 1);
    }
  }
}

interface Job {
  readonly request: JobRequest;
  readonly source: MessageSource;
  readonly signal: AbortSignal | undefined;
  readonly settle: (answer: Answer) => void;
  readonly refuse: (error: unknown) => void;
}

function closed(): UserError {
  return new UserError("Cannot scan the message: the scan service is closed");
}
