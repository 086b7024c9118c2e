/** Tables of numbers in one piece of memory that threads share and that is a file as it is: read it, and there they are.
 *  A file that is not exactly what was written is none. */
import { createHash } from "node:crypto";

export type Table = Uint8Array | Uint16Array | Int32Array | Uint32Array;

/** Tables by name, and what is to be known about them in JSON. */
export interface TableFile {
  readonly tables: ReadonlyMap<string, Table>;
  readonly about: unknown;
}

/** The file; its tables are copies. `describe` is told the digest of all tables, and answers what to keep as `about`. */
export function packTables(
  tables: ReadonlyMap<string, Table>,
  describe: (digest: string) => unknown,
): Uint8Array<SharedArrayBuffer> {
  const directory: DirectoryEntry[] = [];
  const digest = createHash("sha256");
  let end = 0;
  for (const [name, table] of tables) {
    const start = aligned(end);
    directory.push([name, kindOf(table), start, table.length]);
    digest.update(octetsOf(table));
    end = start + table.byteLength;
  }
  digest.update(JSON.stringify(directory));
  const tablesDigest = digest.digest("hex");
  const head = Buffer.from(JSON.stringify({ directory, tablesDigest, about: describe(tablesDigest) }));
  const origin = aligned(PREFIX_BYTES + head.length);
  const file = new Uint8Array(new SharedArrayBuffer(origin + end));
  file.set(MAGIC, 0);
  new DataView(file.buffer).setUint32(HEAD_LENGTH_OFFSET, head.length, true);
  file.set(head, PREFIX_BYTES);
  for (const [index, table] of [...tables.values()].entries()) {
    file.set(octetsOf(table), origin + (directory[index]?.[2] ?? 0));
  }
  file.set(headChecksum(file, head.length), CHECKSUM_OFFSET);
  return file;
}

/** The tables of a file, as views of it; undefined when it is not one of this program's version, or not whole. */
export function unpackTables(file: Uint8Array): TableFile | undefined {
  const head = readHead(file);
  if (head === undefined) return undefined;
  const tables = new Map<string, Table>();
  for (const [name, kind, start, length] of head.directory) {
    const offset = file.byteOffset + head.origin + start;
    const type = TYPES[kind];
    if (offset % type.BYTES_PER_ELEMENT !== 0) return undefined;
    if (head.origin + start + length * type.BYTES_PER_ELEMENT > file.length) return undefined;
    tables.set(name, new type(file.buffer as ArrayBuffer, offset, length));
  }
  return { tables, about: head.about };
}

/** The tables, when every octet of them and of the rest is as it was written. */
export function unpackIntact(file: Uint8Array): TableFile | undefined {
  const head = readHead(file);
  const unpacked = head === undefined ? undefined : unpackTables(file);
  if (head === undefined || unpacked === undefined) return undefined;
  if (!headChecksum(file, head.length).equals(file.subarray(CHECKSUM_OFFSET, PREFIX_BYTES))) return undefined;
  const digest = createHash("sha256");
  for (const table of unpacked.tables.values()) digest.update(octetsOf(table));
  digest.update(JSON.stringify(head.directory));
  return digest.digest("hex") === head.tablesDigest ? unpacked : undefined;
}

interface Head {
  readonly length: number;
  /** Where tables begin. */
  readonly origin: number;
  readonly directory: readonly DirectoryEntry[];
  readonly tablesDigest: string;
  readonly about: unknown;
}

function readHead(file: Uint8Array): Head | undefined {
  if (file.length < PREFIX_BYTES || !MAGIC.equals(file.subarray(0, MAGIC.length))) return undefined;
  const length = new DataView(file.buffer, file.byteOffset).getUint32(HEAD_LENGTH_OFFSET, true);
  const origin = aligned(PREFIX_BYTES + length);
  if (origin > file.length) return undefined;
  const head = parseHead(Buffer.from(file.slice(PREFIX_BYTES, PREFIX_BYTES + length)).toString("utf8"));
  return head === undefined ? undefined : { ...head, length, origin };
}

type DirectoryEntry = [name: string, kind: keyof typeof TYPES, start: number, length: number];

function parseHead(text: string): Omit<Head, "length" | "origin"> | undefined {
  try {
    const head: unknown = JSON.parse(text);
    if (typeof head !== "object" || head === null || !("directory" in head) || !("about" in head)) return undefined;
    const { directory, about } = head;
    const tablesDigest = "tablesDigest" in head ? head.tablesDigest : undefined;
    if (!Array.isArray(directory) || !directory.every(isEntry) || typeof tablesDigest !== "string") return undefined;
    return { directory, tablesDigest, about };
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

function kindOf(table: Table): keyof typeof TYPES {
  if (table instanceof Uint8Array) return "u8";
  if (table instanceof Uint16Array) return "u16";
  return table instanceof Int32Array ? "i32" : "u32";
}

/** Of what stands before the tables. */
function headChecksum(file: Uint8Array, headLength: number): Buffer {
  const hash = createHash("sha256").update(file.subarray(0, CHECKSUM_OFFSET));
  return hash.update(file.subarray(PREFIX_BYTES, PREFIX_BYTES + headLength)).digest();
}

function octetsOf(table: Table): Uint8Array {
  return new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
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
