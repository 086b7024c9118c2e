/** Reads the plain tar archives that databases come in: files of short names, and nothing else. */
import { latin1 } from "../../../core/bytes.ts";

export interface TarFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Takes the archive in pieces of any size. */
export class TarReader {
  readonly #maxFileBytes: number;
  readonly #maxFiles: number;
  readonly #header = Buffer.alloc(BLOCK_BYTES);
  #headerBytes = 0;
  #name = "";
  #file: Buffer | undefined;
  #filled = 0;
  #padding = 0;
  #files = 0;
  #isOver = false;
  /** Why nothing more is read. */
  problem: string | undefined;

  constructor(maxFileBytes: number, maxFiles: number) {
    this.#maxFileBytes = maxFileBytes;
    this.#maxFiles = maxFiles;
  }

  /** Whether it stands between two files. */
  get isComplete(): boolean {
    return this.#isOver || (this.#headerBytes === 0 && this.#file === undefined && this.#padding === 0);
  }

  /** The files that are whole with this piece. */
  receive(chunk: Buffer): TarFile[] {
    const files: TarFile[] = [];
    let position = 0;
    while (position < chunk.length && !this.#isOver && this.problem === undefined) {
      if (this.#file !== undefined) {
        position += this.#fill(chunk, position, files);
      } else if (this.#padding > 0) {
        const skipped = Math.min(this.#padding, chunk.length - position);
        this.#padding -= skipped;
        position += skipped;
      } else {
        const count = chunk.copy(this.#header, this.#headerBytes, position);
        this.#headerBytes += count;
        position += count;
        if (this.#headerBytes === BLOCK_BYTES) this.#begin(files);
      }
    }
    return files;
  }

  #begin(files: TarFile[]): void {
    this.#headerBytes = 0;
    // Zeros end the archive.
    if (this.#header[0] === 0) {
      this.#isOver = true;
      return;
    }
    const type = this.#header[TYPE_OFFSET];
    const size = Number.parseInt(
      latin1(this.#header, SIZE_OFFSET, SIZE_OFFSET + 12)
        .replace(/\0.*$/s, "")
        .trim(),
      8,
    );
    const name = latin1(this.#header, 0, NAME_BYTES).replace(/\0.*$/s, "");
    if (type !== 0 && type !== REGULAR_FILE) this.problem = "it holds something that is no file";
    else if (!(size >= 0 && size <= this.#maxFileBytes)) this.problem = `"${name}" is too large`;
    else if (this.#files >= this.#maxFiles) this.problem = "it holds too many files";
    if (this.problem !== undefined) return;
    this.#files += 1;
    this.#name = name;
    this.#padding = (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
    if (size === 0) files.push({ name, bytes: Buffer.alloc(0) });
    else this.#file = Buffer.allocUnsafeSlow(size);
    this.#filled = 0;
  }

  #fill(chunk: Buffer, position: number, files: TarFile[]): number {
    const file = this.#file;
    if (file === undefined) return 0;
    const count = chunk.copy(file, this.#filled, position);
    this.#filled += count;
    if (this.#filled === file.length) {
      files.push({ name: this.#name, bytes: file });
      this.#file = undefined;
    }
    return count;
  }
}

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
const SIZE_OFFSET = 124;
const TYPE_OFFSET = 156;
const REGULAR_FILE = 0x30;
