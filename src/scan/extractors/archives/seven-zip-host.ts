/** The operating system that 7-Zip's WebAssembly runs on: one archive to read, files to write that exist in memory
 *  alone, a clock that stands still, and nothing else. The calls are those of WASI preview 1 and of Emscripten's musl. */
import type { WebAssemblyMemory } from "../../web-assembly.ts";

/** What a run may use. `stop` is asked again and again; what it answers ends the run. */
export interface HostLimits {
  /** Files and folders. */
  readonly files: number;
  readonly memoryBytes: number;
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

/** Thrown through the program when it has ended by itself. */
export class HostExit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** One run of the program: make it, hand `imports` to the instance, `attach` the instance's memory, call its main. */
export class SevenZipHost {
  readonly #archive: Buffer;
  readonly #limits: HostLimits;
  readonly #open = new Map<number, OpenFile>();
  readonly #files: WrittenFile[] = [];
  readonly #folders = new Set<string>();
  readonly #byPath = new Map<string, WrittenFile>();
  readonly #text: Buffer[] = [];
  #textBytes = 0;
  #writtenBytes = 0;
  #keptBytes = 0;
  #nextDescriptor = 3;
  #memory: WebAssemblyMemory | undefined;
  #octets = Buffer.alloc(0);
  /** Whether the program asked for memory that it may not have. */
  isOutOfMemory = false;
  /** Names of other files that it looked for: the other volumes of the archive. */
  readonly missing: string[] = [];

  constructor(archive: Buffer, limits: HostLimits) {
    this.#archive = archive;
    this.#limits = limits;
  }

  attach(memory: WebAssemblyMemory): void {
    this.#memory = memory;
  }

  /** All files, the last of them perhaps cut off. */
  files(): HostFile[] {
    return this.#files.map(({ name, bytes, length, isCut }) => ({ name, bytes: bytes.subarray(0, length), isCut }));
  }

