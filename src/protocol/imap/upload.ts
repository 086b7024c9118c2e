/** An APPEND or REPLACE whose messages are scanned before the upstream hears of it.
 *
 *  Towards the client the session is the server: it asks for the literals, spools them and waits for their verdicts. Then it
 *  is the client of the upstream, with the same command, octet for octet, but for literals that wait: so the upstream can
 *  still refuse (P-28), and needs no LITERAL+. All messages of a MULTIAPPEND are stored or none is (RFC 3502).
 *
 *  It begins when no other command is pending: then `+` from the upstream is for it. */
import { copyOf, fromLatin1 } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import type { Failure } from "../../core/model.ts";
import type { SessionEvent, SpoolId } from "../event.ts";
import { Collector } from "./collector.ts";
import type { LineFragment, LiteralFragment } from "./fetch-assembly.ts";
import type { LiteralHead } from "./literal-head.ts";
import type { HoldFailure, PendingCommand, PendingCommands } from "./pending-commands.ts";
import { GO_AHEAD, taggedReply } from "./reply.ts";
import { type UploadProblem, UploadReader } from "./upload-reader.ts";
import type { Wire } from "./wire.ts";

export interface UploadCommand {
  readonly tag: string;
  /** APPEND or REPLACE. */
  readonly name: string;
  readonly isUid: boolean;
  readonly argumentsStart: number;
}

/** `refused`: the command is over and this is its answer; `line`, if there is one, may announce a literal that the client
 *  is about to send. */
export type UploadStep = "waiting" | "moved" | { readonly refused: Buffer; readonly line: LineFragment | undefined };

export class Upload {
  readonly #wire: Wire;
  readonly #pending: PendingCommands;
  readonly #command: UploadCommand;
  readonly #firstLine: LineFragment;
  readonly #reader: UploadReader;
  #state: "queued" | "collecting" | "judging" | "sending" = "queued";
  readonly #parts: Part[] = [];
  #textBytes = 0;
  /** The literal being read. */
  #literal: Name | Message | undefined;
  readonly #messages = new Map<SpoolId, Message>();
  #failure: HoldFailure | undefined;
  #pendingCommand: PendingCommand | undefined;
  #sentParts = 0;

  constructor(wire: Wire, pending: PendingCommands, command: UploadCommand, firstLine: LineFragment) {
    this.#wire = wire;
    this.#pending = pending;
    this.#command = command;
    this.#firstLine = { ...firstLine, bytes: copyOf(firstLine.bytes) };
    this.#reader = new UploadReader(command.name);
  }

  /** True while the client's fragments are for `line` and `literal`. */
  get isCollecting(): boolean {
    return this.#state === "collecting";
  }

  /** True while the client has said all and waits. */
  get isWaiting(): boolean {
    return this.#state === "judging" || this.#state === "sending";
  }

  /** True while verdicts are awaited. */
  get isJudging(): boolean {
    return this.#state === "judging";
  }

  /** What the upstream has of it. */
  get pendingCommand(): PendingCommand | undefined {
    return this.#pendingCommand;
  }

