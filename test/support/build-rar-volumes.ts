/** RAR archives of one stored file that goes on from volume to volume. */
import { crc32 } from "node:zlib";
import { block, block4, RAR4_SIGNATURE, RAR5_SIGNATURE, type RarFile, variable, word } from "./build-rar.ts";

export function buildRar5Volumes({ name, content }: RarFile, count: number): Buffer[] {
  return pieces(content, count).map((data, index) => {
    const isLast = index === count - 1;
    const main = [variable(1), variable(0), variable(index === 0 ? 1 : 3), ...(index === 0 ? [] : [variable(index)])];
    const file = [
      variable(2),
      variable(2 | (index === 0 ? 0 : 8) | (isLast ? 0 : 16)),
      variable(data.length),
      variable(4),
      variable(content.length),
      variable(0o100644),
      word(crc32(isLast ? content : data)),
      variable(0),
      variable(1),
      variable(Buffer.byteLength(name)),
      Buffer.from(name),
    ];
    const end = [variable(5), variable(0), variable(isLast ? 0 : 1)];
    return Buffer.concat([RAR5_SIGNATURE, block(main), block(file), data, block(end)]);
  });
}

/** With the names of volumes that RAR gave until version 3, or with those since then. */
export function buildRar4Volumes({ name, content }: RarFile, count: number, { isOld = false } = {}): Buffer[] {
  return pieces(content, count).map((data, index) => {
    const isLast = index === count - 1;
    const fields = Buffer.alloc(25);
    fields.writeUInt32LE(data.length, 0);
    fields.writeUInt32LE(content.length, 4);
    fields[8] = 3;
    fields.writeUInt32LE(crc32(isLast ? content : data), 9);
    fields.writeUInt32LE(0x5a21_0000, 13);
    fields[17] = 20;
    fields[18] = 0x30;
    fields.writeUInt16LE(Buffer.byteLength(name), 19);
    fields.writeUInt32LE(0o100644, 21);
    return Buffer.concat([
      RAR4_SIGNATURE,
      block4(0x73, 1 | (isOld ? 0 : 0x10) | (index === 0 ? 0x100 : 0), Buffer.alloc(6)),
      block4(0x74, 0x8000 | (index === 0 ? 0 : 1) | (isLast ? 0 : 2), Buffer.concat([fields, Buffer.from(name)])),
      data,
      block4(0x7b, isLast ? 0x4000 : 0x4001, Buffer.alloc(0)),
    ]);
  });
}

export function pieces(content: Buffer, count: number): Buffer[] {
  const length = Math.ceil(content.length / count);
  return Array.from({ length: count }, (_, index) => content.subarray(index * length, (index + 1) * length));
}
