/** The upstream's side of a relayed dialogue: every response passes byte for byte, except what rule zero holds or drops
 *  and what capability lists may not say, and texts that look like literals. */

import { latin1 } from "../../core/bytes.ts";
import { codeList, dataList, hideCapabilities } from "./capability.ts";
import { type Assembly, FetchAssembly, type LineFragment } from "./fetch-assembly.ts";
import { PassedResponse } from "./passed-response.ts";
import type { PendingCommand, PendingCommands } from "./pending-commands.ts";
import { DROPPED, PlainAssembly } from "./plain-assembly.ts";
import { parseResponse, type Response, type ResponseStatus } from "./response.ts";
import { SequenceSet } from "./sequence-set.ts";
import { withoutAnnouncement } from "./text-guard.ts";
import type { Translation } from "./translation.ts";
import type { Wire } from "./wire.ts";

/** What the other side of the relay knows and has to know. */
export interface CommandSide {
  readonly pending: PendingCommands;
  readonly isAuthenticated: boolean;
  /** See FetchContext. */
  readonly translation: Translation | undefined;
  /** A continuation request, the whole line; true when it is for the client. */
  continued(line: Uint8Array): boolean;
  /** The answer to a login that the session sent is not here yet: what it says goes to the client by `completed`. */
  completed(command: PendingCommand, status: ResponseStatus): void;
}

export class RelayResponses {
  readonly #wire: Wire;
  readonly #commands: CommandSide;
  /** The response being collected. */
  #assembly: Assembly | undefined;

  constructor(wire: Wire, commands: CommandSide) {
    this.#wire = wire;
    this.#commands = commands;
  }

  /** Handles the upstream's next fragment. */
  step(): boolean {
    const fragment = this.#wire.upstream.next();
    switch (fragment?.type) {
      case undefined:
        return false;
      case "line":
        if (fragment.isContinued) this.#assembly?.line(fragment);
        else this.#begin(fragment);
        if (fragment.literal === undefined) this.#assembly = undefined;
        return true;
      case "literal":
        this.#assembly?.literal(fragment);
        return true;
      case "malformed":
        this.#wire.endOnError("upstream", fragment.code, "a line that mail programs read in different ways");
        return true;
      default:
        return fragment satisfies never;
    }
  }

  #begin(fragment: LineFragment): void {
    const response = parseResponse(fragment.bytes);
    switch (response.type) {
      case "data":
        this.#data(fragment, response);
        return;
      case "status":
        this.#status(fragment.bytes, response);
        return;
      case "tagged":
        this.#tagged(fragment.bytes, response);
        return;
      case "continuation":
        if (this.#commands.continued(fragment.bytes)) this.#wire.toClient(withoutAnnouncement(fragment.bytes));
        return;
      case "invalid":
        this.#wire.endOnError("upstream", "malformed-response", "a line that is no IMAP response");
        return;
      default:
        response satisfies never;
    }
  }

  #data(fragment: LineFragment, response: Extract<Response, { type: "data" }>): void {
    if (response.name === "EXPUNGE" || response.name === "VANISHED") this.#expunged(fragment, response);
    else if (response.name === "ENABLED") this.#enabled(fragment, response.argumentsStart);
    if (response.name === "CAPABILITY") this.#capability(fragment, response.argumentsStart);
    else if (this.#wire.delivery.mode === "observe") this.#observe(fragment, response);
    else if (FETCH_NAMES.has(response.name)) this.#fetch(fragment, response);
    else if (DROPPED_NAMES.has(response.name)) this.#drop(fragment, response.name);
    else if (fragment.literal === undefined) this.#wire.toClient(fragment.bytes);
    else if (response.number !== undefined || !LITERAL_NAME.test(response.name)) this.#drop(fragment, response.name);
    else this.#collect(new PlainAssembly(this.#wire, response.name), fragment);
  }

  /** As it comes, whatever it holds. */
  #observe(fragment: LineFragment, response: Extract<Response, { type: "data" }>): void {
    const isFetch = FETCH_NAMES.has(response.name);
    if (isFetch && !this.#commands.isAuthenticated) {
      this.#endBeforeLogin();
      return;
    }
    const passed = new PassedResponse(this.#wire, response, isFetch);
    this.#assembly = passed;
    passed.begin(fragment);
  }

