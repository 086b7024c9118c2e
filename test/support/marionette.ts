/** A client of Marionette, the remote control of Mozilla's programs: JSON behind its length in octets, over TCP. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Runs scripts in the program itself, with all of its privileges. */
export class Marionette {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #received: Buffer = Buffer.alloc(0);
  #lastId = 0;
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("error", () => undefined);
    socket.on("close", () => this.#closed());
  }

  static async connect(port: number): Promise<Marionette> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    const marionette = new Marionette(socket);
    await marionette.#command("WebDriver:NewSession", { capabilities: {} });
    await marionette.#command("Marionette:SetContext", { value: "chrome" });
    await marionette.#command("WebDriver:SetTimeouts", { script: SCRIPT_TIMEOUT_MS });
    return marionette;
  }

  /** `script` is the body of an async function of `args`; answers what it returns, which must be JSON. */
  async run(script: string, ...args: readonly unknown[]): Promise<unknown> {
    const body = `const done = arguments[arguments.length - 1];
      const args = Array.from(arguments).slice(0, -1);
      (async () => { ${script} })().then(
        (value) => done({ value: value ?? null }),
        (error) => done({ error: String(error) }));`;
    const answer = await this.#command("WebDriver:ExecuteAsyncScript", { script: body, args, sandbox: "system" });
    const { value } = record(answer);
    const { error, value: result } = record(value);
    if (error !== undefined) throw new Error(`Cannot run the script: ${String(error)}`);
    return result;
  }

  /** Asks the program to end. */
  async quit(): Promise<void> {
    const closed = once(this.#socket, "close");
    await this.#command("Marionette:Quit", { flags: ["eForceQuit"] });
    await closed;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #command(name: string, parameters: object): Promise<unknown> {
    if (this.#isClosed) throw new Error(`Cannot send "${name}": the program has closed the connection`);
    this.#lastId += 1;
    const id = this.#lastId;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    const text = JSON.stringify([0, id, name, parameters]);
    this.#socket.write(`${Buffer.byteLength(text)}:${text}`);
    const { error, result } = await answered;
    if (error !== null) throw new Error(`Cannot do "${name}": ${JSON.stringify(error)}`);
    return result;
  }

  #read(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const colon = this.#received.indexOf(":");
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#received.subarray(0, colon).toString("latin1"));
      if (this.#received.length < end) return;
      this.#take(JSON.parse(this.#received.subarray(colon + 1, end).toString("utf8")));
      this.#received = this.#received.subarray(end);
    }
  }

  /** The first packet is the server's greeting; answers are lists. */
  #take(packet: unknown): void {
    if (!Array.isArray(packet)) return;
    const [, id, error, result]: unknown[] = packet;
    if (typeof id !== "number") return;
    this.#waiting.get(id)?.({ error, result });
    this.#waiting.delete(id);
  }

  #closed(): void {
    this.#isClosed = true;
    for (const answer of this.#waiting.values()) answer({ error: "the connection was closed", result: undefined });
    this.#waiting.clear();
  }
}

interface Answer {
  readonly error: unknown;
  readonly result: unknown;
}

const SCRIPT_TIMEOUT_MS = 60_000;

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
