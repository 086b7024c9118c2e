/** FETCH responses whose content waits for its verdict.
 *
 *  A response is collected whole and then takes its place in the output, where everything later waits for it. When the
 *  last of its messages is judged, it is put out as one: a client never sees half a response, nor half a message.
 *
 *  A message that may not be delivered takes its whole response with it, and the client must not believe that it does not
 *  exist: every FETCH under way that may have asked for it (by UID or sequence number; which one it was can not be known,
 *  servers answer out of order) is completed with NO instead of OK. That is right for the FETCH that asked and harmless
 *  for the others, whose data the client has; and a message that can not be delivered today does not end the session. */
import type { Failure } from "../../core/model.ts";
import type { SessionCommand } from "../command.ts";
import type { Delivered, SessionEvent, SpoolId } from "../event.ts";
import type { HeldOutput } from "../held-output.ts";
import type { JudgedCopy } from "./judged-copy.ts";
import { completionOf, type HoldFailure, type PendingCommand } from "./pending-commands.ts";
import { type Piece, putOut } from "./response-pieces.ts";
import { mayContain } from "./sequence-set.ts";

/** Which message a response speaks of. */
export interface MessageNumber {
  readonly sequence: number | undefined;
  readonly uid: number | undefined;
}

export interface HeldResponse {
  readonly pieces: Piece[];
  readonly spools: Map<SpoolId, Delivered | undefined>;
  failure: HoldFailure | undefined;
  state: "open" | "whole" | "over";
  message: MessageNumber;
  commands: readonly PendingCommand[];
  /** See JudgedCopy. */
  readonly mailbox: number;
}

interface Outlet {
  readonly held: HeldOutput;
  readonly out: SessionCommand[];
  readonly copy: JudgedCopy;
  nextId(): SpoolId;
}

export class HeldResponses {
  readonly #outlet: Outlet;
  readonly #bySpool = new Map<SpoolId, HeldResponse>();

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** True while a client waits because of a message: it is downloading, or not judged. */
  get isWaiting(): boolean {
    return this.#bySpool.size > 0 || this.#outlet.held.isHolding;
  }

  open(): HeldResponse {
    const message = { sequence: undefined, uid: undefined };
    const { mailbox } = this.#outlet.copy;
    return { pieces: [], spools: new Map(), failure: undefined, state: "open", message, commands: [], mailbox };
  }

  /** A message within the response begins. */
  beginSpool(response: HeldResponse, label: string, expectedBytes: number): SpoolId {
    const id = this.#outlet.nextId();
    response.spools.set(id, undefined);
    this.#bySpool.set(id, response);
    this.#outlet.out.push({ type: "spool-begin", id, label, expectedBytes });
    return id;
  }

  spool(response: HeldResponse, id: SpoolId, bytes: Uint8Array): void {
    if (response.failure === undefined && bytes.length > 0) this.#outlet.out.push({ type: "spool-bytes", id, bytes });
  }

  endSpool(response: HeldResponse, id: SpoolId): void {
    if (response.failure === undefined) this.#outlet.out.push({ type: "spool-end", id });
  }

  /** The response is whole: it takes its place. `commands` are the FETCHes it may belong to. */
  place(response: HeldResponse, message: MessageNumber, commands: readonly PendingCommand[]): void {
    response.state = "whole";
    response.message = message;
    response.commands = commands;
    for (const command of commands) command.openHolds += 1;
    const kept = response.pieces.reduce((sum, piece) => sum + (piece.type === "bytes" ? piece.bytes.length : 0), 0);
    this.#outlet.held.hold(placeOf(response), this.#outlet.out, kept);
    this.#settle(response);
  }

