/** Watches how much memory a process and its children take, as Linux tells it. */
import { readFileSync } from "node:fs";

/** Looks every few milliseconds; the kernel itself keeps each process's peak, so that nothing in between is missed but
 *  the very end. The sum of the peaks is what is counted: never less than the true peak of the sum. */
export class PeakMemory {
  readonly #peaks = new Map<number, number>();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(pid: number | undefined) {
    if (pid === undefined || process.platform !== "linux") return;
    this.#timer = setInterval(() => this.#look(pid), INTERVAL_MS);
  }

  /** Mebibytes; undefined where it can not be told. */
  stop(): number | undefined {
    clearInterval(this.#timer);
    if (this.#peaks.size === 0) return undefined;
    return Math.round([...this.#peaks.values()].reduce((sum, peak) => sum + peak, 0) / 1024);
  }

  #look(pid: number): void {
    const status = read(`/proc/${pid}/status`);
    const peak = /^VmHWM:\s*(\d+) kB/m.exec(status)?.[1];
    if (peak !== undefined) this.#peaks.set(pid, Math.max(this.#peaks.get(pid) ?? 0, Number(peak)));
    const children = read(`/proc/${pid}/task/${pid}/children`).trim();
    if (children !== "") for (const child of children.split(" ")) this.#look(Number(child));
  }
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
