/** Opens the archives, streams and disk images that only 7-Zip reads: at the start of the content, and behind other
 *  octets as in self-extracting programs. */
import { archiveLimits, passwordLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import type { Content } from "../../engine.ts";
import type { Extractor, ExtractorSink } from "../extractor.ts";
import {
  archivesAtStart,
  embeddedArchives,
  type FoundArchive,
  hasFurtherVolumes,
  mayBeArchive,
} from "./archive-formats.ts";
import { type ArchiveLock, readLock, tryPasswords } from "./archive-passwords.ts";
import { FilesOfArchive } from "./files-of-archive.ts";
import { reportOpened } from "./opened-archive.ts";
import type { SevenZip, SevenZipRequest, SevenZipResult } from "./seven-zip.ts";
import type { HostFile } from "./seven-zip-files.ts";

/** One for archives, one for files that are only compressed. Without 7-Zip, what is certainly for it is named. */
export function createForeignArchiveExtractors(sevenZip?: SevenZip): readonly Extractor[] {
  const find = findOnce();
  return [createExtractor(false, find, sevenZip), createExtractor(true, find, sevenZip)];
}

/** Both extractors ask for the same octets, one after the other: they are gone through once. */
function findOnce(): (bytes: Buffer) => readonly FoundArchive[] {
  let lastBytes: Buffer | undefined;
  let lastFound: readonly FoundArchive[] = [];
  return (bytes) => {
    if (bytes === lastBytes) return lastFound;
    lastFound = [...archivesAtStart(bytes), ...embeddedArchives(bytes, archiveLimits.guesses)];
    lastBytes = bytes;
    return lastFound;
  };
}

function createExtractor(
  isLayer: boolean,
  findAll: (bytes: Buffer) => readonly FoundArchive[],
  sevenZip: SevenZip | undefined,
): Extractor {
  const find = (bytes: Buffer): FoundArchive[] => findAll(bytes).filter(({ isStream = false }) => isStream === isLayer);
  return {
    name: isLayer ? "7-Zip stream" : "7-Zip",
    isLayer,
    mayMatch: (survey, { bytes }) => mayBeArchive(bytes, survey),
    matches: ({ bytes }) => find(bytes).length > 0,
    extract(content, sink, budget) {
      for (const found of find(content.bytes)) {
        const archive = content.bytes.subarray(found.position);
        if (budget.archives.has(found.format, archive)) continue;
        if (sevenZip === undefined) {
          if (isDue(found)) sink.reason("unsupported", found.label);
        } else if (budget.takeRun()) {
          new ForeignArchive(sevenZip, content, found, sink, budget).open();
        } else {
          if (isDue(found)) sink.reason("limit-entries", `${found.label}: more than ${archiveLimits.runs} archives`);
          return;
        }
      }
    },
  };
}

/** Whether it has to be an archive: what only looks like one in the middle of something else may be chance. */
function isDue({ isCertain, position }: FoundArchive): boolean {
  return isCertain && position === 0;
}

class ForeignArchive {
  readonly #sevenZip: SevenZip;
  readonly #content: Content;
  readonly #found: FoundArchive;
  readonly #archive: Buffer;
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;
  #lock: ArchiveLock | undefined;

  constructor(sevenZip: SevenZip, content: Content, found: FoundArchive, sink: ExtractorSink, budget: Budget) {
    this.#sevenZip = sevenZip;
    this.#content = content;
    this.#found = found;
    this.#archive = content.bytes.subarray(found.position);
    this.#sink = sink;
    this.#budget = budget;
  }

  open(): void {
    this.#lock = readLock(this.#found.format, this.#archive, (stream) => this.#unpackLzma(stream));
    if (this.#lock?.isTooSlow === true) {
      this.#sink.reason("encrypted", `${this.#found.label}: opening it takes too long`);
      return;
    }
    const first = this.#lock?.isHeader === true ? undefined : this.#run("");
    if (first === undefined || this.#isEncrypted(first)) this.#openEncrypted(first);
    else if (this.#lock === undefined) this.#take(first);
    else this.#openUnproven();
  }

  /** It takes any password without complaint, having no checksums: nobody can tell which is right, so what the likeliest
   *  ones give is looked at. */
  #openUnproven(): void {
    this.#sink.reason("encrypted", this.#found.label);
    for (const password of this.#sink.passwords().slice(0, UNPROVEN_WORDS)) {
      if (!this.#budget.passwords.take(passwordLimits.runCost) || !this.#budget.takeRun()) return;
      this.#take(this.#run(password));
    }
  }

  #openEncrypted(first: SevenZipResult | undefined): void {
    const open = (password: string): { result: SevenZipResult; isOpen: boolean } => {
      const result = this.#run(password);
      return { result, isOpen: result.isOpened && !this.#isEncrypted(result) };
    };
    const lockedFiles = first?.lockedFiles ?? 0;
    const { opened, partly } = tryPasswords(this.#sink.passwords(), this.#lock, lockedFiles, this.#budget, open);
    if (opened !== undefined) {
      reportOpened(this.#found.label, opened.password, opened.result.files, this.#sink);
      this.#take(opened.result);
      return;
    }
    this.#sink.reason("encrypted", this.#found.label);
    if (this.#budget.hasRunOut) this.#sink.reason("limit-time", this.#found.label);
    for (const result of first === undefined ? partly : [first, ...partly]) this.#take(result);
  }

  #take(result: SevenZipResult): void {
    if (result.isWhole && result.crash === undefined) this.#budget.archives.add(this.#found.format, this.#archive);
    if (result.isOpened && hasFurtherVolumes(this.#found, this.#archive)) {
      this.#sink.reason("partial", `${this.#found.label}: the other volumes are not here`);
    }
    const files = new FilesOfArchive(this.#content, this.#found, this.#sink, this.#budget);
    const isNothing = !result.isOpened && result.files.length === 0 && !this.#isEncrypted(result);
    if (isNothing) files.reportFailure(result, isDue(this.#found));
    else files.take(result, this.#archive.length);
  }

  /** Runs again without the file that a run has died in, so that those behind it are seen. */
  #run(password: string): SevenZipResult {
    const broken: HostFile[] = [];
    let result = this.#runOnce(password, []);
    while (result.crash !== undefined && broken.length < archiveLimits.retries && this.#budget.takeRun()) {
      const culprit = result.files.at(-1);
      if (culprit === undefined) break;
      broken.push(culprit);
      const names = broken.map(({ name }) => name);
      result = this.#runOnce(password, names);
    }
    if (broken.length === 0) return result;
    const damaged = [...result.damaged, ...broken.map(({ name }) => name)];
    return { ...result, files: [...result.files, ...broken], damaged, isWhole: false };
  }

  #runOnce(password: string, without: readonly string[]): SevenZipResult {
    const keptBytes = this.#budget.outputBytes;
    // A stream has nothing behind what is too large; an archive may have, up to what a message may hold.
    const { messageArchiveBytes, entries } = this.#budget.options;
    const maxBytes = this.#found.isStream === true ? keptBytes : Math.max(keptBytes, messageArchiveBytes);
    const isOver = this.#budget.timer(archiveLimits.runTimeMs);
    const stop: SevenZipRequest["limits"]["stop"] = (writtenBytes) => {
      if (isOver()) return "limit-time";
      return writtenBytes > maxBytes ? "limit-bytes" : undefined;
    };
    const limits = { files: entries, keptBytes, stop };
    const { volumes = [] } = this.#content;
    return this.#sevenZip.extract(this.#archive, { format: this.#found.format, volumes, password, without, limits });
  }

  #unpackLzma(stream: Buffer): Buffer | undefined {
    if (!this.#budget.takeRun()) return undefined;
    const isOver = this.#budget.timer(archiveLimits.runTimeMs);
    const stop: SevenZipRequest["limits"]["stop"] = () => (isOver() ? "limit-time" : undefined);
    const limits = { files: HEADER_FILES, keptBytes: MAX_HEADER_BYTES, stop };
    return this.#sevenZip.extract(stream, { format: "lzma", password: "", without: [], limits }).files[0]?.bytes;
  }

  /** What 7-Zip throws when it reads an encrypted header with a wrong password ends it. */
  #isEncrypted({ isEncrypted, crash }: SevenZipResult): boolean {
    return isEncrypted || (crash !== undefined && this.#lock?.isHeader === true);
  }
}

const UNPROVEN_WORDS = 4;
const HEADER_FILES = 4;
const MAX_HEADER_BYTES = 16 * 1024 * 1024;
