/** Several small messages handed to a scan thread at once: handing one over costs more than to scan it. They are not
 *  tied together: the thread claims one after the other, and those it has not begun can be taken back at any time. */
import { serviceLimits } from "../core/scan-limits.ts";
import type { ThreadAnswer, ThreadRequest } from "./service-worker.ts";

/** To the thread: messages to judge, one after the other in `bytes`, each up to its end. */
export interface ThreadBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: readonly number[];
  readonly claims: Claims;
}

/** From the thread: the answers since the last time, in order. `isDone`: it has claimed all that it could. */
export interface BatchAnswers {
  readonly answers: readonly ThreadAnswer[];
  readonly isDone: boolean;
}

/** How many messages of a batch the thread has begun; shared memory. */
export type Claims = Int32Array<SharedArrayBuffer>;

export function isSmall(request: ThreadRequest): boolean {
  return request.kind === "judge" && request.bytes.length <= serviceLimits.batchedBytes;
}

/** The requests' octets are copied, so that they can still be given to another thread. */
export function batchOf(requests: readonly ThreadRequest[]): ThreadBatch {
  const bytes = new Uint8Array(requests.reduce((sum, request) => sum + request.bytes.length, 0));
  const ends: number[] = [];
  let end = 0;
  for (const request of requests) {
    bytes.set(request.bytes, end);
    end += request.bytes.length;
    ends.push(end);
  }
  return { bytes, ends, claims: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) };
}

/** For the thread: the next message to begin, beyond the last one when there is none. */
export function claim(claims: Claims): number {
  return Atomics.add(claims, 0, 1);
}

/** How many messages the thread has begun; it begins no further one. */
export function withdraw(claims: Claims): number {
  return Atomics.exchange(claims, 0, WITHDRAWN);
}

const WITHDRAWN = 2 ** 30;
