/** The client of the proxy benchmark: sessions that fetch messages as fast as they come and check every octet.
 *  Started as `node proxy-load.ts JSON`; prints what it measured as JSON. */
import { connect, type Socket } from "node:net";
import { percentile } from "./figures.ts";
import { benchMessage, isPartOf } from "./proxy-message.ts";
import { type Usage, usageOf } from "./proxy-usage.ts";

export interface Load {
  readonly port: number;
  readonly sessions: number;
  /** Octets of each message; 0 for sessions that do nothing but IDLE. */
  readonly size: number;
  /** Octets of each piece that messages are read in; 0 for whole messages. */
  readonly piece: number;
  /** How late the origin answers. */
  readonly delayMs: number;
  readonly warmSeconds: number;
  readonly seconds: number;
  /** Of the peer; what they have started is measured with them. */
  readonly pids: readonly number[];
}

export interface Loaded {
  readonly messages: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly firstByteMs: number;
  /** From the second piece of a message to its end, megabytes a second. */
  readonly laterPieces: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  /** For each session; of idle ones. */
  readonly sessionBytes: number;
}

const SETTLE_MS = 5_000;

class LoadSession {
  readonly #load: Load;
  readonly #socket: Socket;
  #text = "";
  #tags = 0;
  #wanted: Wanted | undefined;
  #answered: ((text: string) => void) | undefined;

  constructor(load: Load) {
    this.#load = load;
    this.#socket = connect({ host: "127.0.0.1", port: load.port, noDelay: true });
    this.#socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on("error", (error) => fail(`a connection broke: ${error.message}`));
  }

  async begin(): Promise<void> {
    const { size, delayMs } = this.#load;
    await this.#answer("* OK");
    await this.#say(`LOGIN s${size}n1000000d${delayMs} x`);
    await this.#say("SELECT INBOX");
    if (size > 0) return;
    this.#socket.write("idle IDLE\r\n");
    await this.#answer("+");
  }

  async fetch(number: number, samples: Sample[]): Promise<void> {
    const { size, piece } = this.#load;
    const message = benchMessage(size, number);
    const startMs = performance.now();
    let firstMs = 0;
    let secondMs = 0;
    for (let start = 0; start < message.bytes; ) {
      const end = piece === 0 ? message.bytes : Math.min(start + piece, message.bytes);
      this.#tags += 1;
      const tag = `t${this.#tags}`;
      this.#socket.write(`${tag} UID FETCH ${number} (BODY.PEEK[]${piece === 0 ? "" : `<${start}.${piece}>`})\r\n`);
      const from = start;
      const byteMs = await new Promise<number>((done) => {
        this.#wanted = { message, tag, at: from, end, isAnnounced: false, firstMs: 0, done };
      });
      firstMs ||= byteMs;
      if (start > 0) secondMs ||= performance.now();
      start = end;
    }
    const endMs = performance.now();
    samples.push({
      bytes: message.bytes,
      ms: endMs - startMs,
      firstByteMs: firstMs - startMs,
      laterBytes: secondMs === 0 ? 0 : Math.max(0, message.bytes - 2 * piece),
      laterMs: secondMs === 0 ? 0 : endMs - secondMs,
    });
  }

