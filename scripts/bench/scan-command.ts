/** Runs a command pinned to cores, and measures what it takes: time, processor time and memory, children included. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface Measured {
  readonly seconds: number;
  /** Of the command and what it has started. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** Rejects when the command ends with anything but 0. */
export async function measure(
  cores: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Measured> {
  const before = childSeconds();
  const started = performance.now();
  const child = spawn("taskset", ["-c", cores, command, ...args], { stdio: ["ignore", "ignore", "pipe"], env });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000);
  });
  let peakBytes = 0;
  const sampler = setInterval(() => {
    peakBytes = Math.max(peakBytes, usedMemory(child.pid));
  }, SAMPLE_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const seconds = (performance.now() - started) / 1_000;
  clearInterval(sampler);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${complaint}`);
  return { seconds, cpuSeconds: childSeconds() - before, peakBytes };
}

/** Of all children that have ended and been waited for. */
function childSeconds(): number {
  const fields = readFileSync("/proc/self/stat", "latin1").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) / CLOCK_TICKS;
}

/** Of a process and all it has started. What they share (the program file, the tables) counts once. */
function usedMemory(root: number | undefined): number {
  if (root === undefined) return 0;
  const tree = new Set([root]);
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  let bytes = 0;
  for (const pid of processes.sort((left, right) => left - right)) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "latin1");
      if (!tree.has(pid) && !tree.has(Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]))) continue;
      tree.add(pid);
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
      bytes += 1024 * Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    } catch {
      // It has ended meanwhile.
    }
  }
  return bytes;
}

const SAMPLE_MS = 40;
const CLOCK_TICKS = 100;
