/** Opens zip archives wherever they stand in other octets, by the central directory and by local headers alike:
 *  what either of them names is looked at, once. */
import { crc32 } from "node:zlib";
import { scanLimits } from "../../core/limits.ts";
import type { Range } from "../../mime/delimiter-lines.ts";
import type { Budget } from "../budget.ts";
import type { Extractor, ExtractorSink } from "./extractor.ts";
import { inflateRaw } from "./inflate.ts";
import {
  CENTRAL_SIGNATURE,
  type CentralRecord,
  DESCRIPTOR_SIGNATURE,
  LOCAL_SIGNATURE,
  type LocalHeader,
  localPositions,
  readCentralRecord,
  readDirectories,
  readLocalHeader,
} from "./zip-records.ts";

export const zipExtractor: Extractor = {
  name: "zip",
  matches: ({ bytes }) => bytes.indexOf(LOCAL_SIGNATURE) >= 0,
  extract(content, sink, budget) {
    new ZipReader(content.bytes, sink, budget).run();
  },
};

/** One way to read a member's data. */
interface Unpacked {
  readonly bytes: Buffer;
  readonly dataEnd: number;
  /** The checksum that one of the headers gives is that of these octets. */
  readonly isProven: boolean;
  readonly problem: "limit-bytes" | "limit-ratio" | "damaged" | undefined;
}

class ZipReader {
  readonly #bytes: Buffer;
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;
  /** By the position of the local header that they point to. */
  readonly #central = new Map<number, CentralRecord[]>();
  /** The data of the members whose checksum was right. */
  readonly #proven: Range[] = [];

  constructor(bytes: Buffer, sink: ExtractorSink, budget: Budget) {
    this.#bytes = bytes;
    this.#sink = sink;
    this.#budget = budget;
  }

  run(): void {
    this.#readDirectories();
    const done = new Set<number>();
    let position = this.#bytes.indexOf(LOCAL_SIGNATURE);
    while (position >= 0) {
      const next = this.#member(position);
      done.add(position);
      if (next === undefined) return;
      position = this.#bytes.indexOf(LOCAL_SIGNATURE, next);
    }
    for (const [position, records] of this.#central) {
      if (done.has(position) || this.#isInner(position, records)) continue;
      if (this.#member(position) === undefined) return;
    }
  }

  /** Whether header and directory are both in the data of one member: that is an archive in the archive. A directory
   *  outside may mean a header inside, so that members overlap. */
  #isInner(position: number, records: readonly CentralRecord[]): boolean {
    return this.#proven.some(
      ({ start, end }) =>
        position >= start && position < end && records.every((record) => record.position >= start && record.end <= end),
    );
  }

