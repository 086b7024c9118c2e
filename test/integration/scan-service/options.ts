/** How the tests run a scan service: small caps, one thread. */
import { fileURLToPath } from "node:url";
import type { Clock } from "../../../src/core/clock.ts";
import { MIB } from "../../../src/core/limits.ts";
import type { LogFields, Logger } from "../../../src/core/log.ts";
import type { Settings } from "../../../src/core/settings.ts";
import type { MessageSource } from "../../../src/scan/judge.ts";
import {
  type ScanServiceOptions,
  type StartedScanService,
  startScanService,
} from "../../../src/scan/service-client.ts";
import { noEngines } from "../../support/engine-settings.ts";

export const scanSettings: Settings["scan"] = {
  messageBytes: 4 * MIB,
  archiveBytes: 1 * MIB,
  messageArchiveBytes: 1 * MIB,
  depth: 10,
  entries: 100,
  ratio: 1_000,
  timeMs: 10_000,
  threads: 1,
  passwordFile: undefined,
};

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

export interface LogEntry {
  readonly event: string;
  readonly fields: LogFields;
}

/** A service with the misbehaving threads, what it logs, and its end. */
export interface TestService extends StartedScanService, AsyncDisposable {
  readonly entries: readonly LogEntry[];
}

export function startTestService(
  scan: Partial<Settings["scan"]> = {},
  command?: readonly string[],
  more: Partial<Pick<ScanServiceOptions, "engines" | "cache" | "clock" | "cacheDirectory" | "keepsLastGood">> = {},
): TestService {
  const entries: LogEntry[] = [];
  const logger: Logger = { log: (_level, event, fields = {}) => void entries.push({ event, fields }) };
  const [file = process.execPath, ...args] = command ?? [process.execPath, SERVICE];
  const service = startScanService({
    scan: { ...scanSettings, ...scan },
    engines: noEngines,
    logger,
    clock: systemClock,
    command: { command: file, args },
    ...more,
  });
  return {
    entries,
    get pid() {
      return service.pid;
    },
    get loaded() {
      return service.loaded;
    },
    reload: (engines) => service.reload(engines),
    ready: () => service.ready(),
    judge: (source, signal) => service.judge(source, signal),
    rewrite: (source, context, signal) => service.rewrite(source, context, signal),
    sectionMap: (source, signal) => service.sectionMap(source, signal),
    structure: (source, signal) => service.structure(source, signal),
    decodePart: (source, encoding, signal) => service.decodePart(source, encoding, signal),
    preview: (source, signal) => service.preview(source, signal),
    close: () => service.close(),
    [Symbol.asyncDispose]: () => service.close(),
  };
}

/** A message that comes in chunks of `chunkBytes`. */
export function messageOf(content: string | Buffer, chunkBytes = 64 * 1024): MessageSource {
  const bytes = Buffer.from(content);
  return {
    bytes: bytes.length,
    async *chunks() {
      for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes);
    },
  };
}

/** Whether a process exists and is not merely waiting for its parent to notice its end. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const SERVICE = fileURLToPath(new URL("./service.ts", import.meta.url));
