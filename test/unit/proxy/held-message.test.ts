import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Edit } from "../../../src/core/model.ts";
import { HeldMessage } from "../../../src/proxy/held-message.ts";
import { SpoolFullError, SpoolStore } from "../../../src/proxy/spool-store.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "held-message-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function createStore(memoryBytesPerMessage: number, diskBytesTotal = 1_000_000_000): SpoolStore {
  return new SpoolStore({ directory, memoryBytesPerMessage, memoryBytesTotal: 1_000_000, diskBytesTotal });
}

async function readAll(message: HeldMessage, start: number, end: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (const piece of message.pieces(start, end)) {
    if (piece.type === "memory") parts.push(piece.bytes);
    for (let at = piece.type === "file" ? piece.start : 0; piece.type === "file" && at < piece.end; ) {
      const bytes = await message.readFile(at, piece.end);
      parts.push(bytes);
      at += bytes.length;
    }
  }
  return Buffer.concat(parts);
}

const NOTHING = Buffer.alloc(0);

function* blocksOf(message: HeldMessage): Generator<Uint8Array> {
  for (const piece of message.pieces(0, message.bytes)) if (piece.type === "memory") yield piece.bytes;
}

/** Ascending edits that do not overlap, from random cuts. */
function editsFrom(cuts: readonly number[], length: number, texts: readonly Uint8Array[]): Edit[] {
  const places = [...new Set(cuts.map((cut) => cut % (length + 1)))].sort((a, b) => a - b);
  const edits: Edit[] = [];
  for (let index = 0; index + 1 < places.length; index += 2) {
    const [start = 0, end = 0] = places.slice(index, index + 2);
    edits.push({ start, end, bytes: texts[index % Math.max(1, texts.length)] ?? Buffer.alloc(0) });
  }
  return edits;
}

function apply(original: Buffer, edits: readonly Edit[]): Buffer {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const edit of edits) {
    parts.push(original.subarray(at, edit.start), edit.bytes);
    at = edit.end;
  }
  return Buffer.concat([...parts, original.subarray(at)]);
}

describe("HeldMessage", () => {
  test("pieces() gives any range of the edited message when it is in memory or on disk", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 20 }),
        fc.constantFrom(0, 100, 5_000, 1_000_000),
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 3 }),
        fc.nat(),
        fc.nat(),
        async (chunks, cap, cuts, texts, from, to) => {
          const store = createStore(cap);
          const message = new HeldMessage(store, () => undefined);
          const recycled = Buffer.alloc(3_000);
          for (const chunk of chunks) {
            recycled.set(chunk);
            message.append(recycled.subarray(0, chunk.length));
            recycled.fill(0xff);
          }
          await message.finish();
          const original = Buffer.concat(chunks);
          const edits = editsFrom(cuts, original.length, texts);
          message.setEdits(edits);
          const expected = apply(original, edits);
          expect(message.deliveredBytes).toBe(expected.length);
          const [start, end] = [from % (expected.length + 1), to % (expected.length + 1)].sort((a, b) => a - b);
          expect((await readAll(message, start ?? 0, end ?? 0)).equals(expected.subarray(start, end))).toBe(true);
          const received: Uint8Array[] = [];
          for await (const bytes of message.source().chunks()) received.push(bytes);
          expect(Buffer.concat(received).equals(original)).toBe(true);
          message.release();
          await message.finish();
          await new Promise((resolve) => setImmediate(resolve));
          expect(store.memoryBytes).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("source() has all octets at once when they lie in one block, whatever size was announced", () => {
    const store = createStore(100_000);
    const content = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 251));
    for (const announced of [undefined, 0, 1, 9_999, 10_000, 10_001, 2 ** 40]) {
      const message = new HeldMessage(store, () => undefined, announced);
      for (let at = 0; at < content.length; at += 3_000) message.append(content.subarray(at, at + 3_000));
      const whole = message.source().whole?.();
      if (announced === undefined || announced >= 10_000) expect(content.equals(whole ?? NOTHING)).toBe(true);
      else expect(whole).toBeUndefined();
      expect(Buffer.concat([...blocksOf(message)]).equals(content)).toBe(true);
      message.release();
    }
  });

  test("source() has not all octets at once when they are on disk", async () => {
    const message = new HeldMessage(createStore(100), () => undefined, 200);
    message.append(Buffer.alloc(50));
    message.append(Buffer.alloc(150));
    expect(message.source().whole).toBeUndefined();
    await message.finish();
    expect(message.source().whole).toBeUndefined();
    message.release();
  });

  test("release() leaves no file and gives the space back when the message was on disk", async () => {
    const store = createStore(10);
    const message = new HeldMessage(store, () => undefined);
    message.append(Buffer.alloc(1_000));
    await message.finish();
    expect(store.diskBytes).toBe(1_000);
    expect(await readdir(directory)).toEqual([]);
    message.use();
    message.release();
    expect((await readAll(message, 0, 1_000)).length).toBe(1_000);
    message.release();
    await expect.poll(() => store.diskBytes).toBe(0);
  });

  test("finish() rejects when the disk budget is used up, and nothing of it stays accounted for", async () => {
    const store = createStore(0, 999);
    const message = new HeldMessage(store, () => undefined);
    message.append(Buffer.alloc(500));
    message.append(Buffer.alloc(500));
    await expect(message.finish()).rejects.toBeInstanceOf(SpoolFullError);
    message.release();
    await expect.poll(() => store.diskBytes).toBe(0);
  });

  test("finish() rejects when no temporary file can be made", async () => {
    const store = new SpoolStore({
      directory: join(directory, "missing"),
      memoryBytesPerMessage: 0,
      memoryBytesTotal: 0,
      diskBytesTotal: 1_000,
    });
    const message = new HeldMessage(store, () => undefined);
    message.append(Buffer.alloc(10));
    await expect(message.finish()).rejects.toMatchObject({ code: "ENOENT" });
    message.release();
  });

  test("append() says when the disk is behind and when it has caught up", async () => {
    const pressures: boolean[] = [];
    const message = new HeldMessage(createStore(0), (isHigh) => pressures.push(isHigh));
    for (let count = 0; count < 6; count += 1) message.append(Buffer.alloc(1024 * 1024));
    expect(pressures).toEqual([true]);
    await message.finish();
    expect(pressures).toEqual([true, false]);
    message.release();
  });

  test("takeMemory() sends messages to disk when all of them together use up the memory", async () => {
    const store = new SpoolStore({
      directory,
      memoryBytesPerMessage: 800,
      memoryBytesTotal: 1_000,
      diskBytesTotal: 9_000,
    });
    const first = new HeldMessage(store, () => undefined);
    const second = new HeldMessage(store, () => undefined);
    first.append(Buffer.alloc(800));
    second.append(Buffer.alloc(300));
    await second.finish();
    expect([store.memoryBytes, store.diskBytes]).toEqual([800, 300]);
    first.release();
    second.release();
    await expect.poll(() => [store.memoryBytes, store.diskBytes]).toEqual([0, 0]);
  });
});
