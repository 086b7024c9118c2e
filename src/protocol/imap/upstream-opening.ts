/** From `connect` to an upstream that may be logged in to: its greeting, and STARTTLS where the target requires it. */
import { copyOf, fromLatin1 } from "../../core/bytes.ts";
import { connectionLimits } from "../../core/limits.ts";
import type { Side, Target, UpstreamPeer } from "../../core/model.ts";
import { type Capabilities, codeList, dataList, readCapabilities } from "./capability.ts";
import type { LineFragment } from "./fetch-assembly.ts";
import { failureCode, type ReplyCode } from "./reply.ts";
import { parseResponse, type Response } from "./response.ts";
import type { Phase, UpstreamEvent, Wire } from "./wire.ts";

export interface OpenUpstream {
  readonly peer: UpstreamPeer;
  /** The upstream's greeting, OK or PREAUTH; after STARTTLS there is none that counts (P-13). */
  readonly greeting: { readonly line: Uint8Array; readonly isPreauth: boolean } | undefined;
  /** As far as the upstream has said. */
  readonly capabilities: Capabilities | undefined;
}

export interface OpeningFailure {
  readonly code: ReplyCode;
  readonly text: string;
  /** The upstream's own BYE, where that was its greeting. */
  readonly bye?: Uint8Array;
}

export interface OpeningOptions {
  readonly wire: Wire;
  readonly target: Target;
  /** Ask for the capabilities once TLS is up: there is no greeting to learn them from. */
  readonly asksAfterTls: boolean;
  ready(upstream: OpenUpstream): void;
  /** The upstream is closed. */
  failed(failure: OpeningFailure): void;
  /** Where given: the upstream is excluded, and nothing has to be said to it first. */
  readonly excluded?: (rule: string) => void;
}

/** Nothing that the upstream says here reaches the client, except its greeting. */
export class UpstreamOpening implements Phase {
  readonly isClientBlocked = true;
  readonly #options: OpeningOptions;
  readonly #wire: Wire;
  #state: State = "connecting";
  #peer: UpstreamPeer | undefined;
  #greeting: OpenUpstream["greeting"];
  #capabilities: Capabilities | undefined;

  constructor(options: OpeningOptions) {
    this.#options = options;
    this.#wire = options.wire;
  }

  begin(): void {
    this.#wire.enter(this);
    this.#wire.connect(this.#options.target);
  }

  stepClient(): boolean {
    return false;
  }

