/** Office documents encrypted by hand [MS-OFFCRYPTO], in all the ways that there are, with few rounds. */
import { createCipheriv, createHash } from "node:crypto";
import { buildCompoundFile } from "./build-compound-file.ts";
import { record } from "./build-workbook.ts";

/** A package in agile encryption. */
export function agileDocument(content: Buffer, password: string, rounds = 100): Buffer {
  const salt = Buffer.alloc(16, 0x51);
  const keySalt = Buffer.alloc(16, 0x52);
  const key = Buffer.alloc(32, 0x53);
  const base = hashed("sha512", keySalt, password, rounds);
  const encrypted = (value: Buffer, purpose: string): string => {
    const derived = digest("sha512", base, Buffer.from(purpose, "hex")).subarray(0, 32);
    return cbc(derived, keySalt, value).toString("base64");
  };
  const verifier = Buffer.alloc(16, 0x54);
  const cipher =
    'blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512"';
  const xml =
    `<?xml version="1.0"?><encryption xmlns="http://schemas.microsoft.com/office/2006/encryption" xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password">` +
    `<keyData saltSize="16" ${cipher} saltValue="${salt.toString("base64")}"/><keyEncryptors><keyEncryptor uri="x">` +
    `<p:encryptedKey spinCount="${rounds}" saltSize="16" ${cipher} saltValue="${keySalt.toString("base64")}" ` +
    `encryptedVerifierHashInput="${encrypted(verifier, "fea7d2763b4b9e79")}" ` +
    `encryptedVerifierHashValue="${encrypted(digest("sha512", verifier), "d7aa0f6d3061344e")}" ` +
    `encryptedKeyValue="${encrypted(key, "146e0be7abacd0d6")}"/></keyEncryptor></keyEncryptors></encryption>`;
  const segments: Buffer[] = [length64(content.length)];
  for (let start = 0, index = 0; start < content.length; start += 4096, index += 1) {
    const iv = digest("sha512", salt, uint32(index)).subarray(0, 16);
    segments.push(cbc(key, iv, padded(content.subarray(start, start + 4096))));
  }
  const info = Buffer.concat([Buffer.from([4, 0, 4, 0, 0x40, 0, 0, 0]), Buffer.from(xml)]);
  return encryptedPackage(info, Buffer.concat(segments));
}

/** A package in standard encryption. */
export function standardDocument(content: Buffer, password: string): Buffer {
  const salt = Buffer.alloc(16, 0x51);
  const base = digest("sha1", hashed("sha1", salt, password, 50_000), uint32(0));
  const mixed = Buffer.alloc(64, 0x36).map((octet, index) => octet ^ (base[index] ?? 0));
  const key = digest("sha1", Buffer.from(mixed)).subarray(0, 16);
  const verifier = Buffer.alloc(16, 0x54);
  const header = Buffer.concat([
    ...[0x24, 0, 0x660e, 0x8004, 128, 24, 0, 0].map(uint32),
    Buffer.from("AES\0", "utf16le"),
  ]);
  const info = Buffer.concat([
    Buffer.from([3, 0, 2, 0, 0x24, 0, 0, 0]),
    uint32(header.length),
    header,
    uint32(16),
    salt,
    ecb(key, verifier),
    uint32(20),
    ecb(key, padded(digest("sha1", verifier))),
  ]);
  return encryptedPackage(info, Buffer.concat([length64(content.length), ecb(key, padded(content))]));
}

/** An encrypted package that says of its encryption what is given. */
export function encryptedPackage(info: Buffer, content: Buffer): Buffer {
  return buildCompoundFile({ children: { EncryptionInfo: info, EncryptedPackage: content } });
}

export type WorkbookEncryption = "xor" | "rc4" | "rc4-cryptoapi";

/** A workbook's stream with its records encrypted. */
export function encryptWorkbook(stream: Buffer, password: string, kind: WorkbookEncryption): Buffer {
  const first = 4 + stream.readUInt16LE(2);
  const { filePass, encrypt } = workbookCipher(password, kind);
  const pass = record(0x2f, filePass);
  const plain = Buffer.concat([stream.subarray(0, first), pass, stream.subarray(first)]);
  const output = Buffer.from(plain);
  for (let position = 0; position + 4 <= plain.length; ) {
    const type = plain.readUInt16LE(position);
    const length = plain.readUInt16LE(position + 2);
    const start = position + 4 + (type === 0x85 ? 4 : 0);
    if (type !== 0x809 && type !== 0x2f) encrypt(output, start, position + 4 + length, length);
    position += 4 + length;
  }
  return output;
}

type Encrypt = (bytes: Buffer, start: number, end: number, length: number) => void;

