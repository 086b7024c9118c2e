/** Keeps two programs from changing one file at the same time: a lock file beside it holds its owner's process id. */
import { randomBytes } from "node:crypto";
import { link, open, readFile, rename, unlink } from "node:fs/promises";
import { systemErrorCode, UserError } from "../core/errors.ts";
import { configLimits } from "../core/limits.ts";

/** Runs `action` while this process alone has the lock of `path`. `wait` pauses between tries. A lock whose owner is
 *  dead is taken over. */
export async function withFileLock<T>(
  path: string,
  wait: (ms: number) => Promise<void>,
  action: () => Promise<T>,
): Promise<T> {
  const lock = `${path}.lock`;
  await acquire(path, lock, wait);
  try {
    return await action();
  } finally {
    await unlink(lock).catch(() => undefined);
  }
}

async function acquire(path: string, lock: string, wait: (ms: number) => Promise<void>): Promise<void> {
  let waitedMs = 0;
  let pauseMs: number = configLimits.lockPollMs;
  for (;;) {
    if (await tryCreate(lock)) return;
    const owner = await readOwner(lock);
    if (owner !== undefined && !isAlive(owner.pid)) {
      await takeAway(lock, owner.text);
      continue;
    }
    if (waitedMs >= configLimits.lockWaitMs) {
      const who = owner === undefined ? "another program" : `another mailward (process ${owner.pid})`;
      throw new UserError(`Cannot change "${path}": ${who} is changing it`, {
        hint: `If that is not so, remove "${lock}"`,
      });
    }
    await wait(pauseMs);
    waitedMs += pauseMs;
    pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
  }
}

/** The lock appears with its content in one step: others never see it empty. */
async function tryCreate(lock: string): Promise<boolean> {
  const own = `${lock}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const file = await open(own, "wx", 0o600);
  try {
    await file.writeFile(`${process.pid}\n`);
  } finally {
    await file.close();
  }
  try {
    await link(own, lock);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(own).catch(() => undefined);
  }
}

async function readOwner(lock: string): Promise<{ pid: number; text: string } | undefined> {
  try {
    const text = await readFile(lock, "latin1");
    const pid = Number(text.trim());
    return Number.isSafeInteger(pid) && pid > 0 ? { pid, text } : undefined;
  } catch {
    return undefined;
  }
}

/** Moves a dead owner's lock aside. If another process was quicker and has it by now, it gets it back. */
async function takeAway(lock: string, expected: string): Promise<void> {
  const aside = `${lock}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return;
    throw error;
  }
  const text = await readFile(aside, "latin1").catch(() => "");
  if (text !== expected) await link(aside, lock).catch(() => undefined);
  await unlink(aside).catch(() => undefined);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== "ESRCH";
  }
}

const MAX_PAUSE_MS = 100;