  stepUpstream(): boolean {
    if (this.#state === "connecting" || this.#state === "tls") return false;
    const fragment = this.#wire.upstream.next();
    if (fragment === undefined) return false;
    if (fragment.type === "malformed") this.#failGarbage();
    else if (fragment.type === "line" && !fragment.isContinued) this.#line(fragment);
    return true;
  }

  upstreamEvent(event: UpstreamEvent): void {
    switch (event.type) {
      case "connected":
        if (event.peer.exclusion !== undefined && this.#isPassedAtOnce) {
          this.#options.excluded?.(event.peer.exclusion);
          return;
        }
        this.#peer = event.peer;
        this.#wire.setTimer("upstream", event.peer.greetingTimeoutMs ?? connectionLimits.upstreamGreetingTimeoutMs);
        this.#state = "greeting";
        return;
      case "connect-failed":
        this.#wire.upstreamIsGone();
        this.#fail(failureCode(event.failure), event.failure.detail);
        return;
      case "tls-failed":
        this.#fail("UNAVAILABLE", event.failure.detail);
        return;
      case "tls-established":
        this.#tlsEstablished();
        return;
      default:
        event satisfies never;
    }
  }

  closed(from: Side, how: "fin" | "reset"): void {
    if (from === "client") {
      if (how === "reset") this.#wire.abort();
    } else if (this.#state !== "connecting") this.#fail("UNAVAILABLE", `${this.#place} closed the connection`);
  }

  upstreamTimedOut(): void {
    this.#fail("UNAVAILABLE", `${this.#place} does not answer`);
  }

  settle(): void {}

  #line({ bytes }: LineFragment): void {
    const response = parseResponse(bytes);
    if (this.#state === "greeting") {
      this.#greeted(bytes, response);
      return;
    }
    if (response.type === "invalid") this.#failGarbage();
    else if (response.type === "status" && response.status === "BYE") {
      this.#fail("UNAVAILABLE", `${this.#place} closed the connection`);
    } else if (response.type === "data" && response.name === "CAPABILITY") {
      this.#capabilities = readCapabilities(bytes, dataList(bytes, response.argumentsStart));
    } else if (response.type === "tagged") this.#completed(response);
  }

  #greeted(line: Uint8Array, response: Response): void {
    if (response.type !== "status" || response.status === "NO" || response.status === "BAD") {
      this.#failGarbage();
      return;
    }
    if (response.status === "BYE") {
      const bye = copyOf(line);
      this.#fail("UNAVAILABLE", `${this.#place} takes no connections now`, bye);
      return;
    }
    const list = codeList(line, response.textStart);
    this.#capabilities = list === undefined ? undefined : readCapabilities(line, list);
    this.#greeting = { line: copyOf(line), isPreauth: response.status === "PREAUTH" };
    if (this.#options.target.security !== "starttls") this.#ready();
    else if (this.#greeting.isPreauth) this.#failTls("is logged in already, without TLS");
    else if (this.#capabilities === undefined) this.#send("capability", "CAPABILITY");
    else this.#startTls();
  }

  #completed({ tag, status }: Extract<Response, { type: "tagged" }>): void {
    if (tag !== TAG) {
      this.#failGarbage();
      return;
    }
    switch (this.#state) {
      case "capability":
        this.#startTls();
        return;
      case "starttls":
        if (status !== "OK") this.#failTls("refuses STARTTLS");
        else if (this.#wire.upstream.waitingBytes > 0)
          this.#failTls("sent octets before TLS was up, which may be an attack");
        else this.#beginTls();
        return;
      case "capability-after-tls":
        this.#ready();
        return;
      default:
        this.#failGarbage();
    }
  }

  #startTls(): void {
    if (this.#capabilities?.has("STARTTLS")) this.#send("starttls", "STARTTLS");
    else this.#failTls("does not offer STARTTLS");
  }

  #beginTls(): void {
    this.#state = "tls";
    this.#wire.out.push({ type: "start-tls", side: "upstream", buffered: "close" });
  }

  #tlsEstablished(): void {
    if (this.#state !== "tls") return;
    this.#wire.restartUpstream();
    this.#greeting = undefined;
    this.#capabilities = undefined;
    if (this.#options.asksAfterTls) this.#send("capability-after-tls", "CAPABILITY");
    else this.#ready();
  }

  #send(state: State, command: string): void {
    this.#state = state;
    this.#wire.toUpstream(fromLatin1(`${TAG} ${command}\r\n`));
  }

  #ready(): void {
    this.#wire.clearTimer("upstream");
    if (this.#peer === undefined) return;
    this.#options.ready({ peer: this.#peer, greeting: this.#greeting, capabilities: this.#capabilities });
  }

  #failTls(what: string): void {
    this.#fail("UNAVAILABLE", `${this.#place} ${what}; only ;plain after the server allows a login without TLS`);
  }

  #failGarbage(): void {
    const detail = `${this.#place} does not answer as an IMAP server does`;
    this.#wire.report({ type: "protocol-error", side: "upstream", code: "malformed-response", detail });
    this.#fail("UNAVAILABLE", detail);
  }

  #fail(code: ReplyCode, text: string, bye?: Uint8Array): void {
    this.#wire.clearTimer("upstream");
    this.#wire.closeUpstream("abort");
    this.#options.failed(bye === undefined ? { code, text } : { code, text, bye });
  }

  get #isPassedAtOnce(): boolean {
    return this.#options.excluded !== undefined && this.#options.target.security !== "starttls";
  }

  get #place(): string {
    return `${this.#options.target.host} port ${this.#options.target.port}`;
  }
}

/** No command of the client's is under way, so any tag will do. */
const TAG = "mailward1";

type State = "connecting" | "greeting" | "capability" | "starttls" | "tls" | "capability-after-tls";
