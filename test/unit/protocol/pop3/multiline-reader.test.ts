import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DotStuffer } from "../../../../src/protocol/pop3/dot-stuffer.ts";
import { MultilineReader } from "../../../../src/protocol/pop3/multiline-reader.ts";

describe("MultilineReader", () => {
  it.each([
    [".\r\n", "", 3],
    ["\r\n.\r\n", "\r\n", 5],
    ["a\r\n.\r\nrest", "a\r\n", 6],
    ["..\r\n.\r\n", ".\r\n", 7],
    [".x\r\n.\r\n", "x\r\n", 7],
    ["a.\r\n.\r\n", "a.\r\n", 7],
    ["a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n", 11],
    ["a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n", 10],
    ["a\r\n.\r.\r\n.\r\n", "a\r\n\r.\r\n", 11],
    ["\n.\r\n\r\n.\r\n", "\n.\r\n\r\n", 9],
  ])("reads %j", (wire, text, end) => {
    for (const size of [1, 2, 3, 100]) expect(read(wire, size)).toEqual({ text, end });
  });

  it.each([
    "a\n.\n",
    "a\n.\r\n",
    "a\r\n.\n",
    "a\r.\r",
    "a\r\n.\r",
    "a\r\n.\0",
    "\n.\n",
    ".\n",
    ".\r",
    "a\r\n. \r\n",
    "",
  ])("does not end at %j (P-43)", (wire) => {
    for (const size of [1, 2, 100]) expect(read(wire, size).end).toBeUndefined();
  });

  it("gives back slices of its input, not copies", () => {
    const chunk = Buffer.from("one\r\n..two\r\n.\r\n");
    const text: Uint8Array[] = [];
    new MultilineReader().receive(chunk, 0, text);
    expect(text.every((piece) => piece.buffer === chunk.buffer)).toBe(true);
  });

  it("reads the same however the octets are cut", () => {
    fc.assert(
      fc.property(anyText, cuts, (wire, sizes) => {
        expect(readCut(wire, sizes)).toEqual(read(wire, wire.length + 1));
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  it("agrees with the plain definition of RFC 1939", () => {
    fc.assert(
      fc.property(anyText, (wire) => {
        expect(read(wire, wire.length + 1)).toEqual(readByDefinition(wire));
      }),
      { numRuns: 2_000, seed: 2 },
    );
  });
});

describe("DotStuffer", () => {
  it.each([
    ["", ".\r\n"],
    [".", "..\r\n.\r\n"],
    ["a", "a\r\n.\r\n"],
    ["a\r\n", "a\r\n.\r\n"],
    ["a\n", "a\n\r\n.\r\n"],
    ["a\r", "a\r\r\n.\r\n"],
    ["\r\n.\r\n", "\r\n..\r\n.\r\n"],
    ["a\r\n..b\r\n.c\r\n", "a\r\n...b\r\n..c\r\n.\r\n"],
    ["a\n.b\r.c\r\n", "a\n.b\r.c\r\n.\r\n"],
    ["a\n.\nb\r\n", "a\n..\nb\r\n.\r\n"],
    ["a\n.", "a\n..\r\n.\r\n"],
    ["a\r.", "a\r..\r\n.\r\n"],
    ["a\n.\r\n", "a\n..\r\n.\r\n"],
    ["a\r.\r.\r.", "a\r..\r..\r..\r\n.\r\n"],
    ["a\n.\0", "a\n..\0\r\n.\r\n"],
    ["a\n..\n", "a\n..\n\r\n.\r\n"],
    ["a..\r\n", "a..\r\n.\r\n"],
  ])("stuffs %j", (text, wire) => {
    for (const size of [1, 2, 3, 100]) expect(stuff(text, size)).toBe(wire);
  });

  it("gives back slices of its input, not copies", () => {
    const chunk = Buffer.from("one\r\n.two\r\n");
    const pieces = new DotStuffer().push(chunk).filter((piece) => piece.length > 1);
    expect(pieces.every((piece) => piece.buffer === chunk.buffer)).toBe(true);
  });

  it("is undone by the reader for mail with CRLF line ends, and for any text without the hostile forms", () => {
    fc.assert(
      fc.property(fc.oneof(mailText, anyText), fc.integer({ min: 1, max: 99 }), (text, size) => {
        fc.pre(!/[\r\n]\.[\r\n\0]|[\r\n]\.$/.test(text.replaceAll("\r\n.", "\r\n,")));
        const whole = text === "" || text.endsWith("\r\n") ? text : `${text}\r\n`;
        expect(read(stuff(text, size), 77).text).toBe(whole);
      }),
      { numRuns: 2_000, seed: 3 },
    );
  });

  it("writes the same however the octets are cut", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 99 }), (text, size) => {
        expect(stuff(text, size)).toBe(stuff(text, text.length + 1));
      }),
      { numRuns: 2_000, seed: 4 },
    );
  });

  it("never lets a client see an end before the end, whatever line ends it knows (P-43)", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const body = stuff(text, 99).slice(0, -"\r\n.\r\n".length);
        expect(body).not.toMatch(/(?:^|[\r\n])\.(?:[\r\n\0]|$)/);
      }),
      { numRuns: 3_000, seed: 5 },
    );
  });
});

