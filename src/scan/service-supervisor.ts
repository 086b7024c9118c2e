/** Keeps a scan service process running and gives it the messages that wait. When the process dies, the messages it had
 *  are tried once more, one at a time: the one that kills it again is the culprit, the others lose only time. New data
 *  is taken up by a second process: the first one finishes what it has, and stays when the second can not start. */
import type { Clock } from "../core/clock.ts";
import { UserError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { remoteLimits, serviceLimits } from "../core/scan-limits.ts";
import type { MessageSource } from "./judge.ts";
import { remoteConnections } from "./remote/remote-connections.ts";
import type { Answer } from "./service-answer.ts";
import { type JobOutcome, type ProcessEnd, ServiceProcess } from "./service-process.ts";
import type { ServiceReady } from "./service-ready.ts";
import type { JobRequest, ServiceStart } from "./service-request.ts";

export interface SupervisorOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly start: ServiceStart;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** An answer, and the identity of the data that it comes from. */
export interface Performed {
  readonly answer: Answer;
  readonly identity: string | undefined;
}

export class ServiceSupervisor {
  readonly #options: SupervisorOptions;
  readonly #ready = Promise.withResolvers<void>();
  readonly #queue: Job[] = [];
  /** Messages that were in a process when it died. */
  readonly #suspects: Job[] = [];
  /** Gets the new messages. */
  #process: ServiceProcess;
  #start: ServiceStart;
  #remoteConnections: number;
  #loaded: ServiceReady | undefined;
  /** Starts with new data. */
  #candidate: Candidate | undefined;
  /** Have been replaced, and still have messages. */
  readonly #retiring = new Set<ServiceProcess>();
  #reloads: Promise<unknown> = Promise.resolve();
  #processStart = 0;
  #isSuspectRunning = false;
  #failuresInRow = 0;
  #failedStarts = 0;
  #startError: UserError | undefined;
  #restart: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#start = options.start;
    this.#remoteConnections = remoteConnections(options.start.engines);
    this.#ready.promise.catch(() => {});
    this.#process = this.#startProcess();
  }

  /** Resolves when the service can take messages; rejects when it can not be started. */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** The process that new messages go to. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** What messages are scanned with; undefined until a process is ready for the first time. */
  get loaded(): ServiceReady | undefined {
    return this.#loaded;
  }

  /** Resolves with an answer of the request's kind or with a failure. Rejects when the service can not be started or is
   *  closed, when too many messages wait, when the source can not be read, and when `signal` says so. */
  perform(request: JobRequest, source: MessageSource, signal?: AbortSignal): Promise<Performed> {
    return new Promise((resolve, reject) => {
      const problem = this.#refusal();
      if (problem !== undefined) return reject(problem);
      if (signal?.aborted === true) return reject(signal.reason);
      const job: Job = { request, source, cancel: undefined, settle, refuse };
      const abort = (): void => {
        if (job.cancel === undefined) this.#remove(job);
        else job.cancel();
        refuse(signal?.reason);
      };
      function settle(performed: Performed): void {
        signal?.removeEventListener("abort", abort);
        resolve(performed);
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

  /** Replaces the process by one that is started with `start`, once that one is ready: resolves then. Rejects when it
   *  can not start, and everything stays as it was. Reloads happen one after the other. */
  reload(start: ServiceStart): Promise<ServiceReady> {
    const reloaded = this.#reloads.then(() => this.#tryReload(start));
    this.#reloads = reloaded.catch(() => {});
    return reloaded;
  }

  /** Kills every process and refuses what waits; resolves when they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#restart);
    this.#ready.reject(closed());
    this.#refuseAll(closed());
    const candidate = this.#candidate === undefined ? [] : [this.#candidate.process];
    await Promise.all([this.#process, ...candidate, ...this.#retiring].map((process) => process.close()));
  }

  #startProcess(): ServiceProcess {
    this.#processStart = this.#options.clock.monotonic();
    const { lastGood } = this.#start;
    // What was good once must not keep a process that died from coming back.
    const start =
      lastGood === undefined ? this.#start : { ...this.#start, lastGood: this.#loaded?.databases ?? lastGood };
    return this.#spawn(start, () => this.#becomeReady());
  }

  #spawn(start: ServiceStart, ready: () => void): ServiceProcess {
    const process: ServiceProcess = new ServiceProcess({
      ...this.#options,
      start,
      ready,
      room: () => this.#hasLeft(process),
      ended: (end) => this.#hasEnded(process, end),
    });
    return process;
  }

  #becomeReady(): void {
    this.#loaded = this.#process.loaded;
    this.#failedStarts = 0;
    this.#startError = undefined;
    this.#ready.resolve();
    this.#dispatch();
  }

  async #tryReload(start: ServiceStart): Promise<ServiceReady> {
    if (this.#isClosed) throw closed();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const process = this.#spawn(start, resolve);
    this.#candidate = { process, reject };
    try {
      await promise;
    } finally {
      this.#candidate = undefined;
    }
    const { loaded } = process;
    if (this.#isClosed) throw closed();
    if (loaded === undefined || process.hasEnded) throw startFailure({ detail: "it ended at once", error: undefined });
    this.#replaceProcess(process, start);
    return loaded;
  }

  #replaceProcess(process: ServiceProcess, start: ServiceStart): void {
    const old = this.#process;
    clearTimeout(this.#restart);
    this.#process = process;
    this.#start = start;
    this.#remoteConnections = remoteConnections(start.engines);
    this.#processStart = this.#options.clock.monotonic();
    if (!old.hasEnded) {
      this.#retiring.add(old);
      this.#retire(old);
    }
    this.#becomeReady();
  }

  /** Ends a process that was replaced when it has nothing more to do. One that never was ready has nothing. */
  #retire(process: ServiceProcess): void {
    if (process.jobs === 0) void process.close();
  }

  #hasLeft(process: ServiceProcess): void {
    if (this.#retiring.has(process)) this.#retire(process);
    else this.#dispatch();
  }

  #hasEnded(process: ServiceProcess, end: ProcessEnd): void {
    if (process === this.#process) this.#recover(end);
    else if (process === this.#candidate?.process) this.#candidate.reject(startFailure(end));
    else this.#retiring.delete(process);
  }

  #dispatch(): void {
    if (!this.#process.isReady || this.#isSuspectRunning) return;
    if (this.#suspects.length > 0) {
      const suspect = this.#process.jobs === 0 ? this.#suspects.shift() : undefined;
      if (suspect !== undefined) this.#runSuspect(suspect);
      return;
    }
    for (let next = this.#queue[0]; next !== undefined && this.#hasRoom(next); next = this.#queue[0]) {
      this.#queue.shift();
      this.#run(next, false);
    }
  }

  #hasRoom({ request }: Job): boolean {
    // A message that is with an engine in another program occupies no thread.
    const elsewhere = request.bytes <= remoteLimits.waitingBytes ? this.#remoteConnections : 0;
    return this.#process.jobs < this.#aheadJobs(request.bytes) + elsewhere;
  }

  /** Messages sent before the first is answered. */
  #aheadJobs(bytes: number): number {
    const { threads } = this.#start;
    if (bytes <= serviceLimits.batchedBytes) return threads * serviceLimits.aheadJobs;
    return this.#process.jobBytes + bytes <= threads * serviceLimits.aheadBytes ? 2 * threads : threads;
  }

  #run(job: Job, isSuspect: boolean, then?: () => void): void {
    const process = this.#process;
    const id = process.run(job.request, job.source, (outcome) => {
      job.cancel = undefined;
      this.#settle(job, outcome, process.loaded?.identity, isSuspect);
      then?.();
    });
    job.cancel = () => process.cancel(id);
  }

  #settle(job: Job, outcome: JobOutcome, identity: string | undefined, isSuspect: boolean): void {
    switch (outcome.type) {
      case "answer":
        this.#failuresInRow = 0;
        job.settle({ answer: outcome.answer, identity });
        break;
      case "unreadable":
        job.refuse(outcome.error);
        break;
      case "aborted":
        break;
      case "lost":
        if (this.#isClosed) job.refuse(closed());
        else if (isSuspect) job.settle({ answer: { type: "failed", code: "crash", detail: outcome.detail }, identity });
        else this.#suspect(job);
        break;
      default:
        outcome satisfies never;
    }
  }

  #suspect(job: Job): void {
    this.#suspects.push(job);
    // What dies while it retires is not started again: the others are waiting for nothing.
    this.#dispatch();
  }

  #runSuspect(job: Job): void {
    this.#isSuspectRunning = true;
    this.#run(job, true, () => {
      this.#isSuspectRunning = false;
      this.#dispatch();
    });
  }

  #recover({ wasReady, detail, error }: ProcessEnd): void {
    if (this.#isClosed) return;
    const { clock, logger } = this.#options;
    if (clock.monotonic() - this.#processStart > serviceLimits.restartMaxMs) this.#failuresInRow = 0;
    const restartMs = Math.min(serviceLimits.restartMinMs * 2 ** this.#failuresInRow, serviceLimits.restartMaxMs);
    this.#failuresInRow += 1;
    // A first start that is refused ends the program, which says why.
    const isRefused = error !== undefined && this.#loaded === undefined;
    if (!isRefused) logger.log("error", "scan-service-ended", { detail: error?.message ?? detail, restartMs });
    if (!wasReady) this.#countFailedStart(error, detail);
    this.#restart = setTimeout(() => {
      this.#process = this.#startProcess();
    }, restartMs);
  }

  #countFailedStart(error: UserError | undefined, detail: string): void {
    this.#failedStarts += 1;
    if (error === undefined && this.#failedStarts < serviceLimits.startAttempts) return;
    this.#startError = startFailure({ detail, error });
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

interface Candidate {
  readonly process: ServiceProcess;
  reject(error: UserError): void;
}

interface Job {
  readonly request: JobRequest;
  readonly source: MessageSource;
  /** While a process has it. */
  cancel: (() => void) | undefined;
  readonly settle: (performed: Performed) => void;
  readonly refuse: (error: unknown) => void;
}

function startFailure({ error, detail }: Pick<ProcessEnd, "error" | "detail">): UserError {
  return error ?? new UserError(`Cannot start the scan service: ${detail}`);
}

function closed(): UserError {
  return new UserError("Cannot scan the message: the scan service is closed");
}
