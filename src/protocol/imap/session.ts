/** An IMAP connection from greeting to close: finds the upstream, then relays, and holds every message. */
import { fromLatin1 } from "../../core/bytes.ts";
import { connectionLimits, protocolLimits } from "../../core/limits.ts";
import type { Side } from "../../core/model.ts";
import type { Settings } from "../../core/settings.ts";
import type { Session, SessionCommand, SessionMode } from "../command.ts";
import type { SessionEvent } from "../event.ts";
import { ExplicitDialogue } from "./explicit-dialogue.ts";
import { beginFixed } from "./fixed-dialogue.ts";
import type { RewrittenMessages } from "./rewritten-messages.ts";
import { Wire } from "./wire.ts";

export interface ImapSessionOptions {
  readonly mode: SessionMode;
  readonly ports: Settings["ports"];
  /** Our name in the greeting of explicit mode. */
  readonly hostName?: string;
  /** Whether messages that clients store are scanned, and refused where something is found; default false. */
  readonly scansUploads?: boolean;
  /** Default: hold, with a keep-alive. */
  readonly delivery?: Settings["delivery"];
  /** Which messages were replaced, over all connections; without it this connection knows of its own. */
  readonly rewritten?: RewrittenMessages;
}

/** A session for one client connection. */
export function createImapSession(options: ImapSessionOptions): Session {
  return new ImapSession(options);
}

/** Gives every event to the phase that the dialogue is in, and keeps what all phases have in common: the deadlines, the
 *  keep-alive, and the limits of what waits. */
class ImapSession implements Session {
  readonly protocol = "imap";
  readonly #wire: Wire;
  #isClientPaused = false;

  constructor({ mode, ports, hostName, scansUploads = false, delivery = HOLD, rewritten }: ImapSessionOptions) {
    this.#wire = new Wire({ mode, ports, hostName, scansUploads, delivery, rewritten });
  }

  handle(event: SessionEvent): readonly SessionCommand[] {
    const wire = this.#wire;
    wire.out = [];
    if (wire.isEnded) return wire.out;
    this.#receive(event);
    this.#advance();
    wire.client.retain();
    wire.upstream.retain();
    this.#keepAlive();
    wire.settleEnd();
    return wire.out;
  }

  #receive(event: SessionEvent): void {
    const wire = this.#wire;
    switch (event.type) {
      case "start":
        this.#start();
        return;
      case "bytes":
        this.#bytes(event.from, event.bytes);
        return;
      case "connected":
      case "connect-failed":
        wire.phase?.upstreamEvent(event);
        return;
      case "tls-established":
      case "tls-failed":
        if (event.side === "upstream") wire.phase?.upstreamEvent(event);
        return;
      case "closed":
        this.#closed(event.from, event.how);
        return;
      case "judged":
        wire.responses.judged(event);
        wire.upload?.judged(event);
        return;
      case "hold-failed":
        wire.responses.holdFailed(event.id, event.failure);
        wire.upload?.holdFailed(event.id, event.failure);
        return;
      case "items":
        wire.responses.built(event);
        return;
      case "section":
        return;
      case "stalled":
        wire.end("the mail server stopped in the middle of a message", "UNAVAILABLE");
        return;
      case "timer":
        this.#timedOut(event.name);
        return;
      default:
        event satisfies never;
    }
  }

  #start(): void {
    const wire = this.#wire;
    wire.setTimer("pre-auth", connectionLimits.preAuthTimeoutMs);
    if (wire.mode.type === "explicit") new ExplicitDialogue(wire).begin();
    else beginFixed(wire, wire.mode.target);
  }

  #bytes(from: Side, bytes: Uint8Array): void {
    const wire = this.#wire;
    if (wire.phase === undefined || (from === "client" && wire.hasClientEnded)) return;
    wire.isActive = true;
    if (from === "client") wire.client.feed(bytes);
    else if (wire.hasUpstream) wire.upstream.feed(bytes);
  }

  #closed(from: Side, how: "fin" | "reset"): void {
    const wire = this.#wire;
    if (from === "client") wire.hasClientEnded = true;
    if (wire.phase !== undefined) wire.phase.closed(from, how);
    else if (from === "client" && how === "reset") wire.abort();
  }

  /** Handles all that can be handled now, one fragment at a time, the upstream's first. */
  #advance(): void {
    for (let phase = this.#wire.phase; phase !== undefined; phase = this.#wire.phase) {
      if (phase.stepUpstream()) continue;
      if (phase !== this.#wire.phase || phase.stepClient()) continue;
      phase.settle();
      if (phase === this.#wire.phase) break;
    }
    this.#updateClientPause();
  }

  #updateClientPause(): void {
    const { phase, client, out } = this.#wire;
    if (phase === undefined) return;
    const isFull = phase.isClientBlocked && client.waitingBytes > protocolLimits.waitingCommandBytes;
    if (isFull === this.#isClientPaused) return;
    this.#isClientPaused = isFull;
    out.push({ type: isFull ? "pause" : "resume", side: "client" });
  }

  #timedOut(name: string): void {
    const wire = this.#wire;
    const timer = wire.takeTimer(name);
    switch (timer) {
      case undefined:
        return;
      case "pre-auth":
        wire.end("the login took too long");
        return;
      case "upstream":
        wire.phase?.upstreamTimedOut();
        return;
      case "idle":
        if (this.#isStillActive()) wire.setTimer("idle", connectionLimits.idleTimeoutMs);
        else wire.end("nothing was said for too long");
        return;
      case "closing":
        if (this.#isStillActive()) wire.setTimer("closing", connectionLimits.closingTimeoutMs);
        else wire.end();
        return;
      case "copy":
        wire.copies.timedOut();
        return;
      case "keep-alive":
        if (wire.isWaiting && wire.passing === undefined)
          wire.out.push({ type: "send", to: "client", bytes: KEEP_ALIVE });
        return;
      default:
        timer satisfies never;
    }
  }

  #isStillActive(): boolean {
    const { isActive, responses, upload } = this.#wire;
    this.#wire.isActive = false;
    // What waits for a verdict has its own end; what waits for the upstream has this one only.
    return isActive || responses.isWaiting || upload?.isJudging === true;
  }

  /** While the client waits for a message, it is told so whenever it has heard nothing for a while. Responses go out
   *  whole, and the next one is the one that is held: so this never falls into the middle of one. */
  #keepAlive(): void {
    const wire = this.#wire;
    const { keepAliveMs } = wire.delivery;
    if (wire.isEnded || keepAliveMs === undefined) return;
    if (!wire.isWaiting) {
      wire.clearTimer("keep-alive");
      return;
    }
    const hasSpoken = wire.out.some((command) => "to" in command && command.to === "client");
    if (hasSpoken || !wire.hasTimer("keep-alive")) wire.setTimer("keep-alive", keepAliveMs);
  }
}

const HOLD: Settings["delivery"] = { mode: "hold", keepAliveMs: connectionLimits.keepAliveIntervalMs };

const KEEP_ALIVE = fromLatin1("* OK mailward is checking a message\r\n");
