/** Compressed files built by hand that hold their content as it is: xz, LZMA, lzip by a header of their own, LZ4. */
import { crc32 } from "node:zlib";

/** One block of LZMA2 chunks that are not compressed, with checksums of 32 bits (the .xz file format). `dictionary` is
 *  its size as LZMA2 codes it: 0x16 is 8 MiB, 0x24 is 1 GiB. */
export function buildXz(content: Buffer, dictionary = 0x16): Buffer {
  const flags = Buffer.from([0, 1]);
  const header = Buffer.concat([Buffer.from("fd377a585a00", "hex"), flags, checksum(flags)]);
  const blockHeader = Buffer.from([2, 0, 0x21, 1, dictionary, 0, 0, 0]);
  const data = lzma2(content);
  const block = Buffer.concat([blockHeader, checksum(blockHeader), data, padding(data.length)]);
  const unpadded = blockHeader.length + 4 + data.length + 4;
  const records = Buffer.concat([Buffer.from([0, 1]), variable(unpadded), variable(content.length)]);
  const index = Buffer.concat([records, padding(records.length)]);
  const footer = Buffer.alloc(6);
  footer.writeUInt32LE((index.length + 4) / 4 - 1, 0);
  flags.copy(footer, 4);
  return Buffer.concat([
    header,
    block,
    checksum(content),
    index,
    checksum(index),
    checksum(footer),
    footer,
    Buffer.from("YZ"),
  ]);
}

/** A frame of one block that is not compressed (the LZ4 frame format). */
export function buildLz4(content: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE((content.length | 0x80000000) >>> 0);
  return Buffer.concat([Buffer.from("04224d18604082", "hex"), size, content, Buffer.alloc(4)]);
}

function lzma2(content: Buffer): Buffer {
  const size = Buffer.alloc(2);
  size.writeUInt16BE(content.length - 1);
  return Buffer.concat([Buffer.from([1]), size, content, Buffer.from([0])]);
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}

function variable(value: number): Buffer {
  const octets: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    octets.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...octets, rest]);
}

function checksum(bytes: Buffer): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32LE(crc32(bytes));
  return octets;
}
