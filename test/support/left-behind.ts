/** What connections that are over could have left behind in this process. */
import { readdirSync } from "node:fs";
import { readdir, readlink } from "node:fs/promises";
import { vi } from "vitest";

/** The program's own timers that run. */
const timers = new Map<NodeJS.Timeout, string>();

/** Begins to keep account of timers, until the tests of the file are over. */
export function watchTimers(): () => void {
  const { setTimeout, clearTimeout } = globalThis;
  const set = (action: () => void, ms?: number): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, ms);
    const caller = new Error().stack?.split("\n")[2] ?? "";
    if (caller.includes("/src/")) timers.set(timer, caller);
    return timer;
  };
  vi.stubGlobal("setTimeout", Object.assign(set, setTimeout));
  vi.stubGlobal("clearTimeout", (timer: NodeJS.Timeout | undefined) => {
    if (timer !== undefined) timers.delete(timer);
    clearTimeout(timer);
  });
  return () => void vi.unstubAllGlobals();
}

export interface Left {
  readonly sockets: number;
  readonly files: readonly string[];
  /** Where those were set that hold the process. */
  readonly timers: readonly string[];
}

/** Sockets, temporary files (with and without a name) and timers of this process. */
export async function left(directory: string): Promise<Left> {
  const links = await Promise.all(
    (await readdir("/proc/self/fd")).map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")),
  );
  const active = process.getActiveResourcesInfo();
  return {
    sockets: active.filter((name) => /TCP/.test(name)).length,
    files: [...readdirSync(directory), ...links.filter((link) => link.startsWith(directory))],
    timers: [...timers].filter(([timer]) => timer.hasRef()).map(([, caller]) => caller),
  };
}
