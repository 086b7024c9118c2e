/** The memory and disk that all held messages share. */
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";

export interface SpoolStoreOptions {
  /** Directory for temporary files; created files are unlinked at once, so nothing survives the process. */
  readonly directory: string;
  readonly memoryBytesPerMessage: number;
  readonly memoryBytesTotal: number;
  readonly diskBytesTotal: number;
}

export class SpoolFullError extends Error {
  constructor() {
    super("the space for held messages is used up");
    this.name = "SpoolFullError";
  }
}

/** Accounts for octets in memory and on disk. One per daemon. */
export class SpoolStore {
  readonly #options: SpoolStoreOptions;
  #memoryBytes = 0;
  #diskBytes = 0;

  constructor(options: SpoolStoreOptions) {
    this.#options = options;
  }

  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  get diskBytes(): number {
    return this.#diskBytes;
  }

  /** True when a message of `held` octets may take `more` octets of memory, which are then accounted for. */
  takeMemory(held: number, more: number): boolean {
    const fits =
      held + more <= this.#options.memoryBytesPerMessage && this.#memoryBytes + more <= this.#options.memoryBytesTotal;
    if (fits) this.#memoryBytes += more;
    return fits;
  }

  giveBackMemory(bytes: number): void {
    this.#memoryBytes -= bytes;
  }

  /** Accounts for `bytes` on disk; throws SpoolFullError when they would be too many. */
  takeDisk(bytes: number): void {
    if (this.#diskBytes + bytes > this.#options.diskBytesTotal) throw new SpoolFullError();
    this.#diskBytes += bytes;
  }

  giveBackDisk(bytes: number): void {
    this.#diskBytes -= bytes;
  }

  /** A file of mode 0600 that has no name any more. */
  async openFile(): Promise<FileHandle> {
    const directory = await mkdtemp(join(this.#options.directory, "mailward-"));
    try {
      return await open(join(directory, "message"), "wx+", 0o600);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}
