/** A mail client for tests that speaks line by line, as a person at a terminal would. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export class LineClient {
  readonly #socket: Socket;
  #received = "";
  #isClosed = false;
  #wake: () => void = () => undefined;

  /** Connects; nothing has been read yet. */
  static async connect(port: number, host = "127.0.0.1"): Promise<LineClient> {
    const socket = connect({ port, host });
    const client = new LineClient(socket);
    await once(socket, "connect").catch((error: NodeJS.ErrnoException) => {
      // Accepted and reset at once: that is a connection too.
      if (error.code !== "ECONNRESET") throw error;
    });
    return client;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => this.#close());
    socket.on("close", () => this.#close());
    socket.on("end", () => this.#close());
    socket.on("data", (chunk: Buffer) => {
      this.#received += chunk.toString("latin1");
      this.#wake();
    });
  }

  /** Sends `text` and CRLF, one octet a character. */
  send(text: string): void {
    this.#socket.write(`${text}\r\n`, "latin1");
  }

  /** The next line without its line end; undefined when the connection is closed before there is one. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#received.indexOf("\n");
      if (end >= 0) {
        const line = this.#received.slice(0, end).replace(/\r$/, "");
        this.#received = this.#received.slice(end + 1);
        return line;
      }
      if (this.#isClosed) return undefined;
      await this.#change();
    }
  }

  /** Sends `text` and answers the next line. */
  ask(text: string): Promise<string | undefined> {
    this.send(text);
    return this.line();
  }

  /** The lines up to and with the first that fits; all there are when the connection is closed before. */
  async until(pattern: RegExp): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== undefined; line = await this.line()) {
      lines.push(line);
      if (pattern.test(line)) break;
    }
    return lines;
  }

  /** Waits for the other side to close, and answers all it sent before that. */
  async closed(): Promise<string> {
    while (!this.#isClosed) await this.#change();
    return this.#received;
  }

  close(): void {
    this.#socket.destroy();
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
