/** What all phases of an IMAP session share: both directions in fragments, the ordered output, the timers, the way out. */
import { connectionLimits, protocolLimits } from "../../core/limits.ts";
import type { Side, Target } from "../../core/model.ts";
import type { Settings } from "../../core/settings.ts";
import type { Fact, SessionCommand, SessionMode } from "../command.ts";
import type { SessionEvent, SpoolId } from "../event.ts";
import { HeldOutput } from "../held-output.ts";
import type { Hiding } from "./capability.ts";
import { Fragmentizer } from "./fragmentizer.ts";
import { HeldResponses } from "./held-responses.ts";
import { JudgedCopies } from "./judged-copies.ts";
import type { PassedResponse } from "./passed-response.ts";
import { type ReplyCode, untaggedReply } from "./reply.ts";
import type { RewrittenMessages } from "./rewritten-messages.ts";
import { SelectedMailbox } from "./selected-mailbox.ts";
import type { Upload } from "./upload.ts";

/** One stretch of a dialogue: the login of explicit mode, setting up the upstream, relaying, … Each step handles the next
 *  fragment of its side and returns false when there is none or it has to wait. */
export interface Phase {
  stepClient(): boolean;
  stepUpstream(): boolean;
  /** True while what the client says has to wait. */
  readonly isClientBlocked: boolean;
  upstreamEvent(event: UpstreamEvent): void;
  closed(from: Side, how: "fin" | "reset"): void;
  /** "upstream" runs out. */
  upstreamTimedOut(): void;
  /** Everything that came has been handled. */
  settle(): void;
}

export type UpstreamEvent = Extract<
  SessionEvent,
  { type: "connected" | "connect-failed" | "tls-established" | "tls-failed" }
>;

export type TimerName = "pre-auth" | "upstream" | "idle" | "closing" | "keep-alive" | "copy";

export interface WireOptions {
  readonly mode: SessionMode;
  readonly ports: Settings["ports"];
  readonly hostName: string | undefined;
  /** Whether messages that the client stores are scanned. */
  readonly scansUploads: boolean;
  readonly delivery: Settings["delivery"];
  readonly rewritten: RewrittenMessages | undefined;
}

export class Wire {
  readonly mode: SessionMode;
  readonly ports: Settings["ports"];
  readonly hostName: string | undefined;
  readonly scansUploads: boolean;
  readonly delivery: Settings["delivery"];
  readonly client = new Fragmentizer("client", protocolLimits.commandLineBytes);
  readonly held = new HeldOutput();
  readonly copies: JudgedCopies = new JudgedCopies(this);
  readonly responses: HeldResponses = new HeldResponses(this);
  readonly mailbox: SelectedMailbox;
  /** The command under way that stores messages which are scanned. */
  upload: Upload | undefined;
  /** The response that the client has a part of: until its end nothing else may be said to the client. */
  passing: PassedResponse | undefined;
  upstream = newUpstream();
  /** The commands of the event being handled. */
  out: SessionCommand[] = [];
  /** The upstream has said BYE, and the client knows. */
  hasBye = false;
  /** The client has sent FIN: it says no more, but still reads. */
  hasClientEnded = false;
  /** Something has moved since the idle timer was set. */
  isActive = false;
  /** Who is logged in; undefined when the login that succeeded did not show it. What others have tried is no name to know
   *  anybody's messages by. */
  account: string | undefined;
  readonly #timers = new Set<TimerName>();
  #phase: Phase | undefined;
  #state: "open" | "ending" | "ended" = "open";
  #hasUpstream = false;
  #lastId = 0;
  #upstreamName: string | undefined;

  constructor(options: WireOptions) {
    this.mode = options.mode;
    this.ports = options.ports;
    this.hostName = options.hostName;
    this.scansUploads = options.scansUploads;
    this.delivery = options.delivery;
    // What is only observed is delivered as it is.
    const rewritten = options.delivery.mode === "observe" ? undefined : options.rewritten;
    this.mailbox = new SelectedMailbox(rewritten, () => ({
      upstream: this.#upstreamName,
      account: this.account,
    }));
  }

  /** Undefined once the session is ending. */
  get phase(): Phase | undefined {
    return this.#phase;
  }

  get hasUpstream(): boolean {
    return this.#hasUpstream;
  }

  get isEnded(): boolean {
    return this.#state === "ended";
  }

  /** True while the client waits because of a message. */
  get isWaiting(): boolean {
    return this.responses.isWaiting || this.upload?.isWaiting === true;
  }

  /** What capability lists may not say. */
  get hiding(): Hiding {
    return { mode: this.mode.type, scansUploads: this.scansUploads };
  }

