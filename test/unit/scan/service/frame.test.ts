import fc from "fast-check";
import { expect, test } from "vitest";
import { serviceLimits } from "../../../../src/core/scan-limits.ts";
import {
  daemonFrames,
  FRAME_HEAD_BYTES,
  type FrameEvent,
  type FrameKind,
  FrameReader,
  serviceFrames,
  writeFrameHead,
} from "../../../../src/scan/frame.ts";

test("FrameReader.receive() splits a stream into frames and octets", () => {
  const stream = Buffer.concat([
    frame("judge", 7, '{"bytes":3}'),
    frame("octets", 7, "abc"),
    frame("cancel", 7, ""),
    frame("ping", 0, ""),
  ]);
  expect(read([stream], daemonFrames)).toEqual([
    { type: "frame", kind: "judge", job: 7, text: '{"bytes":3}' },
    { type: "octets", job: 7, text: "abc" },
    { type: "frame", kind: "cancel", job: 7, text: "" },
    { type: "frame", kind: "ping", job: 0, text: "" },
  ]);
});

test("FrameReader.receive() does not depend on the chunks", () => {
  const frames = fc.array(
    fc.tuple(
      fc.constantFrom<FrameKind>("answer", "octets", "problem", "pong"),
      fc.nat(0xffff_ffff),
      fc.string({ maxLength: 40 }),
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(frames, fc.boolean(), fc.array(fc.nat(60), { maxLength: 40 }), (list, isGarbled, cuts) => {
      const parts = list.map(([kind, job, text]) => frame(kind, job, kind === "pong" ? "" : text));
      const stream = Buffer.concat(isGarbled ? [...parts, Buffer.alloc(20, 0xee)] : parts);
      const whole = read([stream], serviceFrames);
      const bytewise = Array.from(stream, (_, index) => stream.subarray(index, index + 1));
      expect(read(bytewise, serviceFrames)).toEqual(whole);
      expect(read(split(stream, cuts), serviceFrames)).toEqual(whole);
    }),
  );
});

test("FrameReader.receive() finds an unknown kind, and nothing after it", () => {
  const stream = Buffer.concat([frame("ping", 0, ""), frame("ping", 0, "")]);
  stream.writeUInt8(0, 4);
  const reader = new FrameReader(daemonFrames);
  expect(reader.receive(stream)).toEqual([{ type: "garbage", detail: "a frame of kind 0 with 0 octets" }]);
  expect(reader.receive(frame("ping", 0, ""))).toEqual([]);
});

test.each<FrameKind>(["start", "judge", "rewrite", "cancel", "ping"])(
  "FrameReader.receive() takes %s from the daemon only",
  (kind) => {
    expect(read([frame(kind, 1, "")], daemonFrames)).toMatchObject([{ type: "frame", kind }]);
    expect(read([frame(kind, 1, "")], serviceFrames)).toMatchObject([{ type: "garbage" }]);
  },
);

test.each<FrameKind>(["ready", "failed", "problem", "answer", "pong"])(
  "FrameReader.receive() takes %s from the service only",
  (kind) => {
    expect(read([frame(kind, 1, "")], serviceFrames)).toMatchObject([{ type: "frame", kind }]);
    expect(read([frame(kind, 1, "")], daemonFrames)).toMatchObject([{ type: "garbage" }]);
  },
);

test.each<[FrameKind, number]>([
  ["octets", serviceLimits.frameBytes],
  ["answer", serviceLimits.resultBytes],
  ["failed", serviceLimits.controlBytes],
  ["pong", 0],
])("FrameReader.receive() takes %s frames of up to %i octets", (kind, maxBytes) => {
  const atCap = read([frame(kind, 1, Buffer.alloc(maxBytes, "x"))], serviceFrames);
  expect(atCap.filter(({ type }) => type === "garbage")).toEqual([]);
  expect(atCap.reduce((sum, event) => sum + ("text" in event ? event.text.length : 0), 0)).toBe(maxBytes);
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  writeFrameHead(head, 0, kind, 1, maxBytes + 1);
  expect(read([head], serviceFrames)).toMatchObject([{ type: "garbage" }]);
});

function frame(kind: FrameKind, job: number, payload: string | Buffer): Buffer {
  const bytes = Buffer.from(payload);
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  writeFrameHead(head, 0, kind, job, bytes.length);
  return Buffer.concat([head, bytes]);
}

type Seen =
  | { type: "frame"; kind: FrameKind; job: number; text: string }
  | { type: "octets"; job: number; text: string }
  | { type: "garbage"; detail: string };

/** What a reader sees, with the pieces of octets that follow each other put together. */
function read(chunks: readonly Buffer[], accepted: ReadonlySet<FrameKind>): Seen[] {
  const reader = new FrameReader(accepted);
  const seen: Seen[] = [];
  for (const chunk of chunks) {
    // A receive buffer that is used again must not change what was read.
    const reused = Buffer.from(chunk);
    for (const event of reader.receive(reused)) add(seen, event);
    reused.fill(0);
  }
  return seen;
}

function add(seen: Seen[], event: FrameEvent): void {
  if (event.type === "garbage") {
    seen.push(event);
    return;
  }
  const { job } = event;
  const last = seen.at(-1);
  if (event.type === "frame") {
    seen.push({ type: "frame", kind: event.kind, job, text: event.payload.toString() });
  } else if (last?.type === "octets" && last.job === job) {
    last.text += Buffer.from(event.bytes).toString("latin1");
  } else {
    seen.push({ type: "octets", job, text: Buffer.from(event.bytes).toString("latin1") });
  }
}

function split(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let offset = 0;
  for (const cut of cuts) {
    chunks.push(stream.subarray(offset, offset + cut));
    offset += cut;
  }
  chunks.push(stream.subarray(offset));
  return chunks;
}
