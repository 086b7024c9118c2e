/** Opens the archives, streams and disk images that only 7-Zip reads: at the start of the content, and behind other
 *  octets as in self-extracting programs. */
import { archiveLimits, passwordLimits, scanLimits } from "../../../core/limits.ts";
import type { Budget } from "../../budget.ts";
import type { Content } from "../../engine.ts";
import type { Extractor, ExtractorSink } from "../extractor.ts";
import { archivesAtStart, embeddedArchives, type FoundArchive } from "./archive-formats.ts";
import { innerName } from "./inner-name.ts";
import { reportOpened } from "./opened-archive.ts";
import { hasEncryptedHeader } from "./seven-zip-header.ts";
import type { SevenZip, SevenZipRequest, SevenZipResult } from "./seven-zip.ts";

/** One for archives, one for files that are only compressed. Without 7-Zip, what is certainly for it is named. */
export function createForeignArchiveExtractors(sevenZip?: SevenZip): readonly Extractor[] {
  return [createExtractor(false, sevenZip), createExtractor(true, sevenZip)];
}

function createExtractor(isLayer: boolean, sevenZip: SevenZip | undefined): Extractor {
  const find = (bytes: Buffer, max: number): FoundArchive[] =>
    [...archivesAtStart(bytes), ...embeddedArchives(bytes, max)].filter(({ isStream = false }) => isStream === isLayer);
  return {
    name: isLayer ? "7-Zip stream" : "7-Zip",
    isLayer,
    matches: ({ bytes }) => find(bytes, archiveLimits.guesses).length > 0,
    extract(content, sink, budget) {
      for (const found of find(content.bytes, archiveLimits.guesses)) {
        if (budget.isOutOfTime()) return;
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

  constructor(sevenZip: SevenZip, content: Content, found: FoundArchive, sink: ExtractorSink, budget: Budget) {
    this.#sevenZip = sevenZip;
    this.#content = content;
    this.#found = found;
    this.#archive = content.bytes.subarray(found.position);
    this.#sink = sink;
    this.#budget = budget;
  }

  open(): void {
    let result = this.#run(this.#budget.passwords.found[0] ?? "");
    let password: string | undefined;
    if (this.#isEncrypted(result)) {
      const opened = this.#tryPasswords();
      if (opened !== undefined) ({ result, password } = opened);
    }
    if (!result.isOpened && result.files.length === 0 && !this.#isEncrypted(result)) {
      this.#reportFailure(result);
      return;
    }
    if (result.isWhole && result.crash === undefined) this.#budget.archives.add(this.#found.format, this.#archive);
    if (password !== undefined) reportOpened(this.#found.label, password, result.files, this.#sink);
    this.#report(result);
    this.#handOn(result);
  }

  /** Runs again without the file that a run has died in, so that those behind it are seen. */
  #run(password: string): SevenZipResult {
    const without: string[] = [];
    let result = this.#runOnce(password, without);
    while (result.crash !== undefined && without.length < archiveLimits.retries && this.#budget.takeRun()) {
      const culprit = result.files.at(-1)?.name;
      if (culprit === undefined || without.includes(culprit)) break;
      without.push(culprit);
      const next = this.#runOnce(password, without);
      const dead = result.files.filter(({ name }) => without.includes(name));
      result = { ...next, files: [...next.files, ...dead], damaged: [...next.damaged, ...without], isWhole: false };
    }
    return result;
  }

  #runOnce(password: string, without: readonly string[]): SevenZipResult {
    const { outputBytes, options } = this.#budget;
    const keptBytes = outputBytes;
    // A stream has nothing behind what is too large; an archive may have, up to what a message may hold.
    const maxBytes = this.#found.isStream === true ? keptBytes : Math.max(keptBytes, options.messageArchiveBytes);
    const stop: SevenZipRequest["limits"]["stop"] = (writtenBytes) => {
      if (this.#budget.isOutOfTime()) return "limit-time";
      return writtenBytes > maxBytes ? "limit-bytes" : undefined;
    };
    const limits = { files: options.entries, keptBytes, stop };
    return this.#sevenZip.extract(this.#archive, { format: this.#found.format, password, without, limits });
  }

  /** What it throws when it reads an encrypted header with a wrong password ends it. */
  #isEncrypted({ isEncrypted, crash }: SevenZipResult): boolean {
    if (isEncrypted) return true;
    return crash !== undefined && this.#found.format === "7z" && hasEncryptedHeader(this.#archive);
  }

  #tryPasswords(): { result: SevenZipResult; password: string } | undefined {
    const { passwords } = this.#budget;
    for (const password of passwords.inOrder(this.#sink.passwords())) {
      if (this.#budget.isOutOfTime() || !passwords.take(passwordLimits.runCost)) return undefined;
      const result = this.#run(password);
      if (!this.#isEncrypted(result) && result.isOpened) {
        passwords.remember(password);
        return { result, password };
      }
      // What was decoded in vain has cost time too.
      const bytes = result.files.reduce((sum, file) => sum + file.bytes.length, 0);
      passwords.take(Math.floor(bytes / BYTES_PER_COST));
    }
    return undefined;
  }

  /** It opened nothing at all. */
  #reportFailure({ stopped, isOutOfMemory, missing }: SevenZipResult): void {
    const { label } = this.#found;
    if (stopped !== undefined) this.#sink.reason(stopped, label);
    else if (isOutOfMemory) this.#sink.reason("limit-bytes", `${label}: more memory than allowed`);
    else if (isDue(this.#found)) {
      if (missing.length > 0) this.#sink.reason("partial", `${label}: the other volumes are not here`);
      else this.#sink.reason("damaged", label);
    }
  }

  #report(result: SevenZipResult): void {
    const { label } = this.#found;
    if (this.#isEncrypted(result)) this.#sink.reason("encrypted", label);
    if (result.stopped !== undefined) this.#sink.reason(result.stopped, label);
    if (result.isOutOfMemory) this.#sink.reason("limit-bytes", `${label}: more memory than allowed`);
    if (result.missing.length > 0) this.#sink.reason("partial", `${label}: the other volumes are not here`);
    for (const name of result.unsupported) this.#sink.reason("unsupported", `${label}: ${name}`);
    if (result.isEncrypted) return;
    for (const name of result.damaged) this.#sink.reason("damaged", `${label}: ${name}`);
    const isCrashed = result.crash !== undefined && result.damaged.length === 0;
    if (isCrashed && !this.#isEncrypted(result)) this.#sink.reason("damaged", label);
  }

  #handOn({ files }: SevenZipResult): void {
    const { label, isStream } = this.#found;
    const total = files.reduce((sum, file) => sum + file.bytes.length, 0);
    if (this.#budget.isExcessive(this.#archive.length, total, scanLimits.ratioFloorBytes)) {
      this.#sink.reason("limit-ratio", label);
    }
    const stored = Math.min(total, this.#archive.length);
    this.#budget.takeStored(stored);
    if (files.some(({ isCut }) => isCut)) this.#budget.takeCutOutput(total - stored);
    else this.#budget.takeOutput(total - stored);
    for (const { name, bytes, isCut } of files) {
      if (!this.#budget.takeEntry()) {
        this.#sink.reason("limit-entries", `more than ${this.#budget.options.entries} entries`);
        return;
      }
      const shown = isStream === true ? innerName(this.#content.name) : name;
      if (isCut) this.#sink.reason("limit-bytes", shown);
      this.#sink.entry(shown, bytes);
    }
  }
}

/** Octets that 7-Zip decrypts in what a try costs one of. */
const BYTES_PER_COST = 100_000;
