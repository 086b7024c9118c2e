/** One side's octets as raw DEFLATE streams, one each way (RFC 4978). */
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";

export interface CompressionPeer {
  /** What the other side has sent, decompressed. */
  received(bytes: Buffer): void;
  /** All of it has been. */
  receivedAll(): void;
  /** More, or no more, is waiting to be decompressed than should be. */
  isBehind(isBehind: boolean): void;
  /** Takes compressed octets over; false when the socket is full, and `drained()` is to be awaited. */
  write(bytes: Buffer): boolean;
  /** What was given to `send` is with the socket, which takes more. */
  drained(): void;
  /** What the other side sends is no such stream. */
  failed(): void;
}

export class Compression {
  readonly #peer: CompressionPeer;
  // Where a stream ends is the connection's to say: servers end it in the middle of one.
  readonly #inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
  readonly #deflate = createDeflateRaw({ level: constants.Z_BEST_SPEED, memLevel: MEMORY_LEVEL });
  #isFlushing = false;
  #isSocketFull = false;
  #isClosed = false;

  constructor(peer: CompressionPeer) {
    this.#peer = peer;
    this.#inflate.on("data", (bytes: Buffer) => peer.received(bytes));
    this.#inflate.on("drain", () => peer.isBehind(false));
    this.#inflate.on("end", () => peer.receivedAll());
    this.#inflate.on("error", () => this.#fail());
    this.#deflate.on("data", (bytes: Buffer) => {
      if (!peer.write(bytes)) this.#isSocketFull = true;
    });
    this.#deflate.on("error", () => this.#fail());
  }

  /** The octets are kept until they are decompressed. */
  receive(bytes: Uint8Array): void {
    if (this.#isClosed || this.#inflate.writableEnded) return;
    if (!this.#inflate.write(bytes)) this.#peer.isBehind(true);
  }

  receivedAll(): void {
    if (!this.#isClosed) this.#inflate.end();
  }

  /** Every call ends with all that the other side needs to read what was sent. */
  send(chunks: readonly Uint8Array[]): void {
    if (this.#isClosed) return;
    for (const chunk of chunks) this.#deflate.write(chunk);
    this.#isFlushing = true;
    this.#deflate.flush(constants.Z_SYNC_FLUSH, () => {
      // The last octets are handed on in the same turn, but after this.
      setImmediate(() => {
        this.#isFlushing = false;
        this.#settle();
      });
    });
  }

  /** The socket takes octets again. */
  drained(): void {
    this.#isSocketFull = false;
    this.#settle();
  }

  pause(): void {
    this.#inflate.pause();
  }

  resume(): void {
    this.#inflate.resume();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#inflate.destroy();
    this.#deflate.destroy();
  }

  #settle(): void {
    if (!this.#isClosed && !this.#isFlushing && !this.#isSocketFull) this.#peer.drained();
  }

  #fail(): void {
    if (!this.#isClosed) this.#peer.failed();
  }
}

/** Half the default: a connection has two such streams, and there are thousands of connections. */
const MEMORY_LEVEL = 7;
