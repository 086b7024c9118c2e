/** Compound files built by hand [MS-CFB]: header, allocation tables, directory, streams, nothing more. */

export interface CompoundStorage {
  /** In registry order, without hyphens. */
  readonly classId?: string;
  readonly children: Readonly<Record<string, Buffer | CompoundStorage>>;
}

export interface CompoundOptions {
  /** 3 has sectors of 512 octets, 4 of 4,096. */
  readonly version?: 3 | 4;
  /** No two sectors of a stream stand beside each other. */
  readonly isFragmented?: boolean;
}

interface Node {
  readonly name: string;
  readonly kind: number;
  readonly classId: string;
  readonly content: Buffer;
  readonly children: number[];
  start: number;
}

/** A file with what `root` holds. */
export function buildCompoundFile(root: CompoundStorage, options: CompoundOptions = {}): Buffer {
  return new CompoundBuilder(options).build(root);
}

class CompoundBuilder {
  readonly #version: 3 | 4;
  readonly #sectorBytes: number;
  readonly #isFragmented: boolean;
  readonly #nodes: Node[] = [];
  readonly #sectors: Buffer[] = [];
  readonly #table: number[] = [];

  constructor({ version = 3, isFragmented = false }: CompoundOptions) {
    this.#version = version;
    this.#sectorBytes = version === 3 ? 512 : 4096;
    this.#isFragmented = isFragmented;
  }

  build(root: CompoundStorage): Buffer {
    this.#addNode("Root Entry", 5, root);
    const mini = this.#placeMiniStreams();
    const rootNode = this.#nodes[0];
    if (rootNode !== undefined) rootNode.start = this.#place(mini.stream);
    for (const node of this.#nodes) {
      if (node.kind === 2 && node.content.length >= MINI_CUTOFF) node.start = this.#place(node.content);
    }
    const miniTable = this.#place(tableBytes(mini.table, this.#sectorBytes));
    const directory = this.#place(this.#directory(mini.stream.length));
    return this.#finish(directory, miniTable, Math.ceil((mini.table.length * 4) / this.#sectorBytes));
  }

