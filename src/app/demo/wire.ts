/** The demonstration's mail client as far as the wire goes: lines and octets, in order, from a socket. */
import { connect, type Socket } from "node:net";
import { LF, latin1 } from "../../core/bytes.ts";

export class Wire {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  #pending: Buffer = Buffer.alloc(0);

  /** Connects to 127.0.0.1; everything on this wire ends when `signal` is aborted. */
  static async open(port: number, signal: AbortSignal): Promise<Wire> {
    const socket = connect({ host: "127.0.0.1", port, signal });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Wire(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
    socket.on("error", () => undefined);
  }

  send(line: string): void {
    this.#socket.write(`${line}\r\n`, "latin1");
  }

  /** The next line with its line end. */
  async lineBytes(): Promise<Buffer> {
    let end = this.#pending.indexOf(LF);
    while (end < 0) {
      await this.#more();
      end = this.#pending.indexOf(LF);
    }
    return this.#take(end + 1);
  }

  /** The next line as text without its line end. */
  async line(): Promise<string> {
    return latin1(await this.lineBytes()).replace(/\r?\n$/, "");
  }

  async octets(count: number): Promise<Buffer> {
    while (this.#pending.length < count) await this.#more();
    return this.#take(count);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(count: number): Buffer {
    const taken = Buffer.from(this.#pending.subarray(0, count));
    this.#pending = this.#pending.subarray(count);
    return taken;
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#chunks.next();
    if (done === true || value === undefined) throw new Error("the connection was closed in the middle of an answer");
    this.#pending = Buffer.concat([this.#pending, value]);
  }
}
