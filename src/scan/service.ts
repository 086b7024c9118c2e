/** The scan service's process: reads jobs from the daemon on descriptor 3, has them done by its threads, and ends when
 *  the daemon does. This thread never looks into a message. */
import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import { errorText, UserError } from "../core/errors.ts";
import { serviceLimits } from "../core/scan-limits.ts";
import { daemonFrames, type FrameEvent, type FrameKind, FrameReader } from "./frame.ts";
import { FrameWriter } from "./frame-writer.ts";
import { hasRemoteEngines } from "./remote/remote-connections.ts";
import { RemoteEngines } from "./remote/remote-engines.ts";
import { RemoteWork } from "./remote/remote-work.ts";
import { CANCELLED } from "./service-answer.ts";
import { dropPrivileges, memoryLimit, volunteerForOomKiller } from "./service-confinement.ts";
import { loadThreadData, type ThreadData } from "./service-data.ts";
import { ThreadPool } from "./service-pool.ts";
import { encodeReady } from "./service-ready.ts";
import { type JobRequest, parseRequest, parseStart, type ServiceStart } from "./service-request.ts";
import type { ThreadAnswer, ThreadRequest } from "./service-worker.ts";
import { type WorkerCode, workerCode } from "./worker-code.ts";

/** Serves the daemon until it closes the channel; resolves with the exit code. `code` is what the threads run. */
export function runScanService(code: WorkerCode = workerCode()): Promise<number> {
  if (!isChannel()) {
    throw new UserError('Cannot run "scan-service": it is started by mailward itself', { hint: "mailward serve" });
  }
  // The terminal and whoever ends the daemon reach this process too; it ends with the channel and not before.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  volunteerForOomKiller();
  return new Promise((resolve) => new ScanServer(code, resolve));
}

