/** A stream that can be read only once (standard input) as the input of a reader: long messages go to temporary
 *  files. */
import { view } from "../core/bytes.ts";
import type { LongMessage, MailboxInput } from "./mailbox-reader.ts";
import { systemProblem } from "./system-problem.ts";
import { openTemporaryMessage } from "./temporary-message.ts";

export class StreamInput implements MailboxInput {
  readonly path: string;
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #temporaryDirectory: string;
  /** Read by `head`, not yet given by `chunks`. */
  #head: Buffer[] = [];
  #problem: string | undefined;

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

  async *chunks(): AsyncGenerator<Buffer> {
    yield* this.#head;
    this.#head = [];
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk;
  }

  whole(): undefined {
    return undefined;
  }

  openLongMessage(): LongMessage {
    return openTemporaryMessage(this.#temporaryDirectory);
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
