/** The files that 7-Zip sees: one archive to read, in one volume or in several, and what it writes, in memory alone. */

/** What a run may use. `stop` is asked again and again; what it answers ends the run. */
export interface FileLimits {
  /** Files and folders. */
  readonly files: number;
  /** Octets of all files that are kept; of a file that is too large, half of what there was room for. */
  readonly keptBytes: number;
  /** Why to stop, after so many octets were written in all; undefined to go on. */
  stop(writtenBytes: number): StopCause | undefined;
}

export type StopCause = "limit-bytes" | "limit-ratio" | "limit-entries" | "limit-time";

/** A file as far as it was written. */
export interface HostFile {
  /** As the archive names it, with `/` between folders. */
  readonly name: string;
  readonly bytes: Buffer;
  /** There was more of it. */
  readonly isCut: boolean;
}

/** Thrown through the program to end it. */
export class HostStop extends Error {
  override readonly cause: StopCause;

  constructor(cause: StopCause) {
    super(cause);
    this.cause = cause;
  }
}

/** What the program calls the archive, and where it puts what is inside. */
export const ARCHIVE_PATH = "/a";
export const OUTPUT_PREFIX = "/o/";

export class SevenZipFiles {
  /** By the paths that they are asked for under. */
  readonly #volumes = new Map<string, Buffer>();
  readonly #nextVolumes: Buffer[];
  readonly #limits: FileLimits;
  readonly #open = new Map<number, OpenFile>();
  readonly #files: WrittenFile[] = [];
  readonly #folders = new Set<string>();
  readonly #byPath = new Map<string, WrittenFile>();
  #writtenBytes = 0;
  #keptBytes = 0;
  #nextDescriptor = 3;

  constructor([archive = NOTHING, ...volumes]: readonly Buffer[], limits: FileLimits) {
    this.#volumes.set(ARCHIVE_PATH, archive);
    this.#nextVolumes = volumes;
    this.#limits = limits;
  }

  /** All that were written, the last of them perhaps cut off. */
  written(): HostFile[] {
    return this.#files.map(({ name, bytes, length, isCut }) => ({ name, bytes: bytes.subarray(0, length), isCut }));
  }

  /** A descriptor of the archive or of a further volume; undefined for every other path. */
  openToRead(path: string): number | undefined {
    const bytes = this.#volumeAt(path);
    return bytes === undefined ? undefined : this.#describe({ kind: "archive", position: 0, bytes });
  }

  /** A descriptor of a new file, whatever was there. */
  openToWrite(path: string): number {
    this.#takeEntry();
    this.check();
    const name = path.startsWith(OUTPUT_PREFIX) ? path.slice(OUTPUT_PREFIX.length) : path;
    const file: WrittenFile = { name, bytes: NOTHING, length: 0, isCut: false };
    this.#files.push(file);
    this.#byPath.set(path, file);
    return this.#describe({ kind: "written", position: 0, file });
  }

  makeFolder(path: string): void {
    this.#takeEntry();
    this.#folders.add(path.replace(/\/$/, ""));
  }

  isFolder(path: string): boolean {
    return path === "/" || path === "." || path === "./" || this.#folders.has(path.replace(/\/$/, ""));
  }

  /** Octets of the file at that path; undefined when there is none. */
  sizeAt(path: string): number | undefined {
    return this.#byPath.get(path)?.length ?? this.#volumeAt(path)?.length;
  }

  /** Octets of an open file; undefined when it is not open. */
  sizeOf(descriptor: number): number | undefined {
    const file = this.#open.get(descriptor);
    if (file === undefined) return undefined;
    return file.kind === "archive" ? file.bytes.length : file.file.length;
  }

  close(descriptor: number): boolean {
    return this.#open.delete(descriptor);
  }

  /** The position of an open file. */
  position(descriptor: number): number {
    return this.#open.get(descriptor)?.position ?? 0;
  }

  seek(descriptor: number, position: number): void {
    const file = this.#open.get(descriptor);
    if (file !== undefined) file.position = position;
  }

  /** Octets that were read; undefined when the file is not open. */
  read(descriptor: number, target: Buffer): number | undefined {
    const file = this.#open.get(descriptor);
    if (file === undefined) return undefined;
    this.check();
    const source = file.kind === "archive" ? file.bytes : file.file.bytes.subarray(0, file.file.length);
    if (file.position >= source.length) return 0;
    const copied = source.copy(target, 0, file.position);
    file.position += copied;
    return copied;
  }

  /** Octets that were written; undefined when the file is not open for that. */
  write(descriptor: number, source: Buffer): number | undefined {
    const open = this.#open.get(descriptor);
    if (open === undefined || open.kind === "archive") return undefined;
    const { file, position } = open;
    const end = position + source.length;
    // What a seek has jumped over counts as written: it takes memory.
    this.#writtenBytes += Math.max(source.length, end - file.length);
    this.check();
    open.position = end;
    if (!file.isCut) this.#keep(file, source, position, end);
    return source.length;
  }

  /** Throws when a limit says so. */
  check(): void {
    const cause = this.#limits.stop(this.#writtenBytes);
    if (cause !== undefined) throw new HostStop(cause);
  }

  /** Volumes are asked for in their order, under names that follow from each other: what they are called in the message
   *  does not matter. */
  #volumeAt(path: string): Buffer | undefined {
    const known = this.#volumes.get(path);
    if (known !== undefined || !path.startsWith(VOLUME_PREFIX)) return known;
    const next = this.#nextVolumes.shift();
    if (next !== undefined) this.#volumes.set(path, next);
    return next;
  }

  #takeEntry(): void {
    if (this.#files.length + this.#folders.size >= this.#limits.files) throw new HostStop("limit-entries");
  }

  #describe(file: OpenFile): number {
    const descriptor = this.#nextDescriptor;
    this.#nextDescriptor += 1;
    this.#open.set(descriptor, file);
    return descriptor;
  }

  #keep(file: WrittenFile, source: Buffer, position: number, end: number): void {
    const growth = Math.max(0, end - file.length);
    if (this.#keptBytes + growth > this.#limits.keptBytes) {
      this.#cut(file);
      return;
    }
    if (end > file.bytes.length) file.bytes = enlarged(file, end);
    source.copy(file.bytes, position);
    file.length = Math.max(file.length, end);
    this.#keptBytes += growth;
  }

  /** A file that is too large makes room for those behind it. */
  #cut(file: WrittenFile): void {
    const kept = Math.floor(file.length / 2);
    this.#keptBytes -= file.length - kept;
    file.bytes = Buffer.from(file.bytes.subarray(0, kept));
    file.length = kept;
    file.isCut = true;
  }
}

interface WrittenFile {
  readonly name: string;
  bytes: Buffer;
  length: number;
  isCut: boolean;
}

type OpenFile =
  | { readonly kind: "archive"; position: number; readonly bytes: Buffer }
  | { readonly kind: "written"; position: number; readonly file: WrittenFile };

/** Room for at least `length` octets; what is not written reads as zeros. */
function enlarged({ bytes, length: used }: WrittenFile, length: number): Buffer {
  const larger = Buffer.alloc(Math.max(MIN_FILE_BYTES, length, bytes.length * 2));
  bytes.copy(larger, 0, 0, used);
  return larger;
}

/** What it calls further volumes, of an archive without an ending in its name: `/a.r00`, `/a.r01` and so on. */
const VOLUME_PREFIX = `${ARCHIVE_PATH}.`;
const NOTHING = Buffer.alloc(0);
const MIN_FILE_BYTES = 1024;
