/** Programs of Windows built by hand: one section with the code, which may be written to, as packers leave it. */

export interface ProgramPlan {
  readonly code: Buffer;
  /** Behind the code in the same section. */
  readonly data?: Buffer;
  readonly isWritable?: boolean;
  /** Functions of KERNEL32.dll, whose addresses are put at the beginning of `IMPORTS`. */
  readonly imports?: readonly string[];
  /** Behind everything that is loaded. */
  readonly overlay?: Buffer;
}

export const IMAGE_BASE = 0x400000;
/** Where the section begins in memory, and the code. */
export const CODE = IMAGE_BASE + 0x1000;
/** Where the addresses of functions stand in memory. */
export const IMPORTS = IMAGE_BASE + 0x3000;

export function buildProgram({ code, data, isWritable = true, imports = [], overlay }: ProgramPlan): Buffer {
  const section = padded(Buffer.concat([code, data ?? Buffer.alloc(0)]), 0x200);
  const table = padded(importTable(imports), 0x200);
  const header = Buffer.alloc(0x200);
  header.write("MZ", 0, "latin1");
  header.writeUInt32LE(0x40, 0x3c);
  header.write("PE\0\0", 0x40, "latin1");
  header.writeUInt16LE(0x14c, 0x44);
  header.writeUInt16LE(2, 0x46);
  header.writeUInt16LE(0xe0, 0x54);
  header.writeUInt16LE(0x102, 0x56);
  header.writeUInt16LE(0x10b, 0x58);
  header.writeUInt32LE(0x1000, 0x68);
  header.writeUInt32LE(IMAGE_BASE, 0x74);
  header.writeUInt32LE(0x1000, 0x78);
  header.writeUInt32LE(0x200, 0x7c);
  header.writeUInt32LE(0x4000, 0x90);
  header.writeUInt32LE(0x200, 0x94);
  header.writeUInt16LE(2, 0x9c);
  header.writeUInt32LE(16, 0xb4);
  if (imports.length > 0) header.writeUInt32LE(IMPORTS + 0x100 - IMAGE_BASE, 0xc0);
  writeSection(header, 0x138, ".code", 0x1000, 0x200, section.length, isWritable ? 0xe0000020 : 0x60000020);
  writeSection(header, 0x160, ".idata", 0x3000, 0x200 + section.length, table.length, 0xc0000040);
  return Buffer.concat([header, section, table, overlay ?? Buffer.alloc(0)]);
}

function writeSection(
  header: Buffer,
  at: number,
  name: string,
  address: number,
  start: number,
  size: number,
  flags: number,
): void {
  header.write(name, at, "latin1");
  header.writeUInt32LE(Math.max(size, 0x1000), at + 8);
  header.writeUInt32LE(address, at + 12);
  header.writeUInt32LE(size, at + 16);
  header.writeUInt32LE(start, at + 20);
  header.writeUInt32LE(flags >>> 0, at + 36);
}

/** The addresses, the descriptor at 0x100, the names behind it. */
function importTable(names: readonly string[]): Buffer {
  const table = Buffer.alloc(0x400);
  const address = IMPORTS - IMAGE_BASE;
  table.writeUInt32LE(address + 0x180, 0x10c);
  table.writeUInt32LE(address, 0x110);
  table.write("KERNEL32.dll", 0x180, "latin1");
  let position = 0x1a0;
  for (const [index, name] of names.entries()) {
    table.writeUInt32LE(address + position, index * 4);
    table.write(name, position + 2, "latin1");
    position += name.length + 4;
  }
  return table;
}

function padded(bytes: Buffer, size: number): Buffer {
  return Buffer.concat([bytes], Math.ceil(Math.max(1, bytes.length) / size) * size);
}

/** A program that combines its data with a key, octet by octet, and then ends. */
export function buildDecodingProgram(payload: Buffer, key: number): Buffer {
  const code = Buffer.concat([
    Buffer.from([0x60, 0xbe]),
    word(CODE + 0x40),
    Buffer.from([0xb9]),
    word(payload.length),
    // again: xor byte [esi], key; inc esi; loop again; popad; ret
    Buffer.from([0x80, 0x36, key, 0x46, 0xe2, 0xfa, 0x61, 0xc3]),
  ]);
  return buildProgram({ code: Buffer.concat([code], 0x40), data: Buffer.from(payload.map((octet) => octet ^ key)) });
}

/** A 32-bit number as it stands in code. */
export function word(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32LE(value >>> 0);
  return octets;
}
