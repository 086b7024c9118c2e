/** What 7-Zip made of an archive, handed on within the limits, and what it could not do, as reasons. */
import { scanLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import type { Content } from "../../engine.ts";
import type { ExtractorSink } from "../extractor.ts";
import type { ArchiveFormat } from "./archive-formats.ts";
import { innerName } from "./inner-name.ts";
import type { SevenZipResult } from "./seven-zip.ts";

export class FilesOfArchive {
  readonly #content: Content;
  readonly #format: ArchiveFormat;
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;

  constructor(content: Content, format: ArchiveFormat, sink: ExtractorSink, budget: Budget) {
    this.#content = content;
    this.#format = format;
    this.#sink = sink;
    this.#budget = budget;
  }

  /** Of an archive that 7-Zip opened, though perhaps not in full. */
  take(result: SevenZipResult, archiveBytes: number): void {
    this.#report(result);
    this.#count(result, archiveBytes);
    for (const { name, bytes, isCut } of result.files) {
      if (!this.#budget.takeEntry()) {
        this.#sink.reason("limit-entries", `more than ${this.#budget.options.entries} entries`);
        return;
      }
      const shown = this.#format.isStream === true ? innerName(this.#content.name) : name;
      if (isCut) this.#sink.reason("limit-bytes", shown);
      this.#sink.entry(shown, bytes);
    }
  }

  /** Of what it could not open at all. Where it need not be an archive, only limits are told. */
  reportFailure({ stopped, isOutOfMemory, missing }: SevenZipResult, isDue: boolean): void {
    const { label } = this.#format;
    if (stopped !== undefined) this.#sink.reason(stopped, label);
    else if (isOutOfMemory) this.#sink.reason("limit-bytes", `${label}: more memory than allowed`);
    else if (isDue && missing.length > 0) this.#sink.reason("partial", `${label}: the other volumes are not here`);
    else if (isDue) this.#sink.reason("damaged", label);
  }

  #report(result: SevenZipResult): void {
    const { label } = this.#format;
    if (result.stopped !== undefined) this.#sink.reason(result.stopped, label);
    if (result.isOutOfMemory) this.#sink.reason("limit-bytes", `${label}: more memory than allowed`);
    if (result.missing.length > 0) this.#sink.reason("partial", `${label}: the other volumes are not here`);
    for (const name of result.unsupported) this.#sink.reason("unsupported", `${label}: ${name}`);
    // What a wrong password makes of data is damage too.
    if (result.isEncrypted) return;
    for (const name of result.damaged)
      this.#sink.reason("damaged", this.#format.isStream === true ? label : `${label}: ${name}`);
    if (result.crash !== undefined && result.damaged.length === 0) this.#sink.reason("damaged", label);
  }

  /** Images and tapes hold their files as they are: so much of the output costs nothing. */
  #count({ files }: SevenZipResult, archiveBytes: number): void {
    const total = files.reduce((sum, file) => sum + file.bytes.length, 0);
    if (this.#budget.isExcessive(archiveBytes, total, scanLimits.ratioFloorBytes)) {
      this.#sink.reason("limit-ratio", this.#format.label);
    }
    const stored = Math.min(total, archiveBytes);
    this.#budget.takeStored(stored);
    if (files.some(({ isCut }) => isCut)) this.#budget.takeCutOutput(total - stored);
    else this.#budget.takeOutput(total - stored);
  }
}
