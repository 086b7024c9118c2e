/** One scan thread as the service's main thread sees it. */
import { Worker } from "node:worker_threads";
import { errorText, systemErrorCode } from "../core/errors.ts";
import { MIB } from "../core/limits.ts";
import { serviceLimits } from "../core/scan-limits.ts";
import type { BatchAnswers, ThreadBatch } from "./service-batch.ts";
import type { ThreadAnswer, ThreadFallback, ThreadRequest } from "./service-worker.ts";
import type { WorkerCode } from "./worker-code.ts";

export interface ThreadEvents {
  ready(thread: ScanThread): void;
  answer(thread: ScanThread, answer: ThreadAnswer): void;
  answers(thread: ScanThread, answers: BatchAnswers): void;
  /** What may take long begins. */
  prepared(thread: ScanThread, prepared: ThreadFallback): void;
  /** The thread is gone, and nobody asked it to go. */
  failed(thread: ScanThread, detail: string): void;
}

/** Reports nothing more after end(). */
export class ScanThread {
  readonly #worker: Worker;
  #isOver = false;

  constructor(code: WorkerCode, data: unknown, events: ThreadEvents) {
    this.#worker = new Worker(code.kind === "file" ? code.url : code.text, {
      eval: code.kind === "source",
      workerData: data,
      env: {},
      argv: [],
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: serviceLimits.threadHeapBytes / MIB },
    });
    this.#worker.on("message", (message: "ready" | ThreadFallback | BatchAnswers | ThreadAnswer) => {
      if (this.#isOver) return;
      if (message === "ready") events.ready(this);
      else if ("fallback" in message) events.prepared(this, message);
      else if ("answers" in message) events.answers(this, message);
      else events.answer(this, message);
    });
    this.#worker.on("error", (error) => this.#fail(events, describe(error)));
    this.#worker.on("messageerror", (error) => this.#fail(events, errorText(error)));
    this.#worker.on("exit", (code) => this.#fail(events, `the scan thread ended with code ${code}`));
  }

  /** The request's octets move to the thread. */
  run(request: ThreadRequest): void {
    this.#worker.postMessage(request, [request.bytes.buffer]);
  }

  runBatch(batch: ThreadBatch): void {
    this.#worker.postMessage(batch, [batch.bytes.buffer]);
  }

  /** Ends the thread whatever it does; resolves when it is gone. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#worker.terminate();
  }

  #fail(events: ThreadEvents, detail: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#worker.terminate();
    events.failed(this, detail);
  }
}

function describe(error: unknown): string {
  const text = errorText(error);
  return systemErrorCode(error) === "ERR_WORKER_OUT_OF_MEMORY" ? `out of memory: ${text}` : text;
}
