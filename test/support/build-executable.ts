/** Executables that hold nothing but headers and sections, for tests. */

export interface ExecutableSection {
  readonly content: Buffer;
}

/** A portable executable whose entry point is `entry` octets into the section of that index. */
export function buildPortableExecutable(
  sections: readonly ExecutableSection[],
  entry: { readonly section: number; readonly offset: number } = { section: 0, offset: 0 },
): Buffer {
  const header = Buffer.alloc(ALIGNMENT);
  header.write("MZ", 0, "latin1");
  header.writeUInt32LE(0x40, 0x3c);
  header.write("PE\0\0", 0x40, "latin1");
  header.writeUInt16LE(0x14c, 0x44);
  header.writeUInt16LE(sections.length, 0x46);
  header.writeUInt16LE(OPTIONAL_BYTES, 0x54);
  header.writeUInt16LE(0x102, 0x56);
  const optional = 0x58;
  header.writeUInt16LE(0x10b, optional);
  header.writeUInt32LE(PAGE * (entry.section + 1) + entry.offset, optional + 16);
  header.writeUInt32LE(0x400000, optional + 28);
  header.writeUInt32LE(PAGE, optional + 32);
  header.writeUInt32LE(ALIGNMENT, optional + 36);
  header.writeUInt16LE(4, optional + 48);
  header.writeUInt32LE(PAGE * (sections.length + 1), optional + 56);
  header.writeUInt32LE(ALIGNMENT, optional + 60);
  header.writeUInt16LE(3, optional + 68);
  header.writeUInt32LE(16, optional + 92);
  const contents: Buffer[] = [];
  let start = ALIGNMENT;
  for (const [index, { content }] of sections.entries()) {
    const padded = Buffer.concat([content, Buffer.alloc((ALIGNMENT - (content.length % ALIGNMENT)) % ALIGNMENT)]);
    const at = optional + OPTIONAL_BYTES + index * 40;
    header.write(`.s${index}`, at, "latin1");
    header.writeUInt32LE(padded.length, at + 8);
    header.writeUInt32LE(PAGE * (index + 1), at + 12);
    header.writeUInt32LE(padded.length, at + 16);
    header.writeUInt32LE(start, at + 20);
    header.writeUInt32LE(0x60000020, at + 36);
    contents.push(padded);
    start += padded.length;
  }
  return Buffer.concat([header, ...contents]);
}

const ALIGNMENT = 0x200;
const PAGE = 0x1000;
const OPTIONAL_BYTES = 224;