  #fetch(fragment: LineFragment, { name, number, argumentsStart }: Extract<Response, { type: "data" }>): void {
    if (!this.#commands.isAuthenticated) {
      this.#endBeforeLogin();
      return;
    }
    if (number === undefined) {
      this.#drop(fragment, name);
      return;
    }
    const assembly = new FetchAssembly({
      wire: this.#wire,
      pending: this.#commands.pending,
      number,
      isUid: name === "UIDFETCH",
      translation: this.#commands.translation,
    });
    this.#assembly = assembly;
    assembly.begin(fragment, argumentsStart);
  }

  #endBeforeLogin(): void {
    this.#wire.endOnError("upstream", "fetch-before-login", "message data before login");
  }

  /** Messages are gone, and others have other numbers. Those of `VANISHED (EARLIER)` had none. */
  #expunged({ bytes }: LineFragment, { number, argumentsStart }: Extract<Response, { type: "data" }>): void {
    const { copies, mailbox } = this.#wire;
    if (number !== undefined) {
      copies.expunged(number);
      mailbox.current.expunged(number);
    } else {
      const uids = latin1(bytes, argumentsStart, bytes.length - 2).trim();
      if (!/^[0-9:,]+$/.test(uids)) return;
      const gone = new SequenceSet(uids);
      copies.vanished(gone);
      mailbox.current.vanished(gone);
    }
  }

  /** With UIDONLY (RFC 9586) messages have no numbers any more. */
  #enabled({ bytes }: LineFragment, argumentsStart: number): void {
    if (/ UIDONLY(?: |\r\n)/i.test(latin1(bytes, argumentsStart))) this.#wire.copies.forgetNumbers();
  }

  #drop(fragment: LineFragment, name: string): void {
    const detail = `a response that may hold content in a form that is not scanned: ${name}`;
    this.#wire.report({ type: "protocol-error", side: "upstream", code: "unjudged-content", detail });
    this.#collect(DROPPED, fragment);
  }

  #collect(assembly: Assembly, fragment: LineFragment): void {
    this.#assembly = assembly;
    assembly.line(fragment);
  }

  #capability({ bytes, literal }: LineFragment, argumentsStart: number): void {
    if (literal !== undefined) {
      this.#wire.endOnError("upstream", "malformed-response", "a capability list with a literal");
      return;
    }
    const shown = hideCapabilities(bytes, dataList(bytes, argumentsStart), this.#wire.hiding);
    this.#wire.toClient(withoutAnnouncement(shown));
  }

  #status(line: Uint8Array, { status, textStart }: Extract<Response, { type: "status" }>): void {
    if (status === "PREAUTH") {
      this.#wire.endOnError("upstream", "malformed-response", "a greeting that is not the first line");
      return;
    }
    this.#wire.toClient(this.#shown(line, textStart));
    if (status === "BYE") this.#wire.hasBye = true;
    else if (status === "OK") this.#wire.mailbox.said(latin1(line, textStart, textStart + MAX_CODE_BYTES).trimStart());
  }

  #tagged(line: Uint8Array, { tag, status, textStart }: Extract<Response, { type: "tagged" }>): void {
    const command = this.#commands.pending.get(tag);
    if (command === undefined) {
      this.#wire.endOnError("upstream", "unknown-tag", "the completion of a command that was never given");
      return;
    }
    this.#commands.pending.complete(command);
    this.#wire.responses.complete(command, this.#shown(line, textStart), status);
    this.#commands.completed(command, status);
  }

  #shown(line: Uint8Array, textStart: number): Uint8Array {
    const list = codeList(line, textStart);
    return withoutAnnouncement(list === undefined ? line : hideCapabilities(line, list, this.#wire.hiding));
  }
}

/** Enough for the response codes that say which mailbox is selected. */
const MAX_CODE_BYTES = 64;

/** UIDFETCH is RFC 9586. STORE is from before IMAP4, and some clients still read it as FETCH. */
const FETCH_NAMES: ReadonlySet<string> = new Set(["FETCH", "STORE", "UIDFETCH"]);

/** Names that every client reads as a whole. What looks like a known name followed by something else, `LIST2`, some read as
 *  that name without arguments, and then the literal as lines. No known response has a number, a literal and no content. */
const LITERAL_NAME = /^[A-Z-]+$/;

/** RFC 4467 and RFC 5259: content past FETCH. Nobody asked: the commands are refused. */
const DROPPED_NAMES: ReadonlySet<string> = new Set(["URLFETCH", "CONVERTED"]);
