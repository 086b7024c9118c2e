/** Plays a golden IMAP dialogue through a session: the client says what it said, and a server that knows the dialogue
 *  answers what it answered. Where mailward asks for something else than the client, the server answers that instead. */
import type { Session } from "../../src/protocol/command.ts";
import { expand, type GoldenDialogue, type GoldenTurn, literal } from "./golden-dialogue.ts";
import { BODY_OCTET } from "./golden-mailbox.ts";
import { type GoldenFetch, type GoldenResponse, goldenResponses, isContent, octets } from "./golden-response.ts";
import { SessionRun } from "./session-run.ts";
import type { Judged, SpoolModel } from "./spool-model.ts";

export interface ReplayOptions {
  readonly session: Session;
  readonly name: string;
  readonly segment: (bytes: Buffer) => Iterable<Buffer>;
  readonly judge?: (spool: SpoolModel) => Judged;
}

/** A response as the client should get it; `isExact` when it was not asked for in other words. */
export interface ExpectedResponse {
  readonly octets: Buffer;
  readonly tag: string | undefined;
  readonly isExact: boolean;
}

export class GoldenReplay {
  readonly run: SessionRun;
  readonly expected: ExpectedResponse[] = [];
  readonly #said: Buffer[] = [];
  readonly #dialogue: GoldenDialogue;
  readonly #judge: (spool: SpoolModel) => Judged;
  /** The client's commands that are not completed, by tag. */
  readonly #commands = new Map<string, string>();
  /** What the server has got, by tag. */
  readonly #received = new Map<string, string>();
  #read = 0;
  #waiting: GoldenResponse[] = [];

  constructor(dialogue: GoldenDialogue, options: ReplayOptions) {
    this.#dialogue = dialogue;
    this.#judge = options.judge ?? (() => ({}));
    const { session, name, segment } = options;
    this.run = new SessionRun({ name, session, segment, marker: BODY_OCTET, withholdsSections: false });
  }

