/** The dialogue between client and upstream, once both are there. */
import { connectionLimits } from "../../core/limits.ts";
import type { Side } from "../../core/model.ts";
import { shownName } from "./account.ts";
import type { Login, LoginScript } from "./login-script.ts";
import { Passthrough } from "./passthrough.ts";
import type { PendingCommand, PendingCommands } from "./pending-commands.ts";
import { RelayCommands } from "./relay-commands.ts";
import { type CommandSide, RelayResponses } from "./relay-responses.ts";
import { taggedReply } from "./reply.ts";
import type { ResponseStatus } from "./response.ts";
import type { Translation } from "./translation.ts";
import type { Phase, UpstreamEvent, Wire } from "./wire.ts";

/** A login of explicit mode that the session sends before the client may go on. Its answer is for the client. */
export interface RelayedLogin {
  readonly login: Login;
  readonly script: LoginScript;
  /** The rule that excludes the upstream: after the credentials, nothing is looked at. */
  readonly exclusion: string | undefined;
  /** The client has its NO and may log in again; the upstream is closed. */
  refused(): void;
}

export class Relay implements Phase, CommandSide {
  readonly #wire: Wire;
  readonly #commands: RelayCommands;
  readonly #responses: RelayResponses;
  #login: (RelayedLogin & { readonly command: PendingCommand }) | undefined;
  #isHalfClosed = false;

  constructor(wire: Wire, isAuthenticated: boolean) {
    this.#wire = wire;
    this.#commands = new RelayCommands(wire, isAuthenticated);
    this.#responses = new RelayResponses(wire, this);
  }

  begin(login?: RelayedLogin): void {
    this.#wire.enter(this);
    if (this.#commands.isAuthenticated) this.#commands.authenticated(undefined);
    if (login === undefined) return;
    const command = this.#commands.pending.add(login.login.tag, login.login.form, false);
    this.#login = { ...login, command };
    this.#sendLogin();
  }

  get pending(): PendingCommands {
    return this.#commands.pending;
  }

  get isAuthenticated(): boolean {
    return this.#commands.isAuthenticated;
  }

  get translation(): Translation | undefined {
    return this.#commands.translation;
  }

  get isClientBlocked(): boolean {
    return this.#login !== undefined || this.#commands.isBlocked;
  }

  stepClient(): boolean {
    return this.#login === undefined && this.#commands.step();
  }

  stepUpstream(): boolean {
    return this.#responses.step();
  }

  continued(line: Uint8Array): boolean {
    if (this.#login === undefined) return this.#commands.continued(line);
    this.#sendLogin();
    return false;
  }

  completed(command: PendingCommand, status: ResponseStatus): void {
    const login = this.#login;
    if (login === undefined) {
      this.#commands.completed(command, status);
      return;
    }
    this.#login = undefined;
    if (status === "OK") this.#commands.authenticated(shownName(login.login.name));
    else this.#loginRefused(login);
  }

  upstreamEvent(_event: UpstreamEvent): void {}

  closed(from: Side, how: "fin" | "reset"): void {
    if (from === "client") {
      if (how === "reset") this.#wire.abort();
      return;
    }
    const text = "the mail server closed the connection";
    const login = this.#login;
    if (login === undefined || this.#wire.hasBye) {
      this.#wire.end(text, "UNAVAILABLE");
      return;
    }
    this.#login = undefined;
    this.#wire.toClient(taggedReply(login.login.tag, "NO", text, "UNAVAILABLE"));
    this.#loginRefused(login);
  }

  upstreamTimedOut(): void {}

  /** After its last command a client may send FIN and still read the answers (P-69). The FIN is passed on only where the
   *  upstream waits for more, because some servers stop answering when they see it. */
  settle(): void {
    if (this.#commands.hasLoggedOut) this.#startClosing();
    if (!this.#wire.hasClientEnded || this.#isHalfClosed) return;
    const isWaiting = this.#commands.isBlocked && this.#wire.client.waitingBytes > 0;
    if (this.#commands.isUnfinished && !isWaiting) {
      this.#isHalfClosed = true;
      this.#wire.out.push({ type: "close", side: "upstream", how: "half" });
    } else if (this.pending.size === 0 && !isWaiting && this.#wire.upload?.isWaiting !== true) {
      this.#wire.end();
      return;
    }
    this.#startClosing();
  }

  #startClosing(): void {
    if (!this.#wire.hasTimer("closing")) this.#wire.setTimer("closing", connectionLimits.closingTimeoutMs);
  }

  #sendLogin(): void {
    const login = this.#login;
    const bytes = login?.script.next();
    if (login === undefined || bytes === undefined) {
      this.#wire.endOnError("upstream", "unexpected-continuation", "it asks for more than a name and a password");
      return;
    }
    this.#wire.toUpstream(bytes);
    if (login.script.isDone && login.exclusion !== undefined) new Passthrough(this.#wire).begin(login.exclusion);
  }

  /** The next try gets a new connection: a server that has refused a login may already be closing this one. */
  #loginRefused(login: RelayedLogin): void {
    if (this.#wire.hasBye) {
      this.#wire.end();
      return;
    }
    this.#wire.closeUpstream("full");
    this.#wire.report({ type: "refused", code: "login", detail: "the mail server refuses the login" });
    login.refused();
  }
}
