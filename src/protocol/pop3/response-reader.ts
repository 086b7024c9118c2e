/** Reads the upstream's responses in the order of the commands, sends them on, and spools what is mail. */
import { DOT, lineEndLength } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import type { SessionCommand } from "../command.ts";
import type { SpoolId } from "../event.ts";
import type { HeldOutput } from "../held-output.ts";
import { filterCapability, filterMechanism, isPipelining } from "./capability-filter.ts";
import { hasUnfitOctet } from "./command.ts";
import type { Exchange } from "./exchange.ts";
import type { HeldMessages } from "./held-messages.ts";
import { LineReader } from "./line-reader.ts";
import { ListingGrammar, type ListingKind } from "./listing-grammar.ts";
import { MultilineReader } from "./multiline-reader.ts";
import { errorLine, isChallenge, parseStatus, type Status } from "./status-line.ts";

/** Why an upstream is not listened to any longer. */
export interface Violation {
  readonly code: "unsolicited" | "malformed-response" | "line-too-long";
  readonly detail: string;
}

export class ResponseReader {
  readonly #output: HeldOutput;
  readonly #messages: HeldMessages;
  readonly #lines = new LineReader(protocolLimits.pop3ResponseLineBytes);
  readonly #outstanding: Exchange[] = [];
  #reading: Reading = { type: "status" };
  #isSaslDue = false;
  #messagesOutstanding = 0;
  isAuthenticated: boolean;
  isQuitAnswered = false;
  /** What the upstream's capabilities said; nothing before they were seen. */
  hasCapabilities = false;
  isPipelining = false;

  constructor(options: {
    readonly output: HeldOutput;
    readonly messages: HeldMessages;
    readonly isAuthenticated: boolean;
  }) {
    this.#output = options.output;
    this.#messages = options.messages;
    this.isAuthenticated = options.isAuthenticated;
  }

  /** Responses that the upstream owes. */
  get outstanding(): number {
    return this.#outstanding.length;
  }

  /** Messages among them whose status line has not come. */
  get messagesOutstanding(): number {
    return this.#messagesOutstanding;
  }

  /** AUTH is under way: what the client says next is for it. */
  get isAuthenticating(): boolean {
    return this.#outstanding.at(-1)?.type === "auth";
  }

  /** The upstream's challenge is with the client. */
  get isSaslDue(): boolean {
    return this.#isSaslDue;
  }

  /** Whether a login succeeded is not known yet. */
  get isLoginOutstanding(): boolean {
    return this.#outstanding.some((exchange) => exchange.type === "single" && exchange.role === "login");
  }

  expect(exchange: Exchange): void {
    if (exchange.type === "message") this.#messagesOutstanding += 1;
    this.#outstanding.push(exchange);
  }

  /** Our own answer to the client, after those that are owed for earlier commands. */
  answer(out: SessionCommand[], bytes: Uint8Array): void {
    if (this.#outstanding.length === 0) this.#output.send(out, bytes);
    else this.#outstanding.push({ type: "local", bytes });
  }

  /** The client answers a challenge; returns the mechanism. */
  challengeAnswered(): string {
    this.#isSaslDue = false;
    const exchange = this.#outstanding[0];
    return exchange?.type === "auth" ? exchange.mechanism : "";
  }

  receive(out: SessionCommand[], chunk: Uint8Array): Violation | undefined {
    let at = 0;
    while (at < chunk.length && !this.isQuitAnswered) {
      const next = this.#read(out, chunk, at);
      if (typeof next !== "number") return next;
      at = next;
    }
    return undefined;
  }

  /** The upstream is gone. What it owed is one refusal, unless part of the answer has been sent already. */
  abandon(out: SessionCommand[], why: string): void {
    const [exchange] = this.#outstanding;
    if (this.#reading.type === "content") this.#messages.refuse(out, this.#reading.id, why);
    else if (this.#reading.type === "status" && exchange !== undefined)
      this.#output.send(out, errorLine(why, "SYS/TEMP"));
    this.#outstanding.length = 0;
    this.#messagesOutstanding = 0;
    this.#reading = { type: "status" };
  }

  #read(out: SessionCommand[], chunk: Uint8Array, at: number): number | Violation {
    switch (this.#reading.type) {
      case "status":
        return this.#readStatus(out, chunk, at);
      case "listing":
        return this.#readListing(out, chunk, at, this.#reading);
      case "content":
        return this.#readContent(out, chunk, at, this.#reading);
      default:
        return this.#reading satisfies never;
    }
  }

  #readStatus(out: SessionCommand[], chunk: Uint8Array, at: number): number | Violation {
    const [exchange] = this.#outstanding;
    if (exchange === undefined) return UNSOLICITED;
    const result = this.#lines.read(chunk, at);
    if (result.type === "more") return chunk.length;
    if (result.type === "too-long") return TOO_LONG;
    const status = parseStatus(result.line);
    if (status === undefined) return MALFORMED;
    if (status === "continuation") {
      if (exchange.type !== "auth" || this.#isSaslDue || !isChallenge(result.line)) return MALFORMED;
      this.#isSaslDue = true;
      this.#output.send(out, result.line);
    } else {
      if (result.line.length > protocolLimits.pop3StatusLineBytes) return TOO_LONG;
      this.#begin(out, exchange, status, result.line);
    }
    return result.next;
  }

  #begin(out: SessionCommand[], exchange: Exchange, status: Exclude<Status, "continuation">, line: Uint8Array): void {
    if (exchange.type === "message") this.#messagesOutstanding -= 1;
    if (exchange.type === "message" && status === "ok") {
      const id = this.#messages.begin(out, exchange.request, line);
      this.#reading = { type: "content", id, reader: new MultilineReader() };
      return;
    }
    if (!isOwn(exchange)) this.#output.send(out, line);
    if (status === "ok") this.#succeeded(exchange);
    if (exchange.type === "capabilities") this.hasCapabilities = true;
    if (exchange.type === "single" && exchange.role === "quit") this.isQuitAnswered = true;
    if (this.#reading.type === "status") this.#finish(out);
  }

  #succeeded(exchange: Exchange): void {
    if (exchange.type === "auth" || (exchange.type === "single" && exchange.role === "login"))
      this.isAuthenticated = true;
    if (exchange.type === "listing" || exchange.type === "capabilities") {
      const kind = exchange.type === "listing" ? exchange.kind : "capabilities";
      this.#reading = { type: "listing", kind, grammar: new ListingGrammar(kind) };
    }
  }

  /** The response at the head is complete; so are our own answers right behind it. */
  #finish(out: SessionCommand[]): void {
    this.#reading = { type: "status" };
    this.#isSaslDue = false;
    this.#outstanding.shift();
    for (let next = this.#outstanding[0]; next?.type === "local"; next = this.#outstanding[0]) {
      this.#output.send(out, next.bytes);
      this.#outstanding.shift();
    }
  }

