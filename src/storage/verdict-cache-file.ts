/** Verdicts of clean messages on disk: digests and nothing else of the mail. Several programs may use one file: each
 *  appends whole records under a lock, and nobody waits for it but whoever writes. */
import { constants } from "node:fs";
import { type FileHandle, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../core/clock.ts";
import { systemErrorText } from "../core/errors.ts";
import { cacheLimits } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import { replaceFile } from "./atomic-file.ts";
import { withFileLock } from "./file-lock.ts";
import { makeDirectory } from "./make-directory.ts";
import { openOwnFile } from "./open-own-file.ts";
import { encodeVerdict, FILE_HEAD, RECORD_BYTES, readVerdict, recordKey } from "./verdict-cache-record.ts";

export interface VerdictCacheFileOptions {
  readonly path: string;
  readonly entries: number;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** What can not be read or written is logged once and then left alone: the cache is a convenience. */
export class VerdictCacheFile {
  readonly #options: VerdictCacheFileOptions;
  #unsaved: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isUnusable = false;

  constructor(options: VerdictCacheFileOptions) {
    this.#options = options;
  }

  /** Calls `add` for each verdict of this context, the oldest first. */
  async load(context: Buffer, add: (digest: string, headerBytes: number) => void): Promise<void> {
    const { path } = this.#options;
    try {
      const file = await openOwnFile(this.#options.path, constants.O_RDONLY);
      if (file === undefined) return;
      let bytes: Buffer;
      try {
        bytes = await readWhole(file, this.#maxBytes());
      } finally {
        await file.close();
      }
      if (bytes.length > 0 && !hasHead(bytes)) throw new DamagedError();
      for (let start = RECORD_BYTES; start + RECORD_BYTES <= bytes.length; start += RECORD_BYTES) {
        const verdict = readVerdict(bytes, start, context);
        if (verdict === "damaged") throw new DamagedError();
        if (verdict !== undefined) add(verdict.digest, verdict.headerBytes);
      }
    } catch (error) {
      if (error instanceof DamagedError) await this.#drop(path);
      else this.#giveUp("read", error);
    }
  }

  /** Writes it soon. */
  save(context: Buffer, digest: string, headerBytes: number): void {
    if (this.#isUnusable) return;
    this.#unsaved.push(encodeVerdict({ context, digest, headerBytes, savedAt: this.#options.clock.now() }));
    if (this.#unsaved.length >= cacheLimits.unsavedVerdicts) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), cacheLimits.saveDelayMs).unref();
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    this.#flush();
    await this.#saving;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const records = this.#unsaved;
    this.#unsaved = [];
    if (records.length === 0) return;
    this.#saving = this.#saving.then(() => this.#append(Buffer.concat(records)));
  }

  async #append(records: Buffer): Promise<void> {
    if (this.#isUnusable) return;
    const { path } = this.#options;
    try {
      await makeDirectory(dirname(path));
      await refuseForeign(path);
      const wait = (ms: number): Promise<void> => delay(ms);
      await withFileLock(path, wait, async () => {
        const file = await openOwnFile(this.#options.path, constants.O_RDWR | constants.O_CREAT);
        if (file === undefined) return;
        try {
          const size = await appendWhole(file, records);
          if (size > this.#maxBytes()) await this.#compact(file);
        } finally {
          await file.close();
        }
      });
    } catch (error) {
      this.#giveUp("write", error);
    }
  }

  /** Keeps the newest verdicts, each once. */
  async #compact(file: FileHandle): Promise<void> {
    const { path, entries } = this.#options;
    const bytes = await readWhole(file, Number.POSITIVE_INFINITY);
    const kept: Buffer[] = [];
    const seen = new Set<string>();
    const last = Math.floor(bytes.length / RECORD_BYTES) * RECORD_BYTES - RECORD_BYTES;
    for (let start = last; start > 0 && kept.length < entries; start -= RECORD_BYTES) {
      const key = recordKey(bytes, start);
      if (key === undefined || seen.has(key)) continue;
      seen.add(key);
      kept.push(bytes.subarray(start, start + RECORD_BYTES));
    }
    await replaceFile(path, Buffer.concat([FILE_HEAD, ...kept.reverse()]));
  }

  #maxBytes(): number {
    return RECORD_BYTES * (1 + cacheLimits.fileFactor * this.#options.entries);
  }

  async #drop(path: string): Promise<void> {
    this.#options.logger.log("warning", "verdict-cache-dropped", { path, detail: "the file is damaged" });
    await unlink(path).catch(() => undefined);
  }

  #giveUp(verb: "read" | "write", error: unknown): void {
    if (this.#isUnusable) return;
    this.#isUnusable = true;
    this.#unsaved = [];
    const { logger, path } = this.#options;
    logger.log("warning", "verdict-cache-unusable", { path, detail: `Cannot ${verb} it: ${systemErrorText(error)}` });
  }
}

class DamagedError extends Error {}

/** A folder of somebody else's, as root's may be for a user or a user's for root: files of ours do not belong there. */
async function refuseForeign(path: string): Promise<void> {
  const { uid } = await stat(dirname(path));
  if (uid !== (process.geteuid?.() ?? uid)) throw new Error("its folder is another user's");
}

/** Appends and answers the size. What a program left that was ended while it wrote is cut off, and so is what is no
 *  file of verdicts. */
async function appendWhole(file: FileHandle, records: Buffer): Promise<number> {
  const head = Buffer.alloc(RECORD_BYTES);
  const { bytesRead } = await file.read(head, 0, RECORD_BYTES, 0);
  const { size } = await file.stat();
  const isKnown = bytesRead === RECORD_BYTES && head.equals(FILE_HEAD);
  const end = isKnown ? size - (size % RECORD_BYTES) : 0;
  if (end !== size) await file.truncate(end);
  const addition = isKnown ? records : Buffer.concat([FILE_HEAD, records]);
  let written = 0;
  while (written < addition.length) {
    written += (await file.write(addition, written, addition.length - written, end + written)).bytesWritten;
  }
  return end + addition.length;
}

function hasHead(bytes: Buffer): boolean {
  return bytes.length >= RECORD_BYTES && bytes.subarray(0, RECORD_BYTES).equals(FILE_HEAD);
}

/** The file's octets; of a file longer than `maxBytes`, which another program with more room has made, the head and the
 *  last ones. */
async function readWhole(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const { size } = await file.stat();
  if (size <= maxBytes) return await readRange(file, 0, size);
  const tailBytes = maxBytes - RECORD_BYTES;
  const start = size - (size % RECORD_BYTES) - tailBytes;
  return Buffer.concat([await readRange(file, 0, RECORD_BYTES), await readRange(file, start, start + tailBytes)]);
}

async function readRange(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
