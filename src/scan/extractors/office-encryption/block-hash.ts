/** The password hashing that Office's encryption of packages shares [MS-OFFCRYPTO] 2.3.4.7 and 2.3.4.11. */
import { hash } from "node:crypto";

/** The salted password hashed `rounds` times more, each time with the number of the round in front. */
export function hashPassword(algorithm: string, salt: Uint8Array, password: string, rounds: number): Buffer {
  const digest = hashOf(algorithm, salt, Buffer.from(password, "utf16le"));
  const buffer = Buffer.concat([Buffer.alloc(4), digest]);
  for (let round = 0; round < rounds; round += 1) {
    buffer.writeUInt32LE(round, 0);
    // As text: a Buffer for every digest would take twice the time.
    buffer.write(hash(algorithm, buffer, "binary"), 4, "latin1");
  }
  return buffer.subarray(4);
}

export function hashOf(algorithm: string, ...parts: readonly Uint8Array[]): Buffer {
  return hash(algorithm, Buffer.concat(parts), "buffer");
}

/** The first octets; what is missing is filled up with 0x36. */
export function fitted(bytes: Buffer, length: number): Buffer {
  if (bytes.length >= length) return bytes.subarray(0, length);
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length, 0x36)]);
}
