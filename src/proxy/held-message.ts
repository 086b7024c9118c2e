/** One held message: what the upstream sent, in memory or in an unlinked file, and the edits it is delivered with. */
import type { FileHandle } from "node:fs/promises";
import { spoolLimits } from "../core/limits.ts";
import type { Edit } from "../core/model.ts";
import type { MessageSource } from "../scan/judge.ts";
import type { SpoolStore } from "./spool-store.ts";

/** A run of the delivered message: octets in memory, or a range of the file. */
export type Piece =
  | { readonly type: "memory"; readonly bytes: Uint8Array }
  | { readonly type: "file"; readonly start: number; readonly end: number };

const FIRST_BLOCK_BYTES = 16 * 1024;
/** Blocks grow with what is there: an announced size alone takes no more memory than this. */
const ANNOUNCED_BLOCK_BYTES = 64 * 1024;
const BLOCK_BYTES = 128 * 1024;
const READ_BYTES = 256 * 1024;

/** Octets are appended as they arrive, then the message is finished, read (any number of times) and disposed of.
 *  Writing to disk happens behind append(); `onPressure` says when too much of it is outstanding and when it is not. */
export class HeldMessage {
  readonly #store: SpoolStore;
  readonly #onPressure: (isHigh: boolean) => void;
  readonly #firstBlockBytes: number;
  #blocks: Buffer[] = [];
  #used = 0;
  #memoryBytes = 0;
  #bytes = 0;
  #fileBytes = 0;
  #unwrittenBytes = 0;
  #isPressed = false;
  #file: FileHandle | undefined;
  #work: Promise<void> | undefined;
  #error: unknown;
  #edits: readonly Edit[] = [];
  #users = 1;

  /** `expectedBytes` is what the message was announced with, if it was. */
  constructor(store: SpoolStore, onPressure: (isHigh: boolean) => void, expectedBytes = FIRST_BLOCK_BYTES) {
    this.#store = store;
    this.#onPressure = onPressure;
    this.#firstBlockBytes = Math.min(expectedBytes, ANNOUNCED_BLOCK_BYTES);
  }

  /** Octets received. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Octets of the message as it is delivered. */
  get deliveredBytes(): number {
    return this.#edits.reduce((sum, edit) => sum - (edit.end - edit.start) + edit.bytes.length, this.#bytes);
  }

  /** Copies `bytes`. After a failure (see finish) octets are counted and dropped. */
  append(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#error !== undefined || this.#users === 0) return;
    if (this.#work === undefined && this.#store.takeMemory(this.#memoryBytes, bytes.length)) {
      this.#memoryBytes += bytes.length;
      this.#keep(bytes);
    } else {
      this.#write(Buffer.from(bytes));
    }
  }

  /** All octets are where they belong already. */
  get isSettled(): boolean {
    return this.#work === undefined;
  }