  /** What the program has printed. */
  text(): string {
    return Buffer.concat(this.#text).toString("utf8");
  }

  /** Copies the arguments to where `allocate` says and calls `main`. */
  run(exports: SevenZipExports, words: readonly string[]): number {
    const pointers = words.map((word) => {
      const text = Buffer.from(`${word}\0`, "utf8");
      const pointer = exports._emscripten_stack_alloc(text.length);
      text.copy(this.#view(), pointer);
      return pointer;
    });
    const table = exports._emscripten_stack_alloc((words.length + 1) * 4);
    for (const [index, pointer] of [...pointers, 0].entries()) this.#view().writeUInt32LE(pointer, table + index * 4);
    return exports.__main_argc_argv(words.length, table);
  }

  /** By the names that the WebAssembly imports them under. */
  imports(): Readonly<Record<string, unknown>> {
    const done = (): number => 0;
    const absent = (): number => -NO_ENTRY;
    return {
      __cxa_throw: () => {
        throw new Error("C++ exception");
      },
      exit: (code: number) => {
        throw new HostExit(code);
      },
      _abort_js: () => {
        throw new Error("aborted");
      },
      __syscall_chmod: done,
      __syscall_fchownat: done,
      __syscall_utimensat: done,
      __syscall_mkdirat: (_directory: number, path: number) => this.#makeFolder(this.#string(path)),
      __syscall_symlinkat: done,
      __syscall_unlinkat: done,
      __syscall_rmdir: done,
      __syscall_renameat: done,
      __syscall_ftruncate64: done,
      __syscall_getdents64: done,
      __syscall_readlinkat: absent,
      __syscall_ioctl: () => -NOT_A_TERMINAL,
      __syscall_getcwd: (buffer: number, size: number) => this.#workingDirectory(buffer, size),
      __syscall_openat: (_directory: number, path: number, flags: number) => this.#openFile(this.#string(path), flags),
      __syscall_stat64: (path: number, buffer: number) => this.#status(this.#string(path), buffer),
      __syscall_lstat64: (path: number, buffer: number) => this.#status(this.#string(path), buffer),
      __syscall_newfstatat: (_directory: number, path: number, buffer: number) =>
        this.#status(this.#string(path), buffer),
      __syscall_fstat64: (descriptor: number, buffer: number) => this.#descriptorStatus(descriptor, buffer),
      fd_close: (descriptor: number) => (this.#open.delete(descriptor) ? 0 : BAD_DESCRIPTOR),
      fd_fdstat_get: (descriptor: number, buffer: number) => this.#descriptorKind(descriptor, buffer),
      fd_seek: (descriptor: number, offset: bigint, whence: number, result: number) =>
        this.#seek(descriptor, offset, whence, result),
      fd_read: (descriptor: number, vectors: number, count: number, result: number) =>
        this.#transfer(vectors, count, result, (target) => this.#read(descriptor, target)),
      fd_write: (descriptor: number, vectors: number, count: number, result: number) =>
        this.#transfer(vectors, count, result, (source) => this.#write(descriptor, source)),
      environ_sizes_get: (count: number, bytes: number) => this.#environmentSizes(count, bytes),
      environ_get: (pointers: number, text: number) => this.#environment(pointers, text),
      emscripten_get_heap_max: () => HEAP_MAX_BYTES,
      emscripten_resize_heap: (bytes: number) => this.#grow(bytes >>> 0),
      emscripten_date_now: () => 0,
      clock_time_get: (_clock: number, _precision: bigint, result: number) => {
        this.#view().writeBigUInt64LE(0n, result);
        return 0;
      },
      _tzset_js: done,
      _mktime_js: () => 0n,
      _localtime_js: (_time: bigint, result: number) => void this.#view().fill(0, result, result + TM_BYTES),
      _gmtime_js: (_time: bigint, result: number) => void this.#view().fill(0, result, result + TM_BYTES),
    };
  }

  /** The program's memory; another buffer whenever that has grown. */
  #view(): Buffer {
    const memory = this.#memory;
    if (memory !== undefined && this.#octets.buffer !== memory.buffer) this.#octets = Buffer.from(memory.buffer);
    return this.#octets;
  }

  #string(pointer: number): string {
    const view = this.#view();
    const end = view.indexOf(0, pointer);
    return view.toString("utf8", pointer, end < 0 ? pointer : end);
  }

  #grow(bytes: number): number {
    const memory = this.#memory;
    if (memory === undefined) return 0;
    if (bytes > this.#limits.memoryBytes) {
      this.isOutOfMemory = true;
      return 0;
    }
    const current = memory.buffer.byteLength;
    const wanted = Math.min(this.#limits.memoryBytes, Math.max(bytes, current * GROWTH));
    try {
      memory.grow(Math.ceil((wanted - current) / PAGE_BYTES));
      return 1;
    } catch {
      this.isOutOfMemory = true;
      return 0;
    }
  }

  #workingDirectory(buffer: number, size: number): number {
    if (size < 2) return -RANGE;
    this.#view().write("/\0", buffer, "latin1");
    return 2;
  }

  #openFile(path: string, flags: number): number {
    if ((flags & FOR_WRITING) === 0) {
      if (path !== ARCHIVE_PATH) {
        if (this.missing.length < MAX_MISSING) this.missing.push(path);
        return -NO_ENTRY;
      }
      return this.#describe({ kind: "archive", position: 0 });
    }
    if (this.#files.length + this.#folders.size >= this.#limits.files) throw new HostStop("limit-entries");
    this.#check();
    const name = path.startsWith(OUTPUT_PREFIX) ? path.slice(OUTPUT_PREFIX.length) : path;
    const file: WrittenFile = { name, bytes: NOTHING, length: 0, isCut: false };
    this.#files.push(file);
    this.#byPath.set(path, file);
    return this.#describe({ kind: "written", position: 0, file });
  }

  #makeFolder(path: string): number {
    if (this.#files.length + this.#folders.size >= this.#limits.files) throw new HostStop("limit-entries");
    this.#folders.add(path.replace(/\/$/, ""));
    return 0;
  }

  #describe(file: OpenFile): number {
    const descriptor = this.#nextDescriptor;
    this.#nextDescriptor += 1;
    this.#open.set(descriptor, file);
    return descriptor;
  }

