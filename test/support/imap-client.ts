/** An IMAP client for tests that gives answers as they came, octet for octet. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export class ImapClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;
  #wake: () => void = () => undefined;

  /** Connects and reads the greeting. */
  static async connect(port: number, host = "127.0.0.1"): Promise<ImapClient> {
    const socket = connect({ port, host });
    await once(socket, "connect");
    const client = new ImapClient(socket);
    await client.#line();
    return client;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => this.#close());
    socket.on("close", () => this.#close());
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
  }

  /** Sends a command and answers everything up to its completion; of that only the status, because the texts differ.
   *  The keep-alive lines of a message that takes long are left out. */
  async ask(command: string): Promise<Buffer> {
    this.#socket.write(`t ${command}\r\n`, "latin1");
    const answer: Buffer[] = [];
    for (;;) {
      const line = await this.#line();
      if (line === undefined) throw new Error(`the connection was closed during ${command}`);
      const text = line.toString("latin1");
      if (text.startsWith("* OK mailward ")) continue;
      if (text.startsWith("t ")) {
        answer.push(Buffer.from(text.split(" ").slice(0, 2).join(" ")));
        return Buffer.concat(answer);
      }
      answer.push(line);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  /** A line with the literals in it. */
  async #line(): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    for (;;) {
      const end = this.#received.indexOf("\r\n");
      if (end < 0) {
        if (this.#isClosed) return undefined;
        await this.#change();
        continue;
      }
      const line = this.#take(end + 2);
      pieces.push(line);
      const literal = /\{(\d+)\}\r\n$/.exec(line.toString("latin1"));
      if (literal === null) return Buffer.concat(pieces);
      const bytes = Number(literal[1]);
      while (this.#received.length < bytes) {
        if (this.#isClosed) return undefined;
        await this.#change();
      }
      pieces.push(this.#take(bytes));
    }
  }

  #take(bytes: number): Buffer {
    const taken = this.#received.subarray(0, bytes);
    this.#received = this.#received.subarray(bytes);
    return taken;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #close(): void {
    this.#isClosed = true;
    this.#wake();
  }
}
