/** Collects what is wrong with databases, bounded: what is broken line by line, what is not supported by reason. */
import { signatureLimits } from "../../../core/scan-limits.ts";

/** A line that is left out. `line` counts from 1; 0 is the file as a whole. */
export interface SignatureProblem {
  readonly path: string;
  readonly line: number;
  readonly problem: string;
}

/** Lines that are left out because they use what this program does not have. */
export interface UnsupportedLines {
  readonly path: string;
  readonly reason: string;
  readonly count: number;
  readonly firstLine: number;
}

export class ProblemCollector {
  readonly problems: SignatureProblem[] = [];
  readonly #unsupported = new Map<string, { path: string; reason: string; count: number; firstLine: number }>();
  readonly #counts = new Map<string, number>();

  get unsupported(): UnsupportedLines[] {
    return [...this.#unsupported.values()];
  }

  add(path: string, line: number, problem: string): void {
    if (UNSUPPORTED.test(problem)) {
      this.#addUnsupported(path, line, problem);
      return;
    }
    const count = (this.#counts.get(path) ?? 0) + 1;
    this.#counts.set(path, count);
    if (count <= signatureLimits.problems) this.problems.push({ path, line, problem });
  }

  /** To be called after the last line of a file, `line`. */
  endFile(path: string, line: number): void {
    const more = (this.#counts.get(path) ?? 0) - signatureLimits.problems;
    if (more <= 0) return;
    this.problems.push({ path, line, problem: `${more} more lines up to here are no signatures` });
  }

  #addUnsupported(path: string, line: number, reason: string): void {
    const general = reason.replace(/^part \d+: /, "");
    const key = `${path}\n${general}`;
    const known = this.#unsupported.get(key);
    if (known !== undefined) known.count += 1;
    else this.#unsupported.set(key, { path, reason: general, count: 1, firstLine: line });
  }
}

/** How the readers of lines say that they have understood, and can do nothing with it. */
const UNSUPPORTED = /(?:not supported|not told apart)/;
