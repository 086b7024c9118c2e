import { constants, deflateRawSync, deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeLzw } from "../../../../../src/scan/extractors/pdf/lzw.ts";
import { decodeFlate } from "../../../../../src/scan/extractors/pdf/pdf-filters.ts";
import { undoPredictor } from "../../../../../src/scan/extractors/pdf/predictor.ts";
import { decodeAscii85, decodeAsciiHex, decodeRunLength } from "../../../../../src/scan/extractors/pdf/text-filters.ts";
import {
  encodeAscii85,
  encodeAsciiHex,
  encodeLzw,
  encodeRunLength,
  predictPng,
  predictTiff,
} from "../../../../support/build-pdf-filters.ts";

const MAX = 1_000_000;
const codecs = {
  ASCII85: { encode: encodeAscii85, decode: (input: Buffer) => decodeAscii85(input, MAX) },
  ASCIIHex: { encode: encodeAsciiHex, decode: decodeAsciiHex },
  "run lengths": { encode: encodeRunLength, decode: (input: Buffer) => decodeRunLength(input, MAX) },
  LZW: { encode: (bytes: Buffer) => encodeLzw(bytes), decode: (input: Buffer) => decodeLzw(input, MAX, true) },
  "LZW that grows late": {
    encode: (bytes: Buffer) => encodeLzw(bytes, false),
    decode: (input: Buffer) => decodeLzw(input, MAX, false),
  },
  Flate: { encode: (bytes: Buffer) => deflateSync(bytes), decode: (input: Buffer) => decodeFlate(input, MAX) },
};
const octets = fc
  .oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc.array(fc.constantFrom(0, 1, 65), { maxLength: 5_000 }).map((values) => Uint8Array.from(values)),
  )
  .map((bytes) => Buffer.from(bytes));

describe.each(Object.entries(codecs))("the decoder of %s", (_name, { encode, decode }) => {
  test("gives what was encoded", () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        const decoded = decode(encode(bytes));
        expect(decoded.bytes.equals(bytes)).toBe(true);
        expect(decoded.problem).toBeUndefined();
        expect(decoded.hasEnded).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("gives the beginning of what breaks off", () => {
    fc.assert(
      fc.property(octets, fc.nat(5_000), (bytes, length) => {
        // The last octet may be half there.
        const decoded = decode(encode(bytes).subarray(0, length)).bytes.subarray(0, -1);
        expect(bytes.subarray(0, decoded.length).equals(decoded)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("takes any octets", () => {
    fc.assert(
      fc.property(octets, (bytes) => void decode(bytes)),
      { numRuns: 100 },
    );
  });
});

describe("a cap on the output", () => {
  const long = Buffer.alloc(1_000, "ab");

  test.each([
    ["ASCII85", (max: number) => decodeAscii85(encodeAscii85(long), max)],
    ["run lengths", (max: number) => decodeRunLength(encodeRunLength(Buffer.alloc(1_000)), max)],
    ["LZW", (max: number) => decodeLzw(encodeLzw(long), max, true)],
    ["Flate", (max: number) => decodeFlate(deflateSync(long), max)],
  ])("of %s holds, and is told", (_name, decode) => {
    expect(decode(1_000).problem).toBeUndefined();
    expect(decode(1_000).bytes).toHaveLength(1_000);
    for (const max of [999, 500, 4, 0]) {
      expect(decode(max).bytes.length).toBeLessThanOrEqual(max);
      expect(decode(max).problem).toBe("limit-bytes");
    }
  });
});

describe("decodeAscii85()", () => {
  test.each([
    ["<~87cURD_*#TDfTZ)~>", "Hello, world"],
    ["87cUR D_*#\nTDfTZ)", "Hello, world"],
    ["z~>", "\0\0\0\0"],
    ["5l~>", "A"],
    ["", ""],
    ["~>", ""],
  ])("reads %j", (text, expected) => {
    expect(String(decodeAscii85(Buffer.from(text), MAX).bytes)).toBe(expected);
  });
});

describe("decodeFlate()", () => {
  const data = deflateSync("content");

  test.each([
    ["without its header", deflateRawSync("content")],
    ["behind blanks", Buffer.concat([Buffer.from("\r\n "), data])],
    ["without its checksum", data.subarray(0, -4)],
    ["with octets behind it", Buffer.concat([data, Buffer.from("\r\nendstream")])],
  ])("reads what is %s", (_name, input) => {
    expect(decodeFlate(input, MAX)).toMatchObject({ bytes: Buffer.from("content") });
    expect(decodeFlate(input, MAX, true)).toMatchObject({ bytes: Buffer.from("content") });
  });

  test("keeps what comes before the damage", () => {
    const begun = deflateRawSync("content", { finishFlush: constants.Z_SYNC_FLUSH });
    const input = Buffer.concat([Buffer.from([0x78, 0x9c]), begun, Buffer.alloc(9, 0xff)]);
    expect(decodeFlate(input, MAX)).toMatchObject({
      bytes: Buffer.from("content"),
      problem: "damaged",
      hasEnded: false,
    });
    expect(decodeFlate(Buffer.alloc(9, 0xff), MAX)).toMatchObject({ bytes: Buffer.alloc(0), problem: "damaged" });
  });
});

describe("undoPredictor()", () => {
  test.each([0, 1, 2, 3, 4])("undoes PNG prediction %i", (kind) => {
    fc.assert(
      fc.property(octets, fc.integer({ min: 1, max: 40 }), (bytes, columns) => {
        const predicted = predictPng(bytes, columns, kind);
        const parameters = { predictor: 10 + kind, colors: 1, bits: 8, columns };
        expect(undoPredictor(predicted, parameters).equals(bytes)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test("undoes TIFF prediction", () => {
    fc.assert(
      fc.property(octets, fc.integer({ min: 1, max: 40 }), (bytes, columns) => {
        const parameters = { predictor: 2, colors: 1, bits: 8, columns };
        expect(undoPredictor(predictTiff(bytes, columns), parameters).equals(bytes)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    [1, "80", "ff"],
    [2, "55", "6c"],
    [4, "11", "12"],
    [16, "00010001", "00010002"],
  ])("undoes TIFF prediction of %i bits", (bits, from, to) => {
    const predicted = Buffer.from(from, "hex");
    const columns = (predicted.length * 8) / bits;
    expect(undoPredictor(predicted, { predictor: 2, colors: 1, bits, columns }).toString("hex")).toBe(to);
  });

  test.each([
    { predictor: 1, colors: 1, bits: 8, columns: 4 },
    { predictor: 12, colors: 0, bits: 8, columns: 4 },
    { predictor: 12, colors: 1, bits: 3, columns: 4 },
    { predictor: 12, colors: 1, bits: 8, columns: -1 },
    { predictor: 12, colors: 1, bits: 8, columns: Number.NaN },
    { predictor: Number.NaN, colors: 1, bits: 8, columns: 4 },
    { predictor: 5, colors: 1, bits: 8, columns: 4 },
  ])("leaves alone what %j can not mean", (parameters) => {
    expect(String(undoPredictor(Buffer.from("some octets"), parameters))).toBe("some octets");
  });
});