  /** Goes on where nothing is awaited from the client. */
  advance(isAuthenticated: boolean): UploadStep {
    switch (this.#state) {
      case "queued": {
        if (this.#pending.size > 0 || this.#wire.held.isFull) return "waiting";
        this.#wire.upload = this;
        this.#state = "collecting";
        if (!isAuthenticated) return this.#refuse("BAD", "log in first", undefined, this.#firstLine);
        return this.#read(this.#firstLine, this.#command.argumentsStart);
      }
      case "judging":
        if (this.#failure !== undefined) return this.#refuse("NO", this.#failure.text, this.#failure.code, undefined);
        if (![...this.#messages.values()].every(({ isDeliverable }) => isDeliverable)) return "waiting";
        this.#begin();
        return "moved";
      case "collecting":
      case "sending":
        return "waiting";
      default:
        return this.#state satisfies never;
    }
  }

  line(line: LineFragment): UploadStep {
    return this.#read(line, 0);
  }

  literal({ bytes, remaining }: LiteralFragment): void {
    const literal = this.#literal;
    if (literal === undefined) return;
    if (literal.type === "name") literal.content.append(bytes);
    else if (bytes.length > 0) this.#wire.out.push({ type: "spool-bytes", id: literal.id, bytes });
    if (remaining > 0) return;
    this.#literal = undefined;
    if (literal.type === "name") this.#reader.named(literal.content.peek());
    else this.#wire.out.push({ type: "spool-end", id: literal.id });
  }

  judged({ id, decision, delivered }: Extract<SessionEvent, { type: "judged" }>): void {
    const message = this.#messages.get(id);
    if (message === undefined) return;
    if (decision.action === "deliver" && delivered.isOriginal && delivered.bytes === message.bytes) {
      message.isDeliverable = true;
    } else {
      this.#fail({ code: "CANNOT", text: `the message is not stored: ${decision.why}` });
    }
  }

  holdFailed(id: SpoolId, failure: Failure): void {
    if (!this.#messages.has(id)) return;
    const text = `the message is not stored, try again later: ${failure.detail}`;
    this.#wire.report({ type: "refused", code: "message", detail: text });
    this.#fail({ code: "UNAVAILABLE", text });
  }

  /** The upstream asks for the literal that was announced to it, if one was. */
  continued(): void {
    const literal = this.#parts[this.#sentParts - 1]?.literal;
    if (literal === undefined) return;
    if (literal.type === "name") {
      this.#wire.toUpstream(literal.content.peek());
    } else {
      const { id, bytes } = literal;
      if (bytes > 0) this.#wire.out.push({ type: "send-range", to: "upstream", id, start: 0, end: bytes });
      this.#messages.delete(id);
      this.#wire.out.push({ type: "release", id });
    }
    this.#sendPart();
  }

  /** It is over, however it ended: nothing is held for it any more. */
  release(): void {
    this.#releaseMessages();
    this.#wire.upload = undefined;
  }

  #read(line: LineFragment, start: number): UploadStep {
    if (this.#failure !== undefined) return this.#refuse("NO", this.#failure.text, this.#failure.code, line);
    const { bytes, literal } = line;
    const part = this.#reader.line(bytes, start, literal);
    if (typeof part !== "string") return this.#refuseProblem(part, line);
    this.#textBytes += bytes.length;
    const isTooLong = part === "name" && (literal?.bytes ?? 0) > protocolLimits.imapParsedLiteralBytes;
    if (isTooLong || this.#textBytes > protocolLimits.imapCommandLineBytes) {
      return this.#refuse("BAD", "the command is too long", undefined, line);
    }
    if (literal === undefined) {
      this.#parts.push({ text: copyOf(bytes), literal: undefined });
      this.#state = "judging";
      return "moved";
    }
    if (part === "message" && this.#messages.size >= protocolLimits.uploadedMessages) {
      const text = `no more than ${protocolLimits.uploadedMessages} messages can be stored at once while they are scanned`;
      return this.#refuse("NO", text, "LIMIT", line);
    }
    this.#literal = part === "name" ? this.#beginName(literal) : this.#beginMessage(literal);
    const text = Buffer.concat([bytes.subarray(0, literal.start), announcement(literal)]);
    this.#parts.push({ text, literal: this.#literal });
    if (literal.isSynchronising) this.#wire.toClient(GO_AHEAD);
    return "moved";
  }

  #beginName({ bytes }: LiteralHead): Name {
    return { type: "name", content: new Collector(bytes) };
  }

  #beginMessage({ bytes }: LiteralHead): Message {
    const id = this.#wire.nextId();
    const label = `upload to ${this.#reader.mailbox}`;
    const message: Message = { type: "message", id, bytes, isDeliverable: false };
    this.#messages.set(id, message);
    this.#wire.out.push({ type: "spool-begin", id, label, expectedBytes: bytes, direction: "upload" });
    return message;
  }

  /** Everything is judged: now the upstream hears of it. */
  #begin(): void {
    const { tag, name, isUid } = this.#command;
    this.#state = "sending";
    this.#pendingCommand = this.#pending.add(tag, name, isUid);
    this.#sendPart();
  }

  #sendPart(): void {
    const part = this.#parts[this.#sentParts];
    if (part === undefined) return;
    this.#sentParts += 1;
    this.#wire.toUpstream(part.text);
  }

  /** One message that can not be stored takes all others with it; what the client still sends is not kept. */
  #fail(failure: HoldFailure): void {
    this.#failure ??= failure;
    this.#releaseMessages();
  }

  #releaseMessages(): void {
    this.#literal = undefined;
    for (const id of this.#messages.keys()) this.#wire.out.push({ type: "release", id });
    this.#messages.clear();
  }

  #refuseProblem(problem: UploadProblem, line: LineFragment): UploadStep {
    const { name } = this.#command;
    if (problem.type === "malformed") {
      return this.#refuse("BAD", `the arguments of ${name} can not be read`, undefined, line);
    }
    const text = `${name} with ${problem.word} is not available here: it could bring mail past the scanner`;
    this.#wire.report({ type: "refused", code: "upload", detail: text });
    return this.#refuse("NO", text, "CANNOT", line);
  }

  #refuse(
    status: "NO" | "BAD",
    text: string,
    code: HoldFailure["code"] | undefined,
    line: LineFragment | undefined,
  ): UploadStep {
    this.release();
    return { refused: taggedReply(this.#command.tag, status, text, code), line };
  }
}

/** Some text of the command and the literal after it. */
interface Part {
  readonly text: Buffer;
  readonly literal: Name | Message | undefined;
}

interface Name {
  readonly type: "name";
  readonly content: Collector;
}

interface Message {
  readonly type: "message";
  readonly id: SpoolId;
  readonly bytes: number;
  isDeliverable: boolean;
}

function announcement({ bytes, isBinary }: LiteralHead): Buffer {
  return fromLatin1(`${isBinary ? "~" : ""}{${bytes}}\r\n`);
}
