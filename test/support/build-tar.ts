/** Tar archives built by hand: ustar (POSIX.1), and what pax, GNU tar and liars add. */

export interface TarEntry {
  readonly name: string;
  readonly content: Buffer;
  /** A regular file unless told otherwise. */
  readonly type?: string;
  /** Written instead of the length. */
  readonly size?: Buffer;
  /** The header is changed before its checksum is made. */
  readonly edit?: (header: Buffer) => void;
  /** Added to the checksum. */
  readonly checksumError?: number;
  /** Old archives have no "ustar". */
  readonly isOld?: boolean;
}

/** The entries and two blocks of zeros. */
export function buildTar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarMember), Buffer.alloc(1024)]);
}

export function tarMember(entry: TarEntry): Buffer {
  const { name, content, type = "0", size, edit, checksumError = 0, isOld = false } = entry;
  const header = Buffer.alloc(512);
  header.write(name, 0, 100, "utf8");
  header.write("0000644\0", 100, "latin1");
  header.write("0000000\x000000000\0", 108, "latin1");
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  size?.copy(header, 124);
  header.write("00000000000\0", 136, "latin1");
  header.write(type, 156, "latin1");
  if (!isOld) header.write("ustar\x0000", 257, "latin1");
  edit?.(header);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, octet) => total + octet, 0) + checksumError;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** A pax header with these records for the entry after it. */
export function paxMember(records: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest;
    while (length !== rest + String(length).length) length = rest + String(length).length;
    return `${length} ${key}=${value}\n`;
  });
  return tarMember({ name: "pax", type: "x", content: Buffer.from(lines.join("")) });
}
