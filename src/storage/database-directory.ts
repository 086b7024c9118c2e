/** The folder with the databases that `mailward db` has fetched, and what is known of each: where it comes from, under
 *  which licence, and which version it is. */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemErrorCode, systemErrorText, UserError } from "../core/errors.ts";
import { databaseLimits } from "../core/limits.ts";
import { replaceFile, syncDirectory } from "./atomic-file.ts";
import { withFileLock } from "./file-lock.ts";
import { makeDirectory } from "./make-directory.ts";

export interface DatabaseRecord {
  readonly url: string;
  /** Its name, or where its text comes from. */
  readonly license: string | undefined;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** Of the file as it is kept, in hexadecimal. */
  readonly sha256: string;
  /** Of the file as it was served: packed, perhaps. */
  readonly servedSha256: string;
  readonly bytes: number;
  readonly signatures: number;
  /** RFC 3339. */
  readonly fetchedAt: string;
  /** When the server last said that there is nothing newer. */
  readonly checkedAt: string;
}

/** Files of the databases lie in the folder itself, so that it can be scanned with as a whole; the rest is in a folder
 *  in it whose name begins with a dot. */
export class DatabaseDirectory {
  readonly path: string;
  readonly #records: string;

  constructor(path: string) {
    this.path = path;
    this.#records = join(path, RECORDS);
  }

  filePath(name: string): string {
    return join(this.path, name);
  }

  /** The names of all databases that are there, sorted. None when there is no such folder. */
  async names(): Promise<readonly string[]> {
    try {
      const entries = await readdir(this.path, { withFileTypes: true });
      return entries.flatMap((entry) => (entry.isFile() && !entry.name.startsWith(".") ? [entry.name] : [])).toSorted();
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return [];
      throw this.#problem("read", error);
    }
  }

  /** Undefined for what has no record, or one that can not be read: it will be fetched again. */
  async record(name: string): Promise<DatabaseRecord | undefined> {
    try {
      const text = await readFile(this.#recordPath(name), "utf8");
      return text.length > databaseLimits.recordBytes ? undefined : parseRecord(JSON.parse(text));
    } catch {
      return undefined;
    }
  }

  /** Whether the file is the one that the record is about. */
  async isIntact(name: string, { bytes, sha256 }: DatabaseRecord): Promise<boolean> {
    const sum = createHash("sha256");
    let total = 0;
    try {
      for await (const chunk of createReadStream(this.filePath(name))) {
        total += chunk.length;
        sum.update(chunk);
      }
    } catch {
      return false;
    }
    return total === bytes && sum.digest("hex") === sha256;
  }

  /** The text of the licence, when one was fetched. */
  async licenseText(name: string): Promise<string | undefined> {
    try {
      return await readFile(this.#licensePath(name), "utf8");
    } catch {
      return undefined;
    }
  }

  /** Runs `action` with an empty folder for files in the making, on the same file system, while no other program changes
   *  the databases. Rejects with a UserError when the place can not be used. */
  async change<T>(action: (staging: string) => Promise<T>): Promise<T> {
    try {
      await makeDirectory(this.#records, READABLE);
      return await withFileLock(
        join(this.#records, "change"),
        (ms) => delay(ms),
        async () => {
          await this.#clean();
          const staging = join(this.#records, `${STAGING}${randomBytes(8).toString("hex")}`);
          await makeDirectory(staging);
          try {
            return await action(staging);
          } finally {
            await rm(staging, { recursive: true, force: true });
          }
        },
      );
    } catch (error) {
      throw systemErrorCode(error) === undefined ? error : this.#problem("change", error);
    }
  }

  /** Puts a file in its place in one step: whoever reads gets the old one or the new one. */
  async install(name: string, staged: string, record: DatabaseRecord, licenseText: string | undefined): Promise<void> {
    await syncFile(staged);
    if (licenseText === undefined) await rm(this.#licensePath(name), { force: true });
    else await replaceFile(this.#licensePath(name), Buffer.from(licenseText));
    await rename(staged, this.filePath(name));
    await syncDirectory(this.path);
    // Only now: a record of a file that is not there would keep it from being fetched.
    await this.note(name, record);
  }

  /** Records something else of a database that stays. */
  async note(name: string, record: DatabaseRecord): Promise<void> {
    await replaceFile(this.#recordPath(name), Buffer.from(`${JSON.stringify(record)}\n`));
  }

  /** False when there was no such database. */
  async remove(name: string): Promise<boolean> {
    const wasThere = (await this.names()).includes(name);
    for (const path of [this.#recordPath(name), this.#licensePath(name), this.filePath(name)]) {
      await rm(path, { force: true });
    }
    await syncDirectory(this.path);
    return wasThere;
  }

  /** What a program that was killed has left. */
  async #clean(): Promise<void> {
    const left = (await readdir(this.#records)).filter((entry) => entry.startsWith(STAGING));
    for (const entry of left) await rm(join(this.#records, entry), { recursive: true, force: true });
  }

  #recordPath(name: string): string {
    return join(this.#records, `${name}.json`);
  }

  #licensePath(name: string): string {
    return join(this.#records, `${name}.license`);
  }

  #problem(verb: "read" | "change", error: unknown): UserError {
    return new UserError(`Cannot ${verb} the databases in "${this.path}": ${systemErrorText(error)}`, {
      cause: error,
      hint: "Another folder for them: mailward config set signatures.directory FOLDER",
    });
  }
}

function parseRecord(value: unknown): DatabaseRecord | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields: Record<string, unknown> = { ...value };
  const { url, license, etag, lastModified, sha256, servedSha256, bytes, signatures, fetchedAt, checkedAt } = fields;
  if (typeof url !== "string" || !isOptionalText(license)) return undefined;
  if (!isOptionalText(etag) || !isOptionalText(lastModified)) return undefined;
  if (typeof sha256 !== "string" || typeof servedSha256 !== "string" || typeof bytes !== "number") return undefined;
  if (typeof signatures !== "number") return undefined;
  if (typeof fetchedAt !== "string" || typeof checkedAt !== "string") return undefined;
  return { url, license, etag, lastModified, sha256, servedSha256, bytes, signatures, fetchedAt, checkedAt };
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Signatures are no secret, and the user who scans need not be the one who fetches. */
const READABLE = 0o755;
const RECORDS = ".sources";
/** No source's name begins like it. */
const STAGING = ".new-";
