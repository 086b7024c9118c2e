/** clamd as an engine: the message and its pieces by INSTREAM, one after the other, in a session (IDSESSION). */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DetectionKind } from "../../../core/model.ts";
import { sanitize } from "../../../core/sanitize.ts";
import { remoteLimits } from "../../../core/scan-limits.ts";
import type { EngineSettings } from "../../../core/settings.ts";
import { Conversation } from "../../remote/conversation.ts";
import { KeptWires } from "../../remote/kept-wires.ts";
import {
  PROBE_CONTENT,
  type RemoteEngine,
  type RemoteMessage,
  type RemoteSink,
  remoteItems,
} from "../../remote/remote-engine.ts";
import { Wire, type WireAddress } from "../../remote/wire.ts";

/** `address` is the path of clamd's socket or `host:port`. */
export function createClamdEngine(address: string, settings: EngineSettings["clamd"]): RemoteEngine {
  return new ClamdEngine(clamdAddress(address), settings.streamBytes);
}

/** Where a path or `host:port` leads; an IPv6 address stands in brackets. */
export function clamdAddress(address: string): WireAddress {
  if (address.startsWith("/")) return { path: address };
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}

class ClamdEngine implements RemoteEngine {
  readonly name = "clamd";
  readonly #address: WireAddress;
  readonly #wires: KeptWires;
  readonly #streamBytes: number;
  /** Commands given on each connection: clamd numbers its replies by them. */
  readonly #commands = new WeakMap<Wire, number>();

  constructor(address: WireAddress, streamBytes: number) {
    this.#address = address;
    this.#wires = new KeptWires(address);
    this.#streamBytes = streamBytes;
  }

  async ask(message: RemoteMessage, sink: RemoteSink, signal: AbortSignal): Promise<void> {
    const conversation = new Conversation(this.#wires, signal, (wire) => wire.send(IDSESSION));
    try {
      for (const { places, bytes } of remoteItems(message)) {
        if (bytes.length > this.#streamBytes) {
          sink.incomplete(places, `${bytes.length} octets are more than clamd.streamSize (${this.#streamBytes})`);
          continue;
        }
        const reply = await conversation.exchange((wire) => this.#scan(wire, bytes));
        // After an error clamd closes the session.
        if (reply.type === "error") conversation.drop();
        if (reply.type === "found" && reply.kind !== undefined) sink.detection(places, reply.name, reply.kind);
        else if (reply.type !== "clean") sink.incomplete(places, reply.type === "found" ? reply.name : reply.detail);
      }
    } catch (error) {
      conversation.drop();
      throw error;
    }
    conversation.end();
  }

  async probe(signal: AbortSignal): Promise<void> {
    const wire = await Wire.open(this.#address, signal);
    try {
      await wire.send(PING);
      const answer = (await wire.readUntil("\0", remoteLimits.replyBytes)).toString("latin1");
      if (answer !== "PONG") throw new Error(`it answered "${sanitize(answer, SHOWN_CHARACTERS)}" to PING`);
    } finally {
      wire.close();
    }
    await this.#probeScan(signal);
  }

  /** PING is answered while all threads of clamd are stuck. */
  async #probeScan(signal: AbortSignal): Promise<void> {
    const wire = await Wire.open(this.#address, signal);
    try {
      await wire.send(IDSESSION);
      await this.#scan(wire, PROBE_CONTENT);
    } finally {
      wire.close();
    }
  }

  close(): void {
    this.#wires.close();
  }

  async #scan(wire: Wire, bytes: Buffer): Promise<ClamdReply> {
    const command = (this.#commands.get(wire) ?? 0) + 1;
    this.#commands.set(wire, command);
    const isWhole = await sendStream(wire, bytes);
    const text = (await wire.readUntil("\0", remoteLimits.replyBytes)).toString("utf8");
    const reply = parseClamdReply(text, command);
    if (isWhole || reply.type === "error") return reply;
    throw new Error("it answered before it had everything");
  }
}

/** False when an answer has come before everything was sent. */
async function sendStream(wire: Wire, bytes: Buffer): Promise<boolean> {
  await wire.send(INSTREAM);
  for (let start = 0; start < bytes.length; start += remoteLimits.chunkBytes) {
    // What clamd says before it closes the connection is lost when something is sent to it after that.
    if (start > 0) await nextTurn();
    if (wire.hasInput) return false;
    if (wire.isClosed)
      throw new Error(`it closed the connection after ${start} octets: is its StreamMaxLength so small?`);
    const chunk = bytes.subarray(start, start + remoteLimits.chunkBytes);
    await wire.send(lengthOf(chunk.length), chunk);
  }
  await wire.send(lengthOf(0));
  return true;
}

/** What clamd says of one stream. A name without a kind says that clamd itself has reached a limit. */
export type ClamdReply =
  | { readonly type: "clean" }
  | { readonly type: "found"; readonly name: string; readonly kind: DetectionKind | undefined }
  | { readonly type: "error"; readonly detail: string };

/** Reads `1: stream: Some.Name FOUND`; `command` is the number it must have. Throws when it is not even that. */
export function parseClamdReply(text: string, command: number): ClamdReply {
  const match = /^(\d{1,15}): (.*)$/s.exec(text.trim());
  const answer = match?.[2] ?? text.trim();
  // An error that ends the session may come without a number.
  if (match !== null && Number(match[1]) !== command) {
    throw new Error(`it answered to another question: "${sanitize(text, SHOWN_CHARACTERS)}"`);
  }
  if (answer === "stream: OK" && match !== null) return { type: "clean" };
  const name = /^stream: (.+) FOUND$/s.exec(answer)?.[1];
  if (name !== undefined && match !== null) return { type: "found", name, kind: kindOf(name) };
  if (answer.startsWith("INSTREAM size limit exceeded")) {
    return { type: "error", detail: "it is larger than clamd's own StreamMaxLength: set clamd.streamSize to that" };
  }
  if (answer.endsWith("ERROR")) return { type: "error", detail: `it answered "${sanitize(answer, SHOWN_CHARACTERS)}"` };
  throw new Error(`it answered "${sanitize(text, SHOWN_CHARACTERS)}"`);
}

/** clamd gives its own heuristics, and what users may not want, names of their own. */
function kindOf(name: string): DetectionKind | undefined {
  if (name.startsWith("Heuristics.Limits.Exceeded")) return undefined;
  if (name.startsWith("Heuristics.Encrypted")) return "policy";
  return /^(?:Heuristics|PUA)\./.test(name) ? "heuristic" : "malware";
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(bytes);
  return length;
}

const IDSESSION = Buffer.from("zIDSESSION\0");
const INSTREAM = Buffer.from("zINSTREAM\0");
const PING = Buffer.from("zPING\0");
const SHOWN_CHARACTERS = 100;
