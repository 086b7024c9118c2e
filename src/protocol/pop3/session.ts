/** A POP3 connection from greeting to close: finds the upstream, then relays and holds. */
import { connectionLimits, protocolLimits } from "../../core/limits.ts";
import type { Side } from "../../core/model.ts";
import type { Settings } from "../../core/settings.ts";
import type { Session, SessionCommand, SessionMode } from "../command.ts";
import type { SessionEvent } from "../event.ts";
import { HeldOutput } from "../held-output.ts";
import { Approach } from "./approach.ts";
import type { Abuse } from "./client-conduct.ts";
import { ClientInput } from "./client-input.ts";
import { HeldMessages } from "./held-messages.ts";
import { Passthrough } from "./passthrough.ts";
import { Relay } from "./relay.ts";
import { SessionActions } from "./session-actions.ts";
import { errorLine } from "./status-line.ts";

export interface Pop3SessionOptions {
  readonly mode: SessionMode;
  readonly ports: Settings["ports"];
}

/** A session for one client connection. */
export function createPop3Session(options: Pop3SessionOptions): Session {
  return new Pop3Session(options);
}

class Pop3Session implements Session {
  readonly protocol = "pop3";
  readonly #actions = new SessionActions();
  readonly #input = new ClientInput();
  readonly #output = new HeldOutput();
  readonly #messages = new HeldMessages(this.#output);
  #phase: Phase;
  #isClientPaused = false;
  #hasClientEnded = false;

  constructor(options: Pop3SessionOptions) {
    this.#phase = { type: "approach", approach: new Approach({ ...options, actions: this.#actions }) };
  }

  handle(event: SessionEvent): readonly SessionCommand[] {
    this.#actions.begin();
    if (this.#phase.type === "ended") return [];
    this.#receive(event);
    this.#advance();
    this.#takeLines();
    this.#endIfOver();
    this.#updatePause();
    return this.#actions.commands;
  }

  #receive(event: SessionEvent): void {
    const approach = this.#phase.type === "approach" ? this.#phase.approach : undefined;
    switch (event.type) {
      case "start":
        this.#actions.setTimer("pre-auth", connectionLimits.preAuthTimeoutMs);
        approach?.start();
        break;
      case "bytes":
        this.#touch();
        if (event.from === "client") this.#clientSaid(event.bytes);
        else this.#upstreamSaid(event.bytes);
        break;
      case "connected":
        approach?.connected(event.peer);
        break;
      case "connect-failed":
        approach?.connectFailed(event.failure);
        break;
      case "tls-established":
        approach?.tlsEstablished();
        break;
      case "tls-failed":
        approach?.fail("tls-failed", event.failure.detail);
        break;
      case "closed":
        this.#closed(event.from, event.how);
        break;
      case "judged":
        this.#messages.judged(this.#actions.commands, event);
        break;
      case "section":
        this.#messages.section(this.#actions.commands, event);
        break;
      case "items":
        break;
      case "hold-failed":
        this.#messages.refuse(this.#actions.commands, event.id, event.failure.detail);
        break;
      case "stalled":
        if (this.#phase.type === "relay") {
          this.#phase.relay.abandon(this.#actions.commands, "the server stopped in the middle of a message");
          this.#drain();
        }
        break;
      case "timer":
        this.#timerOver(event.name);
        break;
      default:
        event satisfies never;
    }
  }

  #clientSaid(bytes: Uint8Array): void {
    if (this.#phase.type === "passthrough") this.#phase.passthrough.receive("client", bytes);
    else if (this.#phase.type !== "draining") this.#input.append(bytes);
  }

  #upstreamSaid(bytes: Uint8Array): void {
    switch (this.#phase.type) {
      case "approach": {
        const used = this.#phase.approach.receive(bytes);
        this.#advance();
        if (used < bytes.length) this.#upstreamSaid(bytes.subarray(used));
        break;
      }
      case "relay":
        this.#relay(this.#phase.relay, bytes);
        break;
      case "passthrough":
        this.#phase.passthrough.receive("upstream", bytes);
        break;
      case "draining":
      case "ended":
        break;
      default:
        this.#phase satisfies never;
    }
  }

