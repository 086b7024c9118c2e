/** One side's socket as the driver uses it: octets in, an outbox out, and reading that several causes may stop. */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { copyOf } from "../core/bytes.ts";
import { connectionLimits } from "../core/limits.ts";
import { Compression } from "./compression.ts";
import { Outbox } from "./outbox.ts";

/** Why a side is not being read: the session asked, the other side takes nothing, it does not itself take what it was
 *  sent, the spool is behind, TLS or compression is being set up, what was read is not decompressed yet. */
export type PauseCause = "session" | "outbox" | "unread" | "spool" | "upgrade" | "inflating";

export interface TransportEvents {
  /** `isRecycled`: the octets are overwritten after the call returns. */
  bytes(bytes: Uint8Array, isRecycled: boolean): void;
  /** The peer ended its sending (`fin`), or the connection broke (`reset`); at most once each, `reset` is final. */
  closed(how: "fin" | "reset"): void;
  /** The socket is destroyed, by whichever side; once, last of all. */
  gone(): void;
  /** Octets were handed to the socket. */
  wrote(): void;
  /** The outbox holds more, or no more, than its high-water mark. */
  pressure(isHigh: boolean): void;
  failed(error: unknown): void;
}

const SMALL_WRITE_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);

/** Shared by all sockets: what is in it is written, or the memory is the socket's from then on. */
let joined = Buffer.allocUnsafeSlow(SMALL_WRITE_BYTES);

export class Transport {
  readonly outbox: Outbox;
  readonly #events: TransportEvents;
  readonly #pauses = new Set<PauseCause>();
  #socket: Socket;
  #compression: Compression | undefined;
  #state: "open" | "ending" | "closed" = "open";
  #hasFin = false;
  /** The peer has ended, and what it sent before is still being decompressed. */
  #isFinBehind = false;
  #deadline: NodeJS.Timeout | undefined;
  #early: Uint8Array = NOTHING;
  bytesIn = 0;
  bytesOut = 0;

