/** The scan thread's end of the service: one job at a time comes in, its answer goes out as JSON text and octets. */
import { parentPort } from "node:worker_threads";
import { errorText } from "../core/errors.ts";
import type { MessageDisplay } from "../core/model.ts";
import type { Judgement, Rewrite, RewriteRequest } from "./judge.ts";
import { encodeDisplay, encodeFailure, encodeJudgement, encodeRewrite } from "./service-answer.ts";

/** What a scan thread does with a message. All may be asynchronous; the next job comes only after the answer. */
export interface ThreadWork {
  judge(bytes: Buffer): Judgement | Promise<Judgement>;
  rewrite(bytes: Buffer, request: RewriteRequest): Rewrite | Promise<Rewrite>;
  /** `header` is a message's header, and nothing else of it. */
  describe(header: Buffer): MessageDisplay | Promise<MessageDisplay>;
}

/** From the service's main thread; the octets' memory is the job's own. */
export type ThreadRequest =
  | { readonly kind: "judge"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "describe"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "rewrite"; readonly bytes: Uint8Array<ArrayBuffer>; readonly rewrite: RewriteRequest };

/** To the service's main thread: first "ready", then one of these per job. */
export interface ThreadAnswer {
  readonly json: string;
  readonly octets: Uint8Array<ArrayBuffer> | undefined;
}

/** Does jobs until the thread is ended. What the work throws is this job's failure alone: the work keeps no state. */
export function serveJobs(work: ThreadWork): void {
  const port = parentPort;
  if (port === null) throw new Error("a scan thread runs in the scan service only");
  port.on("message", (request: ThreadRequest) => {
    void answer(work, request).then((result) => {
      port.postMessage(result, result.octets === undefined ? [] : [result.octets.buffer]);
    });
  });
  port.postMessage("ready");
}

async function answer(work: ThreadWork, request: ThreadRequest): Promise<ThreadAnswer> {
  const { buffer, byteOffset, byteLength } = request.bytes;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  try {
    if (request.kind === "judge") return { json: encodeJudgement(await work.judge(bytes)), octets: undefined };
    if (request.kind === "describe") return { json: encodeDisplay(await work.describe(bytes)), octets: undefined };
    const rewrite = await work.rewrite(bytes, request.rewrite);
    return { json: encodeRewrite(rewrite), octets: join(rewrite.edits.map((edit) => edit.bytes)) };
  } catch (error) {
    return { json: encodeFailure("crash", errorText(error)), octets: undefined };
  } finally {
    // Frees a large message now and not at some later collection: collections are driven by the heap, which is small.
    if (byteLength >= FREED_BYTES) buffer.transfer(0);
  }
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