  #relay(relay: Relay, bytes: Uint8Array): void {
    const wasAuthenticated = relay.isAuthenticated;
    const violation = relay.receive(this.#actions.commands, bytes);
    if (relay.isAuthenticated && !wasAuthenticated) this.#loggedIn();
    if (violation !== undefined) {
      const { code, detail } = violation;
      this.#actions.report({ type: "protocol-error", side: "upstream", code, detail });
      relay.abandon(this.#actions.commands, detail);
      this.#drain();
    } else if (relay.isOver) {
      this.#drain();
    }
  }

  /** Goes on from the way to the upstream when that is at its end. */
  #advance(): void {
    const outcome = this.#phase.type === "approach" ? this.#phase.approach.outcome : undefined;
    if (outcome === undefined) return;
    switch (outcome.type) {
      case "relay":
        this.#phase = { type: "relay", relay: this.#createRelay(outcome.isAuthenticated) };
        if (outcome.isAuthenticated) this.#loggedIn();
        else this.#actions.report({ type: "state", state: "login" });
        break;
      case "passthrough":
        this.#phase = { type: "passthrough", passthrough: new Passthrough(this.#actions, outcome.rule) };
        this.#actions.send("upstream", this.#input.takeAll());
        break;
      case "over":
        this.#drain();
        break;
      default:
        outcome satisfies never;
    }
  }