  /** Everything the client has said. */
  get said(): Buffer {
    return Buffer.concat(this.#said);
  }

  play(): this {
    const run: SessionRun = this.run;
    run.event({ type: "start" });
    const connect = run.pending.upstream.shift();
    if (connect?.type !== "connect") run.fail("the session does not connect");
    run.event({ type: "connected", peer: { target: connect.target, address: "192.0.2.1" } });
    for (const turn of this.#dialogue.turns) this.#turn(turn);
    if (this.#waiting.length > 0) run.fail(`never asked for: ${this.#waiting[0]?.text}`);
    return this;
  }

  #turn({ from, lines }: GoldenTurn): void {
    if (from === "client") {
      for (const line of lines) {
        const [tag = "", name = ""] = line.split(" ");
        if (/^[A-Z]{2,}$/i.test(name)) this.#commands.set(tag, line);
      }
      const bytes = expand(lines.map((line) => `${line}\r\n`).join(""), this.#dialogue.message);
      this.#said.push(bytes);
      this.run.receive("client", bytes);
      this.#settle();
      return;
    }
    this.#waiting.push(...goldenResponses(lines));
    for (let before = -1; before !== this.#waiting.length; ) {
      before = this.#waiting.length;
      this.#answer();
    }
  }

  /** Sends what can be sent: not what belongs to a command that has not arrived yet, nor what comes behind that. */
  #answer(): void {
    const kept: GoldenResponse[] = [];
    const late = new Set<string>();
    for (const response of this.#waiting) {
      this.#readUpstream();
      const owner = this.#owner(response);
      const wanted = owner === undefined ? undefined : this.#received.get(owner);
      const said = owner === undefined ? undefined : this.#commands.get(owner);
      const isLate = owner !== undefined && (late.has(owner) || (wanted === undefined && !this.#isAnswered(owner)));
      if (isLate || (owner === undefined && kept.length > 0)) {
        kept.push(response);
        if (owner !== undefined) late.add(owner);
        continue;
      }
      this.#send(response, wanted, said);
      if (response.tag !== undefined) this.#commands.delete(response.tag);
    }
    this.#waiting = kept;
  }

  #send(response: GoldenResponse, wanted: string | undefined, said: string | undefined): void {
    const bytes = octets(response, this.#dialogue);
    const isExact = wanted === said;
    this.expected.push({ octets: bytes, tag: response.tag, isExact });
    if (wanted === undefined && said !== undefined) return;
    const isAltered = !isExact && wanted !== undefined && response.fetch !== undefined;
    this.run.receive("upstream", isAltered ? this.#altered(response.fetch, wanted) : bytes);
    this.#settle();
  }

  /** What the server says when it is asked for `wanted`: everything but content as it was, and the content that is asked
   *  for. */
  #altered({ sequence, items, message = "" }: GoldenFetch, wanted: string): Buffer {
    const whole = this.#dialogue.message(message);
    const parts = items.filter(([name]) => !isContent(name)).map(([name, value]) => `${name} ${value}`);
    const pieces = [Buffer.from(`* ${sequence} FETCH (`), expand(parts.join(" "), this.#dialogue.message)];
    const add = (name: string, bytes: Buffer) => {
      const separator = pieces.every((piece) => piece.length === 0 || piece.at(-1) === 0x28) ? "" : " ";
      pieces.push(Buffer.from(`${separator}${name} `), literal(bytes));
    };
    if (/ ?BODY(?:\.PEEK)?\[\]/.test(wanted)) add("BODY[]", whole);
    const unknown = /BODY(?:\.PEEK)?(\[HEADER\.FIELDS \(X-MAILWARD-SEEN\)\])/.exec(wanted)?.[1];
    if (unknown !== undefined) add(`BODY${unknown}`, Buffer.from("\r\n"));
    return Buffer.concat([...pieces, Buffer.from(")\r\n")]);
  }

  /** The command that a response belongs to, as far as that matters. */
  #owner({ tag, fetch }: GoldenResponse): string | undefined {
    if (tag !== undefined) return tag;
    if (fetch === undefined || !fetch.items.some(([name]) => isContent(name))) return undefined;
    for (const [candidate, line] of this.#commands) {
      const [, uid, set] = /^\S+ (UID )?FETCH (\S+)/i.exec(line) ?? [];
      const number = uid === undefined ? fetch.sequence : fetch.uid;
      const isAsked = set !== undefined && (number === undefined || contains(set, number));
      if (isAsked && fetch.items.every(([name]) => !isContent(name) || asksFor(line, name))) return candidate;
    }
    return undefined;
  }

  #isAnswered(tag: string): boolean {
    return this.run.sent.client.some((bytes) => bytes.toString("latin1").includes(`${tag} `));
  }

  #readUpstream(): void {
    const { upstream } = this.run.sent;
    for (; this.#read < upstream.length; this.#read += 1) {
      for (const line of (upstream[this.#read] ?? Buffer.alloc(0)).toString("latin1").split("\r\n")) {
        const tag = line.split(" ")[0] ?? "";
        if (this.#commands.has(tag)) this.#received.set(tag, line);
      }
    }
  }

  /** Judges what waits, and forgets what was looked at. */
  #settle(): void {
    for (const spool of this.run.spools.values()) {
      if (spool.state === "whole" && !spool.isReleased) this.run.judge(spool.id, this.#judge(spool));
    }
    for (const side of ["client", "upstream"] as const) {
      const item = this.run.pending[side].find(({ type }) => type !== "bytes" && type !== "compress");
      if (item?.type === "close" && side === "upstream") this.run.fail("the upstream is closed");
      this.run.pending[side].length = 0;
    }
  }
}

function asksFor(command: string, item: string): boolean {
  return command
    .toUpperCase()
    .replaceAll(".PEEK", "")
    .includes(item.toUpperCase().replace(/[(<].*/, ""));
}

function contains(set: string, number: number): boolean {
  return set.split(",").some((range) => {
    const [first = 0, last = first] = range
      .split(":")
      .map((text) => (text === "*" ? Number.MAX_SAFE_INTEGER : Number(text)));
    return (Math.min(first, last) <= number && number <= Math.max(first, last)) || range.includes("*");
  });
}
