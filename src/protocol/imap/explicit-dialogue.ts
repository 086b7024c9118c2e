/** Explicit mode before login: mailward speaks for itself and learns from the login which upstream is meant. After a
 *  login that failed, for whatever reason, the client is back here and may try again. */
import { fromLatin1, latin1 } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import type { Side } from "../../core/model.ts";
import { Secret } from "../../core/secret.ts";
import { parseExplicitLogin } from "../explicit-login.ts";
import { shownName } from "./account.ts";
import { isKnownCommand } from "./command.ts";
import { type CollectedCommand, CommandCollector } from "./command-collector.ts";
import { type Login, LoginScript } from "./login-script.ts";
import { Relay } from "./relay.ts";
import { type ReplyCode, taggedReply, untaggedReply } from "./reply.ts";
import { type PlainMessage, parsePlain } from "./sasl-plain.ts";
import { type OpenUpstream, UpstreamOpening } from "./upstream-opening.ts";
import type { Phase, UpstreamEvent, Wire } from "./wire.ts";

export class ExplicitDialogue implements Phase {
  readonly isClientBlocked = false;
  readonly #wire: Wire;
  readonly #collector: CommandCollector;
  /** The tag of an AUTHENTICATE whose response is awaited. */
  #authenticating: string | undefined;
  #attempts = 0;
  #badCommands = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#collector = new CommandCollector(wire);
  }

  begin(): void {
    this.#wire.enter(this);
    this.#wire.report({ type: "state", state: "login" });
    const name = this.#wire.hostName === undefined ? "" : `${this.#wire.hostName} `;
    this.#send(`* OK [CAPABILITY ${CAPABILITIES}] ${name}mailward ready`);
  }

  stepClient(): boolean {
    const fragment = this.#wire.client.next();
    if (fragment === undefined) return false;
    if (fragment.type === "malformed") {
      this.#wire.endOnError("client", fragment.code, "this line is not acceptable before login");
      return true;
    }
    if (this.#authenticating !== undefined && fragment.type === "line") {
      const tag = this.#authenticating;
      this.#authenticating = undefined;
      this.#respond(tag, latin1(fragment.bytes, 0, fragment.bytes.length - 2));
      return true;
    }
    const command = this.#collector.collect(fragment);
    if (command !== undefined) this.#command(command);
    return true;
  }

  /** No upstream is there yet, or it is on its way out. */
  stepUpstream(): boolean {
    return false;
  }

  upstreamEvent(_event: UpstreamEvent): void {}

  closed(from: Side, how: "fin" | "reset"): void {
    if (from === "client" && how === "reset") this.#wire.abort();
  }

  upstreamTimedOut(): void {}

  settle(): void {
    if (this.#wire.hasClientEnded) this.#wire.end();
  }

  #command(command: CollectedCommand): void {
    const { tag, name } = command;
    switch (name) {
      case "CAPABILITY":
        this.#send(`* CAPABILITY ${CAPABILITIES}`);
        this.#reply(tag, "OK", "these are mailward's; log in for the mail server's");
        return;
      case "NOOP":
        this.#reply(tag, "OK", "nothing done");
        return;
      case "ID":
        this.#send("* ID NIL");
        this.#reply(tag, "OK", "ID completed");
        return;
      case "LOGOUT":
        this.#send("* BYE mailward closes the connection");
        this.#reply(tag, "OK", "logged out");
        this.#wire.end();
        return;
      case "LOGIN":
        this.#login(command);
        return;
      case "AUTHENTICATE":
        this.#authenticate(command);
        return;
      case "STARTTLS":
        this.#reply(tag, "BAD", "STARTTLS is not offered here; the way to the mail server is protected as configured");
        return;
      default:
        if (name !== "" && isKnownCommand(name)) this.#reply(tag, "BAD", "log in first");
        else this.#bad(command);
    }
  }

  #bad({ tag, problem }: CollectedCommand): void {
    const text = problem ?? "unknown command";
    if (tag === "*") this.#wire.toClient(untaggedReply("BAD", text));
    else this.#reply(tag, "BAD", text);
    this.#badCommands += 1;
    if (this.#badCommands < protocolLimits.badCommands) return;
    this.#wire.report({ type: "protocol-error", side: "client", code: "bad-commands", detail: text });
    this.#wire.end("too many bad commands");
  }

  #login({ tag, words }: CollectedCommand): void {
    const [name, password, ...rest] = words ?? [];
    if (name === undefined || password === undefined || rest.length > 0) {
      this.#reply(tag, "BAD", "LOGIN takes a name and a password");
      return;
    }
    const message = { authorization: "", name: latin1(name), password: new Secret(password) };
    this.#wipe(words ?? []);
    this.#logIn(tag, "LOGIN", message);
  }

  #authenticate({ tag, words }: CollectedCommand): void {
    const [mechanism, initial, ...rest] = words?.map((word) => latin1(word)) ?? [];
    if (mechanism === undefined || rest.length > 0) {
      this.#reply(tag, "BAD", "AUTHENTICATE takes a mechanism and an initial response");
    } else if (mechanism.toUpperCase() !== "PLAIN") {
      this.#reply(tag, "NO", "only PLAIN can name a server here; or use LOGIN", "CANNOT");
    } else if (initial === undefined) {
      this.#authenticating = tag;
      this.#wire.client.expectText();
      this.#send("+ ");
    } else {
      this.#respond(tag, initial === "=" ? "" : initial);
    }
  }

  #respond(tag: string, response: string): void {
    if (response === "*") {
      this.#reply(tag, "BAD", "AUTHENTICATE cancelled");
      return;
    }
    const message = parsePlain(response);
    if (message === undefined) this.#fail(tag, "this is not a response of PLAIN");
    else this.#logIn(tag, "AUTHENTICATE", message);
  }

  #logIn(tag: string, form: Login["form"], message: PlainMessage): void {
    const { ports } = this.#wire;
    const parsed = parseExplicitLogin(message.name, "imap", ports);
    if (parsed.type === "invalid" || message.password.reveal().includes(0)) {
      this.#fail(tag, parsed.type === "invalid" ? parsed.text : "the password holds a NUL");
      return;
    }
    const { name, target } = parsed;
    // Some clients repeat the whole login as the identity to act for.
    const other = parseExplicitLogin(message.authorization, "imap", ports);
    const isSame = other.type === "login" && other.target.host === target.host && other.target.port === target.port;
    const authorization = isSame ? other.name : message.authorization;
    if (Array.from(authorization).some((character) => character < " " || character === "\x7f")) {
      this.#fail(tag, "the identity to act for holds a control character");
      return;
    }
    this.#wire.report({ type: "account", name: shownName(name) });
    const login: Login = { tag, form, name, authorization, password: message.password };
    new UpstreamOpening({
      wire: this.#wire,
      target,
      asksAfterTls: false,
      ready: (upstream) => this.#opened(login, upstream),
      failed: ({ code, text }) => this.#fail(tag, text, code),
    }).begin();
  }

  #opened(login: Login, { peer, greeting, capabilities }: OpenUpstream): void {
    const { host } = peer.target;
    if (greeting?.isPreauth) {
      this.#wire.closeUpstream("abort");
      this.#fail(
        login.tag,
        `${host} logs in without a name; that account can not be the one that is meant`,
        "UNAVAILABLE",
      );
    } else if (login.form === "LOGIN" && capabilities?.has("LOGINDISABLED")) {
      this.#wire.closeUpstream("abort");
      this.#fail(login.tag, `${host} takes no LOGIN on this connection; name it without ;plain`, "PRIVACYREQUIRED");
    } else {
      const script = new LoginScript(login, capabilities?.has("SASL-IR") ?? false);
      new Relay(this.#wire, false).begin({
        login,
        script,
        exclusion: peer.exclusion,
        refused: () => this.#again(),
      });
    }
  }

  #fail(tag: string, text: string, code: ReplyCode = "AUTHENTICATIONFAILED"): void {
    this.#wire.report({ type: "refused", code: "login", detail: text });
    this.#reply(tag, "NO", text, code);
    this.#again();
  }

  #again(): void {
    this.#wire.enter(this);
    this.#attempts += 1;
    if (this.#attempts >= protocolLimits.loginAttempts) this.#wire.end("too many failed logins");
    else if (this.#attempts > 0) this.#wire.report({ type: "state", state: "login" });
  }

  #reply(tag: string, status: "OK" | "NO" | "BAD", text: string, code?: ReplyCode): void {
    this.#wire.toClient(taggedReply(tag, status, text, code));
  }

  #send(line: string): void {
    this.#wire.toClient(fromLatin1(`${line}\r\n`));
  }

  #wipe(words: readonly Buffer[]): void {
    for (const word of words) word.fill(0);
  }
}

/** What is implemented here; the upstream's own are learned after login. */
const CAPABILITIES = "IMAP4rev1 SASL-IR LITERAL+ ID AUTH=PLAIN";
