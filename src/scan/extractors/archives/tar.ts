/** Opens tar archives: every header that some reader may find, also behind the end, in the data of files whose size is a
 *  lie, and between archives that stand one after the other. */
import { mimeLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import type { Extractor, ExtractorSink } from "../extractor.ts";
import { StoredEntries } from "./stored-entries.ts";
import {
  parseSegments,
  readPaxRecords,
  readSparseMap,
  readTarHeader,
  TAR_BLOCK,
  type TarHeader,
  type TarSegment,
} from "./tar-header.ts";

export const tarExtractor: Extractor = {
  name: "tar",
  matches: ({ bytes }) => firstHeader(bytes) !== undefined,
  extract({ bytes }, sink, budget) {
    new TarReader(bytes, sink, budget).run();
  },
};

/** Within the first blocks: GNU tar skips what is no header. */
function firstHeader(bytes: Buffer): TarHeader | undefined {
  for (let position = 0; position < MAX_JUNK_BYTES; position += TAR_BLOCK) {
    const header = readTarHeader(bytes, position);
    if (header !== undefined) return header;
  }
  return undefined;
}

class TarReader {
  readonly #bytes: Buffer;
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;
  readonly #entries: StoredEntries;
  /** From the headers before the one of the file that they are for. */
  #longName = "";
  #pax: ReadonlyMap<string, string> = new Map();
  /** Where the next "ustar" stands; -1 when there is none. */
  #nextMagic = 0;

  constructor(bytes: Buffer, sink: ExtractorSink, budget: Budget) {
    this.#bytes = bytes;
    this.#sink = sink;
    this.#budget = budget;
    this.#entries = new StoredEntries(sink, budget);
  }

  run(): void {
    let position = 0;
    while (position + TAR_BLOCK <= this.#bytes.length) {
      const header = readTarHeader(this.#bytes, position);
      const next = header === undefined ? this.#search(position) : this.#member(header);
      if (next === undefined) return;
      position = next;
    }
  }

  /** The next place where a header may be: a block further on, or where "ustar" says so. */
  #search(position: number): number | undefined {
    if (this.#nextMagic >= 0 && this.#nextMagic < position + 1 + MAGIC) {
      this.#nextMagic = this.#bytes.indexOf("ustar", position + 1 + MAGIC, "latin1");
    }
    const unaligned = this.#nextMagic < 0 ? Number.POSITIVE_INFINITY : this.#nextMagic - MAGIC;
    return Math.min(position + TAR_BLOCK, unaligned);
  }

  /** Returns where to go on, undefined to stop. */
  #member(header: TarHeader): number | undefined {
    const dataStart = header.position + TAR_BLOCK;
    const paxSize = Number(this.#pax.get("size") ?? Number.NaN);
    const sizes = new Set([header.size, ...(Number.isSafeInteger(paxSize) && paxSize >= 0 ? [paxSize] : [])]);
    let next = dataStart;
    for (const size of sizes) {
      const isLie = size > this.#bytes.length - dataStart;
      const data = this.#bytes.subarray(dataStart, isLie ? this.#bytes.length : dataStart + size);
      if (this.#isMeta(header.type)) {
        this.#readMeta(header.type, data);
      } else if (data.length > 0 && !this.#file(header, data)) {
        return undefined;
      }
      // What is in the data of a lie, or of what has no data to most readers, is looked at as headers too.
      if (sizes.size === 1 && !isLie && !LINKS.has(header.type)) next = dataStart + roundUp(size);
    }
    if (!this.#isMeta(header.type)) this.#forget();
    return next;
  }

  #isMeta(type: string): boolean {
    return META_TYPES.has(type);
  }

  #readMeta(type: string, data: Buffer): void {
    if (type === "L") this.#longName = data.toString("utf8", 0, mimeLimits.nameCharacters).replace(/\0.*$/s, "");
    else if (type === "x" || type === "X" || type === "g") this.#pax = readPaxRecords(data);
  }

  #forget(): void {
    this.#longName = "";
    this.#pax = new Map();
  }

  #file(header: TarHeader, data: Buffer): boolean {
    const paxName = this.#pax.get("GNU.sparse.name") ?? this.#pax.get("path") ?? "";
    const name = paxName.slice(0, mimeLimits.nameCharacters) || this.#longName || header.name;
    const expanded = this.#expand(header, data);
    if (expanded === "too-large") this.#sink.reason("limit-bytes", name);
    if (expanded === undefined || expanded === "too-large") return this.#entries.hand(name, data);
    this.#budget.takeOutput(expanded.length);
    return this.#entries.hand(name, expanded);
  }

  /** A file with holes as it is on disk; undefined when it has none. */
  #expand(header: TarHeader, data: Buffer): Buffer | "too-large" | undefined {
    const map = this.#sparseMap(header, data);
    if (map === undefined || map.segments.length === 0) return undefined;
    const length = map.segments.reduce((end, segment) => Math.max(end, segment.offset + segment.length), 0);
    if (length > this.#budget.outputBytes) return "too-large";
    const expanded = Buffer.alloc(length);
    let position = map.dataStart;
    for (const segment of map.segments) {
      this.#bytes.subarray(position, position + segment.length).copy(expanded, segment.offset);
      position += segment.length;
    }
    return expanded;
  }

  #sparseMap(header: TarHeader, data: Buffer): { segments: readonly TarSegment[]; dataStart: number } | undefined {
    if (header.type === "S") return readSparseMap(this.#bytes, header);
    const dataStart = header.position + TAR_BLOCK;
    const map = this.#pax.get("GNU.sparse.map");
    if (map !== undefined) return { segments: parseSegments(map.split(",")), dataStart };
    if (this.#pax.get("GNU.sparse.major") !== "1") return undefined;
    // Format 1.0: the map stands before the data, a number a line, filled up to a block.
    const lines = data.toString("latin1", 0, MAX_MAP_BYTES).split("\n");
    const count = Math.min(Number(lines[0]), lines.length);
    if (!(count > 0)) return undefined;
    const numbers = lines.slice(1, 1 + count * 2);
    const mapBytes = [lines[0] ?? "", ...numbers].reduce((sum, line) => sum + line.length + 1, 0);
    return { segments: parseSegments(numbers), dataStart: dataStart + roundUp(mapBytes) };
  }
}

function roundUp(size: number): number {
  return Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
}

const MAGIC = 257;
const MAX_JUNK_BYTES = 4 * TAR_BLOCK;
const MAX_MAP_BYTES = 256 * 1024;
/** Long names of GNU tar, extended headers of pax and of Solaris, a volume's label. */
const META_TYPES: ReadonlySet<string> = new Set(["L", "K", "x", "X", "g", "V"]);
/** Hard and symbolic links, devices, folders, pipes: with or without data, readers do not agree. */
const LINKS: ReadonlySet<string> = new Set(["1", "2", "3", "4", "5", "6"]);
