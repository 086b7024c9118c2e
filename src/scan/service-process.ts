/** One process of the scan service as the daemon uses it: given jobs, watched, and killed at the first sign of trouble.
 *  Nothing that it says is believed before it is checked. */
import { UserError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { sanitize } from "../core/sanitize.ts";
import { remoteLimits, serviceLimits } from "../core/scan-limits.ts";
import type { FrameEvent, FrameKind } from "./frame.ts";
import { GatheredOctets } from "./gathered-octets.ts";
import type { MessageSource } from "./judge.ts";
import { isStopped } from "./process-state.ts";
import { type Answer, maxEditBytes, parseAnswer, parseObject } from "./service-answer.ts";
import { ServiceChild } from "./service-child.ts";
import { parseReady, type ServiceReady } from "./service-ready.ts";
import { encodeRequest, encodeStart, type JobRequest, type ServiceStart } from "./service-request.ts";

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly start: ServiceStart;
  readonly logger: Logger;
  ready(): void;
  /** A job has left: there may be room for another one. */
  room(): void;
  /** Comes after all jobs are settled as lost. */
  ended(end: ProcessEnd): void;
}

/** Why a process is gone. `error` is set when it could not start and said why. */
export interface ProcessEnd {
  readonly wasReady: boolean;
  readonly detail: string;
  readonly error: UserError | undefined;
}

/** How a job ended here. `lost`: the process went first. */
export type JobOutcome =
  | { readonly type: "answer"; readonly answer: Answer }
  | { readonly type: "lost"; readonly detail: string }
  | { readonly type: "unreadable"; readonly error: unknown }
  | { readonly type: "aborted" };

