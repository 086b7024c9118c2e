/** What the kernel says of another process. */
import { readFileSync } from "node:fs";

/** Whether a process is stopped (SIGSTOP and its like) and so will not answer until somebody continues it. Where there
 *  is no /proc the answer is no. */
export function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.startsWith(" T ", stat.lastIndexOf(")") + 1);
  } catch {
    return false;
  }
}
