/** Archives of older days built by hand, with stored files: Cabinet, ARJ, LZH, ar. */
import { crc32 } from "node:zlib";

/** One file in one folder that is not compressed (MS-CAB). */
export function buildCabinet(name: string, content: Buffer): Buffer {
  const file = Buffer.alloc(16 + name.length + 1);
  file.writeUInt32LE(content.length, 0);
  file.writeUInt16LE(0x5a21, 10);
  file.writeUInt16LE(0x20, 14);
  file.write(name, 16, "latin1");
  const data = Buffer.alloc(8);
  data.writeUInt16LE(content.length, 4);
  data.writeUInt16LE(content.length, 6);
  const filesStart = 36 + 8;
  const dataStart = filesStart + file.length;
  const header = Buffer.alloc(36);
  header.write("MSCF", 0, "latin1");
  header.writeUInt32LE(dataStart + 8 + content.length, 8);
  header.writeUInt32LE(filesStart, 16);
  header.set([3, 1], 24);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(1, 28);
  const folder = Buffer.alloc(8);
  folder.writeUInt32LE(dataStart, 0);
  folder.writeUInt16LE(1, 4);
  return Buffer.concat([header, folder, file, data, content]);
}

/** A main header, one stored file, the end. */
export function buildArj(name: string, content: Buffer): Buffer {
  const end = Buffer.from([0x60, 0xea, 0, 0]);
  const empty = Buffer.alloc(0);
  return Buffer.concat([arjHeader("a.arj", 2, empty), arjHeader(name, 0, content), content, end]);
}

function arjHeader(name: string, type: number, content: Buffer): Buffer {
  const fields = Buffer.alloc(30);
  fields.set([30, 11, 1, 2, 0, 0, type], 0);
  fields.writeUInt32LE(content.length, 12);
  fields.writeUInt32LE(content.length, 16);
  fields.writeUInt32LE(crc32(content), 20);
  const header = Buffer.concat([fields, Buffer.from(`${name}\0\0`, "latin1")]);
  const start = Buffer.alloc(4);
  start.writeUInt16LE(0xea60, 0);
  start.writeUInt16LE(header.length, 2);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(header));
  return Buffer.concat([start, header, checksum, Buffer.alloc(2)]);
}

/** One stored file under a header of level 0. */
export function buildLzh(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(22 + name.length + 2);
  header[0] = header.length - 2;
  header.write("-lh0-", 2, "latin1");
  header.writeUInt32LE(content.length, 7);
  header.writeUInt32LE(content.length, 11);
  header.writeUInt32LE(0x5a210000, 15);
  header.set([0x20, 0, name.length], 19);
  header.write(name, 22, "latin1");
  header.writeUInt16LE(crc16(content), 22 + name.length);
  header[1] = header.subarray(2).reduce((sum, octet) => sum + octet, 0) & 0xff;
  return Buffer.concat([header, content, Buffer.alloc(1)]);
}

function crc16(bytes: Buffer): number {
  let crc = 0;
  for (const octet of bytes) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

export interface ArMember {
  /** As it stands in the header: 16 characters at most. */
  readonly name: string;
  readonly content: Buffer;
  readonly size?: string;
}

export function buildAr(members: readonly ArMember[]): Buffer {
  const parts = members.map(({ name, content, size = String(content.length) }) => {
    const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"644".padEnd(8)}${size.padEnd(10)}\`\n`;
    return Buffer.concat([Buffer.from(header, "latin1"), content, Buffer.alloc(content.length % 2, "\n")]);
  });
  return Buffer.concat([Buffer.from("!<arch>\n"), ...parts]);
}
