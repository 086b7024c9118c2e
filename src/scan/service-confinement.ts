/** What the scan service's process gives up before it reads a message: mail content is parsed here, so this is the
 *  process that an attacker would take over or blow up. */
import { closeSync, openSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { engineLimits, remoteLimits, serviceLimits } from "../core/scan-limits.ts";
import { remoteConnections } from "./remote/remote-connections.ts";
import type { ServiceStart } from "./service-request.ts";
import type { WorkerCode } from "./worker-code.ts";

/** When the machine runs out of memory, the kernel ends this process rather than the daemon, which then says
 *  `incomplete` of one message and goes on. Without /proc nothing happens. */
export function volunteerForOomKiller(): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", OOM_SCORE);
  } catch {
    // Not Linux, or forbidden: the daemon survives a little less surely.
  }
}

/** Root becomes nobody, for good; anybody else stays who they are. All files the process still needs must be readable
 *  for nobody: where the scan threads' code is a file that is not, root is kept and the answer says why. */
export function dropPrivileges(code: WorkerCode): string | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  process.setgroups?.([]);
  if (code.kind === "file" && !isReadableAsNobody(code.url)) {
    return "the scan service runs as root: its code is not readable for the user nobody";
  }
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
  return undefined;
}

/** The resident octets at which the process counts as out of memory: what it holds now (`residentBytes`, with the hash
 *  lists), and for every thread a job as large as it may be: the message as it arrives, a second one, decoded, and what
 *  its archives hold. Never so much that the machine would swap the daemon out. */
export function memoryLimit({ scan, threads, engines }: ServiceStart, residentBytes: number): number {
  const jobBytes = 3 * scan.messageBytes + scan.messageArchiveBytes + serviceLimits.threadHeapBytes;
  // What waits for engines in other programs: messages, and what is in them.
  const elsewhereBytes = remoteConnections(engines) * (2 * remoteLimits.waitingBytes + engineLimits.collectedBytes);
  const machineBytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.min(
    residentBytes + serviceLimits.baseMemoryBytes + threads * jobBytes + elsewhereBytes,
    machineBytes * serviceLimits.memoryShare,
  );
}

function isReadableAsNobody(url: URL): boolean {
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    closeSync(openSync(url, "r"));
    return true;
  } catch {
    return false;
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

const OOM_SCORE = "500";
/** The overflow id: owns nothing on any Linux. */
const NOBODY = 65_534;
