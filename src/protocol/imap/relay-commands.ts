/** The client's side of a relayed dialogue: commands pass byte for byte and pipelined, literals as they come.
 *
 *  The client's octets are read in step with the upstream: while it is open whether a literal, an answer to a challenge
 *  or a new command comes next, they wait (P-28). So both always agree on what is a command and what is not.
 *
 *  A FETCH of slices is a barrier: it waits until the commands before it are complete, asks for the whole message
 *  instead, and the commands after it wait for its completion. So whatever arrives meanwhile is its answer. */
import { copyOf, latin1 } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import { asksForName, loginAccount, saslAccount } from "./account.ts";
import { mechanismOf } from "./capability.ts";
import { type Command, isKnownCommand, parseCommand } from "./command.ts";
import type { LineFragment } from "./fetch-assembly.ts";
import { fetchPlan, parseFetchRequest } from "./fetch-request.ts";
import { type Folded, FoldedCommand } from "./folded-command.ts";
import { type PendingCommand, PendingCommands } from "./pending-commands.ts";
import { PieceFetches } from "./piece-fetches.ts";
import { refusalOf } from "./refused-commands.ts";
import type { CommandSide } from "./relay-responses.ts";
import { type Awaited, FINISHED, type RelayState as State } from "./relay-state.ts";
import { taggedReply, untaggedReply } from "./reply.ts";
import type { ResponseStatus } from "./response.ts";
import type { Translation } from "./translation.ts";
import { Upload, type UploadStep } from "./upload.ts";
import type { Wire } from "./wire.ts";

type KnownCommand = Extract<Command, { type: "command" }>;

export class RelayCommands implements CommandSide {
  readonly pending = new PendingCommands();
  isAuthenticated: boolean;
  readonly #wire: Wire;
  #state: State = { type: "command" };
  #badCommands = 0;
  /** Sent, so that commands behind it make sense already. */
  #loginsUnderWay = 0;
  #hasLoggedOut = false;
  #isCompressed = false;
  readonly #pieces: PieceFetches;

  constructor(wire: Wire, isAuthenticated: boolean) {
    this.#wire = wire;
    this.#pieces = new PieceFetches(wire, this.pending);
    this.isAuthenticated = isAuthenticated;
  }

