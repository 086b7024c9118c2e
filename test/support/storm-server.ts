/** An IMAP server for tests with very many connections or octets: answers every command with OK, or as it is told. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface StormServer {
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
  close(): void;
}

/** What it says to a command, its line without the CRLF; undefined for "tag OK done". */
export type Answer = (line: string, socket: Socket) => string | Buffer | undefined;

export async function startStormServer(answer: Answer = () => undefined): Promise<StormServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.write("* OK ready\r\n");
    let rest = "";
    socket.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString("latin1")).split("\r\n");
      rest = lines.pop() ?? "";
      const answers = lines.map((line) => answer(line, socket) ?? (line === "" ? "" : ordinary(line)));
      if (answers.length > 0) socket.write(Buffer.concat(answers.map((text) => Buffer.from(text))));
    });
  });
  server.listen({ host: "127.0.0.1", port: 0, backlog: 4_096 });
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function ordinary(line: string): string {
  const [tag = "", name = ""] = line.split(" ");
  if (name === "IDLE") return "+ idling\r\n";
  return tag === "DONE" ? "i OK idled\r\n" : `${tag} OK done\r\n`;
}

/** A client that keeps what it gets, one character an octet. */
export class StormClient {
  readonly socket: Socket;
  isClosed = false;
  readonly #chunks: string[] = [];
  #wake: () => void = () => undefined;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1" });
    this.socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk.toString("latin1"));
      this.#wake();
    });
    this.socket.on("error", () => this.#close());
    this.socket.on("close", () => this.#close());
    this.socket.on("end", () => this.#close());
  }

  get received(): string {
    return this.#chunks.join("");
  }

  say(text: string | Buffer): this {
    this.socket.write(typeof text === "string" ? Buffer.from(text, "latin1") : text);
    return this;
  }

  /** Waits until it has got this; false when the connection is closed before. */
  async gets(text: string): Promise<boolean> {
    let [at, tail] = [0, ""];
    return this.until(() => {
      for (; at < this.#chunks.length; at += 1) {
        const joined = tail + this.#chunks[at];
        if (joined.includes(text)) return true;
        tail = joined.slice(-text.length);
      }
      return false;
    });
  }

  async until(isReached: () => boolean): Promise<boolean> {
    while (!isReached()) {
      if (this.isClosed) return false;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return true;
  }

  async closed(): Promise<void> {
    await this.until(() => false);
  }

  async login(): Promise<this> {
    if (!(await this.gets("ready"))) throw new Error("no greeting");
    this.say("l LOGIN ann secret\r\n");
    if (!(await this.gets("l OK"))) throw new Error(`no login: ${this.received}`);
    return this;
  }

  #close(): void {
    this.isClosed = true;
    this.#wake();
  }
}