const hostileText = fc
  .array(fc.constantFrom("\r\n", "\r", "\n", ".", "..", "\r\n.", "\r\n.\r\n", "\0", "a", "bc"), { maxLength: 14 })
  .map((pieces) => pieces.join(""));

/** More dots than are done by slicing. */
const dottyText = fc
  .array(fc.constantFrom(".\r\n", "..\r\n", "a\r\n.", "\n.\n", "\r.", "b"), { minLength: 30, maxLength: 80 })
  .map((pieces) => pieces.join(""));

const mailText = fc
  .array(fc.constantFrom("", ".", "..", "a", ".a", "a.", "\0"), { maxLength: 8 })
  .map((lines) => lines.map((line) => `${line}\r\n`).join(""));

const anyText = fc.oneof(hostileText, hostileText, dottyText);
const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 50, max: 200 })), { minLength: 1 });

function read(wire: string, size: number): { text: string; end: number | undefined } {
  return readCut(wire, [size]);
}

function readCut(wire: string, sizes: readonly number[]): { text: string; end: number | undefined } {
  const reader = new MultilineReader();
  const bytes = Buffer.from(wire, "latin1");
  const text: Buffer[] = [];
  for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
    const next = Math.min(bytes.length, at + (sizes[cut % sizes.length] ?? 1));
    const pieces: Uint8Array[] = [];
    const end = reader.receive(bytes.subarray(0, next), at, pieces);
    text.push(...pieces.map((piece) => Buffer.from(piece)));
    if (end !== undefined) return { text: Buffer.concat(text).toString("latin1"), end };
    at = next;
  }
  return { text: Buffer.concat(text).toString("latin1"), end: undefined };
}

/** Line by line, as the RFC words it; what is not yet decided is left out, as the reader does. */
function readByDefinition(wire: string): { text: string; end: number | undefined } {
  let text = "";
  let at = 0;
  for (;;) {
    const found = wire.indexOf("\r\n", at);
    const line = found < 0 ? wire.slice(at) : wire.slice(at, found + 2);
    if (line === ".\r\n") return { text, end: at + 3 };
    if (found < 0) return { text: text + (line === ".\r" ? "" : line.replace(/^\./, "")), end: undefined };
    text += line.startsWith(".") ? line.slice(1) : line;
    at = found + 2;
  }
}

function stuff(text: string, size: number): string {
  const stuffer = new DotStuffer();
  const bytes = Buffer.from(text, "latin1");
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    out.push(...stuffer.push(chunk).map((piece) => Buffer.from(piece)));
    chunk.fill(0xee);
  }
  return Buffer.concat([...out, ...stuffer.end()]).toString("latin1");
}