  get isBlocked(): boolean {
    const { type } = this.#state;
    if (this.#wire.held.isFull || this.#wire.passing !== undefined) return true;
    if (type === "command") return this.pending.isFull;
    if (this.#state.type === "uploading") return !this.#state.upload.isCollecting;
    return type === "awaiting" || type === "barrier" || type === "translating" || type === "compressing";
  }

  /** True while the upstream waits for more of what the client has begun to say. */
  get isUnfinished(): boolean {
    return !FINISHED.has(this.#state.type);
  }

  get hasLoggedOut(): boolean {
    return this.#hasLoggedOut;
  }

  get translation(): Translation | undefined {
    return this.#state.type === "translating" ? this.#state.translation : undefined;
  }

  /** Handles the client's next fragment. */
  step(): boolean {
    if (this.#wire.passing !== undefined) return false;
    if (this.#state.type === "barrier") return this.#tryBarrier(this.#state);
    if (this.#state.type === "compressing") return this.#tryCompression(this.#state);
    if (this.#state.type === "uploading" && !this.#state.upload.isCollecting)
      return this.#uploaded(this.#state.upload.advance(this.isAuthenticated));
    if (this.isBlocked) return false;
    const fragment = this.#wire.client.next();
    if (fragment === undefined) return false;
    if (fragment.type === "malformed") {
      this.#wire.endOnError("client", fragment.code, MALFORMED_TEXT[fragment.code]);
      return true;
    }
    const state = this.#state;
    switch (state.type) {
      case "command":
        if (fragment.type === "line") this.#command(fragment);
        return true;
      case "passing":
        this.#wire.toUpstream(fragment.bytes);
        if (fragment.type === "line") this.#passed(fragment, state.command);
        else this.#wire.mailbox.nameOctets(state.command, fragment.bytes);
        return true;
      case "discarding":
        if (fragment.type === "line") this.#refuse(fragment, state.reply);
        return true;
      case "folding":
        if (fragment.type === "line") this.#folded(fragment, state.tag, state.command.line(fragment));
        else state.command.literal(fragment);
        return true;
      case "uploading":
        if (fragment.type === "line") return this.#uploaded(state.upload.line(fragment));
        state.upload.literal(fragment);
        return true;
      case "text":
        this.#wire.toUpstream(fragment.bytes);
        this.#said(latin1(fragment.bytes, 0, fragment.bytes.length - 2), state);
        return true;
      case "awaiting":
      case "translating":
        return false;
      default:
        return state satisfies never;
    }
  }

  continued(line: Uint8Array): boolean {
    const state = this.#state;
    if (state.type === "uploading") {
      state.upload.continued();
      return false;
    }
    if (state.type !== "awaiting") return this.pending.size > 0;
    if (state.what === "literal") {
      this.#state = { type: "passing", command: state.command };
      return true;
    }
    this.#wire.client.expectText();
    const mechanism = asksForName(state.mechanism, line) ? state.mechanism : "";
    this.#state = { type: "text", what: state.what, command: state.command, mechanism };
    if (state.what === "idle") this.#wire.report({ type: "state", state: "idle" });
    return true;
  }

  completed(command: PendingCommand, status: ResponseStatus): void {
    const state = this.#state;
    this.#wire.mailbox.completed(command, status);
    const isUpload = state.type === "uploading" && state.upload.pendingCommand === command;
    if (isUpload) this.#wire.upload?.release();
    const isCurrent = isUpload || ("command" in state && state.command === command);
    if (isCurrent && state.type === "awaiting" && state.what === "literal") this.#wire.client.abandonLiteral();
    if (isCurrent && state.type === "text") this.#wire.client.expectCommand();
    if (isCurrent && state.type === "translating") this.#wire.copies.done();
    if (isCurrent && state.type !== "passing") this.#state = { type: "command" };
    if (command.name === "LOGIN" || command.name === "AUTHENTICATE") {
      this.#loginsUnderWay -= 1;
      if (status === "OK") this.authenticated(command.account);
    } else if (command.name === "IDLE" && isCurrent) {
      this.#wire.report({ type: "state", state: "authenticated" });
    } else if (command.name === "UNAUTHENTICATE" && status === "OK") {
      this.isAuthenticated = false;
      this.#wire.account = undefined;
    } else if (command.name === "LOGOUT") {
      this.#hasLoggedOut = true;
    } else if (command.name === "COMPRESS" && status === "OK") {
      this.#compress();
    }
  }

  authenticated(account: string | undefined): void {
    this.isAuthenticated = true;
    this.#wire.account = account;
    this.#wire.client.maxLineBytes = protocolLimits.imapCommandLineBytes;
    this.#wire.expectIdle();
    this.#wire.report({ type: "state", state: "authenticated" });
  }

  #command(line: LineFragment): void {
    const command = parseCommand(line.bytes);
    if (command.type === "invalid") {
      // A client that answers DONE to an IDLE which the upstream has just ended is not wrong, only late.
      if (line.literal !== undefined || command.tag.toUpperCase() !== "DONE")
        this.#bad(line, command.tag, command.text);
      return;
    }
    const { tag, name } = command;
    if (this.pending.has(tag)) {
      this.#refuse(line, taggedReply(tag, "BAD", "the tag is in use"));
    } else if (!this.isAuthenticated && this.#loginsUnderWay === 0 && !isKnownCommand(name)) {
      this.#bad(line, tag, "unknown command");
    } else if (line.literal !== undefined && (name === "FETCH" || name === "NOTIFY")) {
      const folding = new FoldedCommand(this.#wire);
      this.#state = { type: "folding", tag, command: folding };
      this.#folded(line, tag, folding.line(line));
    } else if (name === "FETCH") {
      this.#fetch(line, command);
    } else if (name === "COMPRESS") {
      this.#compression(line, command);
    } else if (this.#wire.scansUploads && (name === "APPEND" || name === "REPLACE")) {
      this.#state = { type: "uploading", upload: new Upload(this.#wire, this.pending, command, line) };
    } else {
      const refusal = refusalOf(command, line);
      if (refusal === undefined) {
        this.#pass(line, command);
        return;
      }
      this.#reportRefusal(refusal.code, refusal.detail);
      this.#refuse(line, refusal.reply);
    }
  }

  /** A line of a command whose literals become strings was taken; `folded` is undefined when there is more to come. */
  #folded(line: LineFragment, tag: string, folded: Folded | undefined): void {
    if (folded === undefined) return;
    if ("problem" in folded) this.#refuse(line, taggedReply(tag, "BAD", folded.problem));
    else {
      this.#state = { type: "command" };
      this.#command({ type: "line", bytes: folded.bytes, literal: undefined, isContinued: false });
    }
  }

  #uploaded(step: UploadStep): boolean {
    if (typeof step === "string") return step === "moved";
    const { refused, line } = step;
    if (line !== undefined) this.#refuse(line, refused);
    else {
      this.#state = { type: "command" };
      this.#wire.toClient(refused);
    }
    return true;
  }

  #fetch(line: LineFragment, command: KnownCommand): void {
    const { tag } = command;
    if (this.#wire.delivery.mode === "observe") {
      this.#pass(line, command);
      return;
    }
    const request = parseFetchRequest(line.bytes, command.argumentsStart);
    if (request === undefined) {
      this.#refuse(line, taggedReply(tag, "BAD", "the arguments of FETCH can not be read"));
      return;
    }
    const plan = fetchPlan(request);
    if (plan === "refuse") {
      this.#refuseFetch(line, tag, "content in this form can not be fetched through the scanner");
    } else if (plan === "forward" && !this.#pieces.isReplaced(command.isUid, request)) {
      this.#pass(line, command, request.sequenceSet, this.#pieces.forwarded(tag, command.isUid, request));
    } else {
      this.#state = { type: "barrier", tag, isUid: command.isUid, request };
    }
  }

  #tryBarrier({ tag, isUid, request }: Extract<State, { type: "barrier" }>): boolean {
    if (this.pending.size > 0) return false;
    const begun = this.#pieces.begin(tag, isUid, request);
    this.#state = begun === undefined ? { type: "command" } : { type: "translating", ...begun };
    return true;
  }

  /** The upstream compresses when the client wants it to; both legs are decompressed here. */
  #compression(line: LineFragment, { tag, argumentsStart }: KnownCommand): void {
    const mechanism = latin1(line.bytes, argumentsStart, line.bytes.length - 2)
      .trim()
      .toUpperCase();
    if (line.literal !== undefined || mechanism !== "DEFLATE") {
      this.#reportRefusal("compress", "COMPRESS with anything but DEFLATE");
      this.#refuse(line, taggedReply(tag, "NO", "only DEFLATE is available here", "CANNOT"));
    } else if (this.#isCompressed) {
      this.#refuse(line, taggedReply(tag, "NO", "DEFLATE is active already", "COMPRESSIONACTIVE"));
    } else {
      this.#state = { type: "compressing", tag, line: copyOf(line.bytes) };
    }
  }

  /** Nothing else is under way when the streams change. */
  #tryCompression({ tag, line }: Extract<State, { type: "compressing" }>): boolean {
    if (this.pending.size > 0) return false;
    this.#wire.toUpstream(line);
    this.#await("compression", this.pending.add(tag, "COMPRESS", false), "");
    return true;
  }

  /** Everything behind the completion is compressed, on both legs. */
  #compress(): void {
    const { client, upstream, held, out } = this.#wire;
    if (client.waitingBytes > 0) {
      this.#wire.endOnError("client", "early-octets", "nothing may be said between COMPRESS and its completion");
      return;
    }
    this.#isCompressed = true;
    out.push({ type: "compress", side: "upstream", received: copyOf(upstream.takeAll()) });
    held.append(out, [{ type: "compress", side: "client", received: NOTHING }]);
  }

