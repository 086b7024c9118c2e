/** The octets of the message that is being read: views of what was read while they are few, a long message then. */
import { mailboxLimits } from "../core/limits.ts";
import type { MessageSource } from "../scan/judge.ts";
import type { LongMessage, MailboxInput, Stretch } from "./mailbox-reader.ts";

export class HeldOctets {
  readonly #input: MailboxInput;
  #pieces: Uint8Array[] = [];
  /** Offset of the first octet held. */
  #start = 0;
  #length = 0;
  #long: LongMessage | undefined;

  constructor(input: MailboxInput) {
    this.#input = input;
  }

  /** Forgets everything and begins at `start`. */
  begin(start: number): void {
    this.#long?.close();
    this.#long = undefined;
    this.#pieces = [];
    this.#start = start;
    this.#length = 0;
  }

  /** Takes the octets that follow those held. */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const position = this.#start + this.#length;
    this.#length += bytes.length;
    if (this.#long !== undefined) {
      this.#long.append(bytes, position);
      return;
    }
    this.#pieces.push(bytes);
    if (this.#length > mailboxLimits.heldBytesPerMessage) this.#lengthen();
  }

  /** Octets [start, end) of the input, all of which are held. */
  stretch(start: number, end: number): Stretch {
    if (this.#long !== undefined) return this.#long.stretch(start, end);
    return { source: bufferSource(slices(this.#pieces, start - this.#start, end - this.#start)), release() {} };
  }

  #lengthen(): void {
    this.#long = this.#input.openLongMessage();
    let position = this.#start;
    for (const piece of this.#pieces) {
      this.#long.append(piece, position);
      position += piece.length;
    }
    this.#pieces = [];
  }
}

/** A message in memory. */
export function bufferSource(pieces: readonly Uint8Array[]): MessageSource {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  return {
    bytes,
    async *chunks() {
      yield* pieces;
    },
  };
}

/** Octets [start, end) of `pieces` joined, without copying them. */
function slices(pieces: readonly Uint8Array[], start: number, end: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  let position = 0;
  for (const piece of pieces) {
    const from = Math.max(start - position, 0);
    const to = Math.min(end - position, piece.length);
    if (from < to) found.push(piece.subarray(from, to));
    position += piece.length;
  }
  return found;
}
