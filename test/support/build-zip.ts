/** Zip archives built by hand: local headers, central directory, end record (APPNOTE 4.3), nothing more. */
import { crc32, deflateRawSync } from "node:zlib";

export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
  /** `deflate` unless told otherwise. */
  readonly method?: "store" | "deflate";
}

/** An archive with `entries` in order. */
export function buildZip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name, "utf8");
    const stored = entry.method === "store";
    const packed = stored ? Buffer.from(entry.content) : deflateRawSync(entry.content);
    const fields = commonFields(entry.content, packed.length, name.length, stored ? 0 : 8);
    const local = Buffer.concat([LOCAL_SIGNATURE, fields, name, packed]);
    centrals.push(Buffer.concat([CENTRAL_SIGNATURE, fields, centralTail(offset), name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  return Buffer.concat([...locals, directory, endRecord(entries.length, directory.length, offset)]);
}

/** Version to extract up to the extra field's length: the same 26 octets in both kinds of header. */
function commonFields(content: Uint8Array, packedBytes: number, nameBytes: number, method: number): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(UTF8_NAMES, 2);
  fields.writeUInt16LE(method, 4);
  fields.writeUInt16LE(0, 6);
  fields.writeUInt16LE(FIRST_OF_JANUARY_2026, 8);
  fields.writeUInt32LE(crc32(content), 10);
  fields.writeUInt32LE(packedBytes, 14);
  fields.writeUInt32LE(content.length, 18);
  fields.writeUInt16LE(nameBytes, 22);
  return fields;
}

/** Comment length, disk, attributes and the local header's offset. */
function centralTail(offset: number): Buffer {
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(offset, 10);
  return tail;
}

function endRecord(entries: number, directoryBytes: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(entries, 8);
  record.writeUInt16LE(entries, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(directoryOffset, 16);
  return record;
}

const LOCAL_SIGNATURE = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
/** With "version made by" in front of the common fields. */
const CENTRAL_SIGNATURE = Buffer.from([0x50, 0x4b, 0x01, 0x02, 20, 0]);
const UTF8_NAMES = 0x0800;
const FIRST_OF_JANUARY_2026 = ((2026 - 1980) << 9) | (1 << 5) | 1;
