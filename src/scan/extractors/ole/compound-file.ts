/** Reads compound files, the file system inside Office documents, Outlook messages and installers [MS-CFB]. Nothing that
 *  the file says of itself is believed: chains end where the file ends, whatever sizes and counts it declares. */
import { type CompoundEntry, readDirectory } from "./compound-directory.ts";

/** Octets [start, end) of a file or a stream. */
interface Run {
  readonly start: number;
  readonly end: number;
}

export const COMPOUND_MAGIC = Buffer.from("d0cf11e0a1b11ae1", "hex");

export class CompoundFile {
  /** In the order of the directory; those outside its tree are at the end of no path. */
  readonly entries: readonly CompoundEntry[];
  /** There are more entries than were asked for. */
  readonly isCut: boolean;
  readonly #bytes: Buffer;
  readonly #sectorBytes: number;
  readonly #sectorCount: number;
  /** Where in the file each sector of the allocation table begins. */
  readonly #tableSectors: readonly number[];
  readonly #miniCutoff: number;
  readonly #miniTable: Buffer;
  #miniStream: Buffer | undefined;

  /** `bytes` begin with the magic octets. */
  constructor(bytes: Buffer, maxEntries: number) {
    this.#bytes = bytes;
    this.#sectorBytes = sectorBytesOf(bytes);
    this.#sectorCount = Math.max(0, Math.ceil(bytes.length / this.#sectorBytes) - 1);
    this.#miniCutoff = field(bytes, 56);
    this.#tableSectors = this.#findTable();
    const directory = this.#readChain(field(bytes, 48), Number.POSITIVE_INFINITY);
    const { entries, isCut } = readDirectory(directory, maxEntries);
    this.entries = entries;
    this.isCut = isCut;
    this.#miniTable = this.#readChain(field(bytes, 60), Number.POSITIVE_INFINITY);
  }

  /** The octets of a stream, as many of them as there are. Contiguous streams are not copied. */
  read({ start, bytes, kind }: CompoundEntry): Buffer {
    if (kind !== "stream") return NOTHING;
    const isMini = bytes < this.#miniCutoff;
    const content = isMini ? this.#readMini(start, bytes) : this.#readChain(start, bytes);
    if (content.length > 0 || bytes === 0) return content;
    // Readers differ in what they take for the limit between the two kinds.
    return isMini ? this.#readChain(start, bytes) : this.#readMini(start, bytes);
  }

  /** The table's sectors: 109 in the header, the others in a chain of their own [MS-CFB] 2.5. */
  #findTable(): number[] {
    const bytes = this.#bytes;
    const sectors: number[] = [];
    const perSector = this.#sectorBytes / 4;
    const enough = Math.ceil(this.#sectorCount / perSector);
    const collect = (start: number, count: number): void => {
      for (let index = 0; index < count && sectors.length < enough; index += 1) {
        const sector = field(bytes, start + index * 4);
        // A hole in the list would shift all that follows: it stays as a sector that is not there.
        if (sector !== FREE) sectors.push(this.#position(sector));
      }
    };
    collect(HEADER_TABLE_START, HEADER_TABLE_COUNT);
    let sector = field(bytes, 68);
    for (
      let count = 0;
      sector < this.#sectorCount && count <= this.#sectorCount && sectors.length < enough;
      count += 1
    ) {
      const start = this.#position(sector);
      collect(start, perSector - 1);
      sector = field(bytes, start + this.#sectorBytes - 4);
    }
    return sectors;
  }

  #position(sector: number): number {
    return (sector + 1) * this.#sectorBytes;
  }

  #next(sector: number): number {
    const perSector = this.#sectorBytes / 4;
    const start = this.#tableSectors[Math.floor(sector / perSector)];
    return start === undefined ? END : field(this.#bytes, start + (sector % perSector) * 4);
  }

  #readChain(first: number, maxBytes: number): Buffer {
    const size = this.#sectorBytes;
    const runs = joinRuns(first, this.#sectorCount, Math.ceil(maxBytes / size), size, (sector) => this.#next(sector));
    // The header takes the place of one sector.
    return cut(this.#bytes, runs, size, maxBytes);
  }

  #readMini(first: number, maxBytes: number): Buffer {
    this.#miniStream ??= this.#readMiniStream();
    const count = Math.ceil(this.#miniStream.length / MINI_BYTES);
    const next = (sector: number): number => field(this.#miniTable, sector * 4);
    return cut(
      this.#miniStream,
      joinRuns(first, count, Math.ceil(maxBytes / MINI_BYTES), MINI_BYTES, next),
      0,
      maxBytes,
    );
  }

  /** The root entry's chain to its end: a size that lies does not hide what is behind it. */
  #readMiniStream(): Buffer {
    const root = this.entries.find((entry) => entry.kind === "root");
    return root === undefined ? NOTHING : this.#readChain(root.start, Number.POSITIVE_INFINITY);
  }
}

/** 512 or 4,096 octets; what else the header says, Office does not open, and its version decides. */
function sectorBytesOf(bytes: Buffer): number {
  const shift = bytes.length < 32 ? 0 : bytes.readUInt16LE(30);
  if (shift === 9 || shift === 12) return 1 << shift;
  return bytes.length >= 28 && bytes.readUInt16LE(26) === 4 ? 4096 : 512;
}

/** Follows a chain and joins neighbours. A chain longer than the file is a circle and ends. */
function joinRuns(
  first: number,
  sectorCount: number,
  maxSectors: number,
  sectorBytes: number,
  next: (sector: number) => number,
): Run[] {
  const runs: Run[] = [];
  const most = Math.min(maxSectors, sectorCount);
  let sector = first;
  let start = first;
  let previous = first - 1;
  for (let count = 0; count < most && sector < sectorCount; count += 1) {
    if (sector !== previous + 1) {
      runs.push({ start: start * sectorBytes, end: (previous + 1) * sectorBytes });
      start = sector;
    }
    previous = sector;
    sector = next(sector);
  }
  if (previous >= start) runs.push({ start: start * sectorBytes, end: (previous + 1) * sectorBytes });
  return runs;
}

function cut(bytes: Buffer, runs: readonly Run[], shift: number, maxBytes: number): Buffer {
  const [only] = runs;
  if (only === undefined) return NOTHING;
  const pieces = runs.map(({ start, end }) => bytes.subarray(start + shift, end + shift));
  const joined = runs.length === 1 ? (pieces[0] ?? NOTHING) : Buffer.concat(pieces);
  return joined.length > maxBytes ? joined.subarray(0, maxBytes) : joined;
}

function field(bytes: Buffer, offset: number): number {
  return offset + 4 <= bytes.length ? bytes.readUInt32LE(offset) : END;
}

const NOTHING = Buffer.alloc(0);
const HEADER_TABLE_START = 76;
const HEADER_TABLE_COUNT = 109;
const END = 0xfffffffe;
const FREE = 0xffffffff;
const MINI_BYTES = 64;
