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
import type { BuiltItem, Delivered, DeliveredStructure, SessionEvent, SpoolId } from "../event.ts";
import type { HeldOutput } from "../held-output.ts";
import type { ContentItem } from "./fetch-request.ts";
import type { Copy, JudgedCopies } from "./judged-copies.ts";
import { completionOf, type HoldFailure, type PendingCommand } from "./pending-commands.ts";
import { itemsToBuild, type JudgedMessage, type Piece, putOut } from "./response-pieces.ts";
import type { SelectedMailbox, Selection } from "./selected-mailbox.ts";
import { withTold } from "./told-items.ts";

/** Which message a response speaks of. */
export interface MessageNumber {
  readonly sequence: number | undefined;
  readonly uid: number | undefined;
}

export interface HeldResponse {
  readonly pieces: Piece[];
  /** Its messages, as far as they are judged and everything is cut out of them. */
  readonly spools: Map<SpoolId, JudgedMessage | undefined>;
  /** Where it stands in the output. */
  place: SpoolId;
  /** The copy that is in it, and outlives it. */
  copy: Copy | undefined;
  failure: HoldFailure | undefined;
  state: "open" | "whole" | "over";
  message: MessageNumber;
  commands: readonly PendingCommand[];
  /** See JudgedCopies. */
  readonly mailbox: number;
  /** What was selected when it came. */
  readonly selection: Selection;
  readonly numbering: number;
}

interface Outlet {
  readonly held: HeldOutput;
  readonly out: SessionCommand[];
  readonly copies: JudgedCopies;
  readonly mailbox: SelectedMailbox;
  nextId(): SpoolId;
}

export class HeldResponses {
  readonly #outlet: Outlet;
  readonly #bySpool = new Map<SpoolId, HeldResponse>();
  /** What is being cut out of messages, by the number it was asked for with. */
  readonly #building = new Map<number, { readonly response: HeldResponse; readonly delivered: Delivered }>();

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** True while a client waits because of a message: it is downloading, or not judged. */
  get isWaiting(): boolean {
    return this.#bySpool.size > 0 || this.#outlet.held.isHolding;
  }

  open(): HeldResponse {
    const message = { sequence: undefined, uid: undefined };
    const { mailbox } = this.#outlet.copies;
    const nothing = { place: 0, copy: undefined, failure: undefined, state: "open", commands: [] } as const;
    const selection = this.#outlet.mailbox.current;
    const { numbering } = selection;
    return { pieces: [], spools: new Map(), message, mailbox, selection, numbering, ...nothing };
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

  /** Puts pieces of a copy at the end of the response. */
  addCopy(response: HeldResponse, copy: Copy, items: readonly ContentItem[]): void {
    response.copy = copy;
    response.pieces.push({ type: "items", id: copy.id, items, isOneOfMany: true });
    response.spools.set(copy.id, undefined);
    this.#build(response, copy.id, copy.delivered);
  }

  /** The response is whole: it takes its place. `commands` are the FETCHes it may belong to. */
  place(response: HeldResponse, message: MessageNumber, commands: readonly PendingCommand[]): void {
    response.state = "whole";
    response.message = message;
    response.commands = commands;
    for (const command of commands) command.openHolds += 1;
    const kept = response.pieces.reduce((sum, piece) => sum + (piece.type === "bytes" ? piece.bytes.length : 0), 0);
    response.place = this.#outlet.nextId();
    this.#outlet.held.hold(response.place, this.#outlet.out, kept);
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
      this.#build(response, id, delivered);
    }
    this.#settle(response);
  }

