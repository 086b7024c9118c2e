/** 7z archives built by hand (7zFormat.txt of the LZMA SDK): one folder for each file, stored or encrypted. */
import { createCipheriv, createHash } from "node:crypto";
import { crc32 } from "node:zlib";

export interface SevenZipFile {
  readonly name: string;
  readonly content: Buffer;
}

export interface SevenZipOptions {
  /** Encrypts the files. */
  readonly password?: string;
  /** Encrypts the header too. */
  readonly hidesNames?: boolean;
  /** The logarithm of the rounds that a password is hashed; 7-Zip itself takes 19. */
  readonly power?: number;
  /** Checksums are left out, so that no password can be proven. */
  readonly isUnproven?: boolean;
}

export function build7z(files: readonly SevenZipFile[], options: SevenZipOptions = {}): Buffer {
  const { password, hidesNames = false, power = 12, isUnproven = false } = options;
  const packed = files.map(({ content }) => (password === undefined ? content : encrypt(content, password, power)));
  const header = Buffer.concat([
    Buffer.from([0x01, 0x04]),
    streamsInfo(
      packed,
      files.map(({ content }) => content),
      password === undefined ? undefined : power,
      0,
      isUnproven,
    ),
    Buffer.from([0x05]),
    number(files.length),
    namesProperty(files.map(({ name }) => name)),
    Buffer.from([0x00, 0x00]),
  ]);
  const data = Buffer.concat(packed);
  if (!hidesNames || password === undefined) return withStart(data, header);
  const hidden = encrypt(header, password, power);
  const encoded = Buffer.concat([Buffer.from([0x17]), streamsInfo([hidden], [header], power, data.length)]);
  return withStart(Buffer.concat([data, hidden]), encoded);
}

/** Where the packed streams are, and a folder of one coder for each. */
function streamsInfo(
  packed: readonly Buffer[],
  plain: readonly Buffer[],
  power: number | undefined,
  offset: number,
  isUnproven = false,
): Buffer {
  const coder =
    power === undefined
      ? Buffer.from([0x01, 0x01, 0x00])
      : Buffer.concat([
          Buffer.from([0x01, 0x24]),
          AES,
          number(2 + IV.length),
          Buffer.from([0x40 | power, IV.length - 1]),
          IV,
        ]);
  return Buffer.concat([
    Buffer.from([0x06]),
    number(offset),
    number(packed.length),
    Buffer.from([0x09]),
    ...packed.map(({ length }) => number(length)),
    Buffer.from([0x00, 0x07, 0x0b]),
    number(packed.length),
    Buffer.from([0x00]),
    ...packed.map(() => coder),
    Buffer.from([0x0c]),
    ...plain.map(({ length }) => number(length)),
    Buffer.from([0x00]),
    ...(isUnproven ? [] : [Buffer.from([0x08, 0x0a, 0x01]), ...plain.map(checksum), Buffer.from([0x00])]),
    Buffer.from([0x00]),
  ]);
}

function namesProperty(names: readonly string[]): Buffer {
  const text = Buffer.from(names.map((name) => `${name}\0`).join(""), "utf16le");
  return Buffer.concat([Buffer.from([0x11]), number(text.length + 1), Buffer.from([0x00]), text]);
}

/** The signature, version 0.4, and where the header is. */
function withStart(data: Buffer, header: Buffer): Buffer {
  const next = Buffer.alloc(20);
  next.writeBigUInt64LE(BigInt(data.length), 0);
  next.writeBigUInt64LE(BigInt(header.length), 8);
  checksum(header).copy(next, 16);
  return Buffer.concat([Buffer.from("377abcaf271c0004", "hex"), checksum(next), next, data, header]);
}

function encrypt(plain: Buffer, password: string, power: number): Buffer {
  const hash = createHash("sha256");
  const text = Buffer.from(password, "utf16le");
  const counter = Buffer.alloc(8);
  for (let round = 0; round < 2 ** power; round += 1) {
    counter.writeUInt32LE(round);
    hash.update(text).update(counter);
  }
  const padded = Buffer.concat([plain, Buffer.alloc((16 - (plain.length % 16)) % 16)]);
  const cipher = createCipheriv("aes-256-cbc", hash.digest(), Buffer.concat([IV], 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(padded), cipher.final()]);
}

/** Of up to 14 bits: all that is needed here. */
function number(value: number): Buffer {
  if (value < 0x80) return Buffer.from([value]);
  if (value < 0x4000) return Buffer.from([0x80 | (value >> 8), value & 0xff]);
  return Buffer.from([0xc0 | (value >> 16), value & 0xff, (value >> 8) & 0xff]);
}

function checksum(bytes: Buffer): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32LE(crc32(bytes));
  return octets;
}

const AES = Buffer.from("06f10701", "hex");
const IV = Buffer.from("0102030405060708", "hex");
