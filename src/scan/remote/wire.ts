/** A connection to an engine in another program: written with back-pressure, read with bounds, ended by a signal. What
 *  was received before it broke can still be read. */
import { connect, type Socket } from "node:net";
import { systemErrorCode, systemErrorText } from "../../core/errors.ts";
import { remoteLimits } from "../../core/scan-limits.ts";

/** A Unix socket or a TCP port. */
export type WireAddress = { readonly path: string } | { readonly host: string; readonly port: number };

export class Wire {
  readonly #socket: Socket;
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #received = 0;
  #error: Error | undefined;
  #hasEnded = false;
  #waiting: (() => void)[] = [];
  #unbind: () => void = () => {};

  /** The connection, or the reason why there is none. */
  static async open(address: WireAddress, signal: AbortSignal): Promise<Wire> {
    signal.throwIfAborted();
    const socket = connect(address);
    const wire = new Wire(socket);
    wire.bind(signal);
    while (socket.connecting && !wire.#isOver) await wire.#change();
    if (wire.#error !== undefined) throw wire.#error;
    return wire;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("connect", () => this.#wake());
    socket.on("drain", () => this.#wake());
    socket.on("data", (chunk: Buffer) => {
      this.#unread.push(chunk);
      this.#unreadBytes += chunk.length;
      this.#received += chunk.length;
      if (this.#unreadBytes > remoteLimits.unreadBytes) socket.pause();
      this.#wake();
    });
    socket.on("error", (error) => this.#fail(error));
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
  }

  /** From now on `signal` ends the connection, and no other one does. */
  bind(signal: AbortSignal): void {
    this.#unbind();
    const abort = (): void => this.#fail(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    signal.addEventListener("abort", abort);
    this.#unbind = () => signal.removeEventListener("abort", abort);
    if (signal.aborted) abort();
  }

  /** No signal ends the connection; it does not keep the process running. */
  unbind(): void {
    this.#unbind();
    this.#unbind = () => {};
  }

  /** Octets received so far. */
  get received(): number {
    return this.#received;
  }

  /** Whether something can be read now; what is sent after that may be too late. */
  get hasInput(): boolean {
    return this.#unreadBytes > 0;
  }

  /** Whether the peer has gone. */
  get isClosed(): boolean {
    return this.#isOver;
  }

  /** Resolves when more may be sent, or when there is something to read. */
  async send(...chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#isOver && !this.hasInput) throw this.#closed();
    if (this.#isOver) return;
    this.#socket.cork();
    let isTaken = true;
    for (const chunk of chunks) isTaken = this.#socket.write(chunk);
    this.#socket.uncork();
    if (isTaken) return;
    while (this.#socket.writableNeedDrain && !this.hasInput && !this.#isOver) await this.#change();
  }

  /** The octets before the next `end`, which is taken too. Rejects when more than `maxBytes` come before it. */
  async readUntil(end: string, maxBytes: number): Promise<Buffer> {
    for (;;) {
      const unread = this.#joined();
      const index = unread.indexOf(end, 0, "latin1");
      if (index > maxBytes || (index < 0 && unread.length > maxBytes + end.length)) {
        throw new Error(`its answer is longer than ${maxBytes} octets`);
      }
      if (index >= 0) {
        this.#keep(unread.subarray(index + end.length));
        return unread.subarray(0, index);
      }
      await this.#more();
    }
  }

  /** At least one and at most `maxBytes` octets. */
  async readSome(maxBytes: number): Promise<Buffer> {
    while (this.#unreadBytes === 0) await this.#more();
    const unread = this.#joined();
    this.#keep(unread.subarray(maxBytes));
    return unread.subarray(0, maxBytes);
  }

  close(): void {
    this.unbind();
    this.#socket.destroy();
  }

  async #more(): Promise<void> {
    if (this.#isOver) throw this.#closed();
    this.#socket.resume();
    await this.#change();
  }

  #joined(): Buffer {
    if (this.#unread.length > 1) this.#unread = [Buffer.concat(this.#unread)];
    return this.#unread[0] ?? EMPTY;
  }

  #keep(rest: Buffer): void {
    this.#unread = rest.length === 0 ? [] : [rest];
    this.#unreadBytes = rest.length;
  }

  get #isOver(): boolean {
    return this.#hasEnded || this.#error !== undefined;
  }

  #closed(): Error {
    return this.#error ?? new Error("it closed the connection");
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#socket.destroy();
    this.#wake();
  }

  #end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** What went wrong on a connection, in words. */
export function wireProblem(error: unknown): string {
  const code = systemErrorCode(error);
  return (code === undefined ? undefined : PROBLEMS.get(code)) ?? systemErrorText(error);
}

const PROBLEMS: ReadonlyMap<string, string> = new Map([
  // Root's scan service has become nobody.
  ["EACCES", "permission denied: the scan service must be allowed to use its socket"],
  ["ECONNREFUSED", "nobody listens there"],
  ["ECONNRESET", "it closed the connection"],
  ["EPIPE", "it closed the connection"],
  ["ERR_STREAM_WRITE_AFTER_END", "it closed the connection"],
  ["ERR_STREAM_DESTROYED", "it closed the connection"],
  ["EAI_AGAIN", "its name can not be looked up"],
  ["ENOTFOUND", "there is no such host"],
  ["EHOSTUNREACH", "its host can not be reached"],
  ["ENETUNREACH", "its network can not be reached"],
  ["ETIMEDOUT", "its host does not answer"],
]);

const EMPTY = Buffer.alloc(0);