  enter(phase: Phase): void {
    if (this.#state === "open") this.#phase = phase;
  }

  /** A number for a held message, or for a place in the output. */
  nextId(): SpoolId {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Whole responses only, so that one made by the session never falls into another. */
  toClient(bytes: Uint8Array): void {
    if (this.#state !== "open") return;
    if (this.held.isHolding || !joinLast(this.out, "client", bytes)) this.held.send(this.out, bytes);
  }

  /** A part of a response, in delivery mode "observe": nothing is held there. */
  pass(bytes: Uint8Array): void {
    if (this.#state !== "open" || bytes.length === 0) return;
    if (!joinLast(this.out, "client", bytes)) this.out.push({ type: "send", to: "client", bytes });
  }

  toUpstream(bytes: Uint8Array): void {
    if (!this.#hasUpstream || bytes.length === 0) return;
    if (!joinLast(this.out, "upstream", bytes)) this.out.push({ type: "send", to: "upstream", bytes });
  }

  report(fact: Fact): void {
    this.out.push({ type: "report", fact });
  }

  setTimer(name: TimerName, ms: number): void {
    this.#timers.add(name);
    this.out.push({ type: "set-timer", name, ms });
  }

  clearTimer(name: TimerName): void {
    if (this.#timers.delete(name)) this.out.push({ type: "clear-timer", name });
  }

  hasTimer(name: TimerName): boolean {
    return this.#timers.has(name);
  }

  /** A timer event: whether it was one that runs. */
  takeTimer(name: string): TimerName | undefined {
    const found = [...this.#timers].find((candidate) => candidate === name);
    if (found !== undefined) this.#timers.delete(found);
    return found;
  }

  connect(target: Target): void {
    this.closeUpstream("abort");
    this.#hasUpstream = true;
    this.#upstreamName = `${target.host}:${target.port}`;
    this.upstream = newUpstream();
    this.report({ type: "state", state: "connecting" });
    this.out.push({ type: "connect", target });
  }

  /** The driver has closed it, or never had it. */
  upstreamIsGone(): void {
    this.#hasUpstream = false;
  }

  closeUpstream(how: "full" | "abort"): void {
    if (!this.#hasUpstream) return;
    this.#hasUpstream = false;
    this.out.push({ type: "close", side: "upstream", how });
  }

  /** TLS is up: what was received before it means nothing. */
  restartUpstream(): void {
    this.upstream = newUpstream();
  }

  /** Ends the session because of `side`, which broke the protocol. */
  endOnError(side: Side, code: string, detail: string): void {
    this.report({ type: "protocol-error", side, code, detail });
    if (side === "client") this.toClient(untaggedReply("BAD", detail));
    const text = side === "client" ? "closing after a protocol error" : `the mail server broke the protocol: ${detail}`;
    this.end(text, side === "client" ? undefined : "UNAVAILABLE");
  }

  /** The upstream goes now; the client gets what is held and judged, then `bye`, unless it has had a BYE already or would
   *  take it for the rest of a response. */
  end(bye?: string, code?: ReplyCode): void {
    if (this.#state !== "open") return;
    const isSilent = this.hasBye || this.passing !== undefined;
    this.passing?.abandon();
    this.responses.abandonOpen();
    this.upload?.release();
    this.copies.forget();
    this.closeUpstream("full");
    for (const name of [...this.#timers]) if (name !== "keep-alive") this.clearTimer(name);
    this.report({ type: "state", state: "closing" });
    if (bye !== undefined && !isSilent) this.toClient(untaggedReply("BYE", bye, code));
    this.held.append(this.out, [{ type: "close", side: "client", how: "full" }]);
    this.#phase = undefined;
    this.#state = "ending";
  }

  /** Nobody is left to talk to. */
  abort(): void {
    if (this.#state === "ended") return;
    this.passing?.abandon();
    this.responses.releaseAll();
    this.upload?.release();
    this.copies.forget();
    this.held.discard(this.out);
    this.closeUpstream("abort");
    for (const name of [...this.#timers]) this.clearTimer(name);
    this.out.push({ type: "close", side: "client", how: "abort" });
    this.#phase = undefined;
    this.#state = "ended";
  }

  /** Once the last held message of an ending session is out, it is over. */
  settleEnd(): void {
    if (this.#state !== "ending" || this.held.isHolding) return;
    for (const name of [...this.#timers]) this.clearTimer(name);
    this.#state = "ended";
  }

  /** From here on silence is normal, but not without end. */
  expectIdle(): void {
    this.clearTimer("pre-auth");
    this.setTimer("idle", connectionLimits.idleTimeoutMs);
  }
}

/** Makes one command of two when `bytes` follow in memory on what the last one sends: so lines that came in one segment
 *  leave in one. */
function joinLast(out: SessionCommand[], to: Side, bytes: Uint8Array): boolean {
  const last = out.at(-1);
  if (last?.type !== "send" || last.to !== to || last.bytes.buffer !== bytes.buffer) return false;
  const { byteOffset, length } = last.bytes;
  if (byteOffset + length !== bytes.byteOffset) return false;
  out[out.length - 1] = { type: "send", to, bytes: Buffer.from(bytes.buffer, byteOffset, length + bytes.length) };
  return true;
}

function newUpstream(): Fragmentizer {
  return new Fragmentizer("upstream", protocolLimits.imapResponseLineBytes);
}
