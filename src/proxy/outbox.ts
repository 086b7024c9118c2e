/** What waits to be written to one side: octets and ranges of held messages, in order, as fast as the peer takes them. */
import { connectionLimits } from "../core/limits.ts";
import type { HeldMessage, Piece } from "./held-message.ts";

/** Rewrites a stream on its way out (dot-stuffing); `push` may return slices of its argument. */
export interface OutputFilter {
  push(bytes: Uint8Array): readonly Uint8Array[];
  end(): readonly Uint8Array[];
}

export interface OutboxPeer {
  /** Takes the octets over; false when the peer is full, and `drained()` is to be awaited. */
  write(bytes: readonly Uint8Array[]): boolean;
  /** All that was pushed before the close has been handed over. */
  closing(how: "half" | "full"): void;
  /** All that is to go out uncompressed has been handed over. */
  compressing(): void;
  /** A held message could not be read back. */
  failed(error: unknown): void;
  /** More, or no more, than should be is waiting. */
  pressure(isHigh: boolean): void;
}

/** Gathers what one turn of the event loop brings and writes it at once. Octets given to `push` are kept by reference
 *  until written: the caller copies what it is going to reuse. */
export class Outbox {
  readonly #peer: OutboxPeer;
  readonly #highWaterBytes: number;
  #queue: Item[] = [];
  #waitingBytes = 0;
  /** Octets of held messages: they wait where they are, not here. */
  #rangeBytes = 0;
  #state: "open" | "full" | "reading" | "dead" = "open";
  #isScheduled = false;
  #isPressed = false;

  constructor(peer: OutboxPeer, highWaterBytes: number) {
    this.#peer = peer;
    this.#highWaterBytes = highWaterBytes;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  push(bytes: Uint8Array): void {
    if (this.#state === "dead" || bytes.length === 0) return;
    this.#queue.push({ type: "bytes", bytes });
    this.#waitingBytes += bytes.length;
    if (this.#state === "open" && this.#waitingBytes >= this.#highWaterBytes) this.#pump();
    else this.#schedule();
    this.#updatePressure();
  }

  /** Octets [start, end) of the delivered message. The message is in use until they are written. */
  pushRange(message: HeldMessage, start: number, end: number, filter: OutputFilter | undefined): void {
    if (this.#state === "dead") return;
    message.use();
    this.#queue.push({ type: "range", message, pieces: message.pieces(start, end), filter });
    this.#rangeBytes += end - start;
    this.#waitingBytes += RANGE_BYTES;
    this.#schedule();
    this.#updatePressure();
  }

  pushClose(how: "half" | "full"): void {
    if (this.#state === "dead") return;
    this.#queue.push({ type: "close", how });
    this.#schedule();
  }

  /** What is pushed from here on goes out compressed. */
  pushCompression(): void {
    if (this.#state === "dead") return;
    this.#queue.push({ type: "compression" });
    this.#schedule();
  }

  /** The peer takes octets again. */
  drained(): void {
    if (this.#state !== "full") return;
    this.#state = "open";
    this.#pump();
    this.#updatePressure();
  }

  /** Drops everything: the side is gone. */
  destroy(): void {
    if (this.#state === "dead") return;
    this.#state = "dead";
    for (const item of this.#queue) if (item.type === "range") item.message.release();
    this.#queue = [];
    this.#waitingBytes = 0;
    this.#rangeBytes = 0;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#state !== "open") return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#state === "open") this.#pump();
      this.#updatePressure();
    });
  }

  #pump(): void {
    while (this.#state === "open") {
      const batch = this.#takeBatch();
      if (batch.length > 0 && !this.#peer.write(batch)) this.#state = "full";
      if (this.#state !== "open") return;
      const item = this.#queue[0];
      if (item === undefined) return;
      if (item.type === "close") {
        this.#queue.shift();
        this.#peer.closing(item.how);
      } else if (item.type === "compression") {
        this.#queue.shift();
        this.#peer.compressing();
      } else if (item.type === "range") {
        this.#readNext(item);
      }
    }
  }

  /** Octets that can be written now without reading a file: everything up to the next close, change or file range. */
  #takeBatch(): Uint8Array[] {
    const batch: Uint8Array[] = [];
    let bytes = 0;
    while (bytes < this.#highWaterBytes) {
      const item = this.#queue[0];
      if (item === undefined || item.type === "close" || item.type === "compression") break;
      if (item.type === "bytes") {
        this.#queue.shift();
        this.#waitingBytes -= item.bytes.length;
        batch.push(item.bytes);
        bytes += item.bytes.length;
        continue;
      }
      const piece = item.pieces[0];
      if (piece?.type === "file") break;
      if (piece === undefined) {
        this.#queue.shift();
        this.#waitingBytes -= RANGE_BYTES;
        if (item.filter !== undefined) batch.push(...item.filter.end());
        item.message.release();
        continue;
      }
      item.pieces.shift();
      bytes += piece.bytes.length;
      this.#rangeBytes -= piece.bytes.length;
      if (item.filter === undefined) batch.push(piece.bytes);
      else batch.push(...item.filter.push(piece.bytes));
    }
    return batch;
  }

  /** Replaces the file piece at the head by the octets it stands for, a buffer at a time. */
  #readNext(item: RangeItem): void {
    const piece = item.pieces[0];
    if (piece?.type !== "file") return;
    this.#state = "reading";
    item.message.readFile(piece.start, piece.end).then(
      (bytes) => {
        if (this.#state !== "reading") return;
        const rest: Piece[] =
          piece.start + bytes.length < piece.end
            ? [{ type: "file", start: piece.start + bytes.length, end: piece.end }]
            : [];
        item.pieces.splice(0, 1, { type: "memory", bytes }, ...rest);
        this.#state = "open";
        this.#pump();
        this.#updatePressure();
      },
      (error: unknown) => {
        if (this.#state === "reading") this.#peer.failed(error);
      },
    );
  }

  #updatePressure(): void {
    const share = this.#isPressed ? 0.5 : 1;
    const isHigh =
      this.#waitingBytes > this.#highWaterBytes * share || this.#rangeBytes > connectionLimits.outboxRangeBytes * share;
    if (isHigh === this.#isPressed || this.#state === "dead") return;
    this.#isPressed = isHigh;
    this.#peer.pressure(isHigh);
  }
}

/** What a range costs here besides the octets of its message: a header can be cut into many small ones. */
const RANGE_BYTES = 128;

interface RangeItem {
  readonly type: "range";
  readonly message: HeldMessage;
  readonly pieces: Piece[];
  readonly filter: OutputFilter | undefined;
}

type Item =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  | RangeItem
  | { readonly type: "close"; readonly how: "half" | "full" }
  | { readonly type: "compression" };