  #addNode(name: string, kind: number, value: Buffer | CompoundStorage): number {
    const index = this.#nodes.length;
    const isStream = Buffer.isBuffer(value);
    const children: number[] = [];
    this.#nodes.push({
      name,
      kind,
      classId: isStream ? "" : (value.classId ?? ""),
      content: isStream ? value : Buffer.alloc(0),
      children,
      start: END,
    });
    if (!isStream) {
      const names = Object.keys(value.children).sort(
        (a, b) => a.length - b.length || (a.toUpperCase() < b.toUpperCase() ? -1 : 1),
      );
      for (const childName of names) {
        const child = value.children[childName] ?? Buffer.alloc(0);
        children.push(this.#addNode(childName, Buffer.isBuffer(child) ? 2 : 1, child));
      }
    }
    return index;
  }

  #placeMiniStreams(): { stream: Buffer; table: number[] } {
    const pieces: Buffer[] = [];
    const table: number[] = [];
    for (const node of this.#nodes) {
      if (node.kind !== 2 || node.content.length === 0 || node.content.length >= MINI_CUTOFF) continue;
      const count = Math.ceil(node.content.length / MINI_BYTES);
      node.start = table.length;
      for (let index = 1; index <= count; index += 1) table.push(index === count ? END : node.start + index);
      pieces.push(padded(node.content, MINI_BYTES));
    }
    return { stream: Buffer.concat(pieces), table };
  }

  /** Puts octets into sectors and returns the first of them. */
  #place(content: Buffer): number {
    if (content.length === 0) return END;
    const bytes = padded(content, this.#sectorBytes);
    const numbers: number[] = [];
    for (let start = 0; start < bytes.length; start += this.#sectorBytes) {
      if (this.#isFragmented) this.#push(Buffer.alloc(this.#sectorBytes, 0xee), FREE);
      numbers.push(this.#push(bytes.subarray(start, start + this.#sectorBytes), END));
    }
    if (this.#isFragmented) this.#reverse(numbers, bytes);
    for (const [index, number] of numbers.entries()) this.#table[number] = numbers[index + 1] ?? END;
    return numbers[0] ?? END;
  }

  /** The last sector of the stream comes first in the file. */
  #reverse(numbers: number[], bytes: Buffer): void {
    numbers.reverse();
    for (const [index, number] of numbers.entries()) {
      this.#sectors[number] = bytes.subarray(index * this.#sectorBytes, (index + 1) * this.#sectorBytes);
    }
  }

  #push(sector: Buffer, next: number): number {
    this.#sectors.push(sector);
    this.#table.push(next);
    return this.#sectors.length - 1;
  }

  /** Siblings are a list along their right links, which every reader takes for a tree. */
  #directory(miniBytes: number): Buffer {
    const entries: Buffer[] = this.#nodes.map((node, index) => {
      const entry = Buffer.alloc(128);
      entry.write(node.name, 0, 62, "utf16le");
      entry.writeUInt16LE((node.name.length + 1) * 2, 64);
      entry[66] = node.kind;
      entry[67] = 1;
      const siblings = this.#nodes.find(({ children }) => children.includes(index))?.children ?? [];
      entry.writeUInt32LE(FREE, 68);
      entry.writeUInt32LE(siblings[siblings.indexOf(index) + 1] ?? FREE, 72);
      entry.writeUInt32LE(node.children[0] ?? FREE, 76);
      classIdBytes(node.classId).copy(entry, 80);
      entry.writeUInt32LE(node.kind === 1 ? 0 : node.start, 116);
      entry.writeUInt32LE(index === 0 ? miniBytes : node.content.length, 120);
      return entry;
    });
    while ((entries.length * 128) % this.#sectorBytes !== 0) entries.push(unusedEntry());
    return Buffer.concat(entries);
  }

  #finish(directory: number, miniTable: number, miniTableSectors: number): Buffer {
    const perSector = this.#sectorBytes / 4;
    let tableSectors = 0;
    let listSectors = 0;
    for (;;) {
      const total = this.#sectors.length + tableSectors + listSectors;
      const neededTable = Math.ceil(total / perSector);
      const neededList = Math.max(0, Math.ceil((neededTable - 109) / (perSector - 1)));
      if (neededTable === tableSectors && neededList === listSectors) break;
      tableSectors = neededTable;
      listSectors = neededList;
    }
    const firstTable = this.#sectors.length;
    const firstList = firstTable + tableSectors;
    const table = [
      ...this.#table,
      ...Array<number>(tableSectors).fill(0xfffffffd),
      ...Array<number>(listSectors).fill(0xfffffffc),
    ];
    const numbers = Array.from({ length: tableSectors }, (_, index) => firstTable + index);
    const header = Buffer.alloc(this.#sectorBytes);
    header.write("d0cf11e0a1b11ae1", 0, "hex");
    header.writeUInt16LE(0x3e, 24);
    header.writeUInt16LE(this.#version, 26);
    header.writeUInt16LE(0xfffe, 28);
    header.writeUInt16LE(this.#version === 3 ? 9 : 12, 30);
    header.writeUInt16LE(6, 32);
    header.writeUInt32LE(this.#version === 3 ? 0 : 1, 40);
    header.writeUInt32LE(tableSectors, 44);
    header.writeUInt32LE(directory, 48);
    header.writeUInt32LE(MINI_CUTOFF, 56);
    header.writeUInt32LE(miniTable, 60);
    header.writeUInt32LE(miniTableSectors, 64);
    header.writeUInt32LE(listSectors === 0 ? END : firstList, 68);
    header.writeUInt32LE(listSectors, 72);
    for (let index = 0; index < 109; index += 1) header.writeUInt32LE(numbers[index] ?? FREE, 76 + index * 4);
    const lists = Array.from({ length: listSectors }, (_, list) => {
      const part = numbers.slice(109 + list * (perSector - 1), 109 + (list + 1) * (perSector - 1));
      const sector = tableBytes(part, this.#sectorBytes);
      sector.writeUInt32LE(list + 1 < listSectors ? firstList + list + 1 : END, this.#sectorBytes - 4);
      return sector;
    });
    return Buffer.concat([header, ...this.#sectors, tableBytes(table, this.#sectorBytes), ...lists]);
  }
}

function tableBytes(numbers: readonly number[], sectorBytes: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil((numbers.length * 4) / sectorBytes) * sectorBytes, 0xff);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32LE(number, index * 4);
  return bytes;
}

function unusedEntry(): Buffer {
  const entry = Buffer.alloc(128);
  entry.fill(0xff, 68, 80);
  return entry;
}

/** The first three fields are little-endian. */
export function classIdBytes(classId: string): Buffer {
  const bytes = Buffer.from(classId.padEnd(32, "0"), "hex");
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

function padded(bytes: Buffer, unit: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((unit - (bytes.length % unit)) % unit)]);
}

const END = 0xfffffffe;
const FREE = 0xffffffff;
const MINI_BYTES = 64;
const MINI_CUTOFF = 4096;
