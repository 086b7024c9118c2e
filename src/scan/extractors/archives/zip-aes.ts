/** The encryption of WinZip and 7-Zip (the AE-1 and AE-2 specifications): AES in counter mode, a key that takes a
 *  thousand rounds of PBKDF2, two octets that check the password, ten that prove the data. */
import { createCipheriv, createHmac, pbkdf2Sync } from "node:crypto";

export interface ZipAes {
  /** How the data are packed below the encryption. */
  readonly method: number;
  readonly keyBytes: 16 | 24 | 32;
}

/** Reads extra field 0x9901; undefined when there is none. */
export function readZipAes(extra: Buffer): ZipAes | undefined {
  let position = 0;
  while (position + 4 <= extra.length) {
    const length = extra.readUInt16LE(position + 2);
    if (extra.readUInt16LE(position) === AES_FIELD && position + 11 <= extra.length) {
      const keyBytes = KEY_BYTES.get(extra[position + 8] ?? 0);
      return keyBytes === undefined ? undefined : { method: extra.readUInt16LE(position + 9), keyBytes };
    }
    position += 4 + length;
  }
  return undefined;
}

/** The data deciphered; undefined when the password is wrong. `isProven` unless the data have been changed since. */
export function decipherZipAes(
  data: Buffer,
  { keyBytes }: ZipAes,
  password: Buffer,
): { bytes: Buffer; isProven: boolean } | undefined {
  const saltBytes = keyBytes / 2;
  if (data.length < saltBytes + VERIFIER_BYTES) return undefined;
  const salt = data.subarray(0, saltBytes);
  const keys = pbkdf2Sync(password, salt, ROUNDS, keyBytes * 2 + VERIFIER_BYTES, "sha1");
  const verifier = data.subarray(saltBytes, saltBytes + VERIFIER_BYTES);
  if (!keys.subarray(keyBytes * 2).equals(verifier)) return undefined;
  const start = saltBytes + VERIFIER_BYTES;
  const end = Math.max(start, data.length - PROOF_BYTES);
  const ciphered = data.subarray(start, end);
  const proof = createHmac("sha1", keys.subarray(keyBytes, keyBytes * 2))
    .update(ciphered)
    .digest();
  const isProven = proof.subarray(0, PROOF_BYTES).equals(data.subarray(end));
  return { bytes: xorWithCounter(ciphered, keys.subarray(0, keyBytes)), isProven };
}

/** Counter mode with a counter that is little-endian and begins at 1, which node:crypto does not have: the counters are
 *  enciphered as blocks. */
function xorWithCounter(input: Buffer, key: Buffer): Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  const output = Buffer.allocUnsafe(input.length);
  const counters = Buffer.alloc(CHUNK_BYTES);
  for (let start = 0; start < input.length; start += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, input.length - start);
    for (let block = 0; block < length; block += 16) counters.writeUInt32LE((start + block) / 16 + 1, block);
    const stream = cipher.update(counters.subarray(0, Math.ceil(length / 16) * 16));
    for (let index = 0; index < length; index += 1) {
      output[start + index] = (input[start + index] ?? 0) ^ (stream[index] ?? 0);
    }
  }
  return output;
}

const AES_FIELD = 0x9901;
const KEY_BYTES: ReadonlyMap<number, ZipAes["keyBytes"]> = new Map([
  [1, 16],
  [2, 24],
  [3, 32],
]);
const ROUNDS = 1_000;
const VERIFIER_BYTES = 2;
const PROOF_BYTES = 10;
const CHUNK_BYTES = 64 * 1024;