  /** Resolves when all octets are where they belong; rejects when they could not be kept. */
  async finish(): Promise<void> {
    await this.#work;
    if (this.#error !== undefined) throw this.#error;
  }

  /** The message as received, for the scan service. */
  source(): MessageSource {
    const message = this;
    const [only, ...others] = this.#blocks;
    const isInOneBlock = only !== undefined && others.length === 0 && this.#work === undefined;
    return {
      bytes: this.#bytes,
      isStable: true,
      // A block is only ever appended to.
      ...(isInOneBlock && { whole: () => only.subarray(0, message.#bytes) }),
      async *chunks() {
        for (const piece of message.#received(0, message.#bytes)) yield* message.#read(piece);
      },
    };
  }

  /** Octets [start, end) of the message as it is delivered, for the scan service. */
  delivered(start: number, end: number): MessageSource {
    const message = this;
    return {
      bytes: end - start,
      isStable: true,
      async *chunks() {
        for (const piece of message.pieces(start, end)) yield* message.#read(piece);
      },
    };
  }

  /** From now on the message is delivered with these edits. */
  setEdits(edits: readonly Edit[]): void {
    this.#edits = edits;
  }

  /** Octets [start, end) of the delivered message as runs, in order. */
  pieces(start: number, end: number): Piece[] {
    const result: Piece[] = [];
    let received = 0;
    let delivered = 0;
    const take = (length: number, make: (from: number, to: number) => Piece[]): void => {
      const from = Math.max(start - delivered, 0);
      const to = Math.min(end - delivered, length);
      if (from < to) result.push(...make(from, to));
      delivered += length;
    };
    for (const edit of this.#edits) {
      const gap = received;
      take(edit.start - received, (from, to) => this.#received(gap + from, gap + to));
      take(edit.bytes.length, (from, to) => [{ type: "memory", bytes: edit.bytes.subarray(from, to) }]);
      received = edit.end;
    }
    const rest = received;
    take(this.#bytes - received, (from, to) => this.#received(rest + from, rest + to));
    return result;
  }

  /** Up to READ_BYTES of a file range, from its start. */
  async readFile(start: number, end: number): Promise<Buffer> {
    if (this.#file === undefined) throw new Error("the held message has no file");
    const buffer = Buffer.allocUnsafe(Math.min(end - start, READ_BYTES));
    const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, start);
    if (bytesRead === 0) throw new Error("the held message's file is shorter than what was written to it");
    return buffer.subarray(0, bytesRead);
  }

  /** Keeps the message from being disposed of while somebody reads it. */
  use(): void {
    this.#users += 1;
  }

  /** Ends one use, the creator's included; the last one frees memory and file. */
  release(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#store.giveBackMemory(this.#memoryBytes);
    this.#memoryBytes = 0;
    this.#blocks = [];
    void this.#closeFile();
  }

  async #closeFile(): Promise<void> {
    await this.#work;
    this.#store.giveBackDisk(this.#fileBytes);
    this.#fileBytes = 0;
    await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
  }

  #keep(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      let block = this.#blocks.at(-1);
      if (block === undefined || this.#used === block.length) {
        const size =
          this.#blocks.length === 0
            ? Math.max(this.#firstBlockBytes, bytes.length)
            : Math.max(BLOCK_BYTES, this.#memoryBytes - bytes.length);
        block = Buffer.allocUnsafe(size);
        this.#blocks.push(block);
        this.#used = 0;
      }
      const count = Math.min(bytes.length - done, block.length - this.#used);
      block.set(bytes.subarray(done, done + count), this.#used);
      this.#used += count;
      done += count;
    }
  }

  #write(bytes: Buffer): void {
    this.#unwrittenBytes += bytes.length;
    this.#updatePressure();
    this.#work = (this.#work ?? this.#moveToFile()).then(() => this.#append(bytes));
  }

  async #moveToFile(): Promise<void> {
    try {
      this.#file = await this.#store.openFile();
    } catch (error) {
      this.#error = error;
      return;
    }
    const blocks = this.#blocks.map((block, index) =>
      index === this.#blocks.length - 1 ? block.subarray(0, this.#used) : block,
    );
    for (const block of blocks) await this.#appendToFile(block);
    this.#blocks = [];
    this.#store.giveBackMemory(this.#memoryBytes);
    this.#memoryBytes = 0;
  }

  async #append(bytes: Buffer): Promise<void> {
    await this.#appendToFile(bytes);
    this.#unwrittenBytes -= bytes.length;
    this.#updatePressure();
  }

  async #appendToFile(bytes: Buffer): Promise<void> {
    if (this.#error !== undefined || this.#file === undefined) return;
    try {
      this.#store.takeDisk(bytes.length);
      const position = this.#fileBytes;
      this.#fileBytes += bytes.length;
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    } catch (error) {
      this.#error = error;
    }
  }

  #updatePressure(): void {
    const isHigh =
      this.#unwrittenBytes > (this.#isPressed ? spoolLimits.unwrittenBytes / 2 : spoolLimits.unwrittenBytes);
    if (isHigh === this.#isPressed) return;
    this.#isPressed = isHigh;
    this.#onPressure(isHigh);
  }

  #received(start: number, end: number): Piece[] {
    if (start >= end) return [];
    if (this.#file !== undefined) return [{ type: "file", start, end }];
    const result: Piece[] = [];
    let offset = 0;
    for (const block of this.#blocks) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, block.length);
      if (from < to) result.push({ type: "memory", bytes: block.subarray(from, to) });
      offset += block.length;
      if (offset >= end) break;
    }
    return result;
  }

  async *#read(piece: Piece): AsyncGenerator<Uint8Array> {
    if (piece.type === "memory") {
      yield piece.bytes;
      return;
    }
    for (let position = piece.start; position < piece.end; ) {
      const bytes = await this.readFile(position, piece.end);
      position += bytes.length;
      yield bytes;
    }
  }
}