  /** Lines are sent on in runs. They end with CRLF and hold no CR, LF or NUL of their own: to a client that takes other
   *  line ends, they could end the listing and begin another response (P-43). */
  #readListing(out: SessionCommand[], chunk: Uint8Array, start: number, reading: ListingReading): number | Violation {
    let runStart = start;
    let at = start;
    while (at < chunk.length) {
      const result = this.#lines.read(chunk, at);
      if (result.type !== "line") {
        this.#output.send(out, chunk.subarray(runStart, at));
        return result.type === "more" ? chunk.length : TOO_LONG;
      }
      const { line, next } = result;
      const isEnd = line.length === 3 && line[0] === DOT;
      if (lineEndLength(line) !== 2 || hasUnfitOctet(line) || !(isEnd || reading.grammar.accepts(line))) {
        this.#output.send(out, chunk.subarray(runStart, at));
        return MALFORMED;
      }
      const visible = this.#visible(line, isEnd, reading.kind);
      if (visible !== line || line.length !== next - at) {
        this.#output.send(out, chunk.subarray(runStart, at));
        if (visible !== undefined) this.#output.send(out, visible);
        runStart = next;
      }
      at = next;
      if (!isEnd) continue;
      this.#output.send(out, chunk.subarray(runStart, at));
      this.#finish(out);
      return at;
    }
    this.#output.send(out, chunk.subarray(runStart, at));
    return at;
  }

  /** A line of a listing as the client may see it; undefined when it may not. */
  #visible(line: Uint8Array, isEnd: boolean, kind: ListingKind): Uint8Array | undefined {
    if (kind === "capabilities" && isPipelining(line)) this.isPipelining = true;
    if (isOwn(this.#outstanding[0])) return undefined;
    if (kind === "capabilities" && !isEnd) return filterCapability(line);
    return kind === "mechanisms" ? filterMechanism(line) : line;
  }

  #readContent(out: SessionCommand[], chunk: Uint8Array, at: number, reading: ContentReading): number {
    const text: Uint8Array[] = [];
    const end = reading.reader.receive(chunk, at, text);
    for (const piece of text) this.#messages.append(out, reading.id, piece);
    if (end === undefined) return chunk.length;
    out.push({ type: "spool-end", id: reading.id });
    this.#finish(out);
    return end;
  }
}

interface ListingReading {
  readonly type: "listing";
  readonly kind: ListingKind;
  readonly grammar: ListingGrammar;
}

interface ContentReading {
  readonly type: "content";
  readonly id: SpoolId;
  readonly reader: MultilineReader;
}

type Reading = { readonly type: "status" } | ListingReading | ContentReading;

function isOwn(exchange: Exchange | undefined): boolean {
  return exchange?.type === "capabilities" && exchange.isOwn;
}

const UNSOLICITED: Violation = { code: "unsolicited", detail: "the server sent something that nothing was asked for" };
const MALFORMED: Violation = { code: "malformed-response", detail: "the server does not answer as a POP3 server does" };
const TOO_LONG: Violation = { code: "line-too-long", detail: "the server sent a line beyond every limit" };
