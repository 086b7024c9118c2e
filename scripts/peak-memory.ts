/** Watches how much memory a process and its children take, as Linux tells it. */
import { readFileSync } from "node:fs";

/** Looks every few milliseconds; the kernel itself keeps each process's peak, so that nothing in between is missed but
 *  the very end. The sum of the peaks is what is counted, as if all had theirs at once; but the pages of the program's
 *  own file, which the processes share, count once, for the one that has most of them. */
export class PeakMemory {
  /** KiB, by process. */
  readonly #peaks = new Map<number, { readonly all: number; readonly ofFiles: number }>();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(pid: number | undefined) {
    if (pid === undefined || process.platform !== "linux") return;
    this.#timer = setInterval(() => this.#look(pid), INTERVAL_MS);
  }

  /** Mebibytes; undefined where it can not be told. */
  stop(): number | undefined {
    clearInterval(this.#timer);
    if (this.#peaks.size === 0) return undefined;
    const peaks = [...this.#peaks.values()];
    const own = peaks.reduce((sum, { all, ofFiles }) => sum + all - ofFiles, 0);
    return Math.round((own + Math.max(...peaks.map(({ ofFiles }) => ofFiles))) / 1024);
  }

  #look(pid: number): void {
    const status = read(`/proc/${pid}/status`);
    const all = kibibytes(status, "VmHWM");
    if (all > 0) this.#peaks.set(pid, { all, ofFiles: kibibytes(status, "RssFile") });
    const children = read(`/proc/${pid}/task/${pid}/children`).trim();
    if (children !== "") for (const child of children.split(" ")) this.#look(Number(child));
  }
}

/** 0 when the process is gone. */
function kibibytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s*(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // The process has ended meanwhile.
    return "";
  }
}

const INTERVAL_MS = 10;
