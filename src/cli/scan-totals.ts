/** What one run of `mailward scan` has counted so far. */
import type { VerdictKind } from "../core/model.ts";

export interface ScanTotals {
  readonly directories: number;
  readonly files: number;
  /** Files with at least one infected message. */
  readonly infectedFiles: number;
  readonly messages: number;
  /** Octets of the messages. */
  readonly bytes: number;
  readonly infected: number;
  readonly suspicious: number;
  readonly incomplete: number;
  readonly errors: number;
}

/** The totals while they grow. */
export class ScanCounter {
  #directories = 0;
  #files = 0;
  #infectedFiles = 0;
  #isFileInfected = false;
  #messages = 0;
  #bytes = 0;
  #errors = 0;
  readonly #verdicts: Record<VerdictKind, number> = { clean: 0, infected: 0, suspicious: 0, incomplete: 0 };

  directory(): void {
    this.#directories += 1;
  }

  file(): void {
    this.#files += 1;
    this.#isFileInfected = false;
  }

  message(bytes: number, verdict: VerdictKind): void {
    this.#messages += 1;
    this.#bytes += bytes;
    this.#verdicts[verdict] += 1;
    if (verdict !== "infected" || this.#isFileInfected) return;
    this.#infectedFiles += 1;
    this.#isFileInfected = true;
  }

  error(): void {
    this.#errors += 1;
  }

  totals(): ScanTotals {
    const { infected, suspicious, incomplete } = this.#verdicts;
    return {
      directories: this.#directories,
      files: this.#files,
      infectedFiles: this.#infectedFiles,
      messages: this.#messages,
      bytes: this.#bytes,
      infected,
      suspicious,
      incomplete,
      errors: this.#errors,
    };
  }
}

/** As clamscan has it, with suspicious mail counted as found: 1 when anything was found, else 2 when anything could not
 *  be read, else 0. */
export function scanExitCode(totals: ScanTotals): 0 | 1 | 2 {
  if (totals.infected + totals.suspicious > 0) return 1;
  return totals.errors > 0 ? 2 : 0;
}
