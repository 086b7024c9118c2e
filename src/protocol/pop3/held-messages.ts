/** The messages of one session that are on their way into the spool or wait for their verdict. */
import { copyOf } from "../../core/bytes.ts";
import type { SessionCommand } from "../command.ts";
import type { SessionEvent, SpoolId } from "../event.ts";
import type { HeldOutput } from "../held-output.ts";
import type { MessageRequest } from "./exchange.ts";
import { correctOctets, errorLine, statedOctets } from "./status-line.ts";

type EventOf<T extends SessionEvent["type"]> = Extract<SessionEvent, { type: T }>;

/** Holds a message from its status line on, and puts what may be delivered of it, or a refusal, in its place in the
 *  output. Methods append to `out`, the commands of the event being handled. */
export class HeldMessages {
  readonly #output: HeldOutput;
  readonly #held = new Map<SpoolId, HeldMessage>();
  /** What the client asked for and did not get, by message number: body lines. */
  readonly #undelivered = new Map<number, number>();
  #lastId = 0;

  constructor(output: HeldOutput) {
    this.#output = output;
  }

  get count(): number {
    return this.#held.size;
  }

  /** True when this message was refused and has not been delivered since: deleting it would lose it (P-25). */
  isUndelivered(message: number): boolean {
    return this.#undelivered.has(message);
  }

  begin(out: SessionCommand[], request: MessageRequest, status: Uint8Array): SpoolId {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#held.set(id, { request, status: copyOf(status), receivedBytes: 0 });
    this.#output.hold(id);
    const label = request.message === undefined ? request.verb : `${request.verb} ${request.message}`;
    const expectedBytes = request.lines === Number.POSITIVE_INFINITY ? statedOctets(status) : undefined;
    out.push({ type: "spool-begin", id, label, ...(expectedBytes !== undefined && { expectedBytes }) });
    return id;
  }

  append(out: SessionCommand[], id: SpoolId, bytes: Uint8Array): void {
    const message = this.#held.get(id);
    if (message === undefined || bytes.length === 0) return;
    message.receivedBytes += bytes.length;
    out.push({ type: "spool-bytes", id, bytes });
  }

  judged(out: SessionCommand[], { id, decision, delivered }: EventOf<"judged">): void {
    const message = this.#held.get(id);
    if (message === undefined) return;
    if (decision.action === "refuse") {
      this.refuse(out, id, decision.why);
      return;
    }
    const { lines } = message.request;
    if (lines === Number.POSITIVE_INFINITY) this.#deliver(out, id, message, delivered.bytes);
    else if (lines === 0) this.#deliver(out, id, message, delivered.headerBytes);
    else out.push({ type: "build-section", id, request: id, section: { type: "top", lines } });
  }

  section(out: SessionCommand[], { id, end }: EventOf<"section">): void {
    const message = this.#held.get(id);
    if (message !== undefined) this.#deliver(out, id, message, end);
  }

  /** Nothing of the message is delivered. */
  refuse(out: SessionCommand[], id: SpoolId, why: string): void {
    const message = this.#held.get(id);
    if (message === undefined) return;
    this.#held.delete(id);
    const { message: number, lines } = message.request;
    if (number !== undefined) this.#undelivered.set(number, Math.max(lines, this.#undelivered.get(number) ?? 0));
    out.push({ type: "report", fact: { type: "refused", code: "message", detail: why } });
    const answer = errorLine(`message not delivered, it stays on the server: ${why}`, "SYS/TEMP");
    this.#output.resolve(out, id, [
      { type: "send", to: "client", bytes: answer },
      { type: "release", id },
    ]);
  }

  /** The session is over: nothing that is still held will be delivered. */
  releaseAll(out: SessionCommand[]): void {
    for (const id of this.#held.keys()) out.push({ type: "release", id });
    this.#held.clear();
    this.#output.discard(out);
  }

  #deliver(out: SessionCommand[], id: SpoolId, message: HeldMessage, end: number): void {
    this.#held.delete(id);
    const { message: number, lines } = message.request;
    if (number !== undefined && lines >= (this.#undelivered.get(number) ?? 0)) this.#undelivered.delete(number);
    this.#output.resolve(out, id, [
      { type: "send", to: "client", bytes: correctOctets(message.status, message.receivedBytes, end) },
      { type: "send-range", to: "client", id, start: 0, end, stuffing: "dot" },
      { type: "release", id },
    ]);
  }
}

interface HeldMessage {
  readonly request: MessageRequest;
  readonly status: Uint8Array;
  receivedBytes: number;
}
