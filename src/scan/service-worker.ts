/** The scan thread's end of the service: one job at a time comes in, its answer goes out as JSON text and octets. */
import { type MessagePort, parentPort } from "node:worker_threads";
import { errorText } from "../core/errors.ts";
import type { MessageDisplay } from "../core/model.ts";
import { serviceLimits } from "../core/scan-limits.ts";
import type { Judgement, Rewrite, RewriteLevel, RewriteRequest } from "./judge.ts";
import type { PackedPieces } from "./remote/packed-pieces.ts";
import { encodeSections, type SectionsWant } from "./sections.ts";
import { encodeDisplay, encodeFailure, encodeJudgement, encodeRewrite, maxEditBytes } from "./service-answer.ts";
import { type BatchAnswers, claim, type ThreadBatch } from "./service-batch.ts";

/** What a scan thread does with a message. All may be asynchronous; the next job comes only after the answer. */
export interface ThreadWork {
  /** `prepare` is told what is to be answered when the thread is ended within the next `timeMs`. */
  judge(bytes: Buffer, prepare: (judged: JudgedWork, timeMs: number) => void): JudgedWork | Promise<JudgedWork>;
  rewrite(bytes: Buffer, request: RewriteRequest, atLeast: RewriteLevel): RewrittenWork | Promise<RewrittenWork>;
  /** `header` is a message's header, and nothing else of it. */
  describe(header: Buffer): MessageDisplay | Promise<MessageDisplay>;
}

/** A judgement, and what engines in other programs are asked about before it is given. */
export interface JudgedWork extends Judgement {
  /** "prepared" when they were in what was prepared. */
  readonly pieces?: PackedPieces | "prepared";
  /** The thread must not be given another message. */
  readonly isLast?: boolean;
}

/** A rewrite, and what engines in other programs are asked about before it is used. */
export interface RewrittenWork extends Rewrite {
  readonly check?: {
    readonly level: RewriteLevel;
    readonly message: Uint8Array<ArrayBuffer>;
    readonly pieces: PackedPieces;
  };
}

/** From the service's main thread; the octets' memory is the job's own. */
export type ThreadRequest =
  | { readonly kind: "judge"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "describe"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "sections"; readonly bytes: Uint8Array<ArrayBuffer>; readonly want: SectionsWant }
  | {
      readonly kind: "rewrite";
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly rewrite: RewriteRequest;
      readonly atLeast?: RewriteLevel;
    };

/** To the service's main thread: first "ready", then one of these per job. */
export interface ThreadAnswer {
  readonly json: string;
  readonly octets: Uint8Array<ArrayBuffer> | undefined;
  /** What engines in other programs are asked about before this is the answer. */
  readonly question?: RemoteQuestion;
  /** The thread must be replaced. */
  readonly isLast?: boolean;
}

/** Sent before an answer that may never come: what the answer is then, and how long it may be waited for. */
export interface ThreadFallback {
  readonly fallback: ThreadAnswer;
  readonly timeMs: number;
}

/** `pieces` are absent when they were in the fallback before. */
export type RemoteQuestion =
  | { readonly kind: "judge"; readonly judgement: Judgement; readonly pieces?: PackedPieces }
  | ({ readonly kind: "rewrite" } & NonNullable<RewrittenWork["check"]>);

/** Does jobs until the thread is ended. What the work throws is this job's failure alone: the work keeps no state. */
export function serveJobs(work: ThreadWork): void {
  const port = parentPort;
  if (port === null) throw new Error("a scan thread runs in the scan service only");
  port.on("message", (request: ThreadRequest | ThreadBatch) => {
    if ("ends" in request) {
      void serveBatch(work, request, port);
      return;
    }
    const prepare = (fallback: ThreadAnswer, timeMs: number): void => {
      port.postMessage({ fallback, timeMs } satisfies ThreadFallback, memoryOf(fallback));
    };
    void answer(work, request, prepare).then((result) => port.postMessage(result, memoryOf(result)));
  });
  port.postMessage("ready");
}

/** Answers are sent together while they come fast, and at once when one has taken its time. */
async function serveBatch(work: ThreadWork, { bytes, ends, claims }: ThreadBatch, port: MessagePort): Promise<void> {
  const octets = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let answers: ThreadAnswer[] = [];
  let sentMs = performance.now();
  for (let index = claim(claims); index < ends.length; index = claim(claims)) {
    const message = octets.subarray(ends[index - 1] ?? 0, ends[index]);
    const result = await answerBatched(work, message);
    answers.push(result);
    if (result.isLast === true) break;
    if (performance.now() - sentMs < serviceLimits.batchAnswersMs) continue;
    port.postMessage({ answers, isDone: false } satisfies BatchAnswers);
    answers = [];
    sentMs = performance.now();
  }
  port.postMessage({ answers, isDone: true } satisfies BatchAnswers);
}

async function answerBatched(work: ThreadWork, message: Buffer): Promise<ThreadAnswer> {
  try {
    return judgeAnswer(await work.judge(message, () => {}));
  } catch (error) {
    return { json: encodeFailure("crash", errorText(error)), octets: undefined };
  }
}

async function answer(
  work: ThreadWork,
  request: ThreadRequest,
  prepare: (fallback: ThreadAnswer, timeMs: number) => void,
): Promise<ThreadAnswer> {
  const { buffer, byteOffset, byteLength } = request.bytes;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  try {
    if (request.kind === "judge") {
      return judgeAnswer(await work.judge(bytes, (judged, timeMs) => prepare(judgeAnswer(judged), timeMs)));
    }
    if (request.kind === "describe") return { json: encodeDisplay(await work.describe(bytes)), octets: undefined };
    if (request.kind === "sections") {
      const { json, octets } = encodeSections(bytes, request.want, maxEditBytes(byteLength));
      return { json, octets: join(octets) };
    }
    const rewrite = await work.rewrite(bytes, request.rewrite, request.atLeast ?? "parts");
    const { check, edits } = rewrite;
    return {
      json: encodeRewrite(rewrite),
      octets: join(edits.map((edit) => edit.bytes)),
      ...(check === undefined ? {} : { question: { kind: "rewrite", ...check } }),
    };
  } catch (error) {
    return { json: encodeFailure("crash", errorText(error)), octets: undefined };
  } finally {
    // Frees a large message now and not at some later collection: collections are driven by the heap, which is small.
    if (byteLength >= FREED_BYTES) buffer.transfer(0);
  }
}

function judgeAnswer({ pieces, isLast = false, ...judgement }: JudgedWork): ThreadAnswer {
  const json = encodeJudgement(judgement);
  return { json, octets: undefined, isLast, ...questionOf(judgement, pieces) };
}

/** Only what a judgement consists of crosses to the other thread. */
function questionOf(
  { verdict, remarks, display, headerBytes, durationMs }: Judgement,
  pieces: JudgedWork["pieces"],
): Pick<ThreadAnswer, "question"> {
  if (pieces === undefined) return {};
  const judgement = { verdict, remarks, display, headerBytes, durationMs };
  return { question: { kind: "judge", judgement, ...(pieces === "prepared" ? {} : { pieces }) } };
}

/** What moves to the other thread with an answer instead of being copied. */
function memoryOf({ octets, question }: ThreadAnswer): ArrayBuffer[] {
  const memory = octets === undefined ? [] : [octets.buffer];
  if (question?.pieces !== undefined) memory.push(question.pieces.octets.buffer);
  if (question?.kind === "rewrite") memory.push(question.message.buffer);
  return memory;
}

/** Octets in memory of their own, which can move to the other thread. */
function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

const FREED_BYTES = 256 * 1024;
