/** Puts frames on a channel: small ones of one turn are gathered into one write, large octets are written in place. */
import type { Writable } from "node:stream";
import { view } from "../core/bytes.ts";
import { serviceLimits } from "../core/scan-limits.ts";
import { FRAME_HEAD_BYTES, type FrameKind, writeFrameHead } from "./frame.ts";

/** The writing end. Nothing here throws or rejects when the stream breaks: whoever owns the stream sees that. */
export class FrameWriter {
  readonly #stream: Writable;
  #slab: Buffer | undefined;
  #used = 0;
  readonly #spare: Buffer[] = [];
  #isCorked = false;
  #unwrittenBytes = 0;
  #waiting: (() => void)[] = [];

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Queues a frame whose payload is `json` (empty for none). */
  frame(kind: FrameKind, job: number, json = ""): void {
    const bytes = Buffer.byteLength(json);
    if (FRAME_HEAD_BYTES + bytes <= SLAB_BYTES) {
      const slab = this.#room(FRAME_HEAD_BYTES + bytes);
      writeFrameHead(slab, this.#used, kind, job, bytes);
      slab.write(json, this.#used + FRAME_HEAD_BYTES);
      this.#used += FRAME_HEAD_BYTES + bytes;
    } else {
      this.#head(kind, job, bytes);
      this.#write(Buffer.from(json));
    }
  }

  /** Queues octets of a message. When it says true their memory is in use, and must not change, until written(). */
  octets(job: number, bytes: Uint8Array): boolean {
    for (let start = 0; start < bytes.length; start += serviceLimits.frameBytes) {
      const piece = view(bytes.subarray(start, start + serviceLimits.frameBytes));
      if (piece.length <= COPIED_BYTES) {
        const slab = this.#room(FRAME_HEAD_BYTES + piece.length);
        writeFrameHead(slab, this.#used, "octets", job, piece.length);
        piece.copy(slab, this.#used + FRAME_HEAD_BYTES);
        this.#used += FRAME_HEAD_BYTES + piece.length;
      } else {
        this.#head("octets", job, piece.length);
        this.#write(piece);
      }
    }
    return bytes.length > COPIED_BYTES;
  }

  /** Whether a sender should wait for written() before it queues more. */
  get isFull(): boolean {
    return this.#unwrittenBytes + this.#used > HIGH_WATER_BYTES;
  }

  /** Resolves when everything queued so far is with the kernel, or the stream is gone. */
  written(): Promise<void> {
    if (this.#unwrittenBytes + this.#used === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #head(kind: FrameKind, job: number, bytes: number): void {
    const slab = this.#room(FRAME_HEAD_BYTES);
    writeFrameHead(slab, this.#used, kind, job, bytes);
    this.#used += FRAME_HEAD_BYTES;
    this.#writeSlab();
  }

  #room(bytes: number): Buffer {
    this.#cork();
    if (this.#slab !== undefined && this.#used + bytes > SLAB_BYTES) this.#writeSlab();
    this.#slab ??= this.#spare.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
    return this.#slab;
  }

  #writeSlab(): void {
    const slab = this.#slab;
    if (slab === undefined) return;
    const bytes = slab.subarray(0, this.#used);
    this.#slab = undefined;
    this.#used = 0;
    this.#write(bytes, () => {
      if (this.#spare.length < SPARE_SLABS) this.#spare.push(slab);
    });
  }

  #write(bytes: Buffer, done?: () => void): void {
    this.#unwrittenBytes += bytes.length;
    this.#stream.write(bytes, () => {
      done?.();
      this.#unwrittenBytes -= bytes.length;
      if (this.#unwrittenBytes + this.#used === 0) this.#release();
    });
  }

  /** One write per turn: what is queued until all code of this turn has run goes to the kernel together. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#stream.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.#writeSlab();
      this.#stream.uncork();
    });
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

const SLAB_BYTES = 64 * 1024;
const SPARE_SLABS = 4;
/** Up to here a copy is cheaper than a write of its own. */
const COPIED_BYTES = 16 * 1024;
const HIGH_WATER_BYTES = 256 * 1024;