  #say(command: string): Promise<string> {
    this.#tags += 1;
    this.#socket.write(`t${this.#tags} ${command}\r\n`);
    return this.#answer(`t${this.#tags} OK`);
  }

  /** The text up to the line that begins with `start`. */
  #answer(start: string): Promise<string> {
    return new Promise((resolve) => {
      this.#answered = (text) => {
        if (!text.endsWith("\r\n") || !`\n${text}`.includes(`\n${start}`)) return;
        this.#text = "";
        this.#answered = undefined;
        resolve(text);
      };
    });
  }

  #receive(chunk: Buffer): void {
    const wanted = this.#wanted;
    if (wanted === undefined) {
      this.#text += chunk.toString("latin1");
      this.#answered?.(this.#text);
      return;
    }
    wanted.firstMs ||= performance.now();
    let at = wanted.isAnnounced ? 0 : this.#announcement(chunk, wanted);
    if (!wanted.isAnnounced) return;
    const content = chunk.subarray(at, at + wanted.end - wanted.at);
    if (!isPartOf(wanted.message, wanted.at, content))
      fail(`a message came otherwise than it was sent (${wanted.tag})`);
    wanted.at += content.length;
    at += content.length;
    if (wanted.at < wanted.end) return;
    this.#text += chunk.toString("latin1", at);
    if (!this.#text.includes(`\r\n${wanted.tag} `) || !this.#text.endsWith("\r\n")) return;
    if (!this.#text.includes(`\r\n${wanted.tag} OK`)) fail(`not delivered: ${this.#text}`);
    this.#text = "";
    this.#wanted = undefined;
    wanted.done(wanted.firstMs);
  }

  /** Where the literal begins in the chunk, when that is known. */
  #announcement(chunk: Buffer, wanted: Wanted): number {
    const end = chunk.indexOf(10);
    this.#text += chunk.toString("latin1", 0, end < 0 ? chunk.length : end + 1);
    if (end < 0) return chunk.length;
    if (!this.#text.endsWith(`{${wanted.end - wanted.at}}\r\n`)) fail(`not what was asked for: ${this.#text}`);
    this.#text = "";
    wanted.isAnnounced = true;
    return end + 1;
  }
}

interface Wanted {
  readonly message: ReturnType<typeof benchMessage>;
  readonly tag: string;
  at: number;
  readonly end: number;
  isAnnounced: boolean;
  firstMs: number;
  readonly done: (firstMs: number) => void;
}

interface Sample {
  readonly bytes: number;
  readonly ms: number;
  readonly firstByteMs: number;
  readonly laterBytes: number;
  readonly laterMs: number;
}

const load = JSON.parse(process.argv[2] ?? "") as Load;
const before = usageOf(load.pids);
const sessions = Array.from({ length: load.sessions }, () => new LoadSession(load));
await Promise.all(sessions.map((session) => session.begin()));
const result = load.size === 0 ? await idle(before) : await download();
process.stdout.write(JSON.stringify(result), () => process.exit(0));

async function download(): Promise<Loaded> {
  let number = 0;
  const run = async (session: LoadSession, endMs: number, samples: Sample[]): Promise<void> => {
    do {
      number += 1;
      await session.fetch(number, samples);
    } while (performance.now() < endMs);
  };
  const runAll = async (seconds: number): Promise<Sample[]> => {
    const samples: Sample[] = [];
    const endMs = performance.now() + seconds * 1_000;
    await Promise.all(sessions.map((session) => run(session, endMs, samples)));
    return samples;
  };
  await runAll(load.warmSeconds);
  const start = usageOf(load.pids);
  const startMs = performance.now();
  const samples = await runAll(load.seconds);
  const seconds = (performance.now() - startMs) / 1_000;
  const end = usageOf(load.pids);
  const times = samples.map(({ ms }) => ms);
  const sum = (of: (sample: Sample) => number): number => samples.reduce((total, sample) => total + of(sample), 0);
  return {
    messages: samples.length,
    bytes: sum(({ bytes }) => bytes),
    seconds,
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
    firstByteMs: percentile(
      samples.map(({ firstByteMs }) => firstByteMs),
      50,
    ),
    laterPieces: sum(({ laterBytes }) => laterBytes) / 1_000 / sum(({ laterMs }) => laterMs),
    cpuSeconds: end.cpuSeconds - start.cpuSeconds,
    memoryBytes: end.memoryBytes,
    sessionBytes: 0,
  };
}

async function idle(start: Usage): Promise<Loaded> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const end = usageOf(load.pids);
  return {
    messages: 0,
    bytes: 0,
    seconds: 0,
    p50Ms: 0,
    p99Ms: 0,
    firstByteMs: 0,
    laterPieces: 0,
    cpuSeconds: end.cpuSeconds - start.cpuSeconds,
    memoryBytes: end.memoryBytes,
    sessionBytes: (end.memoryBytes - start.memoryBytes) / load.sessions,
  };
}

function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