  #status(path: string, buffer: number): number {
    if (path === ARCHIVE_PATH) return this.#writeStatus(buffer, REGULAR_FILE, this.#archive.length);
    const written = this.#byPath.get(path);
    if (written !== undefined) return this.#writeStatus(buffer, REGULAR_FILE, written.length);
    if (path === "/" || path === "." || path === "./" || this.#folders.has(path.replace(/\/$/, "")))
      return this.#writeStatus(buffer, DIRECTORY, 0);
    return -NO_ENTRY;
  }

  #descriptorStatus(descriptor: number, buffer: number): number {
    const file = this.#open.get(descriptor);
    if (file === undefined) {
      return descriptor < 3 ? this.#writeStatus(buffer, CHARACTER_DEVICE, 0) : -BAD_DESCRIPTOR;
    }
    return this.#writeStatus(buffer, REGULAR_FILE, lengthOf(file, this.#archive));
  }

  /** `struct stat` of Emscripten's musl for 32 bits. */
  #writeStatus(buffer: number, mode: number, size: number): number {
    const view = this.#view();
    view.fill(0, buffer, buffer + STATUS_BYTES);
    view.writeInt32LE(1, buffer);
    view.writeInt32LE(mode, buffer + 4);
    view.writeInt32LE(1, buffer + 8);
    view.writeBigInt64LE(BigInt(size), buffer + 24);
    view.writeInt32LE(4096, buffer + 32);
    view.writeInt32LE(Math.ceil(size / 512), buffer + 36);
    view.writeBigInt64LE(1n, buffer + 88);
    return 0;
  }

  #descriptorKind(descriptor: number, buffer: number): number {
    const file = this.#open.get(descriptor);
    if (file === undefined && descriptor >= 3) return BAD_DESCRIPTOR;
    const view = this.#view();
    view.fill(0, buffer, buffer + 24);
    view.writeUInt8(file === undefined ? 2 : 4, buffer);
    return 0;
  }

  #seek(descriptor: number, offset: bigint, whence: number, result: number): number {
    const file = this.#open.get(descriptor);
    if (file === undefined) return descriptor < 3 ? NOT_SEEKABLE : BAD_DESCRIPTOR;
    const base = whence === 1 ? file.position : whence === 2 ? lengthOf(file, this.#archive) : 0;
    const position = base + Number(offset);
    if (!Number.isSafeInteger(position) || position < 0) return INVALID;
    file.position = position;
    this.#view().writeBigInt64LE(BigInt(position), result);
    return 0;
  }

  /** Goes through the vectors of one call until one is not served in full. */
  #transfer(vectors: number, count: number, result: number, move: (part: Buffer) => number): number {
    let total = 0;
    for (let index = 0; index < count; index += 1) {
      const view = this.#view();
      const pointer = view.readUInt32LE(vectors + index * 8);
      const length = view.readUInt32LE(vectors + index * 8 + 4);
      const moved = move(view.subarray(pointer, pointer + length));
      if (moved < 0) return -moved;
      total += moved;
      if (moved < length) break;
    }
    this.#view().writeUInt32LE(total, result);
    return 0;
  }

  #read(descriptor: number, target: Buffer): number {
    const file = this.#open.get(descriptor);
    if (file === undefined) return descriptor < 3 ? 0 : -BAD_DESCRIPTOR;
    this.#check();
    const source = file.kind === "archive" ? this.#archive : file.file.bytes.subarray(0, file.file.length);
    if (file.position >= source.length) return 0;
    const copied = source.copy(target, 0, file.position);
    file.position += copied;
    return copied;
  }

  #write(descriptor: number, source: Buffer): number {
    if (descriptor === 1 || descriptor === 2) return this.#print(source);
    const open = this.#open.get(descriptor);
    if (open === undefined || open.kind === "archive") return -BAD_DESCRIPTOR;
    const { file, position } = open;
    const end = position + source.length;
    // What a seek has jumped over counts as written: it takes memory.
    this.#writtenBytes += Math.max(source.length, end - file.length);
    this.#check();
    open.position = end;
    if (!file.isCut) this.#keep(file, source, position, end);
    return source.length;
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

  #print(source: Buffer): number {
    if (this.#textBytes < MAX_TEXT_BYTES) {
      const kept = Buffer.from(source.subarray(0, MAX_TEXT_BYTES - this.#textBytes));
      this.#text.push(kept);
      this.#textBytes += kept.length;
    }
    this.#check();
    return source.length;
  }

  #check(): void {
    const cause = this.#limits.stop(this.#writtenBytes);
    if (cause !== undefined) throw new HostStop(cause);
  }

  #environmentSizes(count: number, bytes: number): number {
    this.#view().writeUInt32LE(1, count);
    this.#view().writeUInt32LE(ENVIRONMENT.length, bytes);
    return 0;
  }

  #environment(pointers: number, text: number): number {
    this.#view().writeUInt32LE(text, pointers);
    ENVIRONMENT.copy(this.#view(), text);
    return 0;
  }
}

