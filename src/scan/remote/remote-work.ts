/** The jobs of the scan service whose answers wait for engines in other programs. What the scan threads found is put
 *  together with what those say; a message that was rewritten is shown to them before it is used. */
import { view } from "../../core/bytes.ts";
import { errorText } from "../../core/errors.ts";
import { type FindingClass, verdictOf } from "../../core/model.ts";
import { scanLimits } from "../../core/scan-limits.ts";
import type { RewriteLevel, RewriteRequest } from "../judge.ts";
import { CANCELLED, encodeFailure, encodeJudgement } from "../service-answer.ts";
import type { RemoteQuestion, ThreadAnswer, ThreadRequest } from "../service-worker.ts";
import { isRemote, NOTHING_KNOWN } from "./known-findings.ts";
import { unpackPieces } from "./packed-pieces.ts";
import type { RemoteEngines, RemoteVerdict } from "./remote-engines.ts";

export interface RemoteWorkOptions {
  readonly engines: Pick<RemoteEngines, "ask">;
  /** For one message in all, the time in the scan thread included. */
  readonly timeMs: number;
  /** Has a scan thread do a job once more. */
  again(job: number, request: ThreadRequest): void;
  answer(job: number, answer: ThreadAnswer): void;
}

export class RemoteWork {
  readonly #options: RemoteWorkOptions;
  readonly #jobs = new Map<number, WaitingJob>();
  #asking = 0;

  constructor(options: RemoteWorkOptions) {
    this.#options = options;
  }

  /** Whether any job is with an engine. */
  get isBusy(): boolean {
    return this.#asking > 0;
  }

  /** What a scan thread is given of a job. A thread takes the memory of its message: the engines get what stays here. */
  begin(job: number, request: ThreadRequest): ThreadRequest {
    if (request.kind === "describe" || request.kind === "sections") return request;
    this.#jobs.set(job, { request, spentMs: 0, abort: new AbortController() });
    return copied(request);
  }

  /** A scan thread has done its part of the job, in `elapsedMs`. */
  finish(job: number, answer: ThreadAnswer, elapsedMs: number): void {
    const waiting = this.#jobs.get(job);
    if (waiting === undefined || answer.question === undefined) {
      this.#answer(job, answer);
      return;
    }
    waiting.spentMs += elapsedMs;
    void this.#ask(job, waiting, answer, answer.question);
  }

  /** Nobody waits for the job any more. */
  abandon(job: number): void {
    this.#jobs.get(job)?.abort.abort();
  }

  async #ask(job: number, waiting: WaitingJob, answer: ThreadAnswer, question: RemoteQuestion): Promise<void> {
    const startMs = performance.now();
    try {
      const verdict = await this.#verdictOn(waiting, question);
      const tookMs = performance.now() - startMs;
      waiting.spentMs += tookMs;
      if (question.kind === "judge")
        this.#answer(job, { json: judgementWith(question, verdict, tookMs), octets: undefined });
      else this.#check(job, waiting, answer, question.level, verdict);
    } catch (error) {
      const json = waiting.abort.signal.aborted ? CANCELLED : encodeFailure("crash", errorText(error));
      this.#answer(job, { json, octets: undefined });
    }
  }

  async #verdictOn({ request, spentMs, abort }: WaitingJob, question: RemoteQuestion): Promise<RemoteVerdict> {
    // Nothing of the original is left in it.
    if (question.kind === "rewrite" && question.level === "message") return NOTHING_SAID;
    const { pieces } = question;
    const bytes = view(question.kind === "judge" ? request.bytes : question.message);
    const message = { bytes, pieces: pieces === undefined ? [] : unpackPieces(pieces), isCut: pieces?.isCut ?? true };
    this.#asking += 1;
    try {
      return await this.#options.engines.ask(message, this.#options.timeMs - spentMs, abort.signal);
    } finally {
      this.#asking -= 1;
    }
  }

  #check(
    job: number,
    { request }: WaitingJob,
    answer: ThreadAnswer,
    level: RewriteLevel,
    verdict: RemoteVerdict,
  ): void {
    const atLeast = request.kind === "rewrite" ? nextLevel(request.rewrite, level, verdict) : undefined;
    if (request.kind !== "rewrite" || atLeast === undefined) this.#answer(job, answer);
    else this.#options.again(job, copied({ ...request, atLeast }));
  }

  #answer(job: number, answer: ThreadAnswer): void {
    this.#jobs.delete(job);
    this.#options.answer(job, answer);
  }
}

interface WaitingJob {
  readonly request: Exclude<ThreadRequest, { readonly kind: "describe" | "sections" }>;
  spentMs: number;
  readonly abort: AbortController;
}

/** How much has to be taken out instead of `level`; undefined when that was enough. */
function nextLevel(
  { remove, known = NOTHING_KNOWN }: RewriteRequest,
  level: RewriteLevel,
  { detections, incomplete }: RemoteVerdict,
): RewriteLevel | undefined {
  if (level === "message") return undefined;
  const isRemoved = (name: FindingClass): boolean => remove === undefined || remove.includes(name);
  // What an engine can not say now, it could say of the original: then nobody knows that the finding is gone. One that
  // had nothing to say before either is not missed, unless that is what the message is rewritten for.
  if (incomplete.some((name) => isRemoved("incomplete") || !known.incomplete.includes(name))) return "message";
  const isFound = detections.some(({ kind }) => isRemoved(kind === "malware" ? "infected" : "suspicious"));
  const isSomewhere = known.detections.some(
    ({ engine, part, kind }) =>
      part === "" &&
      isRemote(engine) &&
      incomplete.includes(engine) &&
      isRemoved(kind === "malware" ? "infected" : "suspicious"),
  );
  if (level === "body") return isFound ? "message" : undefined;
  return isFound || isSomewhere ? "body" : undefined;
}

function judgementWith(
  { judgement }: Extract<RemoteQuestion, { kind: "judge" }>,
  { detections, reasons }: RemoteVerdict,
  tookMs: number,
): string {
  const { verdict } = judgement;
  // Of more reasons than are listed, those of the engines stay.
  const own = verdict.reasons.slice(0, Math.max(0, scanLimits.findings - reasons.length));
  const together = verdictOf([...verdict.detections, ...detections], [...own, ...reasons]);
  return encodeJudgement({ ...judgement, verdict: together, durationMs: judgement.durationMs + tookMs });
}

function copied<T extends ThreadRequest>(request: T): T {
  return { ...request, bytes: new Uint8Array(request.bytes) };
}

const NOTHING_SAID: RemoteVerdict = { detections: [], reasons: [], incomplete: [] };
