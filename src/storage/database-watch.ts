/** Notices when files that were loaded change: told by the system at once, else found out every few minutes. */
import { type FSWatcher, watch } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemErrorText } from "../core/errors.ts";
import { databaseLimits } from "../core/limits.ts";

export interface DatabaseWatchOptions {
  /** Files and folders; a folder stands for the files in it. They need not exist. */
  readonly paths: readonly string[];
  /** Called when the files are others than before and have stopped changing. */
  readonly changed: () => void;
  readonly settleMs?: number;
  readonly recheckMs?: number;
}

/** Watches from start() to close(). Nothing here throws. */
export class DatabaseWatch {
  readonly #changed: () => void;
  readonly #settleMs: number;
  readonly #recheckMs: number;
  #paths: readonly string[];
  #watchers: FSWatcher[] = [];
  #known = "";
  /** What was there at the last look, when that was not what is known. */
  #seen: string | undefined;
  #settling: NodeJS.Timeout | undefined;
  #recheck: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ paths, changed, settleMs, recheckMs }: DatabaseWatchOptions) {
    this.#paths = paths;
    this.#changed = changed;
    this.#settleMs = settleMs ?? databaseLimits.settleMs;
    this.#recheckMs = recheckMs ?? databaseLimits.recheckMs;
  }

  /** Resolves when the files as they are now are what later ones are compared with. */
  async start(): Promise<void> {
    this.#known = await describeFiles(this.#paths);
    await this.#arm();
    this.#recheck = setInterval(() => this.#look(), this.#recheckMs).unref();
  }

  /** Watches these from now on; whoever changes them knows what is there. */
  async setPaths(paths: readonly string[]): Promise<void> {
    this.#paths = paths;
    this.#known = await describeFiles(paths);
    this.#seen = undefined;
    await this.#arm();
  }

  /** Describes the files that later ones are compared with: another text, other files. */
  get known(): string {
    return this.#known;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#settling);
    clearInterval(this.#recheck);
    this.#disarm();
  }

  async #arm(): Promise<void> {
    const folders = new Set(await Promise.all(this.#paths.map(watchedFolder)));
    this.#disarm();
    if (this.#isClosed) return;
    for (const folder of [...folders].slice(0, databaseLimits.watchedFolders)) {
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#expect());
        // The folder is gone, or the system has no more watches to give: it is looked at when the time comes.
        watcher.on("error", () => watcher.close());
        this.#watchers.push(watcher);
      } catch {
        // The same.
      }
    }
  }

  #disarm(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  #expect(): void {
    if (this.#isClosed || this.#settling !== undefined) return;
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      this.#look();
    }, this.#settleMs).unref();
  }

  #look(): void {
    void describeFiles(this.#paths).then(async (now) => {
      if (this.#isClosed) return;
      if (now === this.#known) {
        this.#seen = undefined;
      } else if (now !== this.#seen) {
        // It may be half a file: only what is the same twice counts.
        this.#seen = now;
        this.#expect();
      } else {
        this.#known = now;
        this.#seen = undefined;
        // A folder that was made meanwhile is watched itself now.
        await this.#arm();
        this.#changed();
      }
    });
  }
}

/** Says of each file what shows that it is another one. Two descriptions are the same when the files are. */
async function describeFiles(paths: readonly string[]): Promise<string> {
  return JSON.stringify(await Promise.all(paths.map((path) => describePath(path))));
}

async function describePath(path: string, mayBeFolder = true): Promise<unknown> {
  try {
    const status = await stat(path);
    const { size, mtimeMs, ino, dev } = status;
    if (!mayBeFolder || !status.isDirectory()) return [path, size, mtimeMs, ino, dev];
    const names = (await readdir(path)).filter((name) => !name.startsWith(".")).toSorted();
    return [path, await Promise.all(names.map((name) => describePath(join(path, name), false)))];
  } catch (error) {
    return [path, systemErrorText(error)];
  }
}

/** The folder in which a change of `path` shows: itself, the one that the file is in, or the one in which the next
 *  missing folder would appear. */
async function watchedFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    if (dirname(folder) === folder) return folder;
    try {
      if ((await stat(folder)).isDirectory()) return folder;
    } catch {
      // It is missing: the one above may be there.
    }
  }
}