  /** The completion of a command: behind the responses that may belong to it. */
  complete(command: PendingCommand, line: Uint8Array, status: "OK" | "NO" | "BAD"): void {
    if (command.openHolds === 0) {
      this.#outlet.held.send(this.#outlet.out, completionOf(command, line, status));
      return;
    }
    command.completion = { place: this.#outlet.nextId(), line: Buffer.from(line), status };
    this.#outlet.held.hold(command.completion.place, this.#outlet.out, line.length);
  }

  judged({ id, decision, delivered }: Extract<SessionEvent, { type: "judged" }>): void {
    const response = this.#bySpool.get(id);
    if (response === undefined) return;
    if (decision.action === "refuse") {
      this.#fail(response, { code: "CANNOT", text: `a message is not delivered: ${decision.why}` });
    } else {
      response.spools.set(id, delivered);
    }
    this.#settle(response);
  }

  holdFailed(id: SpoolId, failure: Failure): void {
    const response = this.#bySpool.get(id);
    if (response === undefined) return;
    this.#fail(response, {
      code: "UNAVAILABLE",
      text: `a message is not delivered, try again later: ${failure.detail}`,
    });
    this.#settle(response);
  }

  /** A response that is not put out after all. The FETCHes it may belong to fail. */
  drop(response: HeldResponse, message: MessageNumber, commands: readonly PendingCommand[], text: string): void {
    const failure: HoldFailure = { code: "CANNOT", text };
    for (const command of commands) if (mayBelong(command, message)) command.failure ??= failure;
    this.#outlet.out.push(...this.#forget(response));
  }

  /** Responses that will never be whole. */
  abandonOpen(): void {
    for (const response of new Set(this.#bySpool.values())) {
      if (response.state === "open") this.#outlet.out.push(...this.#forget(response));
    }
  }

  releaseAll(): void {
    for (const response of new Set(this.#bySpool.values())) this.#outlet.out.push(...this.#forget(response));
  }

  #fail(response: HeldResponse, failure: HoldFailure): void {
    if (response.failure !== undefined) return;
    response.failure = failure;
    this.#outlet.out.push({ type: "report", fact: { type: "refused", code: "message", detail: failure.text } });
  }

  /** Puts the response out, or takes it away, once nothing is open about it. */
  #settle(response: HeldResponse): void {
    if (response.state !== "whole") return;
    const { failure, message } = response;
    const isJudged = [...response.spools.values()].every((delivered) => delivered !== undefined);
    if (failure === undefined && !isJudged) return;
    const place = placeOf(response);
    const commands: SessionCommand[] = failure === undefined ? putOut(response.pieces, response.spools) : [];
    commands.push(...this.#forget(response, failure === undefined ? this.#keep(response) : undefined));
    this.#outlet.held.resolve(this.#outlet.out, place, commands);
    for (const command of response.commands) {
      command.openHolds -= 1;
      if (failure !== undefined && mayBelong(command, message)) command.failure ??= failure;
      const { completion } = command;
      if (completion === undefined || command.openHolds > 0) continue;
      const line = completionOf(command, completion.line, completion.status);
      this.#outlet.held.resolve(this.#outlet.out, completion.place, [{ type: "send", to: "client", bytes: line }]);
    }
  }

  /** The message of which a part was asked for by its place: more parts will be. */
  #keep({ pieces, spools, message, mailbox }: HeldResponse): SpoolId | undefined {
    const piece = pieces.find((candidate) => candidate.type === "items");
    if (piece === undefined || piece.items.every((item) => item.partial === undefined)) return undefined;
    const delivered = spools.get(piece.id);
    if (delivered === undefined || message.uid === undefined) return undefined;
    return this.#outlet.copy.keep({ uid: message.uid, id: piece.id, delivered }, mailbox) ? piece.id : undefined;
  }

  /** The commands that let go of the response's messages, but not of `kept`; it is over. */
  #forget(response: HeldResponse, kept?: SpoolId): SessionCommand[] {
    const ids = [...response.spools.keys()];
    for (const id of ids) this.#bySpool.delete(id);
    response.state = "over";
    return ids.filter((id) => id !== kept).map((id) => ({ type: "release", id }));
  }
}

function placeOf(response: HeldResponse): SpoolId {
  const [first] = response.spools.keys();
  return first ?? 0;
}

function mayBelong(command: PendingCommand, message: MessageNumber): boolean {
  const number = command.isUid ? message.uid : message.sequence;
  return number === undefined || mayContain(command.sequenceSet ?? "*", number);
}
