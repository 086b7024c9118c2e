/** The operating system that 7-Zip's WebAssembly runs on: files in memory, a clock that stands still, and nothing else.
 *  The calls are those of WASI preview 1 and of Emscripten's musl. What it passes is not believed: out of its memory
 *  there is nothing. */
import type { WebAssemblyMemory } from "../../web-assembly.ts";
import { type FileLimits, type HostFile, SevenZipFiles } from "./seven-zip-files.ts";

export interface HostLimits extends FileLimits {
  readonly memoryBytes: number;
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
  readonly #files: SevenZipFiles;
  readonly #memoryBytes: number;
  readonly #text: Buffer[] = [];
  #textBytes = 0;
  #memory: WebAssemblyMemory | undefined;
  #octets = Buffer.alloc(0);
  /** Whether the program asked for memory that it may not have. */
  isOutOfMemory = false;
  /** Names of other files that it looked for: the other volumes of the archive. */
  readonly missing: string[] = [];

  /** `volumes` are the archive and those that follow it. */
  constructor(volumes: readonly Buffer[], limits: HostLimits) {
    this.#files = new SevenZipFiles(volumes, limits);
    this.#memoryBytes = limits.memoryBytes;
  }

  attach(memory: WebAssemblyMemory): void {
    this.#memory = memory;
  }

  /** All files, the last of them perhaps cut off. */
  files(): HostFile[] {
    return this.#files.written();
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
      __syscall_mkdirat: (_directory: number, path: number) => {
        this.#files.makeFolder(this.#string(path));
        return 0;
      },
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
      fd_close: (descriptor: number) => (this.#files.close(descriptor) ? 0 : BAD_DESCRIPTOR),
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
    const end = view.subarray(pointer, pointer + MAX_PATH_BYTES).indexOf(0);
    return end < 0 ? "" : view.toString("utf8", pointer, pointer + end);
  }

  #grow(bytes: number): number {
    const memory = this.#memory;
    if (memory === undefined) return 0;
    if (bytes > this.#memoryBytes) {
      this.isOutOfMemory = true;
      return 0;
    }
    const current = memory.buffer.byteLength;
    const wanted = Math.min(this.#memoryBytes, Math.max(bytes, current * GROWTH));
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
    if ((flags & FOR_WRITING) !== 0) return this.#files.openToWrite(path);
    const descriptor = this.#files.openToRead(path);
    if (descriptor !== undefined) return descriptor;
    if (this.missing.length < MAX_MISSING) this.missing.push(path);
    return -NO_ENTRY;
  }

  #status(path: string, buffer: number): number {
    const size = this.#files.sizeAt(path);
    if (size !== undefined) return this.#writeStatus(buffer, REGULAR_FILE, size);
    return this.#files.isFolder(path) ? this.#writeStatus(buffer, DIRECTORY, 0) : -NO_ENTRY;
  }

  #descriptorStatus(descriptor: number, buffer: number): number {
    const size = this.#files.sizeOf(descriptor);
    if (size !== undefined) return this.#writeStatus(buffer, REGULAR_FILE, size);
    return descriptor < STANDARD ? this.#writeStatus(buffer, CHARACTER_DEVICE, 0) : -BAD_DESCRIPTOR;
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
    const isFile = this.#files.sizeOf(descriptor) !== undefined;
    if (!isFile && descriptor >= STANDARD) return BAD_DESCRIPTOR;
    const view = this.#view();
    view.fill(0, buffer, buffer + 24);
    view.writeUInt8(isFile ? 4 : 2, buffer);
    return 0;
  }

  #seek(descriptor: number, offset: bigint, whence: number, result: number): number {
    const size = this.#files.sizeOf(descriptor);
    if (size === undefined) return descriptor < STANDARD ? NOT_SEEKABLE : BAD_DESCRIPTOR;
    const base = whence === 1 ? this.#files.position(descriptor) : whence === 2 ? size : 0;
    const position = base + Number(offset);
    if (!Number.isSafeInteger(position) || position < 0) return INVALID;
    this.#files.seek(descriptor, position);
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
    return this.#files.read(descriptor, target) ?? (descriptor < STANDARD ? 0 : -BAD_DESCRIPTOR);
  }

  #write(descriptor: number, source: Buffer): number {
    if (descriptor === 1 || descriptor === 2) return this.#print(source);
    return this.#files.write(descriptor, source) ?? -BAD_DESCRIPTOR;
  }

  #print(source: Buffer): number {
    if (this.#textBytes < MAX_TEXT_BYTES) {
      const kept = Buffer.from(source.subarray(0, MAX_TEXT_BYTES - this.#textBytes));
      this.#text.push(kept);
      this.#textBytes += kept.length;
    }
    this.#files.check();
    return source.length;
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

const PAGE_BYTES = 65_536;
const GROWTH = 1.25;
/** What the program believes to have; what it really may have is seen when it asks. */
const HEAP_MAX_BYTES = 2 ** 31;
const STATUS_BYTES = 96;
const TM_BYTES = 44;
/** Error messages for every entry of a broken archive; what matters comes first. */
const MAX_TEXT_BYTES = 256 * 1024;
const MAX_MISSING = 10;
/** Descriptors below this are input, output and errors. */
const STANDARD = 3;
/** Names in archives are shorter. */
const MAX_PATH_BYTES = 16_384;
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
