/** Programs of Windows (the PE format): where their parts are, read without believing more than needed. */

export interface PeSection {
  readonly name: string;
  readonly virtualAddress: number;
  readonly virtualSize: number;
  readonly rawStart: number;
  readonly rawSize: number;
  readonly isWritable: boolean;
}

export interface PortableExecutable {
  /** For 32-bit Intel processors. */
  readonly isI386: boolean;
  readonly imageBase: number;
  readonly entryPoint: number;
  readonly imageBytes: number;
  readonly headerBytes: number;
  /** Address and size of the import table, counted from the image. */
  readonly imports: { readonly address: number; readonly size: number };
  readonly sections: readonly PeSection[];
  /** Where the last section ends: what is behind it is not loaded. */
  readonly end: number;
}

/** The program at `start` of `bytes`; undefined when there is none. Positions count from `start`. */
export function readPortableExecutable(bytes: Buffer, start = 0): PortableExecutable | undefined {
  if (start + 64 > bytes.length || bytes.readUInt16LE(start) !== MZ) return undefined;
  const header = start + bytes.readUInt32LE(start + 60);
  if (header + 0x78 > bytes.length || bytes.readUInt32LE(header) !== PE_SIGNATURE) return undefined;
  const optional = header + 24;
  const isI386 = bytes.readUInt16LE(header + 4) === I386 && bytes.readUInt16LE(optional) === PE32;
  const directories = optional + (isI386 ? 96 : 112);
  const readAt = (position: number): number => (position + 4 <= bytes.length ? bytes.readUInt32LE(position) : 0);
  const count = Math.min(bytes.readUInt16LE(header + 6), MAX_SECTIONS);
  const sections = readSections(bytes, optional + bytes.readUInt16LE(header + 20), count);
  const headerBytes = readAt(optional + 60);
  const end = sections.reduce((last, { rawStart, rawSize }) => Math.max(last, rawStart + rawSize), headerBytes);
  return {
    isI386,
    imageBase: isI386 ? readAt(optional + 28) : 0,
    entryPoint: readAt(optional + 16),
    imageBytes: readAt(optional + 56),
    headerBytes,
    imports: { address: readAt(directories + 8), size: readAt(directories + 12) },
    sections,
    end,
  };
}

function readSections(bytes: Buffer, table: number, count: number): PeSection[] {
  const sections: PeSection[] = [];
  for (let entry = table; sections.length < count && entry + 40 <= bytes.length; entry += 40) {
    const rawSize = bytes.readUInt32LE(entry + 16);
    sections.push({
      name: bytes.toString("latin1", entry, entry + 8).replace(/\0.*$/s, ""),
      virtualAddress: bytes.readUInt32LE(entry + 12),
      virtualSize: bytes.readUInt32LE(entry + 8),
      rawStart: rawSize === 0 ? 0 : bytes.readUInt32LE(entry + 20),
      rawSize,
      isWritable: bytes.readUInt32LE(entry + 36) >>> 31 === 1,
    });
  }
  return sections;
}

const MZ = 0x5a4d;
const PE_SIGNATURE = 0x00004550;
const I386 = 0x14c;
const PE32 = 0x10b;
const MAX_SECTIONS = 96;