  /** Every central record, whether or not an end record leads to it. */
  #readDirectories(): void {
    const directories = readDirectories(this.#bytes);
    let position = this.#bytes.indexOf(CENTRAL_SIGNATURE);
    while (position >= 0 && this.#central.size <= this.#budget.options.entries) {
      const record = readCentralRecord(this.#bytes, position);
      if (record !== undefined) {
        for (const local of localPositions(this.#bytes, record, directories)) this.#addCentral(local, record);
      }
      position = this.#bytes.indexOf(CENTRAL_SIGNATURE, record === undefined ? position + 4 : record.end);
    }
  }

  #addCentral(position: number, record: CentralRecord): void {
    const records = this.#central.get(position);
    if (records === undefined) this.#central.set(position, [record]);
    else if (records.length < MAX_RECORDS_PER_MEMBER) records.push(record);
  }

  /** Looks at the member whose local header is at `position`. Returns where to search on, undefined to stop. */
  #member(position: number): number | undefined {
    const local = readLocalHeader(this.#bytes, position);
    if (local === undefined) return position + 4;
    const central = this.#central.get(position) ?? [];
    if (central.length === 0 && !KNOWN_METHODS.has(local.method)) return position + 4;
    if (this.#budget.isOutOfTime()) return undefined;
    if (!this.#budget.takeEntry()) {
      this.#sink.reason("limit-entries", `more than ${this.#budget.options.entries} entries`);
      return undefined;
    }
    return this.#unpack(local, central);
  }

  #unpack(local: LocalHeader, central: readonly CentralRecord[]): number {
    const headers = [local, ...central];
    const name = headers.find((header) => header.name !== "")?.name ?? "";
    const isEncrypted = headers.some((header) => (header.flags & ENCRYPTED) !== 0);
    const readings = this.#readings(local, central, isEncrypted);
    const proven = readings.find((reading) => reading.isProven);
    const looked = proven === undefined ? readings : [proven];
    for (const { bytes, problem } of looked) {
      if (problem !== undefined) this.#sink.reason(problem, name);
      this.#budget.takeOutput(bytes.length);
      this.#sink.entry(name, bytes);
    }
    if (isEncrypted && proven === undefined) this.#sink.reason("encrypted", name);
    else if (readings.length === 0) {
      const method = headers.find((header) => !isReadable(header.method))?.method ?? local.method;
      this.#sink.reason("unsupported", `${name}: compression method ${method}`);
    }
    // Behind data that are proven the next member begins; anything else may be a lie with members inside.
    if (proven === undefined) return local.dataStart;
    this.#proven.push({ start: local.dataStart, end: proven.dataEnd });
    return Math.max(local.dataStart, proven.dataEnd);
  }

  /** The data in the ways the headers say, until one fits a checksum; deflate as the last way of all. */
  #readings(local: LocalHeader, central: readonly CentralRecord[], isEncrypted: boolean): Unpacked[] {
    const headers = [local, ...central];
    const methods = new Set(headers.map((header) => header.method).filter(isReadable));
    const isStoredOnly = !methods.has(DEFLATED);
    if (methods.has(STORED) && headers.some((header) => header.packedBytes > 0)) methods.add(DEFLATED);
    const readings: Unpacked[] = [];
    for (const method of methods) {
      for (const reading of method === STORED ? this.#stored(local, headers) : [this.#deflated(local, headers)]) {
        if (reading.isProven) return [reading];
        // What nobody calls deflate and does not decode as such is no damage; encrypted data are noise.
        const isGuess = method === DEFLATED && isStoredOnly && reading.problem === "damaged";
        if (!isGuess && !isEncrypted) readings.push(reading);
      }
    }
    return readings;
  }

  /** Stored data in every length that a header gives, and up to the next record when none does. */
  #stored(local: LocalHeader, headers: readonly { crc: number; packedBytes: number }[]): Unpacked[] {
    const lengths = new Set(headers.map((header) => header.packedBytes).filter((length) => length > 0));
    if (lengths.size === 0) lengths.add(this.#nextRecord(local.dataStart) - local.dataStart);
    return [...lengths].map((length) => {
      const dataEnd = Math.min(this.#bytes.length, local.dataStart + length);
      const end = Math.min(dataEnd, local.dataStart + this.#budget.outputBytes);
      const bytes = this.#bytes.subarray(local.dataStart, end);
      const problem = end < dataEnd ? "limit-bytes" : undefined;
      return { bytes, dataEnd, isProven: isProven(bytes, headers), problem };
    });
  }

  /** The stream ends itself: no header's length is needed. */
  #deflated(local: LocalHeader, headers: readonly { crc: number }[]): Unpacked {
    const { bytes, consumed, end } = inflateRaw(this.#bytes.subarray(local.dataStart), this.#budget.outputBytes);
    const isExcessive = this.#budget.isExcessive(consumed, bytes.length, scanLimits.ratioFloorBytes);
    const problem = isExcessive ? "limit-ratio" : end === "capped" ? "limit-bytes" : PROBLEMS[end];
    return { bytes, dataEnd: local.dataStart + consumed, isProven: isProven(bytes, headers), problem };
  }

  #nextRecord(start: number): number {
    const found = [LOCAL_SIGNATURE, CENTRAL_SIGNATURE, DESCRIPTOR_SIGNATURE]
      .map((signature) => this.#bytes.indexOf(signature, start))
      .filter((position) => position >= 0);
    return Math.min(this.#bytes.length, ...found);
  }
}

/** With a data descriptor the local header's checksum is 0: it proves nothing. */
function isProven(bytes: Buffer, headers: readonly { crc: number }[]): boolean {
  if (bytes.length === 0) return false;
  const crc = crc32(bytes);
  return headers.some((header) => header.crc !== 0 && header.crc === crc);
}

function isReadable(method: number): boolean {
  return method === STORED || method === DEFLATED;
}

const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
/** APPNOTE 4.4.5; a signature with another method and no central record is chance. */
const KNOWN_METHODS = new Set([0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 16, 18, 19, 20, 93, 94, 95, 96, 97, 98, 99]);
const PROBLEMS = { whole: undefined, damaged: "damaged" } as const;
/** Records of a directory that name the same member; more of them say nothing new. */
const MAX_RECORDS_PER_MEMBER = 8;