  #createRelay(isAuthenticated: boolean): Relay {
    return new Relay({
      output: this.#output,
      messages: this.#messages,
      isAuthenticated,
      isPipeliningUnknown: isAuthenticated,
    });
  }

  #loggedIn(): void {
    this.#actions.report({ type: "state", state: "authenticated" });
    this.#actions.clearTimer("pre-auth");
    this.#actions.setTimer("idle", connectionLimits.idleTimeoutMs);
  }

  #closed(from: Side, how: "fin" | "reset"): void {
    if (this.#phase.type === "passthrough") {
      this.#phase.passthrough.closed(from, how);
    } else if (from === "client") {
      this.#hasClientEnded = true;
      if (how === "reset") this.#end();
    } else if (this.#phase.type === "approach") {
      this.#phase.approach.upstreamClosed();
    } else if (this.#phase.type === "relay") {
      this.#phase.relay.abandon(this.#actions.commands, "the server closed the connection");
      this.#drain();
    }
  }

  #timerOver(name: string): void {
    const timer = this.#actions.timerOver(name);
    switch (timer) {
      case "greeting":
        if (this.#phase.type === "approach") this.#phase.approach.fail("timeout", "the server does not answer");
        break;
      case "pre-auth":
        this.#dismiss("login took too long");
        break;
      case "closing":
        if (this.#phase.type === "relay") {
          this.#phase.relay.abandon(this.#actions.commands, "the server does not answer");
        }
        this.#drain();
        break;
      case "idle":
        this.#end();
        break;
      case undefined:
        break;
      default:
        timer satisfies never;
    }
  }

  /** Handles what the client has said as far as it may be handled now. */
  #takeLines(): void {
    for (let line = this.#input.peek(); line !== undefined; line = this.#input.peek()) {
      if (!this.#takeLine(line)) break;
      this.#input.consume(line);
      this.#advance();
    }
    const isListening = this.#phase.type === "approach" || this.#phase.type === "relay";
    if (!isListening || !this.#input.isTooLong) return;
    const detail = "the command is too long";
    this.#actions.report({ type: "protocol-error", side: "client", code: "line-too-long", detail });
    this.#dismiss(detail);
  }

  #takeLine(line: Uint8Array): boolean {
    switch (this.#phase.type) {
      case "approach":
        if (!this.#phase.approach.isTakingCommands) return false;
        this.#phase.approach.take(line);
        return true;
      case "relay": {
        const { relay } = this.#phase;
        if (this.#output.isFull || !relay.take(this.#actions.commands, line)) return false;
        if (relay.abuse !== undefined) this.#abused(relay, relay.abuse);
        return true;
      }
      case "draining":
        return true;
      case "passthrough":
      case "ended":
        return false;
      default:
        return this.#phase satisfies never;
    }
  }

  #abused(relay: Relay, abuse: Abuse): void {
    this.#actions.report({ type: "protocol-error", side: "client", ...abuse });
    relay.abandon(this.#actions.commands, abuse.detail);
    this.#drain();
  }

  /** Ends the connection with a last refusal, where one can be said. */
  #dismiss(why: string): void {
    if (this.#phase.type === "relay" && this.#phase.relay.isAwaiting) {
      this.#phase.relay.abandon(this.#actions.commands, why);
    } else if (this.#phase.type === "approach" || this.#phase.type === "relay") {
      this.#output.send(this.#actions.commands, errorLine(why));
    }
    this.#drain();
  }

  /** Nothing more comes from the upstream; what is held is still delivered, then the client is closed too. */
  #drain(): void {
    this.#phase = { type: "draining" };
    this.#actions.report({ type: "state", state: "closing" });
    this.#actions.clearTimers();
    this.#actions.closeUpstream();
  }

  #endIfOver(): void {
    switch (this.#phase.type) {
      case "approach":
        if (this.#hasClientEnded && this.#phase.approach.isTakingCommands) this.#end();
        break;
      case "relay":
        this.#endRelayIfOver(this.#phase.relay);
        break;
      case "passthrough":
        if (this.#phase.passthrough.isOver) this.#end();
        break;
      case "draining":
        if (!this.#output.isHolding) this.#end();
        break;
      case "ended":
        break;
      default:
        this.#phase satisfies never;
    }
  }

  /** P-69: after QUIT, or when the client has ended its side, the last answers still arrive. */
  #endRelayIfOver(relay: Relay): void {
    const isIdle = !relay.isAwaiting && !this.#output.isHolding;
    if (this.#hasClientEnded && isIdle && this.#input.peek() === undefined) {
      this.#end();
    } else if ((this.#hasClientEnded || relay.hasQuit) && relay.isAwaiting) {
      if (!this.#actions.isTimerRunning("closing")) this.#setClosing();
    } else {
      this.#actions.clearTimer("closing");
    }
  }

  #end(): void {
    this.#messages.releaseAll(this.#actions.commands);
    this.#actions.clearTimers();
    this.#actions.closeUpstream();
    this.#actions.commands.push({ type: "close", side: "client", how: "full" });
    this.#phase = { type: "ended" };
  }

  /** The client is not read while too much of what it said waits, nor while too much waits to be said to it. */
  #updatePause(): void {
    const isFull = this.#output.isFull || this.#input.length > protocolLimits.waitingCommandBytes;
    if (this.#phase.type === "ended" || isFull === this.#isClientPaused) return;
    this.#isClientPaused = isFull;
    this.#actions.commands.push({ type: isFull ? "pause" : "resume", side: "client" });
  }

  /** Something moves: the deadlines of silence begin anew. */
  #touch(): void {
    if (this.#actions.isTimerRunning("idle")) this.#actions.setTimer("idle", connectionLimits.idleTimeoutMs);
    if (this.#actions.isTimerRunning("closing")) this.#setClosing();
  }

  #setClosing(): void {
    this.#actions.setTimer("closing", connectionLimits.closingTimeoutMs);
  }
}

type Phase =
  | { readonly type: "approach"; readonly approach: Approach }
  | { readonly type: "relay"; readonly relay: Relay }
  | { readonly type: "passthrough"; readonly passthrough: Passthrough }
  /** Nothing is forwarded any more; what is held is still delivered. */
  | { readonly type: "draining" }
  | { readonly type: "ended" };
