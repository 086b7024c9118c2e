/** A small file, read whole, as the input of a reader. */
import { bufferSource } from "./buffer-source.ts";
import type { MailboxInput, Stretch } from "./mailbox-reader.ts";

export class BufferInput implements MailboxInput {
  readonly path: string;
  readonly problem: string | undefined;
  readonly octets: Buffer;

  constructor(path: string, octets: Buffer, problem?: string) {
    this.path = path;
    this.problem = problem;
    this.octets = octets;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    yield this.octets;
  }

  stretch(start: number, end: number): Stretch {
    return { source: bufferSource([this.octets.subarray(start, end)]), release() {} };
  }

  forget(): void {}

  whole(): Stretch {
    return this.stretch(0, this.octets.length);
  }

  close(): void {}
}
