/** Standard encryption [MS-OFFCRYPTO] 2.3.4.5-9, what Office 2007 writes: AES in ECB mode, 50,000 rounds of SHA-1. */
import { createDecipheriv } from "node:crypto";
import { hashOf, hashPassword } from "./block-hash.ts";

export const STANDARD_ROUNDS = 50_000;

export interface StandardEncryption {
  /** The content's key, undefined for a wrong password. */
  open(password: string): Buffer | undefined;
}

/** Reads the header behind version and flags; undefined when it asks for what is not known. */
export function readStandardEncryption(bytes: Buffer): StandardEncryption | undefined {
  if (bytes.length < 4) return undefined;
  const verifierStart = 4 + bytes.readUInt32LE(0);
  if (verifierStart + 72 > bytes.length || verifierStart < 36) return undefined;
  const keyBytes = KEY_BYTES.get(bytes.readUInt32LE(12));
  if (keyBytes === undefined) return undefined;
  const salt = bytes.subarray(verifierStart + 4, verifierStart + 20);
  const verifier = bytes.subarray(verifierStart + 20, verifierStart + 36);
  const verifierHash = bytes.subarray(verifierStart + 40, verifierStart + 72);
  return {
    open(password) {
      const base = hashOf("sha1", hashPassword("sha1", salt, password, STANDARD_ROUNDS), Buffer.alloc(4));
      const key = Buffer.concat([derived(base, 0x36), derived(base, 0x5c)]).subarray(0, keyBytes);
      const expected = hashOf("sha1", decryptStandard(verifier, key));
      return expected.equals(decryptStandard(verifierHash, key).subarray(0, expected.length)) ? key : undefined;
    },
  };
}

/** Decrypts the whole blocks of `content`. */
export function decryptStandard(content: Buffer, key: Buffer): Buffer {
  const cipher = createDecipheriv(`aes-${key.length * 8}-ecb`, key, null);
  cipher.setAutoPadding(false);
  return cipher.update(content.subarray(0, content.length & ~15));
}

function derived(base: Buffer, fill: number): Buffer {
  return hashOf(
    "sha1",
    Buffer.alloc(64, fill).map((octet, index) => octet ^ (base[index] ?? 0)),
  );
}

/** By the algorithm's identifier (2.3.2). */
const KEY_BYTES = new Map([
  // As the flags say, which is AES of 128 bits.
  [0, 16],
  [0x660e, 16],
  [0x660f, 24],
  [0x6610, 32],
]);
