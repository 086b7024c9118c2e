/** Tables of numbers in one piece of memory that threads share and that is a file as it is: read it, and there they are.
 *  A file that is not exactly what was written is none. */
import { createHash } from "node:crypto";

export type Table = Uint8Array | Uint16Array | Int32Array | Uint32Array;

/** Tables by name, and what is to be known about them in JSON. */
export interface TableFile {
  readonly tables: ReadonlyMap<string, Table>;
  readonly about: unknown;
}

/** The file; its tables are copies. */
export function packTables({ tables, about }: TableFile): Uint8Array<SharedArrayBuffer> {
  const directory: DirectoryEntry[] = [];
  let end = 0;
  for (const [name, table] of tables) {
    const start = aligned(end);
    directory.push([name, kindOf(table), start, table.length]);
    end = start + table.byteLength;
  }
  const head = Buffer.from(JSON.stringify({ directory, about }));
  const origin = aligned(PREFIX_BYTES + head.length);
  const file = new Uint8Array(new SharedArrayBuffer(origin + end));
  file.set(MAGIC, 0);
  new DataView(file.buffer).setUint32(HEAD_LENGTH_OFFSET, head.length, true);
  file.set(head, PREFIX_BYTES);
  for (const [index, table] of [...tables.values()].entries()) {
    const octets = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
    file.set(octets, origin + (directory[index]?.[2] ?? 0));
  }
  file.set(checksum(file), CHECKSUM_OFFSET);
  return file;
}

/** The tables of a file, as views of it; undefined when it is not one of this program's version, or not whole. */
export function unpackTables(file: Uint8Array): TableFile | undefined {
  if (file.length < PREFIX_BYTES || !MAGIC.equals(file.subarray(0, MAGIC.length))) return undefined;
  const headLength = new DataView(file.buffer, file.byteOffset).getUint32(HEAD_LENGTH_OFFSET, true);
  const origin = aligned(PREFIX_BYTES + headLength);
  if (origin > file.length) return undefined;
  const head = parseHead(Buffer.from(file.slice(PREFIX_BYTES, PREFIX_BYTES + headLength)).toString("utf8"));
  if (head === undefined) return undefined;
  const tables = new Map<string, Table>();
  for (const [name, kind, start, length] of head.directory) {
    const offset = file.byteOffset + origin + start;
    const type = TYPES[kind];
    if (type === undefined || offset % type.BYTES_PER_ELEMENT !== 0) return undefined;
    if (origin + start + length * type.BYTES_PER_ELEMENT > file.length) return undefined;
    tables.set(name, tableAt(type, file.buffer, offset, length));
  }
  return { tables, about: head.about };
}

/** Whether the file is the one that was written, octet by octet. */
export function isIntact(file: Uint8Array): boolean {
  return file.length >= PREFIX_BYTES && checksum(file).equals(file.subarray(CHECKSUM_OFFSET, PREFIX_BYTES));
}

type DirectoryEntry = [name: string, kind: keyof typeof TYPES, start: number, length: number];

function parseHead(text: string): { directory: DirectoryEntry[]; about: unknown } | undefined {
  try {
    const head: unknown = JSON.parse(text);
    if (typeof head !== "object" || head === null || !("directory" in head) || !("about" in head)) return undefined;
    const { directory, about } = head;
    return Array.isArray(directory) && directory.every(isEntry) ? { directory, about } : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is DirectoryEntry {
  if (!Array.isArray(value)) return false;
  const [name, kind, start, length] = value as unknown[];
  return typeof name === "string" && typeof kind === "string" && kind in TYPES && isCount(start) && isCount(length);
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function tableAt(type: (typeof TYPES)[keyof typeof TYPES], memory: ArrayBufferLike, offset: number, length: number): Table {
  return new type(memory as ArrayBuffer, offset, length);
}

function kindOf(table: Table): keyof typeof TYPES {
  if (table instanceof Uint8Array) return "u8";
  if (table instanceof Uint16Array) return "u16";
  return table instanceof Int32Array ? "i32" : "u32";
}

/** Of everything but itself. */
function checksum(file: Uint8Array): Buffer {
  const hash = createHash("sha256").update(file.subarray(0, CHECKSUM_OFFSET));
  for (let start = PREFIX_BYTES; start < file.length; start += HASHED_BYTES) {
    hash.update(file.subarray(start, Math.min(start + HASHED_BYTES, file.length)));
  }
  return hash.digest();
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

const TYPES = { u8: Uint8Array, u16: Uint16Array, i32: Int32Array, u32: Uint32Array } as const;
/** With the version of what the tables mean. Numbers in them are those of this machine: of another order of octets, the
 *  length of the head makes no sense. */
const MAGIC = Buffer.from("mailward-tables 1\n", "latin1");
const HEAD_LENGTH_OFFSET = 24;
const CHECKSUM_OFFSET = 32;
const PREFIX_BYTES = 64;
const ALIGNMENT = 64;
const HASHED_BYTES = 64 * 1024 * 1024;