export class ServiceProcess {
  readonly #options: ProcessOptions;
  readonly #child: ServiceChild;
  readonly #jobs = new Map<number, RunningJob>();
  readonly #ended = Promise.withResolvers<void>();
  #state: "starting" | "ready" | "ended" = "starting";
  #loaded: ServiceReady | undefined;
  #error: UserError | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #heartbeats = 0;
  #jobBytes = 0;
  #silence = 0;
  #isPinged = false;
  #problems = 0;
  #engineReports = 0;
  #lastJob = 0;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#child = new ServiceChild(options.command, options.args, options.logger, {
      receive: (events) => this.#receive(events),
      ended: (detail) => this.#end(detail),
    });
    this.#child.writer.frame("start", 0, encodeStart(options.start));
    this.#watch();
  }

  get isReady(): boolean {
    return this.#state === "ready";
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  /** What the process scans with; undefined until it is ready. */
  get loaded(): ServiceReady | undefined {
    return this.#loaded;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Jobs that the process has not answered, those included that nobody waits for any more. */
  get jobs(): number {
    return this.#jobs.size;
  }

  /** Octets of their messages. */
  get jobBytes(): number {
    return this.#jobBytes;
  }

  /** Sends the first `request.bytes` octets of `source`; `settle` is told once how that ended. The source may use the
   *  memory of a chunk again when the next one is asked for. Answers the number to cancel the job with. */
  run(request: JobRequest, source: MessageSource, settle: Settle): number {
    this.#lastJob = (this.#lastJob + 1) >>> 0;
    const id = this.#lastJob;
    const job: RunningJob = { request, state: "sending", octets: undefined, age: 0, settle };
    this.#jobs.set(id, job);
    this.#jobBytes += request.bytes;
    this.#watch();
    this.#child.writer.frame(request.kind, id, encodeRequest(request));
    if (request.bytes === 0) job.state = "sent";
    else if (source.whole === undefined) void this.#send(id, job, source);
    else this.#sendWhole(id, job, source);
    return id;
  }

  /** Nobody waits for the job any more. */
  cancel(id: number): void {
    const job = this.#jobs.get(id);
    if (job !== undefined) this.#withdraw(id, job, { type: "aborted" });
  }

  /** Kills the process; resolves when it is gone. */
  async close(): Promise<void> {
    this.#child.kill("it was closed");
    await this.#ended.promise;
  }

  /** Without waiting: many small messages are on their way before the first promise would be settled. */
  #sendWhole(id: number, job: RunningJob, source: MessageSource): void {
    try {
      const octets = source.whole?.() ?? NOTHING;
      const left = job.request.bytes - octets.length;
      if (left > 0) throw endedEarly(left);
      job.state = "sent";
      this.#child.writer.octets(id, left === 0 ? octets : octets.subarray(0, job.request.bytes));
    } catch (error) {
      this.#withdraw(id, job, { type: "unreadable", error });
    }
  }

  async #send(id: number, job: RunningJob, source: MessageSource): Promise<void> {
    const { writer } = this.#child;
    let left = job.request.bytes;
    try {
      for await (const chunk of source.chunks()) {
        if (this.#state === "ended" || job.state === "cancelled") return;
        const piece = chunk.length <= left ? chunk : chunk.subarray(0, left);
        left -= piece.length;
        if (left === 0) job.state = "sent";
        const isInUse = writer.octets(id, piece);
        if (isInUse || writer.isFull) await writer.written();
        if (left === 0) break;
      }
      if (left > 0) throw endedEarly(left);
    } catch (error) {
      this.#withdraw(id, job, { type: "unreadable", error });
    }
  }

  #withdraw(id: number, job: RunningJob, outcome: JobOutcome): void {
    if (job.state === "cancelled" || !this.#jobs.has(id)) return;
    job.state = "cancelled";
    this.#child.writer.frame("cancel", id);
    job.settle(outcome);
  }

  #receive(events: readonly FrameEvent[]): void {
    this.#silence = 0;
    this.#isPinged = false;
    for (const event of events) {
      if (this.#state === "ended") return;
      const garbage = this.#handle(event);
      if (garbage !== undefined) {
        this.#child.kill(`it answered garbage: ${garbage}`);
        return;
      }
    }
  }

  /** The text says what is wrong with the event. */
  #handle(event: FrameEvent): string | undefined {
    switch (event.type) {
      case "garbage":
        return event.detail;
      case "octets":
        return this.#addOctets(event.job, event.bytes);
      case "frame":
        return this.#handleFrame(event.kind, event.job, event.payload);
    }
  }

  #handleFrame(kind: FrameKind, job: number, payload: Buffer): string | undefined {
    switch (kind) {
      case "ready":
        if (this.#state !== "starting") return "ready again";
        this.#loaded = parseReady(payload);
        if (this.#loaded === undefined) return "ready with what can not be";
        this.#state = "ready";
        this.#options.ready();
        return undefined;
      case "failed":
        if (this.#state !== "starting") return "a failed start after it was ready";
        this.#error = startError(payload);
        return undefined;
      case "problem":
        return this.#logProblem(payload);
      case "engine":
        return this.#logEngine(payload);
      case "answer":
        return this.#answer(job, payload);
      default:
        return undefined;
    }
  }

  #addOctets(id: number, bytes: Uint8Array): string | undefined {
    const job = this.#jobs.get(id);
    if (job === undefined) return "octets for no job";
    if (!takesOctets(job.request)) return "octets that nobody asked for";
    job.octets ??= new GatheredOctets();
    if (job.octets.length + bytes.length > maxEditBytes(job.request.bytes)) return "too many octets";
    job.octets.add(bytes);
    return undefined;
  }

  #answer(id: number, payload: Buffer): string | undefined {
    const job = this.#jobs.get(id);
    if (job === undefined || job.state === "sending") return "an answer to no question";
    const answer = parseAnswer(payload, job.octets?.bytes ?? NOTHING, job.request.bytes);
    if (answer === undefined) return "an answer that breaks the rules";
    if (job.state !== "cancelled" && !isAnswerTo(answer, job.request)) return "an answer to another question";
    this.#jobs.delete(id);
    this.#jobBytes -= job.request.bytes;
    if (job.state !== "cancelled") job.settle({ type: "answer", answer });
    this.#options.room();
    return undefined;
  }

  #logProblem(payload: Buffer): string | undefined {
    this.#problems += 1;
    const detail = parseObject(payload)?.detail;
    if (typeof detail !== "string" || this.#problems > serviceLimits.problems) return "problems without end";
    this.#options.logger.log("warning", "scan-service-problem", { detail: sanitize(detail) });
    return undefined;
  }

  #logEngine(payload: Buffer): string | undefined {
    this.#engineReports += 1;
    const { engine, isUp, detail } = parseObject(payload) ?? {};
    const isWhole = typeof engine === "string" && typeof isUp === "boolean" && typeof detail === "string";
    if (!isWhole || this.#engineReports > remoteLimits.reports) return "reports of engines that break the rules";
    const { logger } = this.#options;
    if (isUp) logger.log("info", "engine-up", { engine: sanitize(engine) });
    else logger.log("warning", "engine-down", { engine: sanitize(engine), detail: sanitize(detail) });
    return undefined;
  }

  /** Heartbeats are counted, not timed: time in which this process did not run either (a suspended machine) is no sign
   *  that the other one hangs. */
  #watch(): void {
    this.#heartbeat ??= setInterval(() => this.#beat(), serviceLimits.heartbeatMs);
  }

  #beat(): void {
    this.#silence += 1;
    this.#heartbeats += 1;
    if (this.#state === "ready" && this.#jobs.size === 0) {
      this.#unwatch();
      return;
    }
    const problem = this.#problem();
    if (problem !== undefined) {
      this.#child.kill(problem);
    } else if (this.#state === "ready" && !this.#isPinged) {
      this.#isPinged = true;
      this.#child.writer.frame("ping", 0);
    }
  }

  #problem(): string | undefined {
    const { pid } = this.#child;
    if (this.#silence >= serviceLimits.suspectHeartbeats && pid !== undefined && isStopped(pid))
      return "it was stopped";
    if (this.#state === "starting") {
      return this.#heartbeats > START_HEARTBEATS ? "it did not become ready" : undefined;
    }
    if (this.#silence > serviceLimits.silentHeartbeats) return "it does not answer";
    return this.#isOverdue() ? "a message was not answered in time" : undefined;
  }

  /** The service ends a job by itself; this is for when it does not. Its threads take jobs in the order of arrival. */
  #isOverdue(): boolean {
    const { start } = this.#options;
    const maxAge = (start.scan.timeMs + serviceLimits.graceMs) / serviceLimits.heartbeatMs;
    let running = 0;
    for (const job of this.#jobs.values()) {
      if (job.state === "sending") continue;
      running += 1;
      job.age += 1;
      if (job.age > maxAge) return true;
      if (running === start.threads) break;
    }
    return false;
  }

  #unwatch(): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    this.#silence = 0;
  }

  #end(detail: string): void {
    this.#state = "ended";
    this.#unwatch();
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    this.#jobBytes = 0;
    for (const job of jobs) {
      if (job.state !== "cancelled") job.settle({ type: "lost", detail });
    }
    this.#ended.resolve();
    this.#options.ended({ wasReady: this.#loaded !== undefined, detail, error: this.#error });
  }
}