function workbookCipher(password: string, kind: WorkbookEncryption): { filePass: Buffer; encrypt: Encrypt } {
  if (kind === "xor") return xorCipher(password);
  const { header, keyOf } = rc4Header(password, kind);
  const encrypt: Encrypt = (bytes, start, end) => {
    for (let position = start; position < end; position += 1) {
      const block = Math.floor(position / 1024);
      bytes[position] = (bytes[position] ?? 0) ^ (keystream(keyOf(block), 1024)[position % 1024] ?? 0);
    }
  };
  return { filePass: Buffer.concat([uint16(1), header]), encrypt };
}

/** The header in front of RC4, and the keys of the blocks. */
export function rc4Header(
  password: string,
  kind: "rc4" | "rc4-cryptoapi",
): { header: Buffer; keyOf: (block: number) => Buffer } {
  const salt = Buffer.alloc(16, 0x61);
  const verifier = Buffer.alloc(16, 0x62);
  const isBasic = kind === "rc4";
  const algorithm = isBasic ? "md5" : "sha1";
  const word = Buffer.from(password, "utf16le");
  const first = digest("md5", word).subarray(0, 5);
  const intermediate = digest("md5", ...Array.from({ length: 16 }, () => [first, salt]).flat()).subarray(0, 5);
  const base = isBasic ? intermediate : digest("sha1", salt, word);
  const keyOf = (block: number): Buffer => digest(algorithm, base, uint32(block)).subarray(0, 16);
  const both = Buffer.concat([verifier, digest(algorithm, verifier)]);
  const stream = keystream(keyOf(0), both.length);
  const encrypted = Buffer.from(both.map((octet, index) => octet ^ (stream[index] ?? 0)));
  if (isBasic) return { header: Buffer.concat([Buffer.from([1, 0, 1, 0]), salt, encrypted]), keyOf };
  const fields = Buffer.concat([...[4, 0, 0x6801, 0x8004, 128, 1, 0, 0].map(uint32), Buffer.from("RC4\0", "utf16le")]);
  const header = Buffer.concat([
    Buffer.from([2, 0, 2, 0, 4, 0, 0, 0]),
    uint32(fields.length),
    fields,
    uint32(16),
    salt,
    encrypted.subarray(0, 16),
    uint32(20),
    encrypted.subarray(16),
  ]);
  return { header, keyOf };
}

function xorCipher(password: string): { filePass: Buffer; encrypt: Encrypt } {
  const key = 0x4b1d;
  const filler = Buffer.from("bbffffbaffffb98000be0f00bf0f00", "hex");
  const characters = Buffer.concat([Buffer.from(password, "latin1"), filler]).subarray(0, 16);
  const pad = characters.map((octet, index) => rotate(octet ^ (index % 2 === 0 ? key & 255 : key >> 8), 2));
  let verifier = 0;
  for (const octet of [password.length, ...Buffer.from(password, "latin1")].reverse()) {
    verifier = (((verifier >> 14) & 1) | ((verifier << 1) & 0x7fff)) ^ octet;
  }
  const encrypt: Encrypt = (bytes, start, end, length) => {
    for (let position = start; position < end; position += 1) {
      bytes[position] = rotate((bytes[position] ?? 0) ^ (pad[(position + length) & 15] ?? 0), 5);
    }
  };
  return { filePass: Buffer.concat([uint16(0), uint16(key), uint16(verifier ^ 0xce4b)]), encrypt };
}

/** RC4. */
export function keystream(key: Buffer, length: number): Buffer {
  const state = Array.from({ length: 256 }, (_, index) => index);
  const swap = (one: number, other: number): void => {
    [state[one], state[other]] = [state[other] ?? 0, state[one] ?? 0];
  };
  for (let index = 0, other = 0; index < 256; index += 1) {
    other = (other + (state[index] ?? 0) + (key[index % key.length] ?? 0)) & 255;
    swap(index, other);
  }
  const output = Buffer.alloc(length);
  for (let index = 0, one = 0, other = 0; index < length; index += 1) {
    one = (one + 1) & 255;
    other = (other + (state[one] ?? 0)) & 255;
    swap(one, other);
    output[index] = state[((state[one] ?? 0) + (state[other] ?? 0)) & 255] ?? 0;
  }
  return output;
}

function hashed(algorithm: string, salt: Buffer, password: string, rounds: number): Buffer {
  let hash = digest(algorithm, salt, Buffer.from(password, "utf16le"));
  for (let round = 0; round < rounds; round += 1) hash = digest(algorithm, uint32(round), hash);
  return hash;
}

function digest(algorithm: string, ...parts: readonly Buffer[]): Buffer {
  return createHash(algorithm).update(Buffer.concat(parts)).digest();
}

function cbc(key: Buffer, iv: Buffer, content: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(content), cipher.final()]);
}

function ecb(key: Buffer, content: Buffer): Buffer {
  const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(content), cipher.final()]);
}

function rotate(octet: number, bits: number): number {
  return ((octet << bits) | (octet >> (8 - bits))) & 255;
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((16 - (content.length % 16)) % 16)]);
}

function length64(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(length);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
