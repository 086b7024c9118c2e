/** Standard input as a mailbox. It is not touched before somebody reads it: an open one keeps the program alive. */
import { fstatSync } from "node:fs";
import { addAbortSignal, Readable } from "node:stream";

export class StandardInput implements AsyncIterable<Uint8Array> {
  readonly #source: () => NodeJS.ReadableStream;
  readonly #stop: AbortSignal;
  #stream: Readable | undefined;

  /** `stop` ends the reading, even while nothing comes. */
  constructor(source: () => NodeJS.ReadableStream, stop: AbortSignal) {
    this.#source = source;
    this.#stop = stop;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const source = this.#source();
    if (source === process.stdin) refuseDirectory();
    this.#stream = source instanceof Readable ? source : new Readable().wrap(source);
    yield* addAbortSignal(this.#stop, this.#stream);
  }

  /** Nothing more is read. */
  close(): void {
    this.#stream?.destroy();
  }
}

/** Node takes `< directory` for an empty input, which would be a clean one. */
function refuseDirectory(): void {
  const stats = fstatSync(process.stdin.fd);
  if (stats.isDirectory()) throw new Error("a directory, not a file");
  if (stats.isBlockDevice()) throw new Error("a device, not a file");
}