type Settle = (outcome: JobOutcome) => void;

interface RunningJob {
  readonly request: JobRequest;
  /** Once there are any. */
  octets: GatheredOctets | undefined;
  readonly settle: Settle;
  state: "sending" | "sent" | "cancelled";
  /** Heartbeats since a thread must have begun with it. */
  age: number;
}

/** Whether octets may come before the answer. */
function takesOctets(request: JobRequest): boolean {
  if (request.kind === "sections") return request.want !== "map" && request.want !== "preview";
  return request.kind === "rewrite";
}

function isAnswerTo(answer: Answer, request: JobRequest): boolean {
  switch (answer.type) {
    case "judged":
      return request.kind === "judge";
    case "rewritten":
      return request.kind === "rewrite";
    case "described":
      return request.kind === "describe";
    case "sections":
      return request.kind === "sections" && answer.result.want === request.want;
    case "failed":
      return true;
    case "cancelled":
      return false;
  }
}

function endedEarly(missingBytes: number): Error {
  return new Error(`the message ended ${missingBytes} octets early`);
}

function startError(payload: Buffer): UserError {
  const { detail, hint } = parseObject(payload) ?? {};
  const text = typeof detail === "string" ? sanitize(detail) : "Cannot start the scan service";
  return new UserError(text, typeof hint === "string" ? { hint: sanitize(hint) } : {});
}

const START_HEARTBEATS = serviceLimits.startTimeoutMs / serviceLimits.heartbeatMs;
const NOTHING = Buffer.alloc(0);
