import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { DatabaseWatch } from "../../../src/storage/database-watch.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

describe("DatabaseWatch", () => {
  test("notices a file that is replaced, made, changed or removed in a folder", async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, "a.hdb"), "one");
    const { changes } = await watching([folder]);
    writeFileSync(join(folder, ".new"), "two");
    renameSync(join(folder, ".new"), join(folder, "a.hdb"));
    await expect.poll(changes).toBe(1);
    writeFileSync(join(folder, "b.hdb"), "one");
    await expect.poll(changes).toBe(2);
    appendFileSync(join(folder, "b.hdb"), "more");
    await expect.poll(changes).toBe(3);
    rmSync(join(folder, "a.hdb"));
    await expect.poll(changes).toBe(4);
  });

  test("notices a file that is named, and nothing beside it", async () => {
    const folder = temporaryDirectory();
    const file = join(folder, "a.hdb");
    writeFileSync(file, "one");
    const { changes } = await watching([file]);
    const folderWatch = await watching([folder]);
    writeFileSync(join(folder, "other"), "one");
    await expect.poll(folderWatch.changes).toBe(1);
    writeFileSync(file, "another");
    await expect.poll(folderWatch.changes).toBe(2);
    await expect.poll(changes).toBe(1);
  });

  test("notices a folder that is made later, and what is put into it then", async () => {
    const base = temporaryDirectory();
    const folder = join(base, "data", "db");
    const { changes } = await watching([folder]);
    mkdirSync(folder, { recursive: true });
    await expect.poll(changes).toBe(1);
    writeFileSync(join(folder, "a.hdb"), "one");
    await expect.poll(changes).toBe(2);
  });

  test("tells of many changes at once, and only when they are over", async () => {
    const folder = temporaryDirectory();
    const { changes } = await watching([folder], { settleMs: 150 });
    for (let index = 0; index < 20; index += 1) writeFileSync(join(folder, `${index}.hdb`), "x");
    await expect.poll(changes).toBe(1);
  });

  test("finds out by looking where nobody tells", async () => {
    const folder = temporaryDirectory();
    const file = join(folder, "a.hdb");
    writeFileSync(file, "one");
    const link = join(temporaryDirectory(), "link.hdb");
    symlinkSync(file, link);
    // The folder of the link hears nothing of what happens to the file.
    const { changes } = await watching([link], { recheckMs: 10 });
    utimesSync(file, 1, 1);
    await expect.poll(changes).toBe(1);
  });

  test("says nothing about files that were touched by nobody", async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, "a.hdb"), "one");
    const { changes, watch } = await watching([folder], { recheckMs: 5 });
    await watch.setPaths([folder, "/nonexistent/x"]);
    writeFileSync(join(folder, ".hidden"), "x");
    writeFileSync(join(folder, "b.hdb"), "one");
    await expect.poll(changes).toBe(1);
  });
});

async function watching(paths: readonly string[], times: { settleMs?: number; recheckMs?: number } = {}) {
  let count = 0;
  const watch = new DatabaseWatch({
    paths,
    changed: () => {
      count += 1;
    },
    settleMs: 20,
    recheckMs: 60_000,
    ...times,
  });
  onTestFinished(() => watch.close());
  await watch.start();
  return { watch, changes: () => count };
}
