/** The way from the client's first word to an upstream that may talk to it: the login dialogue of explicit mode, the
 *  connection, STLS, the login there. */
import { connectionLimits, protocolLimits } from "../../core/limits.ts";
import type { Failure, UpstreamPeer } from "../../core/model.ts";
import type { Settings } from "../../core/settings.ts";
import type { SessionMode } from "../command.ts";
import { ClientConduct } from "./client-conduct.ts";
import { LineReader } from "./line-reader.ts";
import { EXPLICIT_GREETING, type Login, LoginDialogue } from "./login-dialogue.ts";
import type { SessionActions } from "./session-actions.ts";
import { errorLine } from "./status-line.ts";
import { type SetupStep, UpstreamSetup } from "./upstream-setup.ts";

/** Where the way has led. `over` means that there is nothing to relay and the connection ends. */
export type Outcome =
  | { readonly type: "relay"; readonly isAuthenticated: boolean }
  | { readonly type: "passthrough"; readonly rule: string }
  | { readonly type: "over" };

/** After every call `outcome` tells whether the way is at its end. */
export class Approach {
  readonly #mode: SessionMode;
  readonly #actions: SessionActions;
  readonly #dialogue: LoginDialogue;
  #lines = new LineReader(protocolLimits.pop3ResponseLineBytes);
  /** The upstream being set up, or one that refused a login and may be asked again. */
  #setup: UpstreamSetup | undefined;
  #state: "new" | "login" | "connecting" | "setup" = "new";
  #exclusion: string | undefined;
  readonly #conduct = new ClientConduct();
  #logins = 0;
  outcome: Outcome | undefined;

  constructor(options: { mode: SessionMode; ports: Settings["ports"]; actions: SessionActions }) {
    this.#mode = options.mode;
    this.#actions = options.actions;
    this.#dialogue = new LoginDialogue(options.ports);
  }

  /** True while the client is spoken to: its commands are taken one by one. */
  get isTakingCommands(): boolean {
    return this.#state === "login" && this.outcome === undefined;
  }

