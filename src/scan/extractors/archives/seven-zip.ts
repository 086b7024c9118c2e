/** 7-Zip as WebAssembly, for every format that this program does not read by itself. Synchronous: a scan thread has one
 *  message at a time. Every archive gets an instance of its own, so nothing of one mail is there for the next; a hang in
 *  it is ended with the thread by the scan service. */
import { errorText } from "../../../core/errors.ts";
import { archiveLimits } from "../../../core/scan-limits.ts";
import { compileWebAssembly, type WebAssemblyCode } from "../../web-assembly.ts";
import {
  ARCHIVE_PATH,
  type FileLimits,
  type HostFile,
  HostStop,
  OUTPUT_PREFIX,
  type StopCause,
} from "./seven-zip-files.ts";
import { HostExit, type SevenZipExports, SevenZipHost } from "./seven-zip-host.ts";
import { readMessages, type SevenZipMessages } from "./seven-zip-messages.ts";

export interface SevenZipRequest {
  /** The format in 7-Zip's word for it. */
  readonly format: string;
  readonly password: string;
  /** The volumes that follow the archive, when it is the first of several. */
  readonly volumes?: readonly Buffer[];
  /** Files that are left out, by their names. */
  readonly without: readonly string[];
  readonly limits: FileLimits;
}

/** What came of an archive. */
export interface SevenZipResult extends SevenZipMessages {
  readonly files: readonly HostFile[];
  /** A limit has ended it. */
  readonly stopped: StopCause | undefined;
  /** It has ended itself in the middle: its WebAssembly can not catch what it throws. */
  readonly crash: string | undefined;
  readonly isOutOfMemory: boolean;
}

export interface SevenZip {
  /** Extracts all files to memory. Never throws because of the archive. */
  extract(archive: Buffer, request: SevenZipRequest): SevenZipResult;
}

/** `octets` are those of 7-Zip's WebAssembly, which is compiled when it is first needed. */
export function createSevenZip(octets: Uint8Array): SevenZip {
  let code: WebAssemblyCode | undefined;
  return {
    extract(archive, request) {
      code ??= compileWebAssembly(octets);
      return extract(code, archive, request);
    },
  };
}

function extract(code: WebAssemblyCode, archive: Buffer, request: SevenZipRequest): SevenZipResult {
  const host = new SevenZipHost([archive, ...(request.volumes ?? [])], {
    ...request.limits,
    memoryBytes: archiveLimits.memoryBytes,
  });
  const imports = host.imports();
  const exports: unknown = code.instantiate({ env: imports, wasi_snapshot_preview1: imports });
  if (!isSevenZip(exports)) throw new Error("the WebAssembly of 7-Zip is another one than expected");
  host.attach(exports.memory);
  let stopped: StopCause | undefined;
  let crash: string | undefined;
  try {
    exports.__wasm_call_ctors();
    host.run(exports, words(request));
  } catch (error) {
    if (error instanceof HostStop) stopped = error.cause;
    else if (!(error instanceof HostExit)) crash = errorText(error);
  }
  const { isOutOfMemory } = host;
  return { ...readMessages(host.text(), host.missing), files: host.files(), stopped, crash, isOutOfMemory };
}

/** Extract with full paths, overwrite and ask nothing, take every name as it is; no names on the output but with
 *  errors. */
function words({ format, password, without }: SevenZipRequest): string[] {
  const excluded = without.map((name) => `-x!${name}`);
  const fixed = ["7zz", "x", `-t${format}`, "-aoa", "-y", "-spd", "-bd", "-bso1", "-bse1", `-o${OUTPUT_PREFIX}`];
  return [...fixed, `-p${password}`, ...excluded, "--", ARCHIVE_PATH];
}

function isSevenZip(exports: unknown): exports is SevenZipExports {
  if (typeof exports !== "object" || exports === null || !("memory" in exports)) return false;
  const functions = ["__wasm_call_ctors", "__main_argc_argv", "_emscripten_stack_alloc"];
  return functions.every((name) => typeof Reflect.get(exports, name) === "function");
}
