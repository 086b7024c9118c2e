import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inflateRaw } from "../../../../src/scan/extractors/inflate.ts";
import { salvageDeflate } from "../../../../src/scan/extractors/salvage-deflate.ts";

const contents = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 200 })), { maxLength: 10 })
  .map((runs) =>
    Buffer.concat(runs.map(([bytes, times]) => Buffer.alloc(bytes.length * times, bytes.length === 0 ? "" : bytes))),
  );
const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE),
});

describe.each([
  ["inflateRaw()", inflateRaw],
  ["salvageDeflate()", salvageDeflate],
])("%s", (_name, inflate) => {
  test("restores any content in any kind of block and finds where the stream ends", () => {
    fc.assert(
      fc.property(contents, options, fc.uint8Array({ maxLength: 10 }), (bytes, how, after) => {
        const packed = deflateRawSync(bytes, how);
        const result = inflate(Buffer.concat([packed, after]), bytes.length + 1);
        expect([result.end, result.consumed, result.bytes.equals(bytes)]).toEqual(["whole", packed.length, true]);
      }),
    );
  });

  test("gives as much as the cap allows and says when there is more", () => {
    const bytes = Buffer.alloc(500_000, "some text that is repeated, ");
    const packed = deflateRawSync(bytes);
    expect(inflate(packed, bytes.length)).toMatchObject({ end: "whole" });
    for (const cap of [bytes.length - 1, 1_000, 1]) {
      const result = inflate(packed, cap);
      expect([result.end, result.bytes.equals(bytes.subarray(0, cap))]).toEqual(["capped", true]);
    }
  });

  test("gives what a stream holds that is cut off anywhere", () => {
    const bytes = Buffer.from(Array.from({ length: 2_000 }, (_, index) => `line ${index * 7919}\n`).join(""));
    const packed = deflateRawSync(bytes);
    fc.assert(
      fc.property(fc.nat(packed.length), (length) => {
        const result = inflate(packed.subarray(0, length), bytes.length + 1);
        expect([result.end, bytes.subarray(0, result.bytes.length).equals(result.bytes)]).toEqual(["whole", true]);
      }),
    );
    expect(inflate(packed.subarray(0, packed.length / 2), bytes.length).bytes.length).toBeGreaterThan(bytes.length / 3);
  });

  test("keeps what comes before the damage", () => {
    const bytes = Buffer.from(Array.from({ length: 9_000 }, (_, index) => `${(index * 7919) % 9973}\n`).join(""));
    const packed = deflateRawSync(bytes);
    const damage = Math.floor(packed.length * 0.75);
    packed.fill(0xff, damage, damage + 100);
    const result = inflate(packed, bytes.length * 3);
    const half = bytes.length / 2;
    expect(result.bytes.subarray(0, half).equals(bytes.subarray(0, half))).toBe(true);
    expect(result.bytes.equals(bytes)).toBe(false);
  });

  test("ends within its cap on any octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(5_000), (bytes, cap) => {
        const result = inflate(Buffer.from(bytes), cap);
        expect(result.bytes.length <= cap && result.consumed <= bytes.length).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("gives nothing and says so when nothing is allowed", () => {
    expect(inflate(deflateRawSync("x"), 0)).toMatchObject({ end: "capped", bytes: Buffer.alloc(0) });
  });
});

describe("inflateRaw() with a declared size", () => {
  test("gives what it gives without one, be that true or a lie", () => {
    const caps = fc.integer({ min: 1, max: 12_000 });
    const declared = fc.oneof(fc.nat(12_000), fc.constantFrom(0, -1, 0xffffffff, Number.NaN, 2 ** 60));
    fc.assert(
      fc.property(contents, options, fc.nat(5), caps, declared, (bytes, how, cut, cap, size) => {
        const packed = deflateRawSync(bytes, how);
        const input = packed.subarray(0, Math.max(0, packed.length - cut));
        const plain = inflateRaw(input, cap);
        for (const hint of [size, bytes.length]) {
          const hinted = inflateRaw(input, cap, hint);
          expect(hinted.end).toBe(plain.end);
          // Of the last octet of what breaks off, zlib leaves bits that are no code.
          if (cut === 0 && plain.end === "whole") expect(hinted.consumed).toBe(plain.consumed);
          expect(hinted.bytes.equals(plain.bytes)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("gives a large content in one piece, without room for more", () => {
    const bytes = Buffer.alloc(3_000_000, "some text that is repeated, ");
    const { buffer } = inflateRaw(deflateRawSync(bytes), bytes.length * 2, bytes.length).bytes;
    expect(buffer.byteLength).toBe(bytes.length + 1);
  });
});
