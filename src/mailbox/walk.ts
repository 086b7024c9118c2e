/** Finds the files under a list of paths, in the order of their names. Symbolic links are followed where they are given
 *  as a path and nowhere else, as clamscan does: so there are no loops, and nothing outside the tree is read. */
import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { baseName, joinPath, type OctetPath, octetPath, parentPath, shownPath, systemPath } from "./octet-path.ts";
import { systemProblem } from "./system-problem.ts";

export type WalkEvent =
  | { readonly type: "directory"; readonly path: string }
  | { readonly type: "file"; readonly file: FoundFile }
  | { readonly type: "problem"; readonly path: string; readonly error: string }
  | { readonly type: "skipped"; readonly path: string; readonly why: string };

export interface FoundFile {
  readonly path: OctetPath;
  /** The Maildir that the file is a message of. */
  readonly maildir: OctetPath | undefined;
  /** Whether the last name may be a symbolic link. */
  readonly mayBeLink: boolean;
}

/** The files under `path`, which may be a file itself. Never throws: what can not be looked at is a problem. */
export function* walk(path: string): Generator<WalkEvent> {
  const start = octetPath(path);
  let stats: Stats;
  try {
    stats = statSync(systemPath(start));
  } catch (error) {
    yield problem(start, systemProblem(error));
    return;
  }
  if (stats.isFile()) yield { type: "file", file: { path: start, maildir: undefined, mayBeLink: true } };
  else if (stats.isDirectory()) yield* walkDirectory(start);
  else yield problem(start, unreadableKind(stats));
}

/** A stack, not recursion: how deep directories lie in each other is up to whoever made them. */
function* walkDirectory(start: OctetPath): Generator<WalkEvent> {
  const stack: Iterator<WalkEvent | Descent>[] = [listDirectory(start)];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const step = top.next();
    if (step.done === true) stack.pop();
    else if (step.value.type === "descent") stack.push(listDirectory(step.value.path));
    else yield step.value;
  }
}

interface Descent {
  readonly type: "descent";
  readonly path: OctetPath;
}

function* listDirectory(directory: OctetPath): Generator<WalkEvent | Descent> {
  let entries: Dirent[];
  try {
    entries = readdirSync(systemPath(directory), { encoding: "latin1", withFileTypes: true });
  } catch (error) {
    yield problem(directory, systemProblem(error));
    return;
  }
  yield { type: "directory", path: shownPath(directory) };
  const isMaildirRoot = hasMaildirFolders(entries);
  const maildir = isMaildirRoot ? undefined : maildirOf(directory);
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of entries) {
    if (isMaildirRoot && entry.isFile() && isBookkeeping(entry.name)) continue;
    yield enter(joinPath(directory, entry.name), entry, maildir);
  }
}

function enter(path: OctetPath, entry: Dirent, maildir: OctetPath | undefined): WalkEvent | Descent {
  const kind = entryKind(path, entry);
  if (typeof kind === "string") return problem(path, kind);
  if (kind.isDirectory()) return { type: "descent", path };
  if (kind.isFile()) return { type: "file", file: { path, maildir, mayBeLink: false } };
  if (kind.isSymbolicLink()) return { type: "skipped", path: shownPath(path), why: "symbolic link" };
  return problem(path, unreadableKind(kind));
}

/** What the entry is; some file systems do not say so in the directory. */
function entryKind(path: OctetPath, entry: Dirent): Dirent | Stats | string {
  const isKnown = KINDS.some((kind) => entry[kind]());
  if (isKnown) return entry;
  try {
    return lstatSync(systemPath(path));
  } catch (error) {
    return systemProblem(error);
  }
}

/** The Maildir whose `cur`, `new` or `tmp` the directory is. */
function maildirOf(directory: OctetPath): OctetPath | undefined {
  if (!MAILDIR_FOLDERS.includes(baseName(directory))) return undefined;
  const parent = parentPath(directory);
  try {
    const isMaildir = MAILDIR_FOLDERS.every((name) => statSync(systemPath(joinPath(parent, name))).isDirectory());
    return isMaildir ? parent : undefined;
  } catch {
    return undefined;
  }
}

function hasMaildirFolders(entries: readonly Dirent[]): boolean {
  const names = new Set(entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name));
  return MAILDIR_FOLDERS.every((name) => names.has(name));
}

/** What mail servers and clients keep beside the folders of a Maildir: indexes and lists, no mail. */
function isBookkeeping(name: OctetPath): boolean {
  return BOOKKEEPING.test(name);
}

/** Opening one of these may wait for ever or do something to a device. */
function unreadableKind(stats: Dirent | Stats): string {
  if (stats.isFIFO()) return "a named pipe, not a file";
  if (stats.isSocket()) return "a socket, not a file";
  return "a device, not a file";
}

function problem(path: OctetPath, error: string): WalkEvent {
  return { type: "problem", path: shownPath(path), error };
}

const KINDS = [
  "isFile",
  "isDirectory",
  "isSymbolicLink",
  "isFIFO",
  "isSocket",
  "isBlockDevice",
  "isCharacterDevice",
] as const;
const MAILDIR_FOLDERS: readonly OctetPath[] = ["cur", "new", "tmp"];
/** Dovecot, Courier, mbsync, OfflineIMAP and Maildir++ (maildirfolder, maildirsize). */
const BOOKKEEPING =
  /^(?:dovecot[.-].*|dovecot|maildirfolder|maildirsize|subscriptions|courier[a-z]*|shared-maildirs|\.?mbsyncstate.*|\.uidvalidity|\.?isyncuidmap\.db|\.mailbox|\.customflags|\.renamelock)$/i;
