/** Mail clients that keep a copy of a mailbox: each as a function that brings the copy up to date. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type RunResult, runCommand } from "./executable.ts";
import type { Place } from "./mail-clients.ts";

export interface SyncClient {
  readonly name: string;
  /** Why it can not be run here, or undefined when it can. */
  readonly problem: string | undefined;
  /** Whether it takes minutes for large messages, and so is spared them. */
  readonly isForSmall: boolean;
  /** Whether a second run has the first one's copy to begin with. */
  readonly isIncremental: boolean;
  /** Brings the copy under `directory`, which is empty at first, up to date. */
  sync(place: Place, directory: string): Promise<RunResult>;
}

/** The clients of the matrix. */
export function syncClients(): readonly SyncClient[] {
  const base = { isForSmall: false, isIncremental: true };
  return [
    { ...base, name: "mbsync", problem: missing("mbsync", "isync"), sync: mbsync },
    {
      ...base,
      name: "offlineimap",
      problem: missing("offlineimap", "offlineimap3"),
      isForSmall: true,
      sync: offlineimap,
    },
    { ...base, name: "mutt", problem: missing("mutt", "mutt"), isIncremental: false, sync: mutt },
    { ...base, name: "imapflow", problem: imapflowProblem(), isIncremental: false, sync: imapflow },
  ];
}

/** All files that the client keeps, by their paths below `directory`. */
export function filesOf(directory: string): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [path.slice(directory.length + 1), readFileSync(path)]));
}

/** The messages among these. */
export function messagesOf(files: ReadonlyMap<string, Buffer>): Buffer[] {
  return [...files].filter(([path]) => /(?:^|\/)(?:cur|new)\//.test(path)).map(([, content]) => content);
}

function mbsync({ host, port, user, password }: Place, directory: string): Promise<RunResult> {
  mkdirSync(join(directory, "mails"), { recursive: true });
  const config = join(directory, "mbsyncrc");
  writeFileSync(
    config,
    `IMAPAccount account\nHost ${host}\nPort ${port}\nUser ${user}\nPass ${password}\nSSLType None\n\n` +
      `IMAPStore far\nAccount account\n\nMaildirStore near\nPath ${directory}/mails/\nInbox ${directory}/mails/INBOX\n\n` +
      "Channel all\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync All\nSyncState *\n",
  );
  return runCommand("mbsync", ["-c", config, "-a"], { env: environment(directory) });
}

function offlineimap({ host, port, user, password }: Place, directory: string): Promise<RunResult> {
  const config = join(directory, "offlineimaprc");
  writeFileSync(
    config,
    `[general]\naccounts = account\nmetadata = ${directory}/state\nui = quiet\n` +
      `[Account account]\nlocalrepository = near\nremoterepository = far\n` +
      `[Repository near]\ntype = Maildir\nlocalfolders = ${directory}/mails\n` +
      `[Repository far]\ntype = IMAP\nremotehost = ${host}\nremoteport = ${port}\nremoteuser = ${user}\n` +
      `remotepass = ${password}\nssl = no\nstarttls = no\nusecompression = yes\nfolderfilter = lambda name: name == "INBOX"\n`,
  );
  return runCommand("offlineimap", ["-o", "-c", config], { env: environment(directory), timeoutMs: 100_000 });
}

/** It needs a terminal: `script` gives it one. */
function mutt({ host, port, user, password }: Place, directory: string): Promise<RunResult> {
  const config = join(directory, "muttrc");
  mkdirSync(join(directory, "cache"), { recursive: true });
  writeFileSync(
    config,
    `set spoolfile="imap://${host}:${port}/INBOX"\nset folder="${directory}"\nset imap_user="${user}"\n` +
      `set imap_pass="${password}"\nset ssl_starttls=no\nset ssl_force_tls=no\nset imap_deflate=yes\nset sort=mailbox-order\n` +
      `set header_cache="${directory}/cache"\nset message_cachedir="${directory}/cache"\nset mbox_type=maildir\n` +
      "set confirmcreate=no\nset confirmappend=no\nset quit=yes\nset wait_key=no\nset copy=no\nset mark_old=no\n" +
      `push "<tag-pattern>~A<enter><tag-prefix><copy-message>${directory}/mails<enter><exit>"\n`,
  );
  return runCommand("script", ["-qec", `mutt -n -F ${config}`, "/dev/null"], {
    env: { ...environment(directory), TERM: "xterm" },
  });
}

function imapflow({ host, port, user, password }: Place, directory: string): Promise<RunResult> {
  const mails = join(directory, "mails", "cur");
  mkdirSync(mails, { recursive: true });
  const script = join(import.meta.dirname, "clients", "imapflow-download.mjs");
  return runCommand(process.execPath, [script, host, String(port), user, password, mails], {
    env: { ...environment(directory), MAILWARD_TEST_IMAPFLOW: process.env.MAILWARD_TEST_IMAPFLOW ?? "" },
  });
}

function missing(program: string, debianPackage: string): string | undefined {
  const directories = (process.env.PATH ?? "").split(":");
  if (directories.some((directory) => existsSync(join(directory, program)))) return undefined;
  return `${program} is not installed (Debian: ${debianPackage})`;
}

function imapflowProblem(): string | undefined {
  try {
    createRequire(import.meta.url).resolve("imapflow");
    return undefined;
  } catch {
    return process.env.MAILWARD_TEST_IMAPFLOW === undefined ? "imapflow is not installed (npm ci)" : undefined;
  }
}

function environment(home: string): Record<string, string> {
  return { PATH: process.env.PATH ?? "", HOME: home, LANG: "C.UTF-8" };
}
