/** What processes and all they have started have used so far (Linux). */
import { readFileSync } from "node:fs";

export interface Usage {
  readonly cpuSeconds: number;
  /** Resident; what several of them share counts once. */
  readonly memoryBytes: number;
}

export function usageOf(pids: readonly number[]): Usage {
  let cpuSeconds = 0;
  let memoryBytes = 0;
  for (const pid of pids) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      cpuSeconds += (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
      memoryBytes += 1_024 * Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean);
      const below = usageOf(children.map(Number));
      cpuSeconds += below.cpuSeconds;
      memoryBytes += below.memoryBytes;
    } catch {
      // It has ended meanwhile.
    }
  }
  return { cpuSeconds, memoryBytes };
}

const CLOCK_TICKS = 100;
