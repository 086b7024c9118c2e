/** Which databases the running daemons have: a small file of each, so that other commands can tell. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "./atomic-file.ts";
import { makeDirectory } from "./make-directory.ts";

export interface DatabaseStatus {
  readonly pid: number;
  /** Identity of the databases. */
  readonly databases: string;
  readonly signatures: number;
  /** RFC 3339. */
  readonly loadedAt: string;
}

/** Says that this process has these databases. Rejects with system errors. */
export async function writeDatabaseStatus(stateDirectory: string, status: Omit<DatabaseStatus, "pid">): Promise<void> {
  const folder = join(stateDirectory, FOLDER);
  await makeDirectory(folder);
  const { pid } = process;
  const text = JSON.stringify({ ...status, pid, started: await startOf(pid) });
  await replaceFile(join(folder, `${pid}.json`), Buffer.from(`${text}\n`));
}

/** Takes back what this process has said. Never rejects. */
export async function removeDatabaseStatus(stateDirectory: string): Promise<void> {
  await rm(join(stateDirectory, FOLDER, `${process.pid}.json`), { force: true }).catch(() => undefined);
}

/** What the daemons that still run have said. What dead ones have left is removed. */
export async function readDatabaseStatuses(stateDirectory: string): Promise<readonly DatabaseStatus[]> {
  const folder = join(stateDirectory, FOLDER);
  const names = await readdir(folder).catch(() => []);
  const statuses = await Promise.all(names.filter(isStatusName).map((name) => readStatus(join(folder, name))));
  return statuses.filter((status) => status !== undefined);
}

async function readStatus(path: string): Promise<DatabaseStatus | undefined> {
  const status = parseStatus(await readFile(path, "utf8").catch(() => ""));
  if (status !== undefined && isAlive(status.pid) && (await startOf(status.pid)) === status.started) {
    const { pid, databases, signatures, loadedAt } = status;
    return { pid, databases, signatures, loadedAt };
  }
  await rm(path, { force: true }).catch(() => undefined);
  return undefined;
}

function parseStatus(text: string): (DatabaseStatus & { readonly started: string }) | undefined {
  try {
    const value: Record<string, unknown> = JSON.parse(text);
    const { pid, databases, signatures, loadedAt, started } = value;
    if (typeof pid !== "number" || typeof databases !== "string" || typeof signatures !== "number") return undefined;
    if (typeof loadedAt !== "string" || typeof started !== "string") return undefined;
    return { pid, databases, signatures, loadedAt, started };
  } catch {
    return undefined;
  }
}

/** When the process was started, in the kernel's count: another process may have the number by now. Empty where there
 *  is no /proc. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    // Field 22; the second one is a name that may hold anything, in parentheses.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START_FIELD] ?? "";
  } catch {
    return "";
  }
}

function isStatusName(name: string): boolean {
  return /^[0-9]+\.json$/.test(name);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

const FOLDER = "daemons";
/** Counted from the third one. */
const START_FIELD = 19;
