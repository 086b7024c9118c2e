/** RAR archives built by hand, with stored files (the RAR 5.0 archive format; technote.txt of RAR 4). */
import { createCipheriv, createHash, pbkdf2Sync } from "node:crypto";
import { crc32 } from "node:zlib";

export interface RarFile {
  readonly name: string;
  readonly content: Buffer;
}

export interface Rar5Options {
  /** Encrypts the files. */
  readonly password?: string;
  /** Encrypts the headers too. */
  readonly hidesNames?: boolean;
  /** The first of several volumes. */
  readonly isVolume?: boolean;
}

/** A RAR 5 archive. */
export function buildRar5(files: readonly RarFile[], options: Rar5Options = {}): Buffer {
  const { password, hidesNames = false, isVolume = false } = options;
  const seal = (header: Buffer): Buffer => {
    if (password === undefined || !hidesNames) return header;
    const iv = Buffer.alloc(16, 7);
    return Buffer.concat([iv, encrypt(keyOf(password), iv, header)]);
  };
  const parts: Buffer[] = [RAR5_SIGNATURE];
  if (password !== undefined && hidesNames) {
    const fields = [
      variable(4),
      variable(0),
      variable(0),
      variable(1),
      Buffer.from([ROUNDS_LOG]),
      SALT,
      checkOf(password),
    ];
    parts.push(block(fields));
  }
  parts.push(seal(block([variable(1), variable(0), variable(isVolume ? 1 : 0)])));
  for (const { name, content } of files) {
    const data = password === undefined ? content : encrypt(keyOf(password), IV, content);
    const extra = password === undefined ? Buffer.alloc(0) : encryptionRecord(password);
    parts.push(
      seal(
        block([
          variable(2),
          variable((extra.length > 0 ? 1 : 0) | 2 | (isVolume ? 16 : 0)),
          ...(extra.length > 0 ? [variable(extra.length)] : []),
          variable(data.length),
          variable(4),
          variable(content.length),
          variable(0o100644),
          word(crc32(content)),
          variable(0),
          variable(1),
          variable(Buffer.byteLength(name)),
          Buffer.from(name),
          extra,
        ]),
      ),
      data,
    );
  }
  parts.push(seal(block([variable(5), variable(0), variable(isVolume ? 1 : 0)])));
  return Buffer.concat(parts);
}

/** A RAR 4 archive; `isVolume` makes it the first of several, whose file goes on in the next. */
export function buildRar4(files: readonly RarFile[], { isVolume = false } = {}): Buffer {
  const parts = [RAR4_SIGNATURE, block4(0x73, isVolume ? 0x11 : 0, Buffer.alloc(6))];
  for (const { name, content } of files) {
    const fields = Buffer.alloc(25);
    fields.writeUInt32LE(content.length, 0);
    fields.writeUInt32LE(content.length, 4);
    fields[8] = 3;
    fields.writeUInt32LE(crc32(content), 9);
    fields.writeUInt32LE(0x5a21_0000, 13);
    fields[17] = 20;
    fields[18] = 0x30;
    fields.writeUInt16LE(Buffer.byteLength(name), 19);
    fields.writeUInt32LE(0o100644, 21);
    parts.push(block4(0x74, 0x8000 | (isVolume ? 2 : 0), Buffer.concat([fields, Buffer.from(name)])), content);
  }
  parts.push(block4(0x7b, isVolume ? 0x4001 : 0x4000, Buffer.alloc(0)));
  return Buffer.concat(parts);
}

/** With its checksum and size in front. */
export function block(fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat(fields);
  const sized = Buffer.concat([variable(body.length), body]);
  return Buffer.concat([word(crc32(sized)), sized]);
}

export function block4(type: number, flags: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head[0] = type;
  head.writeUInt16LE(flags, 1);
  head.writeUInt16LE(7 + body.length, 3);
  const all = Buffer.concat([head, body]);
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crc32(all) & 0xffff);
  return Buffer.concat([checksum, all]);
}

function encryptionRecord(password: string): Buffer {
  const record = Buffer.concat([
    variable(1),
    variable(0),
    variable(1),
    Buffer.from([ROUNDS_LOG]),
    SALT,
    IV,
    checkOf(password),
  ]);
  return Buffer.concat([variable(record.length), record]);
}

function keyOf(password: string): Buffer {
  return pbkdf2Sync(password, SALT, 2 ** ROUNDS_LOG, 32, "sha256");
}

/** Eight octets that tell a wrong password, and four that tell damage to them. */
function checkOf(password: string): Buffer {
  const value = pbkdf2Sync(password, SALT, 2 ** ROUNDS_LOG + 32, 32, "sha256");
  const folded = Buffer.alloc(8);
  for (const [index, octet] of value.entries()) folded[index % 8] = (folded[index % 8] ?? 0) ^ octet;
  return Buffer.concat([folded, createHash("sha256").update(folded).digest().subarray(0, 4)]);
}

function encrypt(key: Buffer, iv: Buffer, plain: Buffer): Buffer {
  const padded = Buffer.concat([plain, Buffer.alloc((16 - (plain.length % 16)) % 16)]);
  const cipher = createCipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(padded), cipher.final()]);
}

/** Seven bits an octet, the lowest first. */
export function variable(value: number): Buffer {
  const octets: number[] = [];
  let rest = value;
  do {
    octets.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.from(octets);
}

export function word(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32LE(value >>> 0);
  return octets;
}

export const RAR5_SIGNATURE = Buffer.from("526172211a070100", "hex");
export const RAR4_SIGNATURE = Buffer.from("526172211a0700", "hex");
/** 2 to the power of this many rounds; RAR itself takes 2 to the power of 15. */
const ROUNDS_LOG = 10;
const SALT = Buffer.alloc(16, 3);
const IV = Buffer.alloc(16, 5);