class ScanServer {
  readonly #code: WorkerCode;
  readonly #finish: (exitCode: number) => void;
  readonly #reader = new FrameReader(daemonFrames);
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  readonly #incoming = new Map<number, IncomingJob>();
  #start: ServiceStart | undefined;
  #pool: ThreadPool | undefined;
  #engines: RemoteEngines | undefined;
  #remote: RemoteWork | undefined;
  #memoryLimit = Number.POSITIVE_INFINITY;
  #memoryTimer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(code: WorkerCode, finish: (exitCode: number) => void) {
    this.#code = code;
    this.#finish = finish;
    this.#socket = new Socket({
      fd: CHANNEL,
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (count, buffer) => this.#receive(Buffer.from(buffer.buffer, buffer.byteOffset, count)),
      },
    });
    this.#writer = new FrameWriter(this.#socket);
    this.#socket.on("error", () => this.#end(0));
    this.#socket.on("end", () => this.#end(0));
    this.#socket.on("close", () => this.#end(0));
    this.#socket.resume();
  }

  #receive(chunk: Buffer): boolean {
    for (const event of this.#reader.receive(chunk)) {
      if (this.#isOver) break;
      const isUnderstood = this.#handle(event);
      if (!isUnderstood) this.#abort("the daemon sent what the scan service does not understand");
    }
    return !this.#isOver;
  }

  #handle(event: FrameEvent): boolean {
    switch (event.type) {
      case "garbage":
        return false;
      case "octets":
        return this.#fill(event.job, event.bytes);
      case "frame":
        return this.#handleFrame(event.kind, event.job, event.payload);
    }
  }

  #handleFrame(kind: FrameKind, job: number, payload: Buffer): boolean {
    switch (kind) {
      case "start":
        return this.#begin(parseStart(payload));
      case "judge":
      case "rewrite":
      case "describe":
      case "sections":
        return this.#open(job, parseRequest(kind, payload, this.#start?.scan.messageBytes ?? 0));
      case "cancel":
        this.#cancel(job);
        return true;
      case "ping":
        this.#writer.frame("pong", 0);
        return true;
      default:
        return false;
    }
  }

  #begin(start: ServiceStart | undefined): boolean {
    if (start === undefined || this.#start !== undefined) return false;
    this.#start = start;
    void loadThreadData(start).then(
      (data) => this.#startThreads(start, data),
      (error) => this.#fail(error),
    );
    return true;
  }

  #startThreads(start: ServiceStart, { setup, problems, loaded }: ThreadData): void {
    if (this.#isOver) return;
    const problem = dropPrivileges(this.#code);
    for (const detail of problem === undefined ? problems : [problem, ...problems]) {
      this.#writer.frame("problem", 0, JSON.stringify({ detail }));
    }
    this.#memoryLimit = memoryLimit(start, process.memoryUsage.rss());
    this.#pool = new ThreadPool({
      code: this.#code,
      data: setup,
      threads: start.threads,
      timeMs: start.scan.timeMs,
      // Rules and engines in other programs take long: then messages are looked after one by one.
      hasBatches: setup.yara === undefined && !hasRemoteEngines(start.engines),
      ready: () => this.#writer.frame("ready", 0, encodeReady(loaded)),
      answer: (job, answer, elapsedMs) => this.#finishJob(job, answer, elapsedMs),
      broken: (detail) => this.#abort(detail),
    });
    if (hasRemoteEngines(start.engines)) this.#startRemoteEngines(this.#pool, start);
  }

  #startRemoteEngines(pool: ThreadPool, { engines, scan }: ServiceStart): void {
    this.#engines = new RemoteEngines(engines, (engine, isUp, detail) => {
      if (!this.#isOver) this.#writer.frame("engine", 0, JSON.stringify({ engine, isUp, detail }));
    });
    this.#remote = new RemoteWork({
      engines: this.#engines,
      timeMs: scan.timeMs,
      again: (job, request) => pool.run(job, request, true),
      answer: (job, answer) => this.#answer(job, answer),
    });
  }

  #finishJob(job: number, answer: ThreadAnswer, elapsedMs: number): void {
    if (this.#remote === undefined) this.#answer(job, answer);
    else this.#remote.finish(job, answer, elapsedMs);
  }

  #open(job: number, request: JobRequest | undefined): boolean {
    if (request === undefined || this.#pool === undefined || this.#incoming.has(job)) return false;
    const incoming = { request, bytes: new Uint8Array(request.bytes), filled: 0 };
    this.#incoming.set(job, incoming);
    if (request.bytes === 0) this.#run(this.#pool, job, incoming);
    return true;
  }

  #fill(job: number, bytes: Uint8Array): boolean {
    const incoming = this.#incoming.get(job);
    if (incoming === undefined || this.#pool === undefined) return false;
    if (bytes.length > incoming.bytes.length - incoming.filled) return false;
    incoming.bytes.set(bytes, incoming.filled);
    incoming.filled += bytes.length;
    if (incoming.filled === incoming.bytes.length) this.#run(this.#pool, job, incoming);
    return true;
  }

  #run(pool: ThreadPool, job: number, { request, bytes }: IncomingJob): void {
    this.#incoming.delete(job);
    const work: ThreadRequest = { ...request, bytes };
    pool.run(job, this.#remote === undefined ? work : this.#remote.begin(job, work));
    this.#memoryTimer ??= setInterval(() => this.#watchMemory(pool), serviceLimits.memoryCheckMs);
  }

  #cancel(job: number): void {
    if (this.#incoming.delete(job)) this.#answer(job, { json: CANCELLED, octets: undefined });
    else {
      this.#pool?.abandon(job);
      this.#remote?.abandon(job);
    }
  }

  #answer(job: number, { json, octets }: ThreadAnswer): void {
    if (this.#isOver) return;
    if (octets !== undefined) this.#writer.octets(job, octets);
    this.#writer.frame("answer", job, json);
  }

  /** The threads' heaps are bounded, their buffers are not. Which thread took it cannot be seen from here: the process
   *  ends, and the daemon finds out by trying the messages one at a time. */
  #watchMemory(pool: ThreadPool): void {
    if (process.memoryUsage.rss() > this.#memoryLimit) this.#abort("the scan service ran out of memory");
    if (pool.isBusy || this.#remote?.isBusy === true) return;
    clearInterval(this.#memoryTimer);
    this.#memoryTimer = undefined;
  }

  /** A start that can not succeed: the daemon is told why. */
  #fail(error: unknown): void {
    const hint = error instanceof UserError ? error.hint : undefined;
    this.#writer.frame("failed", 0, JSON.stringify({ detail: errorText(error), hint }));
    void this.#writer.written().then(() => this.#end(1));
  }

  #end(exitCode: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#memoryTimer);
    this.#socket.destroy();
    this.#engines?.close();
    setTimeout(killSelf, serviceLimits.closeMs).unref();
    void Promise.resolve(this.#pool?.close()).then(() => this.#finish(exitCode));
  }

  /** Ends at once, without waiting for threads that may never stop. The daemon logs the text. */
  #abort(detail: string): void {
    this.#isOver = true;
    process.stderr.write(`${detail}\n`);
    killSelf();
  }
}

interface IncomingJob {
  readonly request: JobRequest;
  readonly bytes: Uint8Array<ArrayBuffer>;
  filled: number;
}

function isChannel(): boolean {
  try {
    return fstatSync(CHANNEL).isSocket();
  } catch {
    return false;
  }
}

function killSelf(): void {
  process.kill(process.pid, "SIGKILL");
}

const CHANNEL = 3;
const READ_BYTES = 256 * 1024;
