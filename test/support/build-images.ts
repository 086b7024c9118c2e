/** Disk images built by hand: ISO 9660, a FAT12 volume, and disks with partitions around such a volume. */

/** One file in the root directory (ECMA-119). */
export function buildIso(name: string, content: Buffer): Buffer {
  const root = directoryRecord("\0", ROOT_SECTOR, SECTOR, true);
  const parent = directoryRecord("\x01", ROOT_SECTOR, SECTOR, true);
  const file = directoryRecord(`${name.toUpperCase()};1`, FILE_SECTOR, content.length, false);
  const descriptor = Buffer.alloc(SECTOR);
  descriptor.write("\x01CD001\x01", 0, "latin1");
  const both = (value: number, offset: number, octets: 2 | 4): void => {
    descriptor.writeUIntLE(value, offset, octets);
    descriptor.writeUIntBE(value, offset + octets, octets);
  };
  const fileSectors = Math.ceil(content.length / SECTOR);
  both(FILE_SECTOR + fileSectors, 80, 4);
  both(1, 120, 2);
  both(1, 124, 2);
  both(SECTOR, 128, 2);
  both(10, 132, 4);
  descriptor.writeUInt32LE(PATH_SECTOR, 140);
  root.copy(descriptor, 156);
  descriptor[881] = 1;
  const terminator = Buffer.alloc(SECTOR);
  terminator.write("\xffCD001\x01", 0, "latin1");
  const image = Buffer.alloc((FILE_SECTOR + fileSectors) * SECTOR);
  descriptor.copy(image, 16 * SECTOR);
  terminator.copy(image, 17 * SECTOR);
  image.set([1, 0, ROOT_SECTOR, 0, 0, 0, 1, 0], PATH_SECTOR * SECTOR);
  Buffer.concat([root, parent, file]).copy(image, ROOT_SECTOR * SECTOR);
  content.copy(image, FILE_SECTOR * SECTOR);
  return image;
}

/** A floppy's file system with one file; `name` in the form `NAME    EXT`. */
export function buildFat(name: string, content: Buffer): Buffer {
  const image = Buffer.alloc(720 * 1024);
  image.set([0xeb, 0x3c, 0x90], 0);
  image.write("MSDOS5.0", 3, "latin1");
  image.writeUInt16LE(512, 11);
  image.set([2, 1, 0, 2, 112, 0], 13);
  image.writeUInt16LE(1440, 19);
  image.set([0xf9, 3, 0, 9, 0, 2, 0], 21);
  image.set([0, 0, 0x29], 36);
  image.write("FAT12   ", 54, "latin1");
  image.writeUInt16LE(0xaa55, 510);
  const clusters = Math.max(1, Math.ceil(content.length / 1024));
  for (const table of [512, 4 * 512]) {
    image.set([0xf9, 0xff, 0xff], table);
    for (let cluster = 2; cluster < 2 + clusters; cluster += 1) {
      writeFat12(image, table, cluster, cluster === 1 + clusters ? 0xfff : cluster + 1);
    }
  }
  const root = 7 * 512;
  image.write(name, root, 11, "latin1");
  image[root + 11] = 0x20;
  image.writeUInt16LE(2, root + 26);
  image.writeUInt32LE(content.length, root + 28);
  content.copy(image, 14 * 512);
  return image;
}

/** A disk with a master boot record and the volume as its only partition. */
export function buildMbrDisk(volume: Buffer): Buffer {
  const record = Buffer.alloc(512);
  record.set([0x80, 0, 2, 0, 0x01, 0, 2, 0], 446);
  record.writeUInt32LE(63, 454);
  record.writeUInt32LE(volume.length / 512, 458);
  record.writeUInt16LE(0xaa55, 510);
  return Buffer.concat([record, Buffer.alloc(62 * 512), volume]);
}

/** A disk with a GUID partition table and the volume as its only partition. */
export function buildGptDisk(volume: Buffer): Buffer {
  const start = 64;
  const protective = Buffer.alloc(512);
  protective.set([0, 0, 2, 0, 0xee], 446);
  protective.writeUInt32LE(1, 454);
  protective.writeUInt32LE(0xffffffff, 458);
  protective.writeUInt16LE(0xaa55, 510);
  const header = Buffer.alloc(512);
  header.write("EFI PART", 0, "latin1");
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(4, 80);
  header.writeUInt32LE(128, 84);
  const entries = Buffer.alloc(62 * 512);
  entries.fill(0x11, 0, 32);
  entries.writeBigUInt64LE(BigInt(start), 32);
  entries.writeBigUInt64LE(BigInt(start + volume.length / 512 - 1), 40);
  return Buffer.concat([protective, header, entries, volume]);
}

/** The fixed form of VHD: a disk and a footer. */
export function buildVhd(disk: Buffer): Buffer {
  const footer = Buffer.alloc(512);
  footer.write("conectix", 0, "latin1");
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(0x10000, 12);
  footer.fill(0xff, 16, 24);
  footer.writeBigUInt64BE(BigInt(disk.length), 40);
  footer.writeBigUInt64BE(BigInt(disk.length), 48);
  footer.writeUInt32BE(2, 60);
  const sum = footer.reduce((total, octet) => total + octet, 0);
  footer.writeUInt32BE(~sum >>> 0, 64);
  return Buffer.concat([disk, footer]);
}

function directoryRecord(name: string, sector: number, size: number, isDirectory: boolean): Buffer {
  const record = Buffer.alloc(33 + name.length + ((name.length + 1) % 2));
  record[0] = record.length;
  record.writeUInt32LE(sector, 2);
  record.writeUInt32BE(sector, 6);
  record.writeUInt32LE(size, 10);
  record.writeUInt32BE(size, 14);
  record.set([126, 1, 1, 0, 0, 0, 0], 18);
  record[25] = isDirectory ? 2 : 0;
  record.writeUInt16LE(1, 28);
  record.writeUInt16BE(1, 30);
  record[32] = name.length;
  record.write(name, 33, "latin1");
  return record;
}

function writeFat12(image: Buffer, table: number, cluster: number, value: number): void {
  const position = table + Math.floor(cluster * 1.5);
  const old = image.readUInt16LE(position);
  const isOdd = cluster % 2 === 1;
  image.writeUInt16LE(isOdd ? (old & 0x000f) | (value << 4) : (old & 0xf000) | value, position);
}

const SECTOR = 2048;
const PATH_SECTOR = 18;
const ROOT_SECTOR = 19;
const FILE_SECTOR = 20;
