/** Frames of the channel between daemon and scan service: length, kind and job in 9 octets, then the payload (JSON
 *  text, or octets of a message). Both ends read with the same bounds, and what breaks them ends the channel. */
import { serviceLimits } from "../core/scan-limits.ts";

export type FrameKind =
  | "start"
  | "judge"
  | "rewrite"
  | "describe"
  | "sections"
  | "octets"
  | "cancel"
  | "ping"
  | "ready"
  | "failed"
  | "problem"
  | "engine"
  | "answer"
  | "pong";

/** What a reader makes of the channel. Payloads and octets are views that hold only until the next receive(). */
export type FrameEvent =
  | { readonly type: "frame"; readonly kind: FrameKind; readonly job: number; readonly payload: Buffer }
  | { readonly type: "octets"; readonly job: number; readonly bytes: Uint8Array }
  | { readonly type: "garbage"; readonly detail: string };

export const FRAME_HEAD_BYTES = 9;

/** What each end accepts from the other. */
export const daemonFrames: ReadonlySet<FrameKind> = new Set([
  "start",
  "judge",
  "rewrite",
  "describe",
  "sections",
  "octets",
  "cancel",
  "ping",
]);
export const serviceFrames: ReadonlySet<FrameKind> = new Set([
  "ready",
  "failed",
  "problem",
  "engine",
  "answer",
  "octets",
  "pong",
]);

/** Writes a frame's head at `offset` of `target`. */
export function writeFrameHead(target: Buffer, offset: number, kind: FrameKind, job: number, bytes: number): void {
  target.writeUInt32BE(bytes, offset);
  target.writeUInt8(KINDS[kind].code, offset + 4);
  target.writeUInt32BE(job, offset + 5);
}

/** Splits a stream into frames. Octets are handed on in the pieces they arrive in, everything else in whole frames;
 *  after garbage nothing more is read. */
export class FrameReader {
  readonly #accepted: ReadonlySet<FrameKind>;
  readonly #head = Buffer.alloc(FRAME_HEAD_BYTES);
  #state: State = "head";
  #headBytes = 0;
  #kind: FrameKind = "ping";
  #job = 0;
  #left = 0;
  #payload: Buffer | undefined;

  constructor(accepted: ReadonlySet<FrameKind>) {
    this.#accepted = accepted;
  }

  receive(chunk: Buffer): FrameEvent[] {
    const events: FrameEvent[] = [];
    let offset = 0;
    while (offset < chunk.length && this.#state !== "garbage") {
      offset += this.#state === "head" ? this.#readHead(chunk, offset, events) : this.#readBody(chunk, offset, events);
    }
    return events;
  }

  #readHead(chunk: Buffer, offset: number, events: FrameEvent[]): number {
    if (this.#headBytes === 0 && chunk.length - offset >= FRAME_HEAD_BYTES) {
      this.#begin(chunk, offset, events);
      return FRAME_HEAD_BYTES;
    }
    const count = chunk.copy(this.#head, this.#headBytes, offset);
    this.#headBytes += count;
    if (this.#headBytes === FRAME_HEAD_BYTES) {
      this.#headBytes = 0;
      this.#begin(this.#head, 0, events);
    }
    return count;
  }

  #begin(head: Buffer, offset: number, events: FrameEvent[]): void {
    const bytes = head.readUInt32BE(offset);
    const code = head.readUInt8(offset + 4);
    const kind = KIND_OF_CODE.get(code);
    if (kind === undefined || !this.#accepted.has(kind) || bytes > KINDS[kind].maxBytes) {
      this.#state = "garbage";
      events.push({ type: "garbage", detail: `a frame of kind ${code} with ${bytes} octets` });
      return;
    }
    this.#kind = kind;
    this.#job = head.readUInt32BE(offset + 5);
    this.#left = bytes;
    if (kind === "octets") {
      if (bytes > 0) this.#state = "octets";
    } else if (bytes === 0) {
      events.push({ type: "frame", kind, job: this.#job, payload: EMPTY });
    } else {
      this.#state = "payload";
    }
  }

  #readBody(chunk: Buffer, offset: number, events: FrameEvent[]): number {
    const piece = chunk.subarray(offset, offset + this.#left);
    if (this.#state === "octets") {
      events.push({ type: "octets", job: this.#job, bytes: piece });
    } else if (this.#payload === undefined && piece.length === this.#left) {
      events.push({ type: "frame", kind: this.#kind, job: this.#job, payload: piece });
    } else {
      this.#gather(piece, events);
    }
    this.#left -= piece.length;
    if (this.#left === 0) this.#state = "head";
    return piece.length;
  }

  #gather(piece: Buffer, events: FrameEvent[]): void {
    this.#payload ??= Buffer.allocUnsafe(this.#left);
    piece.copy(this.#payload, this.#payload.length - this.#left);
    if (piece.length < this.#left) return;
    events.push({ type: "frame", kind: this.#kind, job: this.#job, payload: this.#payload });
    this.#payload = undefined;
  }
}

type State = "head" | "payload" | "octets" | "garbage";

const EMPTY = Buffer.alloc(0);

const KINDS: Record<FrameKind, { readonly code: number; readonly maxBytes: number }> = {
  start: { code: 1, maxBytes: serviceLimits.controlBytes },
  judge: { code: 2, maxBytes: serviceLimits.controlBytes },
  rewrite: { code: 3, maxBytes: serviceLimits.controlBytes },
  octets: { code: 4, maxBytes: serviceLimits.frameBytes },
  cancel: { code: 5, maxBytes: 0 },
  ping: { code: 6, maxBytes: 0 },
  ready: { code: 7, maxBytes: serviceLimits.controlBytes },
  failed: { code: 8, maxBytes: serviceLimits.controlBytes },
  problem: { code: 9, maxBytes: serviceLimits.controlBytes },
  answer: { code: 10, maxBytes: serviceLimits.resultBytes },
  pong: { code: 11, maxBytes: 0 },
  describe: { code: 12, maxBytes: serviceLimits.controlBytes },
  engine: { code: 13, maxBytes: serviceLimits.controlBytes },
  sections: { code: 14, maxBytes: serviceLimits.controlBytes },
};

const KIND_OF_CODE: ReadonlyMap<number, FrameKind> = new Map(
  (Object.keys(KINDS) as FrameKind[]).map((kind) => [KINDS[kind].code, kind]),
);