  /** Takes the socket over, error handler included. `isRecycled` sockets deliver through `receive`, not `data`. */
  constructor(socket: Socket, events: TransportEvents) {
    this.#events = events;
    this.#socket = socket;
    this.outbox = new Outbox(
      {
        write: (bytes) => this.#write(bytes),
        closing: (how) => this.#end(how),
        compressing: () => this.#compress(),
        failed: (error) => events.failed(error),
        pressure: (isHigh) => events.pressure(isHigh),
      },
      connectionLimits.outboxHighWaterBytes,
    );
    this.#attach(socket);
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  get isPaused(): boolean {
    return this.#pauses.size > 0;
  }

  /** Octets from a socket that was connected with `onread`. */
  readonly receive = (bytes: Uint8Array): void => {
    this.#receive(bytes, true);
  };

  pause(cause: PauseCause): void {
    this.#pauses.add(cause);
    this.#socket.pause();
    if (cause !== "inflating") this.#compression?.pause();
  }

  resume(cause: PauseCause): void {
    if (!this.#pauses.delete(cause) || this.#state === "closed") return;
    if (this.#pauses.size === 0) this.#socket.resume();
    if (this.#pauses.size === 0 || (this.#pauses.size === 1 && this.#pauses.has("inflating")))
      this.#compression?.resume();
  }

  /** Both directions are compressed (RFC 4978): what is sent from here on, behind what waits, and what is received, of
   *  which `received` is here already. Nothing is read before that. */
  compress(received: Uint8Array): void {
    this.pause("upgrade");
    this.#early = received;
    this.outbox.pushCompression();
  }

  /** Hands the socket out for a TLS upgrade: nothing of it is read here until `adopt`. */
  detach(): Socket {
    this.pause("upgrade");
    this.#detach(this.#socket);
    return this.#socket;
  }

  /** Goes on with another socket, the TLS one on top of the one detached. */
  adopt(socket: Socket): void {
    this.#socket = socket;
    this.#attach(socket);
    this.resume("upgrade");
  }

  /** Closes after what is queued, or when the peer has not taken it in time. */
  closeSoon(): void {
    this.outbox.pushClose("full");
    this.#expire(connectionLimits.closingTimeoutMs);
  }

  /** Resets or drops the connection now. */
  destroy(isReset: boolean): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    clearTimeout(this.#deadline);
    this.outbox.destroy();
    this.#compression?.close();
    // A TLS socket can not be reset (Node throws): it is destroyed, which closes the connection beneath it.
    if (isReset && !this.#socket.destroyed && !(this.#socket instanceof TLSSocket)) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    this.#events.gone();
  }

  #attach(socket: Socket): void {
    socket.on("data", this.#onData);
    socket.on("drain", this.#onDrain);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
  }

  /** The error handler stays: a socket is never without one. */
  #detach(socket: Socket): void {
    socket.off("data", this.#onData);
    socket.off("drain", this.#onDrain);
    socket.off("end", this.#onEnd);
    socket.off("close", this.#onClose);
  }

  readonly #onData = (bytes: Buffer): void => this.#receive(bytes, false);
  readonly #onDrain = (): void => {
    if (this.#compression === undefined) this.outbox.drained();
    else this.#compression.drained();
  };
  readonly #onEnd = (): void => {
    if (this.#compression === undefined) {
      this.#fin();
    } else {
      this.#isFinBehind = true;
      this.#compression.receivedAll();
    }
  };
  readonly #onClose = (): void => this.#broken();
  readonly #onError = (): void => this.#broken();

  #receive(bytes: Uint8Array, isRecycled: boolean): void {
    this.bytesIn += bytes.length;
    if (this.#state !== "open") return;
    if (this.#compression === undefined) this.#events.bytes(bytes, isRecycled);
    else this.#compression.receive(isRecycled ? copyOf(bytes) : bytes);
  }

  #compress(): void {
    this.#compression = new Compression({
      received: (bytes) => {
        if (this.#state === "open") this.#events.bytes(bytes, false);
      },
      receivedAll: () => {
        this.#isFinBehind = false;
        this.#fin();
        if (this.#socket.destroyed) this.#lost();
      },
      isBehind: (isBehind) => {
        if (isBehind) this.pause("inflating");
        else this.resume("inflating");
      },
      write: (bytes) => {
        this.bytesOut += bytes.length;
        return this.#socket.destroyed || this.#socket.writableEnded || this.#socket.write(bytes);
      },
      drained: () => this.outbox.drained(),
      failed: () => this.#lost(),
    });
    if (this.#early.length > 0) this.#compression.receive(this.#early);
    this.#early = NOTHING;
    if (this.#pauses.size > 1) this.#compression.pause();
    this.resume("upgrade");
  }

  #fin(): void {
    if (this.#hasFin || this.#state === "closed") return;
    this.#hasFin = true;
    if (this.#state === "ending") this.destroy(false);
    else this.#events.closed("fin");
  }

  /** A socket closes itself right behind the peer's end: what came before that end is still delivered. */
  #broken(): void {
    if (!this.#isFinBehind) this.#lost();
  }

  #lost(): void {
    if (this.#state === "closed") return;
    if (this.#state === "open" && !this.#hasFin) this.#events.closed("reset");
    this.destroy(false);
  }

  #write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return true;
    if (this.#compression !== undefined) {
      this.#compression.send(chunks);
      this.#events.wrote();
      return false;
    }
    const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.bytesOut += total;
    this.#events.wrote();
    const [only] = chunks;
    if (chunks.length === 1 && only !== undefined) return socket.write(only);
    if (total <= SMALL_WRITE_BYTES) return this.#writeJoined(socket, chunks, total);
    socket.cork();
    let isOpen = true;
    for (const chunk of chunks) isOpen = socket.write(chunk);
    socket.uncork();
    return isOpen;
  }

  /** One system call for all of them. What a plain socket has left nothing of is with the kernel: the memory can be used
   *  again. */
  #writeJoined(socket: Socket, chunks: readonly Uint8Array[], total: number): boolean {
    if (socket instanceof TLSSocket) return socket.write(Buffer.concat(chunks, total));
    let bytes = 0;
    for (const chunk of chunks) {
      joined.set(chunk, bytes);
      bytes += chunk.length;
    }
    const isOpen = socket.write(joined.subarray(0, bytes));
    if (socket.writableLength > 0) joined = Buffer.allocUnsafeSlow(SMALL_WRITE_BYTES);
    return isOpen;
  }

  /** `full` lingers: a close with unread octets in the receive buffer would reset the connection and could take the
   *  last answer with it, so what still comes is read and dropped until the peer's FIN or a short deadline. */
  #end(how: "half" | "full"): void {
    const socket = this.#socket;
    if (!socket.writableEnded) socket.end();
    if (how === "half") return;
    if (this.#state === "closed") return;
    this.#state = "ending";
    if (this.#hasFin && socket.writableFinished) this.destroy(false);
    else if (this.#hasFin) socket.once("finish", () => this.destroy(false));
    this.#pauses.clear();
    socket.resume();
    this.#expire(LINGER_MS);
  }

  #expire(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.destroy(false), ms).unref();
  }
}

/** How long a closed connection waits for the peer's own FIN. */
const LINGER_MS = 2_000;
