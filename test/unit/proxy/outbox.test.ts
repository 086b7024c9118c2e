import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectionLimits } from "../../../src/core/limits.ts";
import { HeldMessage } from "../../../src/proxy/held-message.ts";
import { Outbox, type OutboxPeer } from "../../../src/proxy/outbox.ts";
import { SpoolStore } from "../../../src/proxy/spool-store.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "outbox-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

class Peer implements OutboxPeer {
  readonly written: Uint8Array[] = [];
  readonly pressures: boolean[] = [];
  closed: string | undefined;
  isOpen = true;
  error: unknown;
  write(bytes: readonly Uint8Array[]): boolean {
    this.written.push(...bytes);
    return this.isOpen;
  }
  closing(how: "half" | "full"): void {
    this.closed = `${how} after ${this.text().length}`;
  }
  compressing(): void {
    this.written.push(Buffer.from("|compressed|"));
  }
  failed(error: unknown): void {
    this.error = error;
  }
  pressure(isHigh: boolean): void {
    this.pressures.push(isHigh);
  }
  text(): string {
    return Buffer.concat(this.written).toString("latin1");
  }
}

async function held(content: Uint8Array, memoryBytes: number): Promise<HeldMessage> {
  const store = new SpoolStore({
    directory,
    memoryBytesPerMessage: memoryBytes,
    memoryBytesTotal: memoryBytes,
    diskBytesTotal: 10_000_000,
  });
  const message = new HeldMessage(store, () => undefined);
  message.append(content);
  await message.finish();
  return message;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("Outbox", () => {
  test("P-67 says that too much of held messages waits for a peer that takes nothing, and when it does not any more", async () => {
    const half = connectionLimits.outboxRangeBytes / 2;
    const message = new HeldMessage(
      new SpoolStore({ directory, memoryBytesPerMessage: half, memoryBytesTotal: half, diskBytesTotal: 0 }),
      () => undefined,
    );
    message.append(Buffer.alloc(half));
    const peer = new Peer();
    const outbox = new Outbox(peer, 1_000);
    peer.isOpen = false;
    outbox.pushRange(message, 0, half, undefined);
    outbox.pushRange(message, 0, half, undefined);
    expect(peer.pressures).toEqual([]);
    outbox.pushRange(message, 0, half, undefined);
    expect(peer.pressures).toEqual([true]);
    peer.isOpen = true;
    await turn();
    outbox.drained();
    await turn();
    expect(peer.pressures).toEqual([true, false]);
    expect(peer.text()).toHaveLength(3 * half);
    outbox.pushRange(message, 0, half, undefined);
    outbox.destroy();
    expect(peer.pressures).toEqual([true, false]);
  });

  test("counts what many small ranges cost", async () => {
    const peer = new Peer();
    const outbox = new Outbox(peer, 10_000);
    const message = await held(Buffer.from("12345678"), 100);
    outbox.pushRange(message, 0, 1, undefined);
    expect(peer.pressures).toEqual([]);
    for (let count = 0; count < 1_000; count += 1) outbox.pushRange(message, 0, 1, undefined);
    expect(peer.pressures).toEqual([true]);
    await turn();
    expect(peer.pressures).toEqual([true, false]);
    message.release();
  });

  test("push() and pushRange() keep their order when ranges come from disk and memory and the peer is slow", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ minLength: 1, maxLength: 2_000 })), { maxLength: 12 }),
        fc.boolean(),
        async (items, isSlow) => {
          const peer = new Peer();
          const outbox = new Outbox(peer, 4_096);
          peer.isOpen = !isSlow;
          for (const [isRange, bytes] of items) {
            if (!isRange) {
              outbox.push(bytes);
              continue;
            }
            const message = await held(bytes, bytes.length % 2 === 0 ? 0 : 10_000);
            outbox.pushRange(message, 0, bytes.length, undefined);
            message.release();
          }
          outbox.pushClose("full");
          const expected = Buffer.concat(items.map(([, bytes]) => bytes));
          await expect
            .poll(
              () => {
                outbox.drained();
                return peer.closed;
              },
              { interval: 1 },
            )
            .toBe(`full after ${expected.length}`);
          expect(Buffer.concat(peer.written).equals(expected)).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("push() writes once a turn when many small pieces come", async () => {
    const peer = new Peer();
    let writes = 0;
    const counting = (bytes: readonly Uint8Array[]): boolean => {
      writes += 1;
      return peer.write(bytes);
    };
    const outbox = new Outbox({ ...methods(peer), write: counting }, 4_096);
    for (let count = 0; count < 10; count += 1) outbox.push(Buffer.from("x"));
    await turn();
    expect([writes, peer.text()]).toEqual([1, "xxxxxxxxxx"]);
  });

  test("pressure() rises above the high-water mark and falls when the peer has taken half", async () => {
    const peer = new Peer();
    const outbox = new Outbox(peer, 100);
    peer.isOpen = false;
    outbox.push(Buffer.alloc(100));
    for (let count = 0; count < 5; count += 1) outbox.push(Buffer.alloc(60));
    expect(peer.pressures).toEqual([true]);
    peer.isOpen = true;
    outbox.drained();
    expect(peer.pressures).toEqual([true, false]);
  });

  test("destroy() frees the ranges that were not sent", async () => {
    const peer = new Peer();
    peer.isOpen = false;
    const outbox = new Outbox(peer, 10);
    const message = await held(Buffer.alloc(50), 0);
    outbox.push(Buffer.alloc(20));
    outbox.pushRange(message, 0, 50, undefined);
    outbox.destroy();
    message.release();
    await expect
      .poll(() =>
        message.readFile(0, 50).then(
          () => "open",
          () => "gone",
        ),
      )
      .toBe("gone");
    outbox.push(Buffer.from("late"));
    expect(peer.text().length).toBe(20);
  });

  test("pushCompression() takes effect behind what was pushed before, ranges from disk included", async () => {
    const peer = new Peer();
    const outbox = new Outbox(methods(peer), 1_000);
    const message = await held(Buffer.from("on disk "), 0);
    outbox.push(Buffer.from("before "));
    outbox.pushRange(message, 0, 8, undefined);
    outbox.pushCompression();
    outbox.push(Buffer.from(" after"));
    while (!outbox.isEmpty) await turn();
    expect(peer.text()).toBe("before on disk |compressed| after");
  });
});

function methods(peer: Peer): OutboxPeer {
  return {
    write: (bytes) => peer.write(bytes),
    closing: (how) => peer.closing(how),
    compressing: () => peer.compressing(),
    failed: (error) => peer.failed(error),
    pressure: (isHigh) => peer.pressure(isHigh),
  };
}
