/** A stream that can be read only once (standard input) as the input of a reader: what is not forgotten stays in memory
 *  while it is little, and goes to a temporary file when it is much. */
import { view } from "../core/bytes.ts";
import { mailboxLimits } from "../core/limits.ts";
import { bufferSource } from "./buffer-source.ts";
import type { MailboxInput, Stretch } from "./mailbox-reader.ts";
import { systemProblem } from "./system-problem.ts";
import { TemporaryOctets } from "./temporary-octets.ts";

export class StreamInput implements MailboxInput {
  readonly path: string;
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #temporaryDirectory: string;
  /** Read by `head`, not yet given by `chunks`. */
  #head: Buffer[] = [];
  #problem: string | undefined;
  /** Octets [#heldStart, #position): in #pieces or, when there is one, in #file. */
  #pieces: Buffer[] = [];
  #file: TemporaryOctets | undefined;
  #heldStart = 0;
  #position = 0;
  /** What was read last; it ends at #position. */
  #last: Buffer = Buffer.alloc(0);

  constructor(path: string, stream: AsyncIterable<Uint8Array>, temporaryDirectory: string) {
    this.path = path;
    this.#iterator = stream[Symbol.asyncIterator]();
    this.#temporaryDirectory = temporaryDirectory;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** The first octets, at least `bytes` of them unless the stream is shorter. To be called before `chunks`. */
  async head(bytes: number): Promise<Buffer> {
    let held = 0;
    while (held < bytes) {
      const chunk = await this.#next();
      if (chunk === undefined) break;
      this.#head.push(chunk);
      held += chunk.length;
    }
    return Buffer.concat(this.#head);
  }

  /** Throws system errors when much can not be kept. */
  async *chunks(): AsyncGenerator<Buffer> {
    const first = this.#head;
    this.#head = [];
    for (const chunk of first) yield this.#hold(chunk);
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield this.#hold(chunk);
  }

  stretch(start: number, end: number): Stretch {
    if (this.#file !== undefined) return this.#file.stretch(start - this.#heldStart, end - this.#heldStart);
    return { source: bufferSource(slices(this.#pieces, start - this.#heldStart, end - this.#heldStart)), release() {} };
  }

  forget(position: number): void {
    const last = this.#last;
    const lastStart = this.#position - last.length;
    // Only what was read last is in memory in any case; a file is kept until nothing before that is needed.
    if (this.#file !== undefined && position < lastStart) return;
    this.#file?.close();
    this.#file = undefined;
    this.#pieces =
      position >= lastStart
        ? [last.subarray(position - lastStart)]
        : slices(this.#pieces, position - this.#heldStart, this.#position - this.#heldStart);
    this.#heldStart = position;
  }

  whole(): undefined {
    return undefined;
  }

  close(): void {
    this.forget(this.#position);
  }

  #hold(chunk: Buffer): Buffer {
    this.#last = chunk;
    this.#position += chunk.length;
    if (this.#file !== undefined) {
      this.#file.append(chunk);
      return chunk;
    }
    this.#pieces.push(chunk);
    if (this.#position - this.#heldStart > mailboxLimits.heldBytesPerMessage) {
      this.#file = new TemporaryOctets(this.#temporaryDirectory);
      for (const piece of this.#pieces) this.#file.append(piece);
      this.#pieces = [];
    }
    return chunk;
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const step = await this.#iterator.next();
      return step.done === true ? undefined : view(step.value);
    } catch (error) {
      this.#problem = systemProblem(error);
      return undefined;
    }
  }
}

/** Octets [start, end) of `pieces` joined, without copying them. */
function slices(pieces: readonly Buffer[], start: number, end: number): Buffer[] {
  const found: Buffer[] = [];
  let position = 0;
  for (const piece of pieces) {
    const from = Math.max(start - position, 0);
    const to = Math.min(end - position, piece.length);
    if (from < to) found.push(piece.subarray(from, to));
    position += piece.length;
  }
  return found;
}