  start(): void {
    if (this.#state !== "new") return;
    if (this.#mode.type === "fixed") {
      this.#connect(new UpstreamSetup(this.#mode.target, undefined));
      return;
    }
    this.#awaitLogin();
    this.#actions.send("client", EXPLICIT_GREETING);
  }

  /** Handles a line of the client's. */
  take(line: Uint8Array): void {
    const step = this.#dialogue.receive(line);
    switch (step.type) {
      case "answer":
        if (step.refusal !== undefined) this.#actions.report({ type: "refused", code: "login", detail: step.refusal });
        this.#actions.send("client", step.bytes);
        this.#conduct.countAnswer();
        this.#endIfAbused();
        break;
      case "bad":
        this.#actions.send("client", step.bytes);
        this.#conduct.countBadCommand();
        this.#endIfAbused();
        break;
      case "login":
        this.#logIn(step.login);
        break;
      case "quit":
        this.#actions.send("client", step.bytes);
        this.outcome = { type: "over" };
        break;
      default:
        step satisfies never;
    }
  }

  connected(peer: UpstreamPeer): void {
    if (this.#state !== "connecting" || this.#setup === undefined) return;
    this.#state = "setup";
    this.#exclusion = peer.exclusion;
    const isPassedAtOnce = this.#mode.type === "fixed" && this.#setup.target.security !== "starttls";
    if (peer.exclusion !== undefined && isPassedAtOnce) this.outcome = { type: "passthrough", rule: peer.exclusion };
    else this.#actions.setTimer("greeting", peer.greetingTimeoutMs ?? connectionLimits.upstreamGreetingTimeoutMs);
  }

  connectFailed(failure: Failure): void {
    if (this.#state !== "connecting") return;
    this.#actions.forgetUpstream();
    const isPermanent = failure.code === "loop" || failure.code === "forbidden-target";
    this.fail("connect-failed", failure.detail, isPermanent ? "SYS/PERM" : "SYS/TEMP");
  }

  tlsEstablished(): void {
    if (this.#state === "setup" && this.#setup !== undefined) this.#step(this.#setup.tlsEstablished());
  }

  /** Handles what the upstream sent; returns how much of it belongs to the way. */
  receive(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.outcome === undefined) {
      if (this.#state !== "setup" || this.#setup === undefined) {
        this.upstreamClosed();
        return bytes.length;
      }
      const result = this.#lines.read(bytes, at);
      if (result.type !== "line") {
        if (result.type === "too-long") this.#violation("line-too-long", "the server sent a line beyond every limit");
        return bytes.length;
      }
      at = result.next;
      const step = this.#setup.receive(result.line);
      if (step.type === "start-tls" && at < bytes.length) {
        this.#violation("injected", "the server sent octets before TLS was up, which could be an attack");
        return bytes.length;
      }
      this.#step(step);
    }
    return at;
  }

  /** The upstream closed its side, or one that waits for another login is not fit for it any more. */
  upstreamClosed(): void {
    if (this.#state === "connecting") return;
    if (this.#state === "setup") this.fail("closed", "the server closed the connection");
    this.#dropUpstream();
  }

  /** The upstream can not be used: the client is told why, and in explicit mode may log in again. */
  fail(code: string, detail: string, responseCode: "SYS/TEMP" | "SYS/PERM" = "SYS/TEMP"): void {
    if (this.#state !== "setup" && this.#state !== "connecting") return;
    this.#actions.report({ type: "refused", code, detail });
    this.#actions.send("client", errorLine(detail, responseCode));
    this.#dropUpstream();
    this.#awaitLogin();
  }

  #logIn(login: Login): void {
    const spare = this.#setup;
    this.#logins += 1;
    this.#actions.report({ type: "account", name: Buffer.from(login.name, "latin1").toString("utf8") });
    if (spare === undefined || !isSameTarget(spare, login)) {
      this.#connect(new UpstreamSetup(login.target, login));
      return;
    }
    this.#state = "setup";
    this.#step(spare.retry(login));
  }

  #connect(setup: UpstreamSetup): void {
    this.#state = "connecting";
    this.#setup = setup;
    this.#lines = new LineReader(protocolLimits.pop3ResponseLineBytes);
    this.#actions.report({ type: "state", state: "connecting" });
    this.#actions.connect(setup.target);
  }

  #step(step: SetupStep): void {
    switch (step.type) {
      case "send":
        if (this.#setup?.isLoggingIn === true) this.#actions.clearTimer("greeting");
        this.#actions.send("upstream", step.bytes);
        break;
      case "start-tls":
        this.#actions.clearTimer("greeting");
        this.#actions.commands.push({ type: "start-tls", side: "upstream", buffered: "close" });
        break;
      case "done":
        this.#done(step.answer);
        break;
      case "refused":
        this.#actions.report({ type: "refused", code: "login", detail: "the mail server refuses the login" });
        this.#actions.send("client", step.answer);
        if (!step.isAlive) this.#dropUpstream();
        this.#awaitLogin();
        break;
      case "failed":
        this.#violation(step.code, step.text);
        break;
      default:
        step satisfies never;
    }
  }

  #done(answer: Uint8Array): void {
    this.#actions.clearTimer("greeting");
    this.#actions.send("client", answer);
    if (this.#exclusion !== undefined) this.outcome = { type: "passthrough", rule: this.#exclusion };
    else this.outcome = { type: "relay", isAuthenticated: this.#mode.type === "explicit" };
  }

  #violation(code: string, detail: string): void {
    this.#actions.report({ type: "protocol-error", side: "upstream", code, detail });
    this.fail(code, detail);
  }

  #endIfAbused(): void {
    const { abuse } = this.#conduct;
    if (abuse === undefined) return;
    this.#actions.report({ type: "protocol-error", side: "client", ...abuse });
    this.outcome = { type: "over" };
  }

  #awaitLogin(): void {
    this.#actions.clearTimer("greeting");
    if (this.#mode.type === "fixed" || this.#logins >= protocolLimits.loginAttempts) {
      this.outcome = { type: "over" };
      return;
    }
    this.#state = "login";
    this.#actions.report({ type: "state", state: "login" });
  }

  #dropUpstream(): void {
    this.#setup = undefined;
    this.#actions.closeUpstream();
  }
}

function isSameTarget(setup: UpstreamSetup, login: Login): boolean {
  const [left, right] = [setup.target, login.target];
  return left.host === right.host && left.port === right.port && left.security === right.security;
}
