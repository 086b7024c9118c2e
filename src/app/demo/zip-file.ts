/** A zip archive with one deflated entry (APPNOTE 4.3): local header, central directory, end record. */
import { crc32, deflateRawSync } from "node:zlib";

/** `name` is ASCII. */
export function zipFile(name: string, content: Uint8Array): Buffer {
  const fileName = Buffer.from(name, "latin1");
  const packed = deflateRawSync(content);
  const header = Buffer.alloc(26);
  header.writeUInt16LE(VERSION_NEEDED, 0);
  header.writeUInt16LE(DEFLATE, 4);
  header.writeUInt16LE(NO_TIME, 6);
  header.writeUInt16LE(FIRST_OF_JANUARY_2026, 8);
  header.writeUInt32LE(crc32(content), 10);
  header.writeUInt32LE(packed.length, 14);
  header.writeUInt32LE(content.length, 18);
  header.writeUInt16LE(fileName.length, 22);

  const local = Buffer.concat([LOCAL_SIGNATURE, header, fileName, packed]);
  // Comment length, disk, attributes, and the local header's offset: all zero.
  const central = Buffer.concat([CENTRAL_SIGNATURE, header, Buffer.alloc(14), fileName]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, END_SIGNATURE, end]);
}

const LOCAL_SIGNATURE = Buffer.from([0x50, 0x4b, 3, 4]);
/** With "version made by", which the common fields follow. */
const CENTRAL_SIGNATURE = Buffer.from([0x50, 0x4b, 1, 2, 20, 0]);
const END_SIGNATURE = Buffer.from([0x50, 0x4b, 5, 6]);
const VERSION_NEEDED = 20;
const DEFLATE = 8;
const NO_TIME = 0;
const FIRST_OF_JANUARY_2026 = ((2026 - 1980) << 9) | (1 << 5) | 1;