  /** The answer to what was asked for. */
  built({ id, request, items }: Extract<SessionEvent, { type: "items" }>): void {
    const building = this.#building.get(request);
    if (building === undefined) return;
    this.#building.delete(request);
    const { response, delivered } = building;
    if (!response.spools.has(id)) return;
    const failure = failureOf(items);
    if (failure !== undefined) this.#fail(response, failure);
    response.spools.set(id, { delivered, built: items });
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

  /** The pieces of a whole response, with what is true of its message. */
  truePieces({ pieces, spools, copy, message, selection, numbering }: HeldResponse): readonly Piece[] {
    // While it was judged, others may have gone: then its number is that of another message.
    const sequence = numbering === selection.numbering ? message.sequence : undefined;
    let known = selection.find({ uid: message.uid, sequence });
    for (const [id, judged] of spools) {
      if (judged === undefined || id === copy?.id) continue;
      const { bytes, isOriginal, told } = judged.delivered;
      known = isOriginal ? undefined : { ...NOTHING_TOLD, ...told, bytes };
      selection.learn(message, known, numbering);
    }
    return known === undefined ? pieces : withTold(pieces, known);
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

  /** Has cut out of a judged message what the response has of it. */
  #build(response: HeldResponse, id: SpoolId, delivered: Delivered): void {
    const items = response.pieces.flatMap((piece) =>
      piece.type === "items" && piece.id === id ? itemsToBuild(piece.items) : [],
    );
    if (items.length === 0) {
      response.spools.set(id, { delivered, built: [] });
      return;
    }
    const request = this.#outlet.nextId();
    this.#building.set(request, { response, delivered });
    this.#outlet.out.push({ type: "build-section", id, request, section: { type: "items", items } });
  }

  /** Puts the response out, or takes it away, once nothing is open about it. */
  #settle(response: HeldResponse): void {
    if (response.state !== "whole") return;
    const { failure, message } = response;
    const isJudged = [...response.spools.values()].every((judged) => judged !== undefined);
    if (failure === undefined && !isJudged) return;
    const { place } = response;
    const commands: SessionCommand[] = failure === undefined ? putOut(this.truePieces(response), response.spools) : [];
    const isKept = failure === undefined && response.copy === undefined;
    commands.push(...this.#forget(response, isKept ? this.#keep(response) : undefined));
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

  /** The message of which pieces were asked for: more will be. */
  #keep({ pieces, spools, message, mailbox, selection, numbering }: HeldResponse): SpoolId | undefined {
    const piece = pieces.find((candidate) => candidate.type === "items");
    if (piece === undefined || !piece.isOneOfMany) return undefined;
    const delivered = spools.get(piece.id)?.delivered;
    const { uid } = message;
    // While it was judged, others may have gone: then its number is that of another message.
    const sequence = numbering === selection.numbering ? message.sequence : undefined;
    if (delivered === undefined || (uid === undefined && sequence === undefined)) return undefined;
    const copy = { uid, id: piece.id, delivered, sequence };
    return this.#outlet.copies.keep(copy, mailbox) ? piece.id : undefined;
  }

  /** The commands that let go of the response's messages, but not of `kept`; it is over. */
  #forget(response: HeldResponse, kept?: SpoolId): SessionCommand[] {
    const ids = [...response.spools.keys()];
    for (const id of ids) this.#bySpool.delete(id);
    response.state = "over";
    return ids.filter((id) => id !== kept && id !== response.copy?.id).map((id) => ({ type: "release", id }));
  }
}

const NOTHING_TOLD: DeliveredStructure = {
  envelope: undefined,
  body: undefined,
  bodyStructure: undefined,
  binarySizes: new Map(),
};

/** Why the response can not be put out with what was cut out. */
function failureOf(items: readonly BuiltItem[]): HoldFailure | undefined {
  for (const item of items) {
    if (item.type === "unknown-encoding")
      return { code: "UNKNOWN-CTE", text: "a part has an encoding that nobody here can undo" };
    if (item.type === "failed")
      return { code: "UNAVAILABLE", text: `a part of a message can not be cut out: ${item.detail}` };
  }
  return undefined;
}

function mayBelong(command: PendingCommand, message: MessageNumber): boolean {
  const number = command.isUid ? message.uid : message.sequence;
  return number === undefined || command.numbers === undefined || command.numbers.mayContain(number);
}
