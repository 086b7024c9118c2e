/** The RC4 encryption of Word's and Excel's binary formats [MS-OFFCRYPTO] 2.3.5 and 2.3.6: from an encryption header and
 *  a password to the keys of the blocks. */
import { createHash } from "node:crypto";
import { rc4Keystream } from "./rc4.ts";

export type BlockKeys = (block: number) => Uint8Array;

/** What opens a header: undefined for a wrong password. */
export type Rc4Opener = (password: string) => BlockKeys | undefined;

/** Reads the header that begins with the version at `start`; undefined when it is none that RC4 is used with. */
export function readRc4Header(bytes: Buffer, start: number): Rc4Opener | undefined {
  if (start + 4 > bytes.length) return undefined;
  const major = bytes.readUInt16LE(start);
  const minor = bytes.readUInt16LE(start + 2);
  if (major === 1 && minor === 1) return readBasicHeader(bytes, start + 4);
  if (major >= 2 && major <= 4 && minor === 2) return readCryptoApiHeader(bytes, start + 4);
  return undefined;
}

/** 40 bits, MD5. */
function readBasicHeader(bytes: Buffer, start: number): Rc4Opener | undefined {
  if (start + 48 > bytes.length) return undefined;
  const salt = bytes.subarray(start, start + 16);
  const verifier = bytes.subarray(start + 16, start + 48);
  return (password) => {
    const first = md5(Buffer.from(password, "utf16le")).subarray(0, 5);
    const intermediate = md5(...Array.from({ length: 16 }, () => [first, salt]).flat()).subarray(0, 5);
    const keyOf: BlockKeys = (block) => md5(intermediate, little(block));
    return isRight(keyOf(0), verifier, md5) ? keyOf : undefined;
  };
}

/** 40 to 128 bits, SHA-1. */
function readCryptoApiHeader(bytes: Buffer, start: number): Rc4Opener | undefined {
  if (start + 8 + 32 > bytes.length) return undefined;
  const header = start + 8;
  const verifierStart = header + bytes.readUInt32LE(start + 4);
  if (verifierStart + 60 > bytes.length || bytes.readUInt32LE(header + 8) !== ALGORITHM_RC4) return undefined;
  const keyBits = bytes.readUInt32LE(header + 16) || 40;
  const salt = bytes.subarray(verifierStart + 4, verifierStart + 20);
  const verifier = Buffer.concat([
    bytes.subarray(verifierStart + 20, verifierStart + 36),
    bytes.subarray(verifierStart + 40, verifierStart + 60),
  ]);
  return (password) => {
    const base = sha1(salt, Buffer.from(password, "utf16le"));
    const keyOf: BlockKeys = (block) => {
      const hash = sha1(base, little(block));
      if (keyBits !== 40) return hash.subarray(0, Math.min(16, Math.max(1, keyBits >>> 3)));
      return Buffer.concat([hash.subarray(0, 5), Buffer.alloc(11)]);
    };
    return isRight(keyOf(0), verifier, sha1) ? keyOf : undefined;
  };
}

/** The verifier and its hash are encrypted one after the other. */
function isRight(key: Uint8Array, verifier: Buffer, hash: (...parts: Uint8Array[]) => Buffer): boolean {
  const stream = rc4Keystream(key, verifier.length);
  const plain = verifier.map((octet, index) => octet ^ (stream[index] ?? 0));
  const expected = hash(plain.subarray(0, 16));
  return expected.equals(plain.subarray(16, 16 + expected.length));
}

function md5(...parts: Uint8Array[]): Buffer {
  return digest("md5", parts);
}

function sha1(...parts: Uint8Array[]): Buffer {
  return digest("sha1", parts);
}

function digest(algorithm: string, parts: readonly Uint8Array[]): Buffer {
  return createHash(algorithm).update(Buffer.concat(parts)).digest();
}

function little(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const ALGORITHM_RC4 = 0x6801;
