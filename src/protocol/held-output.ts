/** Output to the client in protocol order: what follows a held message waits until that message is judged. */
import { copyOf } from "../core/bytes.ts";
import { protocolLimits } from "../core/limits.ts";
import type { SessionCommand } from "./command.ts";
import type { SpoolId } from "./event.ts";

/** One per session. Every method appends to `out`, the commands of the event being handled. While more than
 *  `protocolLimits.heldOutputBytes` wait behind a held message the upstream is paused: the message itself is already
 *  whole in the spool or, when it is not, nothing but its own octets can come. */
export class HeldOutput {
  readonly #queue: Entry[] = [];
  #queuedBytes = 0;
  #heldMessages = 0;
  #isPaused = false;

  /** True while a held message, or anything behind one, is not yet delivered. */
  get isHolding(): boolean {
    return this.#queue.length > 0;
  }

  /** Octets waiting behind held messages, with what keeping them costs. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** True while so much waits that the session should not take what it would have to answer: the client is to be paused
   *  as well, by the session, whose own reasons to pause it this must not undo. */
  get isFull(): boolean {
    return this.#isPaused;
  }

  /** Sends at once, or keeps a copy behind what is held. */
  send(out: SessionCommand[], bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#queue.length === 0) {
      out.push({ type: "send", to: "client", bytes });
      return;
    }
    this.#queue.push({ type: "bytes", bytes: copyOf(bytes) });
    this.#queuedBytes += bytes.length + ENTRY_BYTES;
    this.#updatePause(out);
  }

  /** Appends commands (a close, a report) that must not overtake what is held. */
  append(out: SessionCommand[], commands: readonly SessionCommand[]): void {
    if (this.#queue.length === 0) out.push(...commands);
    else {
      const bytes = commands.reduce(
        (sum, command) => sum + (command.type === "send" ? command.bytes.length : 0),
        ENTRY_BYTES,
      );
      this.#queue.push({ type: "commands", commands, bytes });
      this.#queuedBytes += bytes;
      this.#updatePause(out);
    }
  }

  /** Reserves the place of message `id`; everything sent later waits for it. With `out`, the upstream is paused while more
   *  than `protocolLimits.heldMessages` are held (a session may also limit what it asks for). `bytes` is what the session itself keeps for that place. */
  hold(id: SpoolId, out?: SessionCommand[], bytes = 0): void {
    this.#queue.push({ type: "held", id, bytes, commands: undefined });
    this.#heldMessages += 1;
    this.#queuedBytes += bytes;
    if (out !== undefined) this.#updatePause(out);
  }

  /** Puts `commands` in the place reserved for `id` and sends on as far as possible. */
  resolve(out: SessionCommand[], id: SpoolId, commands: readonly SessionCommand[]): void {
    const entry = this.#queue.find((candidate) => candidate.type === "held" && candidate.id === id);
    if (entry === undefined || entry.type !== "held") return;
    entry.commands = commands;
    this.#flush(out);
  }

  /** Forgets everything that waits, when nobody is left to send it to; only the releases among it are carried out. */
  discard(out: SessionCommand[]): void {
    for (const entry of this.#queue.splice(0)) {
      const commands = entry.type === "bytes" ? [] : (entry.commands ?? []);
      for (const command of commands) if (command.type === "release") out.push(command);
    }
    this.#queuedBytes = 0;
    this.#heldMessages = 0;
  }

  #flush(out: SessionCommand[]): void {
    let done = 0;
    for (const entry of this.#queue) {
      if (entry.type === "held" && entry.commands === undefined) break;
      done += 1;
      if (entry.type === "bytes") {
        this.#queuedBytes -= entry.bytes.length + ENTRY_BYTES;
        out.push({ type: "send", to: "client", bytes: entry.bytes });
      } else {
        if (entry.type === "held") this.#heldMessages -= 1;
        this.#queuedBytes -= entry.bytes;
        out.push(...(entry.commands ?? []));
      }
    }
    this.#queue.splice(0, done);
    this.#updatePause(out);
  }

  #updatePause(out: SessionCommand[]): void {
    const share = this.#isPaused ? 0.5 : 1;
    const shouldPause =
      this.#queuedBytes > protocolLimits.heldOutputBytes * share ||
      this.#heldMessages > protocolLimits.heldMessages * share;
    if (shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    out.push({ type: shouldPause ? "pause" : "resume", side: "upstream" });
  }
}

/** What an entry costs besides its octets: many small ones are as dear as few large ones. */
const ENTRY_BYTES = 256;

type Entry =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  | { readonly type: "commands"; readonly commands: readonly SessionCommand[]; readonly bytes: number }
  | {
      readonly type: "held";
      readonly id: SpoolId;
      readonly bytes: number;
      commands: readonly SessionCommand[] | undefined;
    };
