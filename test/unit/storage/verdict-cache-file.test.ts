import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cacheLimits } from "../../../src/core/limits.ts";
import { VerdictCacheFile } from "../../../src/storage/verdict-cache-file.ts";
import { FILE_HEAD, RECORD_BYTES } from "../../../src/storage/verdict-cache-record.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const CONTEXT = createHash("sha256").update("context").digest();
const OTHER_CONTEXT = createHash("sha256").update("other").digest();

describe("VerdictCacheFile", () => {
  test("gives back what was saved, in its order and of its context", async () => {
    const { file, path } = place();
    const store = file();
    expect(await loaded(store)).toEqual([]);
    store.save(CONTEXT, digest("a"), 5);
    store.save(OTHER_CONTEXT, digest("b"), 6);
    store.save(CONTEXT, digest("c"), 0xffff_ffff);
    await store.close();
    expect(await loaded(file())).toEqual([
      [digest("a"), 5],
      [digest("c"), 0xffff_ffff],
    ]);
    expect(await loaded(file(), OTHER_CONTEXT)).toEqual([[digest("b"), 6]]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(path).size).toBe(4 * RECORD_BYTES);
  });

  test("holds digests and nothing else of the mail", async () => {
    const { file, path } = place();
    const store = file();
    store.save(CONTEXT, digest("secret"), 5);
    await store.close();
    const text = readFileSync(path, "latin1");
    expect(text.slice(RECORD_BYTES, RECORD_BYTES + 32)).toBe(digest("secret"));
    expect(text).toHaveLength(2 * RECORD_BYTES);
  });

  test("adds to what others have saved meanwhile", async () => {
    const { file } = place();
    const [one, two] = [file(), file()];
    for (let round = 0; round < 5; round += 1) {
      one.save(CONTEXT, digest(`one ${round}`), round);
      two.save(CONTEXT, digest(`two ${round}`), round);
      await Promise.all([one.close(), two.close()]);
    }
    expect(await loaded(file())).toHaveLength(10);
  });

  test("keeps the newest when it is written anew, each once", async () => {
    const { file, path } = place();
    const entries = 10;
    const store = file({ entries });
    for (let index = 0; index < cacheLimits.fileFactor * entries; index += 1) store.save(CONTEXT, digest(index), index);
    await store.close();
    expect(statSync(path).size).toBe((1 + cacheLimits.fileFactor * entries) * RECORD_BYTES);
    store.save(CONTEXT, digest(19), 19);
    await store.close();
    expect((await loaded(file({ entries }))).map(([, headerBytes]) => headerBytes)).toEqual([
      10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, ".."))).toEqual(["verdicts"]);
  });

  test("loads no more of a larger file than it has room for", async () => {
    const { file } = place();
    const store = file({ entries: 1_000 });
    for (let index = 0; index < 100; index += 1) store.save(CONTEXT, digest(index), index);
    await store.close();
    const few = await loaded(file({ entries: 10 }));
    expect(few.map(([, headerBytes]) => headerBytes)).toEqual(Array.from({ length: 20 }, (_, index) => 80 + index));
  });

  test("writes by itself when there is much to write", async () => {
    const { file, path } = place();
    const store = file({ entries: 100_000 });
    for (let index = 0; index < cacheLimits.unsavedVerdicts; index += 1) store.save(CONTEXT, digest(index), index);
    await expect.poll(() => existsSync(path)).toBe(true);
    await store.close();
    expect(await loaded(file({ entries: 100_000 }))).toHaveLength(cacheLimits.unsavedVerdicts);
  });

  test("goes on after a program that was ended while it wrote", async () => {
    const { file, path, events } = place();
    const store = file();
    for (const name of ["a", "b"]) store.save(CONTEXT, digest(name), 1);
    await store.close();
    truncateSync(path, 3 * RECORD_BYTES - 7);
    expect(await loaded(file())).toEqual([[digest("a"), 1]]);
    store.save(CONTEXT, digest("c"), 2);
    await store.close();
    expect(await loaded(file())).toEqual([
      [digest("a"), 1],
      [digest("c"), 2],
    ]);
    expect(events).toEqual([]);
  });

  test("drops a damaged file and begins anew", async () => {
    const { file, path, events } = place();
    const store = file();
    for (let index = 0; index < 10; index += 1) store.save(CONTEXT, digest(index), index);
    await store.close();
    const bytes = readFileSync(path);
    bytes[5 * RECORD_BYTES + 3] = (bytes[5 * RECORD_BYTES + 3] ?? 0) ^ 1;
    writeFileSync(path, bytes, { mode: 0o600 });
    const again = file();
    await loaded(again);
    expect(events).toEqual(["verdict-cache-dropped"]);
    expect(existsSync(path)).toBe(false);
    again.save(CONTEXT, digest("new"), 1);
    await again.close();
    expect(await loaded(file())).toEqual([[digest("new"), 1]]);
  });

  test("never throws and never makes up a verdict, whatever the file holds", async () => {
    const { file, path } = place();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, hasHead) => {
        writeFileSync(path, hasHead ? Buffer.concat([FILE_HEAD, bytes]) : bytes, { mode: 0o600 });
        const store = file();
        expect(await loaded(store)).toEqual([]);
        store.save(CONTEXT, digest("x"), 1);
        await store.close();
      }),
      { numRuns: 50 },
    );
  });

  test("writes over what is no file of verdicts", async () => {
    const { file, path } = place();
    writeFileSync(path, "something else\n".repeat(100), { mode: 0o600 });
    const store = file();
    store.save(CONTEXT, digest("a"), 1);
    await store.close();
    expect(await loaded(file())).toEqual([[digest("a"), 1]]);
  });

  test.each([
    ["that others can write", (path: string) => chmodSync(path, 0o620)],
    ["that others can read", (path: string) => chmodSync(path, 0o604)],
  ])("does not use a file %s", async (_name, change) => {
    const { file, path, events } = place();
    writeFileSync(path, FILE_HEAD, { mode: 0o600 });
    change(path);
    expect(await loaded(file())).toEqual([]);
    expect(events).toEqual(["verdict-cache-unusable"]);
  });

  test("does not follow a symbolic link", async () => {
    const { file, path, events } = place();
    const elsewhere = join(temporaryDirectory(), "victim");
    writeFileSync(elsewhere, "precious", { mode: 0o600 });
    symlinkSync(elsewhere, path);
    const store = file();
    expect(await loaded(store)).toEqual([]);
    store.save(CONTEXT, digest("a"), 1);
    await store.close();
    expect(readFileSync(elsewhere, "utf8")).toBe("precious");
    expect(events).toEqual(["verdict-cache-unusable"]);
  });

  test("waits for nobody at a pipe in its place", async () => {
    const { file, path, events } = place();
    execFileSync("mkfifo", ["-m", "600", path]);
    const store = file();
    expect(await loaded(store)).toEqual([]);
    store.save(CONTEXT, digest("a"), 1);
    await store.close();
    expect(events).toEqual(["verdict-cache-unusable"]);
  });

  test("leaves it when it can not be written", async () => {
    const { file, path, events } = place();
    mkdirSync(path);
    const store = file();
    store.save(CONTEXT, digest("a"), 1);
    await store.close();
    store.save(CONTEXT, digest("b"), 1);
    await store.close();
    expect(events).toEqual(["verdict-cache-unusable"]);
  });
});

function place() {
  const path = join(temporaryDirectory(), "verdicts");
  const events: string[] = [];
  const file = ({ entries = 1_000 } = {}): VerdictCacheFile =>
    new VerdictCacheFile({
      path,
      entries,
      logger: { log: (_level, event) => void events.push(event) },
      clock: { now: () => 1_000_000, monotonic: () => 0 },
    });
  return { path, events, file };
}

async function loaded(store: VerdictCacheFile, context = CONTEXT): Promise<[string, number][]> {
  const found: [string, number][] = [];
  await store.load(context, (text, headerBytes) => found.push([text, headerBytes]));
  return found;
}

function digest(content: string | number): string {
  return createHash("sha256").update(String(content)).digest("binary");
}
