import { once } from "node:events";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { serviceLimits } from "../../../../src/core/scan-limits.ts";
import { FRAME_HEAD_BYTES, FrameReader, serviceFrames } from "../../../../src/scan/frame.ts";
import { FrameWriter } from "../../../../src/scan/frame-writer.ts";

test("FrameWriter writes all frames of one turn at once", async () => {
  const channel = new Channel();
  const writer = new FrameWriter(channel);
  for (let job = 1; job <= 50; job += 1) {
    writer.octets(job, Buffer.from("abc"));
    writer.frame("answer", job, '{"text":"größer"}');
  }
  await writer.written();
  expect(channel.writes).toBe(1);
  const events = new FrameReader(serviceFrames).receive(channel.bytes());
  expect(events).toHaveLength(100);
  expect(events.at(-1)).toMatchObject({ type: "frame", kind: "answer", job: 50 });
  expect(String((events.at(-1) as { payload: Buffer }).payload)).toBe('{"text":"größer"}');
});

test("FrameWriter keeps the order of small and large frames", async () => {
  const channel = new Channel();
  const writer = new FrameWriter(channel);
  const sizes = [10, 20_000, 3, 16_384, 16_385, serviceLimits.frameBytes, 5, serviceLimits.frameBytes + 1, 1, 65_000];
  for (const [job, size] of sizes.entries()) writer.octets(job, Buffer.alloc(size, job));
  const text = "x".repeat(100_000);
  writer.frame("answer", 99, JSON.stringify({ text }));
  writer.frame("pong", 0);
  await writer.written();
  const received = sizes.map(() => 0);
  let answer = "";
  for (const event of new FrameReader(serviceFrames).receive(channel.bytes())) {
    if (event.type === "octets") {
      expect(event.bytes.every((octet) => octet === event.job)).toBe(true);
      received[event.job] = (received[event.job] ?? 0) + event.bytes.length;
    } else if (event.type === "frame" && event.kind === "answer") answer = String(event.payload);
    else expect(event).toMatchObject({ type: "frame", kind: "pong" });
  }
  expect(received).toEqual(sizes);
  expect(answer).toBe(JSON.stringify({ text }));
});

test("octets() says which memory is still in use", async () => {
  const channel = new Channel();
  const writer = new FrameWriter(channel);
  const small = Buffer.alloc(16_384, "a");
  const large = Buffer.alloc(16_385, "b");
  expect(writer.octets(1, small)).toBe(false);
  small.fill(0);
  expect(writer.octets(2, large)).toBe(true);
  await writer.written();
  large.fill(0);
  expect(channel.bytes().includes("a".repeat(16_384))).toBe(true);
  expect(channel.bytes().includes("b".repeat(16_385))).toBe(true);
});

test("isFull says when to wait, and written() ends with everything at the kernel", async () => {
  const channel = new Channel();
  const writer = new FrameWriter(channel);
  expect(writer.isFull).toBe(false);
  writer.octets(1, Buffer.alloc(400_000));
  expect(writer.isFull).toBe(true);
  await writer.written();
  expect(writer.isFull).toBe(false);
  expect(channel.bytes()).toHaveLength(400_000 + FRAME_HEAD_BYTES);
  await writer.written();
});

test("written() ends when the channel breaks", async () => {
  const channel = new Channel(true);
  const writer = new FrameWriter(channel);
  writer.octets(1, Buffer.alloc(400_000));
  const [error] = await Promise.all([once(channel, "error"), writer.written()]);
  expect(String(error)).toContain("broken");
  writer.frame("pong", 0);
  await writer.written();
});

class Channel extends Writable {
  writes = 0;
  readonly #isBroken: boolean;
  readonly #chunks: Buffer[] = [];

  constructor(isBroken = false) {
    super();
    this.#isBroken = isBroken;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this._writev([{ chunk }], done);
  }

  override _writev(list: readonly { chunk: Buffer }[], done: (error?: Error) => void): void {
    this.writes += 1;
    for (const { chunk } of list) this.#chunks.push(Buffer.from(chunk));
    setImmediate(() => done(this.#isBroken ? new Error("broken") : undefined));
  }
}
