import { randomBytes } from "node:crypto";
import { constants, createDeflateRaw, createInflateRaw, deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Compression } from "../../../src/proxy/compression.ts";

class Peer {
  readonly received: Buffer[] = [];
  readonly written: Buffer[] = [];
  events: string[] = [];
  isOpen = true;
  readonly compression = new Compression({
    received: (bytes) => void this.received.push(bytes),
    receivedAll: () => void this.events.push("all"),
    isBehind: (isBehind) => void this.events.push(isBehind ? "behind" : "not behind"),
    write: (bytes) => {
      this.written.push(bytes);
      return this.isOpen;
    },
    drained: () => void this.events.push("drained"),
    failed: () => void this.events.push("failed"),
  });
  text(): string {
    return Buffer.concat(this.received).toString("latin1");
  }
}

describe("Compression", () => {
  test("send() gives the other side all that it needs, whatever comes after", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1 }), async (batches) => {
        const peer = new Peer();
        const inflate = createInflateRaw();
        const seen: Buffer[] = [];
        inflate.on("data", (bytes: Buffer) => void seen.push(bytes));
        for (const [index, batch] of batches.entries()) {
          peer.compression.send([batch]);
          await vi.waitFor(() => expect(peer.events.length).toBe(index + 1));
          for (const bytes of peer.written.splice(0)) inflate.write(bytes);
          await new Promise((resolve) => inflate.write(Buffer.alloc(0), resolve));
          expect(Buffer.concat(seen)).toEqual(Buffer.concat(batches.slice(0, index + 1)));
        }
        expect(peer.events.every((event) => event === "drained")).toBe(true);
        peer.compression.close();
      }),
      { numRuns: 20 },
    );
  });

  test("send() asks for more only when the socket does", async () => {
    const peer = new Peer();
    peer.isOpen = false;
    peer.compression.send([randomBytes(100_000)]);
    await vi.waitFor(() => expect(inflatedBytes(peer.written)).toBe(100_000));
    await new Promise((resolve) => setImmediate(resolve));
    expect(peer.events).toEqual([]);
    peer.compression.drained();
    await vi.waitFor(() => expect(peer.events).toEqual(["drained"]));
    peer.compression.close();
  });

  test("receive() gives what was sent, in any pieces, and then its end, also in the middle of a stream", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 2_000 }), fc.integer({ min: 1, max: 50 }), async (text, size) => {
        const content = Buffer.from(text);
        const peer = new Peer();
        const stream = deflateRawSync(content, { finishFlush: constants.Z_SYNC_FLUSH });
        for (let at = 0; at < stream.length; at += size) peer.compression.receive(stream.subarray(at, at + size));
        peer.compression.receivedAll();
        await vi.waitFor(() => expect(peer.events).toContain("all"));
        expect(Buffer.concat(peer.received)).toEqual(content);
        peer.compression.close();
      }),
      { numRuns: 30 },
    );
  });

  test("receive() of what is no such stream fails, once closed in silence", async () => {
    const peer = new Peer();
    peer.compression.receive(Buffer.from("\xff\xff\xff\xff", "latin1"));
    await vi.waitFor(() => expect(peer.events).toContain("failed"));
    peer.compression.close();
    peer.compression.receive(Buffer.from("x"));
    peer.compression.send([Buffer.from("x")]);
  });

  test("pause() holds back what a small input grows to", async () => {
    const peer = new Peer();
    const deflate = createDeflateRaw();
    const bomb = Buffer.concat(await deflate.end(Buffer.alloc(100_000_000)).toArray());
    peer.compression.pause();
    for (let at = 0; at < bomb.length; at += 1_000) peer.compression.receive(bomb.subarray(at, at + 1_000));
    await vi.waitFor(() => expect(peer.events).toContain("behind"));
    expect(peer.text()).toBe("");
    peer.compression.resume();
    const received = (): number => peer.received.reduce((sum, bytes) => sum + bytes.length, 0);
    await vi.waitFor(() => expect(received()).toBe(100_000_000), { timeout: 15_000 });
    peer.compression.close();
  });
});

function inflatedBytes(stream: readonly Buffer[]): number {
  return inflateRawSync(Buffer.concat(stream), { finishFlush: constants.Z_SYNC_FLUSH }).length;
}
