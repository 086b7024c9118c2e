import { describe, expect, it } from "vitest";
import { protocolLimits } from "../../../src/core/limits.ts";
import type { SessionCommand } from "../../../src/protocol/command.ts";
import { HeldOutput } from "../../../src/protocol/held-output.ts";

describe("HeldOutput", () => {
  it("sends at once while nothing is held", () => {
    const out: SessionCommand[] = [];
    const output = new HeldOutput();
    const bytes = Buffer.from("a");
    output.send(out, bytes);
    output.send(out, new Uint8Array());
    expect(out).toEqual([{ type: "send", to: "client", bytes }]);
    expect(output.isHolding).toBe(false);
  });

  it("keeps the order of everything behind held messages, whichever is resolved first", () => {
    const out: SessionCommand[] = [];
    const output = new HeldOutput();
    output.hold(1);
    output.send(out, Buffer.from("a"));
    output.hold(2);
    output.send(out, Buffer.from("b"));
    output.resolve(out, 2, [{ type: "release", id: 2 }]);
    expect(out).toEqual([]);
    output.resolve(out, 1, [{ type: "release", id: 1 }]);
    expect(out).toEqual([
      { type: "release", id: 1 },
      { type: "send", to: "client", bytes: Buffer.from("a") },
      { type: "release", id: 2 },
      { type: "send", to: "client", bytes: Buffer.from("b") },
    ]);
    expect(output.isHolding).toBe(false);
    expect(output.queuedBytes).toBe(0);
  });

  it("copies what waits", () => {
    const out: SessionCommand[] = [];
    const output = new HeldOutput();
    const bytes = Buffer.from("a");
    output.hold(1);
    output.send(out, bytes);
    bytes.fill(0);
    output.resolve(out, 1, []);
    expect(out).toEqual([{ type: "send", to: "client", bytes: Buffer.from("a") }]);
  });

  it("pauses the upstream while too many messages are held, where it is told of them", () => {
    const out: SessionCommand[] = [];
    const output = new HeldOutput();
    for (let id = 1; id <= protocolLimits.heldMessages; id += 1) output.hold(id, out);
    expect(out).toEqual([]);
    output.hold(1_000, out);
    expect(out).toEqual([{ type: "pause", side: "upstream" }]);
    for (let id = 1; id <= protocolLimits.heldMessages / 2; id += 1) output.resolve(out, id, []);
    expect(out).toHaveLength(1);
    output.resolve(out, protocolLimits.heldMessages / 2 + 1, []);
    expect(out.at(-1)).toEqual({ type: "resume", side: "upstream" });
  });

  it("counts what a session keeps for a held place", () => {
    const out: SessionCommand[] = [];
    const output = new HeldOutput();
    output.hold(1, out, protocolLimits.heldOutputBytes + 1);
    expect(output.isFull).toBe(true);
    expect(out).toEqual([{ type: "pause", side: "upstream" }]);
    out.length = 0;
    output.resolve(out, 1, []);
    expect(out).toEqual([{ type: "resume", side: "upstream" }]);
    expect([output.isFull, output.queuedBytes]).toEqual([false, 0]);
  });

  it("counts what keeping many small pieces costs", () => {
    const out: SessionCommand[] = [];
    const output = new HeldOutput();
    output.hold(1);
    for (let count = 0; count < protocolLimits.heldOutputBytes / 256; count += 1) output.send(out, Buffer.from("*"));
    expect(output.isFull).toBe(true);
    expect(out).toEqual([{ type: "pause", side: "upstream" }]);
    out.length = 0;
    output.resolve(out, 1, []);
    expect([output.isFull, output.queuedBytes]).toEqual([false, 0]);
  });

  it("counts what commands bring behind a held place", () => {
    const out: SessionCommand[] = [];
    const output = new HeldOutput();
    output.hold(1);
    const bytes = new Uint8Array(protocolLimits.heldOutputBytes);
    output.append(out, [{ type: "send", to: "client", bytes }]);
    expect(output.isFull).toBe(true);
    expect(out).toEqual([{ type: "pause", side: "upstream" }]);
    out.length = 0;
    output.resolve(out, 1, []);
    expect(out).toEqual([
      { type: "send", to: "client", bytes },
      { type: "resume", side: "upstream" },
    ]);
    expect([output.isFull, output.queuedBytes]).toEqual([false, 0]);
  });

  it("pauses the upstream above the limit and resumes it when half is gone", () => {
    const out: SessionCommand[] = [];
    const output = new HeldOutput();
    output.hold(1);
    output.send(out, new Uint8Array(protocolLimits.heldOutputBytes - 256));
    expect(out).toEqual([]);
    expect(output.isFull).toBe(false);
    output.send(out, new Uint8Array(1));
    output.send(out, new Uint8Array(1));
    expect(out).toEqual([{ type: "pause", side: "upstream" }]);
    output.resolve(out, 1, []);
    expect(out.at(-1)).toEqual({ type: "resume", side: "upstream" });
    expect(out.filter((command) => command.type === "pause")).toHaveLength(1);
  });

  it("resolves nothing that is not held", () => {
    const out: SessionCommand[] = [];
    const output = new HeldOutput();
    output.hold(1);
    output.resolve(out, 7, [{ type: "release", id: 7 }]);
    expect(out).toEqual([]);
    expect(output.isHolding).toBe(true);
  });

  it("carries out only the releases of what it discards", () => {
    const out: SessionCommand[] = [];
    const output = new HeldOutput();
    output.hold(1);
    output.hold(2);
    output.send(out, Buffer.from("a"));
    output.resolve(out, 2, [
      { type: "send", to: "client", bytes: Buffer.from("b") },
      { type: "release", id: 2 },
    ]);
    output.discard(out);
    expect(out).toEqual([{ type: "release", id: 2 }]);
    expect(output.isHolding).toBe(false);
    expect(output.queuedBytes).toBe(0);
  });
});
