import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRar5Encryption } from "../../../../../src/scan/extractors/archives/rar5-encryption.ts";
import { readSevenZipEncryption } from "../../../../../src/scan/extractors/archives/seven-zip-encryption.ts";
import { decipherZipAes, readZipAes } from "../../../../../src/scan/extractors/archives/zip-aes.ts";
import { ZipCrypto } from "../../../../../src/scan/extractors/archives/zip-crypto.ts";
import { build7z } from "../../../../support/build-7z.ts";
import { buildRar4, buildRar5 } from "../../../../support/build-rar.ts";

const FILES = [
  { name: "a.txt", content: Buffer.from("some text") },
  { name: "b.txt", content: Buffer.alloc(100) },
];
const never = (): undefined => undefined;

describe("readSevenZipEncryption()", () => {
  test("finds nothing in what is not encrypted or no archive", () => {
    for (const bytes of [build7z(FILES), Buffer.alloc(0), Buffer.alloc(100), Buffer.from("7z")]) {
      expect(readSevenZipEncryption(bytes, never)).toBeUndefined();
    }
  });

  test("tells whether the names are encrypted, and how much hashing a password takes", () => {
    const files = readSevenZipEncryption(build7z(FILES, { password: "right", power: 10 }), never);
    expect(files).toMatchObject({ isHeader: false, rounds: 1024 });
    const names = readSevenZipEncryption(build7z(FILES, { password: "right", power: 3, hidesNames: true }), never);
    expect(names).toMatchObject({ isHeader: true, rounds: 8 });
  });

  test("can not tell wrong passwords of what is stored", () => {
    const encryption = readSevenZipEncryption(build7z(FILES, { password: "right" }), never);
    expect(encryption?.mayOpen("wrong")).toBe(true);
  });

  test("tells most wrong passwords of what is packed with LZMA", () => {
    const encryption = readSevenZipEncryption(lzmaBelowAes(), never);
    const words = Array.from({ length: 300 }, (_, index) => `wrong ${index}`);
    const left = words.filter((word) => encryption?.mayOpen(word));
    expect(encryption).toBeDefined();
    expect(left.length).toBeLessThan(20);
  });

  test("bears any header", () => {
    const archive = build7z(FILES, { password: "right", hidesNames: true });
    const change = fc.tuple(fc.nat(archive.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const changed = Buffer.from(archive);
        for (const [position, octet] of changes) changed[position] = octet;
        readSevenZipEncryption(changed, never);
      }),
      { numRuns: 500 },
    );
  });
});

describe("readRar5Encryption()", () => {
  test.each([true, false])("tells the right password from wrong ones (hidden names: %s)", (hidesNames) => {
    const encryption = readRar5Encryption(buildRar5(FILES, { password: "right", hidesNames }));
    expect(encryption?.rounds).toBe(1024);
    expect(encryption?.mayOpen("right")).toBe(true);
    expect(encryption?.mayOpen("wrong")).toBe(false);
  });

  test("finds nothing in what is not encrypted or no archive", () => {
    for (const bytes of [buildRar5(FILES), buildRar4(FILES), Buffer.alloc(0), Buffer.alloc(200, 0x81)]) {
      expect(readRar5Encryption(bytes)).toBeUndefined();
    }
  });

  test("bears any header", () => {
    const archive = buildRar5(FILES, { password: "right" });
    const change = fc.tuple(fc.nat(archive.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const changed = Buffer.from(archive);
        for (const [position, octet] of changes) changed[position] = octet;
        readRar5Encryption(changed);
      }),
      { numRuns: 500 },
    );
  });
});

describe("readZipAes()", () => {
  test.each([
    ["0199070002004145030800", { method: 8, keyBytes: 32 }],
    ["0100080000000000000000000199070001004145010000", { method: 0, keyBytes: 16 }],
    ["0199070002004145070800", undefined],
    ["01990700020041", undefined],
    ["", undefined],
  ])("reads %s", (hex, expected) => {
    expect(readZipAes(Buffer.from(hex, "hex"))).toEqual(expected);
  });
});

describe("decipherZipAes()", () => {
  test("bears data that are too short", () => {
    for (const length of [0, 1, 17, 18]) {
      expect(decipherZipAes(Buffer.alloc(length), { method: 8, keyBytes: 32 }, Buffer.from("x"))).toBeUndefined();
    }
  });
});

describe("ZipCrypto", () => {
  test("deciphers the same in one piece and in several", () => {
    const input = Buffer.from(Array.from({ length: 100 }, (_, index) => index));
    const whole = new ZipCrypto(Buffer.from("word")).decipher(input);
    const cipher = new ZipCrypto(Buffer.from("word"));
    expect(Buffer.concat([cipher.decipher(input.subarray(0, 7)), cipher.decipher(input.subarray(7))])).toEqual(whole);
  });
});

/** One folder of two coders: LZMA takes what AES gives. The packed data are noise. */
function lzmaBelowAes(): Buffer {
  const coders = "022406f107010a4c07010203040506070823030101055d001000000100";
  const header = Buffer.from(`01040600010920 00070b0100${coders}0c20200000 00`.replaceAll(" ", ""), "hex");
  const start = Buffer.alloc(32);
  start.write("377abcaf271c0004", "hex");
  start.writeBigUInt64LE(32n, 12);
  start.writeBigUInt64LE(BigInt(header.length), 20);
  return Buffer.concat([start, Buffer.alloc(32, 0xa5), header]);
}
