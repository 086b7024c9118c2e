import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/core/errors.ts";
import { databaseLimits } from "../../../src/core/limits.ts";
import { DatabaseDirectory, type DatabaseRecord } from "../../../src/storage/database-directory.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const RECORD: DatabaseRecord = {
  url: "https://example.org/own.hdb",
  license: "MIT",
  etag: '"1"',
  lastModified: "Thu, 01 Jan 2026 00:00:00 GMT",
  sha256: "ab".repeat(32),
  servedSha256: "cd".repeat(32),
  bytes: 3,
  signatures: 1,
  fetchedAt: "2026-01-01T00:00:00Z",
  checkedAt: "2026-01-02T00:00:00Z",
};

describe("DatabaseDirectory", () => {
  test("keeps a database, its record and its licence", async () => {
    const directory = await filled();
    expect(await directory.names()).toEqual(["own.hdb"]);
    expect(await directory.record("own.hdb")).toEqual(RECORD);
    expect(await directory.licenseText("own.hdb")).toBe("Do what you like.");
    expect(readFileSync(directory.filePath("own.hdb"), "utf8")).toBe("one");
    expect(readdirSync(directory.path).toSorted()).toEqual([".sources", "own.hdb"]);
    expect(readdirSync(join(directory.path, ".sources")).toSorted()).toEqual(["own.hdb.json", "own.hdb.license"]);
  });

  test("is empty where there is no folder, and makes it when something changes", async () => {
    const directory = new DatabaseDirectory(join(temporaryDirectory(), "a", "db"));
    expect(await directory.names()).toEqual([]);
    expect(await directory.record("own.hdb")).toBeUndefined();
    await directory.change(async (staging) => expect(readdirSync(staging)).toEqual([]));
    expect(statSync(directory.path).mode & 0o777).toBe(0o755);
  });

  test("replaces a database in one step", async () => {
    const directory = await filled();
    await directory.change(async (staging) => {
      writeFileSync(join(staging, "new"), "two");
      await directory.install("own.hdb", join(staging, "new"), { ...RECORD, etag: undefined }, undefined);
    });
    expect(readFileSync(directory.filePath("own.hdb"), "utf8")).toBe("two");
    expect(await directory.record("own.hdb")).toEqual({ ...RECORD, etag: undefined });
    expect(await directory.licenseText("own.hdb")).toBeUndefined();
  });

  test("leaves everything as it was when a change fails", async () => {
    const directory = await filled();
    const failing = directory.change(async (staging) => {
      writeFileSync(join(staging, "new"), "half");
      throw new UserError("Cannot fetch it");
    });
    await expect(failing).rejects.toThrow("Cannot fetch it");
    expect(readFileSync(directory.filePath("own.hdb"), "utf8")).toBe("one");
    expect(readdirSync(join(directory.path, ".sources")).toSorted()).toEqual(["own.hdb.json", "own.hdb.license"]);
  });

  test("removes what a program that was killed has left", async () => {
    const directory = await filled();
    const left = join(directory.path, ".sources", ".new-0123");
    mkdirSync(left);
    writeFileSync(join(left, "x"), "half");
    await directory.change(() => Promise.resolve());
    expect(existsSync(left)).toBe(false);
  });

  test("keeps what is known of a database, whatever it is called", async () => {
    const directory = await filled();
    for (const name of ["new-rules.hdb", "change", "lock"]) {
      await directory.note(name, RECORD);
      await directory.change(() => Promise.resolve());
      expect(await directory.record(name)).toEqual(RECORD);
    }
  });

  test("removes a database with all that is known of it", async () => {
    const directory = await filled();
    expect(await directory.remove("own.hdb")).toBe(true);
    expect(await directory.remove("own.hdb")).toBe(false);
    expect(readdirSync(join(directory.path, ".sources"))).toEqual([]);
    expect(await directory.names()).toEqual([]);
  });

  test.each(["", "nonsense", "[]", "{}", '{"url":1}', "x".repeat(databaseLimits.recordBytes + 1)])(
    "record() is undefined for a record that can not be read (%#)",
    async (text) => {
      const directory = await filled();
      writeFileSync(join(directory.path, ".sources", "own.hdb.json"), text);
      expect(await directory.record("own.hdb")).toBeUndefined();
    },
  );

  test("says what is wrong with a place", async () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    const directory = new DatabaseDirectory(join(file, "db"));
    const expected = `Cannot change the databases in "${file}/db": a part of the path is not a directory`;
    await expect(directory.change(() => Promise.resolve())).rejects.toThrow(expected);
  });
});

async function filled(): Promise<DatabaseDirectory> {
  const directory = new DatabaseDirectory(join(temporaryDirectory(), "db"));
  await directory.change(async (staging) => {
    writeFileSync(join(staging, "new"), "one");
    await directory.install("own.hdb", join(staging, "new"), RECORD, "Do what you like.");
  });
  return directory;
}
