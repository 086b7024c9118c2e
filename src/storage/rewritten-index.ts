/** Which messages were replaced, for all connections and beyond the end of the process: clients keep what they were told
 *  of a message's size and structure, and ask again later. In memory and bounded; the file is a convenience, and what can
 *  not be read or written is logged once and then left alone. */
import { constants } from "node:fs";
import { type FileHandle, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemErrorText } from "../core/errors.ts";
import { rewrittenLimits } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { MailboxPlace, RewrittenMailbox, RewrittenMessages, Told } from "../protocol/imap/rewritten-messages.ts";
import { replaceFile } from "./atomic-file.ts";
import { withFileLock } from "./file-lock.ts";
import { makeDirectory } from "./make-directory.ts";
import { openOwnFile } from "./open-own-file.ts";
import { encodeRecord, mailboxKey, readRecord, toldBytes } from "./rewritten-record.ts";

export interface RewrittenIndexOptions {
  /** Undefined when nothing is kept beyond the end of the process. */
  readonly path: string | undefined;
  readonly logger: Logger;
}

interface Entry {
  readonly mailbox: string;
  readonly uid: number;
  readonly told: Told;
}

export class RewrittenIndex implements RewrittenMessages {
  readonly #options: RewrittenIndexOptions;
  /** The one that was set last comes last. */
  readonly #entries = new Map<string, Entry>();
  /** Messages by mailbox. */
  readonly #counts = new Map<string, number>();
  #bytes = 0;
  #unsaved: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isUnusable = false;

  constructor(options: RewrittenIndexOptions) {
    this.#options = options;
  }

  mailbox(place: MailboxPlace): RewrittenMailbox {
    const key = mailboxKey(place);
    const hasAny = (): boolean => this.#counts.has(key);
    return {
      get hasAny() {
        return hasAny();
      },
      find: (uid) => this.#entries.get(`${key} ${uid}`)?.told,
      set: (uid, told) => this.#set(key, uid, told),
      delete: (uid) => {
        if (this.#remove(`${key} ${uid}`)) this.#save(encodeRecord({ mailbox: key, uid, told: undefined }));
      },
    };
  }

  /** Reads what was known when the last process ended. Never rejects. */
  async load(): Promise<void> {
    const { path } = this.#options;
    if (path === undefined) return;
    try {
      const file = await openOwnFile(path, constants.O_RDONLY);
      if (file === undefined) return;
      try {
        const text = await readTail(file);
        for (const line of text.split("\n")) {
          const record = readRecord(line);
          if (record?.told !== undefined) this.#keep(record.mailbox, record.uid, record.told);
          else if (record !== undefined) this.#remove(`${record.mailbox} ${record.uid}`);
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      this.#giveUp("read", error);
    }
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    this.#flush();
    await this.#saving;
  }

  #set(mailbox: string, uid: number, told: Told): void {
    const line = encodeRecord({ mailbox, uid, told });
    const before = this.#entries.get(`${mailbox} ${uid}`);
    if (before !== undefined && encodeRecord(before) === line) return;
    if (this.#keep(mailbox, uid, told)) this.#save(line);
  }

  /** False when it is too large to be kept. */
  #keep(mailbox: string, uid: number, told: Told): boolean {
    const key = `${mailbox} ${uid}`;
    this.#remove(key);
    const bytes = toldBytes(told);
    if (!(bytes <= rewrittenLimits.entryBytes)) return false;
    this.#entries.set(key, { mailbox, uid, told });
    this.#counts.set(mailbox, (this.#counts.get(mailbox) ?? 0) + 1);
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= rewrittenLimits.entries && this.#bytes <= rewrittenLimits.bytes) break;
      this.#remove(oldest);
    }
    return true;
  }

  #remove(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    this.#bytes -= toldBytes(entry.told);
    const count = (this.#counts.get(entry.mailbox) ?? 1) - 1;
    if (count > 0) this.#counts.set(entry.mailbox, count);
    else this.#counts.delete(entry.mailbox);
    return true;
  }

  #save(line: string): void {
    if (this.#isUnusable || this.#options.path === undefined) return;
    this.#unsaved.push(line);
    this.#timer ??= setTimeout(() => this.#flush(), rewrittenLimits.saveDelayMs).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { path } = this.#options;
    const lines = this.#unsaved.splice(0).join("");
    if (lines !== "" && path !== undefined) this.#saving = this.#saving.then(() => this.#append(path, lines));
  }

  async #append(path: string, lines: string): Promise<void> {
    if (this.#isUnusable) return;
    try {
      await makeDirectory(dirname(path));
      const { uid } = await stat(dirname(path));
      if (uid !== (process.geteuid?.() ?? uid)) throw new Error("its folder is another user's");
      await withFileLock(
        path,
        (ms) => delay(ms),
        async () => {
          const file = await openOwnFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
          if (file === undefined) return;
          try {
            // A line that a crash has cut off ends here, and is then none of ours.
            await file.appendFile(`\n${lines}`);
            if ((await file.stat()).size > 2 * rewrittenLimits.bytes) await replaceFile(path, Buffer.from(this.#all()));
          } finally {
            await file.close();
          }
        },
      );
    } catch (error) {
      this.#giveUp("write", error);
    }
  }

  #all(): string {
    return Array.from(this.#entries.values(), encodeRecord).join("");
  }

  #giveUp(verb: "read" | "write", error: unknown): void {
    if (this.#isUnusable) return;
    this.#isUnusable = true;
    this.#unsaved = [];
    const { logger, path } = this.#options;
    logger.log("warning", "rewritten-index-unusable", { path, detail: `Cannot ${verb} it: ${systemErrorText(error)}` });
  }
}

/** The last octets, so many as a file may have. */
async function readTail(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  const length = Math.min(size, MAX_FILE_BYTES);
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, size - length + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.toString("utf8", 0, filled);
}

const MAX_FILE_BYTES = 3 * rewrittenLimits.bytes;
