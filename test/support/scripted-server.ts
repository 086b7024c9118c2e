/** A mail server for tests that plays a script, well behaved or not: each connection plays it from the start. */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import type { Credentials } from "./certificates.ts";

export type Step =
  /** Sends octets; text is one octet a character. */
  | { readonly send: string | Uint8Array }
  /** Waits for a line (without its CRLF) and compares it; another line ends the script as failed. */
  | { readonly expect: string | RegExp }
  /** Waits for so many octets, whatever they are. */
  | { readonly octets: number }
  /** Goes on when the test says so. */
  | { readonly until: Promise<unknown> }
  /** TLS from here on. */
  | { readonly startTls: Credentials }
  | { readonly end: "fin" | "reset" }
  /** Stays open, reads on, and never says anything again. */
  | { readonly end: "silence" };

export interface ScriptedConnection {
  /** Everything the peer sent so far (decrypted), one character an octet. */
  received(): string;
  /** Settles when the script is through; rejects when a line was not the expected one or the peer left in between. */
  readonly played: Promise<void>;
  /** Settles when the connection is closed, by whichever side. */
  readonly closed: Promise<void>;
}

export interface ScriptedServer {
  readonly port: number;
  /** In the order of their arrival. */
  readonly connections: readonly ScriptedConnection[];
  /** The connection of that number, now or once it comes. */
  connection(index: number): Promise<ScriptedConnection>;
  close(): Promise<void>;
}

export interface ScriptedServerOptions {
  /** Implicit TLS. */
  readonly tls?: Credentials;
  readonly host?: string;
}

/** Listens on a free port. `script` may differ from connection to connection. */
export async function startScriptedServer(
  script: readonly Step[] | ((index: number) => readonly Step[]),
  options: ScriptedServerOptions = {},
): Promise<ScriptedServer> {
  const connections: Player[] = [];
  const waiting = new Map<number, (connection: ScriptedConnection) => void>();
  const accept = (socket: Socket) => {
    const index = connections.length;
    const player = new Player(socket, typeof script === "function" ? script(index) : script);
    connections.push(player);
    waiting.get(index)?.(player);
  };
  const server: Server = options.tls === undefined ? createServer(accept) : createTlsServer({ ...options.tls }, accept);
  // A peer that does not trust the certificate ends the handshake: that is the peer's business.
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, options.host ?? "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return {
    port: address.port,
    connections,
    connection(index) {
      const present = connections[index];
      return present === undefined ? new Promise((resolve) => waiting.set(index, resolve)) : Promise.resolve(present);
    },
    async close() {
      for (const player of connections) player.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

class Player implements ScriptedConnection {
  readonly played: Promise<void>;
  readonly closed: Promise<void>;
  #socket: Socket;
  #received = "";
  #consumed = 0;
  #isEnded = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket, script: readonly Step[]) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    this.#listen(socket);
    this.played = this.#play(script);
    // A test that does not look at it must not fail by an unhandled rejection.
    this.played.catch(() => undefined);
  }

  received(): string {
    return this.#received;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    const ended = () => {
      this.#isEnded = true;
      this.#wake();
    };
    socket.on("error", ended);
    socket.on("end", ended);
    socket.on("close", ended);
    socket.on("data", (chunk: Buffer) => {
      this.#received += chunk.toString("latin1");
      this.#wake();
    });
  }

  async #play(script: readonly Step[]): Promise<void> {
    for (const step of script) {
      if ("send" in step) this.#send(step.send);
      else if ("expect" in step) await this.#expectLine(step.expect);
      else if ("octets" in step) await this.#take(() => (this.#unread() >= step.octets ? step.octets : undefined));
      else if ("until" in step) await step.until;
      else if ("startTls" in step) await this.#startTls(step.startTls);
      else this.#end(step.end);
    }
  }

  #send(content: string | Uint8Array): void {
    this.#socket.write(typeof content === "string" ? Buffer.from(content, "latin1") : content);
  }

  async #expectLine(expected: string | RegExp): Promise<void> {
    const raw = await this.#take(() => {
      const end = this.#received.indexOf("\n", this.#consumed);
      return end < 0 ? undefined : end + 1 - this.#consumed;
    });
    const line = raw.replace(/\r?\n$/, "");
    const isExpected = typeof expected === "string" ? line === expected : expected.test(line);
    if (isExpected) return;
    this.#socket.destroy();
    throw new Error(`expected ${JSON.stringify(String(expected))}, the peer sent ${JSON.stringify(line)}`);
  }

  /** Waits until `length` gives a number and takes so many characters. */
  async #take(length: () => number | undefined): Promise<string> {
    for (;;) {
      const count = length();
      if (count !== undefined) {
        this.#consumed += count;
        return this.#received.slice(this.#consumed - count, this.#consumed);
      }
      if (this.#isEnded) throw new Error(`the peer left after ${JSON.stringify(this.#received.slice(-200))}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #unread(): number {
    return this.#received.length - this.#consumed;
  }

  async #startTls(credentials: Credentials): Promise<void> {
    const plain = this.#socket;
    plain.removeAllListeners("data");
    plain.removeAllListeners("end");
    const secure = new TLSSocket(plain, { isServer: true, ...credentials });
    this.#socket = secure;
    this.#listen(secure);
    await new Promise<void>((resolve, reject) => {
      secure.once("secure", resolve);
      secure.once("error", reject);
      secure.once("close", () => reject(new Error("the peer left during the TLS handshake")));
    });
  }

  #end(how: "fin" | "reset" | "silence"): void {
    if (how === "fin") this.#socket.end();
    if (how === "reset") this.#socket.resetAndDestroy();
  }
}
