import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { protocolLimits } from "../../../../src/core/limits.ts";
import { AppendBuffer } from "../../../../src/protocol/pop3/append-buffer.ts";
import { ClientInput } from "../../../../src/protocol/pop3/client-input.ts";
import { LineReader } from "../../../../src/protocol/pop3/line-reader.ts";

describe("LineReader", () => {
  it("cuts lines at LF, however the octets are cut", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "\r", "\n"), maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        (text, size) => {
          const reader = new LineReader(100);
          const lines: string[] = [];
          for (let start = 0; start < text.length; start += size) {
            const chunk = Buffer.from(text.slice(start, start + size));
            for (let at = 0; at < chunk.length; ) {
              const result = reader.read(chunk, at);
              if (result.type !== "line") break;
              lines.push(Buffer.from(result.line).toString());
              at = result.next;
            }
            chunk.fill(0xee);
          }
          expect(lines).toEqual(text.match(/[^\n]*\n/g) ?? []);
        },
      ),
      { seed: 1 },
    );
  });

  it("takes a line of the limit and not one octet more", () => {
    expect(new LineReader(5).read(Buffer.from("abcd\n"), 0)).toMatchObject({ type: "line", next: 5 });
    expect(new LineReader(5).read(Buffer.from("abcde\n"), 0)).toEqual({ type: "too-long" });
    const reader = new LineReader(5);
    expect(reader.read(Buffer.from("abcde"), 0)).toEqual({ type: "more" });
    expect(reader.read(Buffer.from("f"), 0)).toEqual({ type: "too-long" });
  });
});

describe("ClientInput", () => {
  it("gives the first line until it is consumed", () => {
    const input = new ClientInput();
    input.append(Buffer.from("a\r\nb"));
    expect(input.peek()?.toString()).toBe("a\r\n");
    expect(input.peek()?.toString()).toBe("a\r\n");
    input.consume(Buffer.from("a\r\n"));
    expect(input.peek()).toBeUndefined();
    input.append(Buffer.from("\nc"));
    expect(input.peek()?.toString()).toBe("b\n");
    expect(Buffer.from(input.takeAll()).toString()).toBe("b\nc");
    expect(input.length).toBe(0);
  });

  it("knows a line that is too long, whole or not", () => {
    for (const end of ["", "\n"]) {
      const input = new ClientInput();
      input.append(Buffer.from("x".repeat(protocolLimits.commandLineBytes)));
      expect(input.isTooLong).toBe(false);
      input.append(Buffer.from(`x${end}`));
      expect(input.isTooLong).toBe(true);
      expect(input.peek()).toBeUndefined();
    }
    const input = new ClientInput();
    input.append(Buffer.from(`${"x".repeat(protocolLimits.commandLineBytes - 1)}\n`));
    expect(input.isTooLong).toBe(false);
    expect(input.peek()).toHaveLength(protocolLimits.commandLineBytes);
  });
});

describe("AppendBuffer", () => {
  it("never changes what it gave away", () => {
    const buffer = new AppendBuffer();
    const given: { bytes: Buffer; text: string }[] = [];
    for (let step = 0; step < 500; step += 1) {
      buffer.append(Buffer.from(`octets ${step} `));
      given.push({ bytes: buffer.bytes(), text: buffer.bytes().toString() });
      if (step % 3 === 0) buffer.consume(Math.min(buffer.length, step % 20));
    }
    for (const { bytes, text } of given) expect(bytes.toString()).toBe(text);
  });

  it("keeps its memory in proportion to what waits", () => {
    const buffer = new AppendBuffer();
    for (let step = 0; step < 100_000; step += 1) {
      buffer.append(Buffer.from("ab"));
      buffer.consume(2);
    }
    buffer.append(Buffer.from("x"));
    expect(buffer.bytes().buffer.byteLength).toBeLessThanOrEqual(64 * 1024);
  });
});