/** What the program's WebAssembly has to offer. */
export interface SevenZipExports {
  readonly memory: WebAssemblyMemory;
  __wasm_call_ctors(): void;
  __main_argc_argv(count: number, table: number): number;
  _emscripten_stack_alloc(bytes: number): number;
}

/** What the program calls the archive, and where it puts what is inside. */
export const ARCHIVE_PATH = "/a";
export const OUTPUT_PREFIX = "/o/";

interface WrittenFile {
  readonly name: string;
  bytes: Buffer;
  length: number;
  isCut: boolean;
}

type OpenFile =
  | { readonly kind: "archive"; position: number }
  | { readonly kind: "written"; position: number; readonly file: WrittenFile };

function lengthOf(file: OpenFile, archive: Buffer): number {
  return file.kind === "archive" ? archive.length : file.file.length;
}

/** Room for at least `length` octets; what is not written reads as zeros. */
function enlarged({ bytes, length: used }: WrittenFile, length: number): Buffer {
  const larger = Buffer.alloc(Math.max(MIN_FILE_BYTES, length, bytes.length * 2));
  bytes.copy(larger, 0, 0, used);
  return larger;
}

const NOTHING = Buffer.alloc(0);
const MIN_FILE_BYTES = 1024;
const PAGE_BYTES = 65_536;
const GROWTH = 1.25;
/** What the program believes to have; what it really may have is seen when it asks. */
const HEAP_MAX_BYTES = 2 ** 31;
const STATUS_BYTES = 96;
const TM_BYTES = 44;
/** Error messages for every entry of a broken archive; what matters comes first. */
const MAX_TEXT_BYTES = 256 * 1024;
const MAX_MISSING = 10;
/** O_WRONLY and O_RDWR. */
const FOR_WRITING = 3;
const REGULAR_FILE = 0o100644;
const DIRECTORY = 0o040755;
const CHARACTER_DEVICE = 0o020666;
/** WASI's numbers of errno, which Emscripten uses too. */
const BAD_DESCRIPTOR = 8;
const INVALID = 28;
const NO_ENTRY = 44;
const NOT_A_TERMINAL = 59;
const RANGE = 68;
const NOT_SEEKABLE = 70;
/** Names in archives are UTF-8 whatever the machine says. */
const ENVIRONMENT = Buffer.from("LANG=C.UTF-8\0", "latin1");
