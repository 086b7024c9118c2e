/** Opens zip archives wherever they stand in other octets, by the central directory and by local headers alike:
 *  what either of them names is looked at, once. */
import type { Range } from "../../mime/delimiter-lines.ts";
import type { Budget } from "../budget.ts";
import { mayHold } from "../search/marks.ts";
import { reportOpened } from "./archives/opened-archive.ts";
import type { SevenZip } from "./archives/seven-zip.ts";
import { AES_METHOD, ZipDecryption } from "./archives/zip-decryption.ts";
import { type Unpacked, ZipUnpacker } from "./archives/zip-unpack.ts";
import type { Extractor, ExtractorSink } from "./extractor.ts";
import { SIGNS } from "./octet-survey.ts";
import {
  CENTRAL_SIGNATURE,
  type CentralRecord,
  DESCRIPTOR_SIGNATURE,
  isLastVolume,
  isSplit,
  LOCAL_SIGNATURE,
  type LocalHeader,
  localPositions,
  readCentralRecord,
  readDirectories,
  readLocalHeader,
  type ZipFields,
} from "./zip-records.ts";

/** Methods of packing that only 7-Zip knows are named where it is not given. */
export function createZipExtractor(sevenZip?: SevenZip): Extractor {
  return {
    name: "zip",
    mayMatch: (survey) => (survey & SIGNS.control) !== 0,
    matches: ({ bytes }) => (mayHold(bytes, "zip") && bytes.indexOf(LOCAL_SIGNATURE) >= 0) || isLastVolume(bytes),
    extract(content, sink, budget) {
      new ZipReader(content.bytes, sink, budget, sevenZip).run();
    },
  };
}

export const zipExtractor = createZipExtractor();

class ZipReader {
  readonly #bytes: Buffer;
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;
  readonly #unpacker: ZipUnpacker;
  readonly #decryption: ZipDecryption;
  /** By the position of the local header that they point to. */
  readonly #central = new Map<number, CentralRecord[]>();
  /** The data of the members whose checksum was right. */
  readonly #proven: Range[] = [];
  readonly #signatures: readonly SignatureFinder[];

  constructor(bytes: Buffer, sink: ExtractorSink, budget: Budget, sevenZip: SevenZip | undefined) {
    this.#bytes = bytes;
    this.#signatures = [LOCAL_SIGNATURE, CENTRAL_SIGNATURE, DESCRIPTOR_SIGNATURE].map(
      (signature) => new SignatureFinder(bytes, signature),
    );
    this.#sink = sink;
    this.#budget = budget;
    this.#unpacker = new ZipUnpacker(budget, sevenZip);
    this.#decryption = new ZipDecryption(this.#unpacker, sink, budget);
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
    if (isSplit(this.#bytes, directories)) this.#sink.reason("partial", "zip archive: the other parts are not here");
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
    if (this.#budget.isOutOfTime()) {
      this.#sink.reason("limit-time", "zip archive");
      return undefined;
    }
    if (!this.#budget.takeEntry()) {
      this.#sink.reason("limit-entries", `more than ${this.#budget.options.entries} entries`);
      return undefined;
    }
    return this.#unpack(local, [local, ...central]);
  }

  #unpack(local: LocalHeader, headers: readonly ZipFields[]): number {
    const name = headers.find((header) => header.name !== "")?.name ?? "";
    const isEncrypted = headers.some((header) => (header.flags & ENCRYPTED) !== 0);
    const member = { bytes: this.#bytes.subarray(local.dataStart), lengths: this.#lengths(local, headers), headers };
    const methods = new Set(headers.map(({ method }) => method).filter((method) => method !== AES_METHOD));
    const readings = this.#unpacker.unpack({ ...member, methods });
    const proven = readings.filter((reading) => reading.isProven);
    if (isEncrypted && proven.length === 0) {
      const { password, readings: decrypted } = this.#decryption.open(member);
      if (password === undefined) this.#sink.reason("encrypted", name);
      else this.#reportOpened(name, password, decrypted);
      this.#handOn(name, decrypted);
      // The headers may lie about the encryption too; but what is encrypted is noise.
      this.#handOn(
        name,
        password === undefined ? readings.filter(({ isStored, problem }) => !isStored && problem !== "damaged") : [],
      );
      return local.dataStart;
    }
    this.#handOn(name, proven.length > 0 ? proven : readings);
    if (readings.length === 0) {
      const method = headers.find((header) => !EASY_METHODS.has(header.method))?.method ?? local.method;
      this.#sink.reason("unsupported", `${name}: compression method ${method}`);
    }
    // Behind data that are proven the next member begins; anything else may be a lie with members inside.
    const [first] = proven;
    if (first === undefined) return local.dataStart;
    const end = local.dataStart + first.packedBytes;
    this.#proven.push({ start: local.dataStart, end });
    return Math.max(local.dataStart, end);
  }

  #reportOpened(name: string, password: string, readings: readonly Unpacked[]): void {
    const files = readings.map(({ bytes }) => ({ name, bytes }));
    reportOpened("zip archive", password, files, this.#sink);
  }

  #handOn(name: string, readings: readonly Unpacked[]): void {
    for (const { bytes, problem, isStored, isExcessive } of readings) {
      if (isExcessive) this.#sink.reason("limit-ratio", name);
      if (problem !== undefined) this.#sink.reason(problem, name);
      if (isStored) this.#budget.takeStored(bytes.length);
      else if (problem === "limit-bytes") this.#budget.takeCutOutput(bytes.length);
      else this.#budget.takeOutput(bytes.length);
      this.#sink.entry(name, bytes);
    }
  }

  /** Every length that a header gives; up to the next record when none does. */
  #lengths(local: LocalHeader, headers: readonly ZipFields[]): number[] {
    const lengths = new Set(headers.map(({ packedBytes }) => packedBytes).filter((length) => length > 0));
    return lengths.size > 0 ? [...lengths] : [this.#nextRecord(local.dataStart) - local.dataStart];
  }

  #nextRecord(start: number): number {
    return Math.min(...this.#signatures.map((signature) => signature.after(start)));
  }
}

/** Thousands of members without a length ask for the next signature, each from its place on: octets that are known to
 *  hold none are not gone through again. */
class SignatureFinder {
  readonly #bytes: Buffer;
  readonly #signature: Buffer;
  #from = 0;
  #found = -1;

  constructor(bytes: Buffer, signature: Buffer) {
    this.#bytes = bytes;
    this.#signature = signature;
  }

  /** The end of all octets when there is none. */
  after(position: number): number {
    if (position < this.#from || position > this.#found) {
      const found = this.#bytes.indexOf(this.#signature, position);
      this.#from = position;
      this.#found = found < 0 ? this.#bytes.length : found;
    }
    return this.#found;
  }
}

const ENCRYPTED = 1;
/** APPNOTE 4.4.5; a signature with another method and no central record is chance. */
const KNOWN_METHODS = new Set([0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 16, 18, 19, 20, 93, 94, 95, 96, 97, 98, 99]);
const EASY_METHODS: ReadonlySet<number> = new Set([0, 8]);
/** Records of a directory that name the same member; more of them say nothing new. */
const MAX_RECORDS_PER_MEMBER = 8;