  #pass(line: LineFragment, command: KnownCommand, sequenceSet?: string, bytes: Uint8Array = line.bytes): void {
    const { tag, name, isUid, argumentsStart } = command;
    const added = this.pending.add(tag, name, isUid, sequenceSet);
    if (name === "LOGIN" || name === "AUTHENTICATE") this.#loginsUnderWay += 1;
    if (CHANGES_MAILBOX.has(name)) {
      this.#wire.copies.forget();
      this.#wire.mailbox.selecting(added, line.bytes, argumentsStart, line.literal !== undefined);
    }
    if (name === "LOGIN") this.#showAccount(added, loginAccount(line.bytes, argumentsStart));
    this.#wire.toUpstream(bytes);
    if (line.literal !== undefined) {
      this.#passed(line, added);
    } else if (name === "AUTHENTICATE") {
      const mechanism = (mechanismOf(line.bytes, argumentsStart) ?? "").toUpperCase();
      const initial = latin1(line.bytes, argumentsStart + mechanism.length + 1, line.bytes.length - 2);
      const account = initial === "" || mechanism === "LOGIN" ? undefined : saslAccount(mechanism, initial);
      this.#showAccount(added, account);
      this.#await("authenticate", added, account === undefined ? mechanism : "");
    } else if (name === "IDLE") {
      this.#await("idle", added, "");
    }
  }

  /** A line of a command has passed. What follows it? */
  #passed({ literal }: LineFragment, command: PendingCommand): void {
    if (literal === undefined) {
      this.#state = { type: "command" };
    } else if (!literal.isSynchronising) {
      this.#state = { type: "passing", command };
    } else if (command.isCompleted) {
      // The upstream has refused the command already and will not ask for its literal.
      this.#wire.client.abandonLiteral();
      this.#state = { type: "command" };
    } else {
      this.#await("literal", command, "");
    }
  }

  /** An answer to a challenge, or the end of an IDLE, has passed. */
  #said(text: string, { what, command, mechanism }: Extract<State, { type: "text" }>): void {
    if (what === "idle") {
      this.#state = { type: "command" };
      this.#wire.report({ type: "state", state: "authenticated" });
      return;
    }
    const account = mechanism === "" ? undefined : saslAccount(mechanism, text);
    this.#showAccount(command, account);
    this.#await("authenticate", command, account === undefined ? mechanism : "");
  }

  #await(what: Awaited, command: PendingCommand, mechanism: string): void {
    this.#state = { type: "awaiting", what, command, mechanism };
  }

  #refuseFetch(line: LineFragment, tag: string, text: string): void {
    this.#reportRefusal("fetch", text);
    this.#refuse(line, taggedReply(tag, "NO", text, "CANNOT"));
  }

  /** Answers a command that the upstream never sees. A literal that the client sends without waiting is read and thrown
   *  away; one that it waits with does not come after this answer. */
  #refuse(line: LineFragment, reply: Buffer): void {
    if (line.literal !== undefined && !line.literal.isSynchronising) {
      this.#state = { type: "discarding", reply };
      return;
    }
    if (line.literal !== undefined) this.#wire.client.abandonLiteral();
    this.#state = { type: "command" };
    this.#wire.toClient(reply);
  }

  #bad(line: LineFragment, tag: string, text: string): void {
    const reply = tag === "*" ? untaggedReply("BAD", text) : taggedReply(tag, "BAD", text);
    this.#refuse(line, reply);
    if (this.isAuthenticated) return;
    this.#badCommands += 1;
    if (this.#badCommands < protocolLimits.badCommands) return;
    this.#wire.report({ type: "protocol-error", side: "client", code: "bad-commands", detail: text });
    this.#wire.end("too many bad commands");
  }

  #reportRefusal(code: string, detail: string): void {
    this.#wire.report({ type: "refused", code, detail });
  }

  #showAccount(command: PendingCommand, name: string | undefined): void {
    if (name === undefined) return;
    command.account = name;
    this.#wire.report({ type: "account", name });
  }
}

const NOTHING = new Uint8Array(0);

const CHANGES_MAILBOX: ReadonlySet<string> = new Set(["SELECT", "EXAMINE", "CLOSE", "UNSELECT", "UNAUTHENTICATE"]);

const MALFORMED_TEXT = {
  "bare-cr": "lines end with CRLF only, and hold no other CR",
  "bare-lf": "lines end with CRLF only",
  "line-too-long": "the line is too long",
  "literal-announcement": "the literal is announced in a way that mail programs read differently",
} as const;
