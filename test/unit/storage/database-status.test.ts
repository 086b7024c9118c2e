import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  readDatabaseStatuses,
  removeDatabaseStatus,
  writeDatabaseStatus,
} from "../../../src/storage/database-status.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const STATUS = { databases: "ab", signatures: 5, loadedAt: "2026-01-01T00:00:00Z" };

test("readDatabaseStatuses() gives what running processes have said, until they take it back", async () => {
  const directory = join(temporaryDirectory(), "state");
  expect(await readDatabaseStatuses(directory)).toEqual([]);
  await writeDatabaseStatus(directory, STATUS);
  await writeDatabaseStatus(directory, { ...STATUS, databases: "cd" });
  expect(await readDatabaseStatuses(directory)).toEqual([{ ...STATUS, databases: "cd", pid: process.pid }]);
  await removeDatabaseStatus(directory);
  await removeDatabaseStatus(directory);
  expect(await readDatabaseStatuses(directory)).toEqual([]);
});

test("readDatabaseStatuses() does not believe a process that has only the number of the one that said it", async () => {
  const directory = temporaryDirectory();
  await writeDatabaseStatus(directory, STATUS);
  const path = join(directory, "daemons", `${process.pid}.json`);
  const status = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...status, started: "1" }));
  expect(await readDatabaseStatuses(directory)).toEqual([]);
});

test.each(["", "nonsense", "null", "[]", '{"pid":"1"}'])(
  "readDatabaseStatuses() drops what is no status (%s)",
  async (text) => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "daemons"));
    writeFileSync(join(directory, "daemons", "123.json"), text);
    expect(await readDatabaseStatuses(directory)).toEqual([]);
    expect(readdirSync(join(directory, "daemons"))).toEqual([]);
  },
);
