/** What the client has said and the session has not yet handled: commands wait for their turn here. */
import { LF } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import { AppendBuffer } from "./append-buffer.ts";

/** The client's octets as lines. Every line is sent on octet for octet; its memory is never written again. */
export class ClientInput {
  readonly #waiting = new AppendBuffer();
  /** Octets known to hold no LF. */
  #searched = 0;

  get length(): number {
    return this.#waiting.length;
  }

  append(chunk: Uint8Array): void {
    this.#waiting.append(chunk);
  }

  /** The first line with its ending, or undefined while it is not whole. */
  peek(): Uint8Array | undefined {
    const bytes = this.#waiting.bytes();
    const newline = bytes.indexOf(LF, this.#searched);
    if (newline >= 0 && newline < protocolLimits.commandLineBytes) return bytes.subarray(0, newline + 1);
    this.#searched = newline < 0 ? bytes.length : newline;
    return undefined;
  }

  /** True when the first line is longer than any command may be (P-37). */
  get isTooLong(): boolean {
    return this.peek() === undefined && this.#waiting.length > protocolLimits.commandLineBytes;
  }

  /** Forgets a line that `peek` returned. */
  consume(line: Uint8Array): void {
    this.#waiting.consume(line.length);
    this.#searched = 0;
  }

  /** Everything, as it came. */
  takeAll(): Uint8Array {
    const bytes = this.#waiting.bytes();
    this.consume(bytes);
    return bytes;
  }
}
