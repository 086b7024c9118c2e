/** mailward's proxy in a process of its own, so that its memory and its descriptors can be counted, in front of an IMAP
 *  server. What it scans is clean. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface ProxyProcess {
  readonly port: number;
  readonly pid: number;
  /** Octets after a garbage collection: all of the process, and what its objects and buffers take. */
  memory(): Promise<{ readonly rss: number; readonly used: number }>;
  /** Open files and sockets. */
  descriptors(): number;
  isRunning(): boolean;
  close(): Promise<void>;
}

export interface ProxyProcessOptions {
  /** Descriptors that it may have. */
  readonly descriptorLimit?: number;
}

/** Starts it, with a forward to the server on `upstreamPort`. */
export async function startProxyProcess(
  upstreamPort: number,
  options: ProxyProcessOptions = {},
): Promise<ProxyProcess> {
  const node = [
    process.execPath,
    "--expose-gc",
    join(import.meta.dirname, "proxy-process-main.ts"),
    String(upstreamPort),
  ];
  const limit = options.descriptorLimit === undefined ? "" : `ulimit -n ${options.descriptorLimit}; `;
  const child = spawn("sh", ["-c", `${limit}exec "$@"`, "sh", ...node], { stdio: ["pipe", "pipe", "inherit"] });
  let isRunning = true;
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      isRunning = false;
      resolve();
    });
  });
  child.stdin.on("error", () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, number>> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("the proxy has ended");
    return JSON.parse(value) as Record<string, number>;
  };
  const { port = 0 } = await answer();
  return {
    port,
    pid: child.pid ?? 0,
    async memory() {
      child.stdin.write("memory\n");
      const { rss = 0, used = 0 } = await answer();
      return { rss, used };
    },
    descriptors: () => readdirSync(`/proc/${child.pid}/fd`).length,
    isRunning: () => isRunning,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
