/** Zip archives with one encrypted member, built by hand: the traditional encryption (APPNOTE 6.1) and that of WinZip
 *  (AE-2). */
import { createCipheriv, createHmac, pbkdf2Sync } from "node:crypto";
import { crc32, deflateRawSync } from "node:zlib";

export interface EncryptedZipOptions {
  readonly name: string;
  readonly content: Buffer;
  readonly password: string;
  readonly encryption: "traditional" | "aes";
  /** Neither header has the checksum of the content. */
  readonly isUnproven?: boolean;
}

export function buildEncryptedZip(options: EncryptedZipOptions): Buffer {
  const { name, content, password, encryption, isUnproven = false } = options;
  const packed = deflateRawSync(content);
  const isAes = encryption === "aes";
  const crc = isUnproven ? 0x12345678 : crc32(content);
  const data = isAes ? aes(packed, password, isUnproven) : traditional(packed, password, crc);
  const extra = isAes ? Buffer.from("0199070002004145030800", "hex") : Buffer.alloc(0);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(51, 0);
  fields.writeUInt16LE(1, 2);
  fields.writeUInt16LE(isAes ? 99 : 8, 4);
  fields.writeUInt32LE(isAes ? 0 : crc, 10);
  fields.writeUInt32LE(data.length, 14);
  fields.writeUInt32LE(content.length, 18);
  fields.writeUInt16LE(name.length, 22);
  fields.writeUInt16LE(extra.length, 24);
  const names = Buffer.from(name, "latin1");
  const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, names, extra, data]);
  const central = Buffer.concat([Buffer.from("PK\x01\x02\x33\0", "latin1"), fields, Buffer.alloc(14), names, extra]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

/** Written after the specification, and not after the code that it tests. */
function traditional(packed: Buffer, password: string, crc: number): Buffer {
  let keys: [number, number, number] = [0x12345678, 0x23456789, 0x34567890];
  const update = (octet: number): void => {
    const key0 = crcStep(keys[0], octet);
    const key1 = Number((BigInt((keys[1] + (key0 & 0xff)) >>> 0) * 134_775_813n + 1n) & 0xffffffffn);
    keys = [key0, key1, crcStep(keys[2], key1 >>> 24)];
  };
  for (const octet of Buffer.from(password)) update(octet);
  const plain = Buffer.concat([Buffer.alloc(11, 0x5a), Buffer.from([crc >>> 24]), packed]);
  return Buffer.from(
    plain.map((octet) => {
      const word = BigInt((keys[2] & 0xffff) | 2);
      const key = Number(((word * (word ^ 1n)) >> 8n) & 0xffn);
      update(octet);
      return octet ^ key;
    }),
  );
}

/** One octet more of CRC-32, without the inversions at its ends. */
function crcStep(crc: number, octet: number): number {
  let value = (crc ^ octet) & 0xff;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) !== 0 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return (value ^ (crc >>> 8)) >>> 0;
}

function aes(packed: Buffer, password: string, isUnproven: boolean): Buffer {
  const salt = Buffer.alloc(16, 0x21);
  const keys = pbkdf2Sync(password, salt, 1000, 66, "sha1");
  const blocks = Buffer.alloc(Math.ceil(packed.length / 16) * 16);
  for (let index = 0; index * 16 < blocks.length; index += 1) blocks.writeUInt32LE(index + 1, index * 16);
  const stream = createCipheriv("aes-256-ecb", keys.subarray(0, 32), null).setAutoPadding(false).update(blocks);
  const sealed = Buffer.from(packed.map((octet, index) => octet ^ (stream[index] ?? 0)));
  const proof = createHmac("sha1", keys.subarray(32, 64)).update(sealed).digest().subarray(0, 10);
  return Buffer.concat([salt, keys.subarray(64), sealed, isUnproven ? Buffer.alloc(10) : proof]);
}
