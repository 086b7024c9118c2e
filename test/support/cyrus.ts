/** A private Cyrus for tests: its own directory, a free loopback port, users with any name and any password. Debian's
 *  packages of Cyrus and Dovecot exclude each other: where Dovecot is installed, `cyrus-common` is installed beside it,
 *  `cyrus-imapd` is only unpacked (`dpkg -x`), and MAILWARD_TEST_CYRUS names the folder with its `imapd`. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openMailbox } from "./imap-fetch.ts";

export interface Cyrus {
  readonly port: number;
  /** Makes a user whose INBOX holds those of `messages` that Cyrus takes, in this order; answers which it took. */
  addUser(name: string, messages: readonly Uint8Array[]): Promise<boolean[]>;
  stop(): Promise<void>;
}

/** Why Cyrus can not be run here, or undefined when it can. */
export function cyrusProblem(): string | undefined {
  if (!existsSync(IMAPD)) return "Cyrus is not installed (Debian: cyrus-imapd, or MAILWARD_TEST_CYRUS)";
  if (!existsSync(join(PROGRAMS, "master"))) return "Cyrus is not installed (Debian: cyrus-common)";
  if (process.getuid?.() !== 0) return "Cyrus needs root to become its own user";
  return cyrusUser() === undefined ? "the user cyrus is missing (Debian: cyrus-common)" : undefined;
}

/** Starts it and waits until its port accepts. */
export async function startCyrus(): Promise<Cyrus> {
  const user = cyrusUser();
  if (user === undefined) throw new Error(cyrusProblem());
  const directory = mkdtempSync(join(tmpdir(), "mailward-cyrus-"));
  for (const name of ["", "lib", "lib/proc", "lib/lock", "lib/socket", "lib/db", "lib/ptclient", "lib/log", "spool"]) {
    const path = join(directory, name);
    mkdirSync(path, { recursive: true });
    chownSync(path, user.uid, user.gid);
  }
  const port = await freePort();
  const settings = join(directory, "imapd.conf");
  const services = join(directory, "cyrus.conf");
  writeFileSync(settings, imapSettings(directory));
  writeFileSync(services, masterSettings(settings, port));
  const args = ["-C", settings, "-M", services, "-p", join(directory, "lib", "master.pid")];
  const child = spawn(join(PROGRAMS, "master"), args, { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  try {
    await accepting(port, child, () => errors);
  } catch (error) {
    await stop(child, directory);
    throw error;
  }
  return {
    port,
    addUser: (name, messages) => addUser(port, name, messages),
    stop: () => stop(child, directory),
  };
}

const PROGRAMS = "/usr/lib/cyrus/bin";
const IMAPD = join(process.env.MAILWARD_TEST_CYRUS ?? PROGRAMS, "imapd");
const PASSWORD = "secret";

function imapSettings(directory: string): string {
  return `
configdirectory: ${directory}/lib
defaultpartition: default
partition-default: ${directory}/spool
admins: cyrus
allowplaintext: yes
unixhierarchysep: yes
altnamespace: yes
sasl_mech_list: PLAIN
sasl_pwcheck_method: alwaystrue
quota_db: twoskip
reject8bit: no
munge8bit: no
`;
}

/** `-N`: any password will do. */
function masterSettings(settings: string, port: number): string {
  return `
START {
  recover cmd="${PROGRAMS}/ctl_cyrusdb -C ${settings} -r"
}
SERVICES {
  imap cmd="${IMAPD} -C ${settings} -N -U 100" listen="127.0.0.1:${port}" prefork=0
}
EVENTS {
}
`;
}

async function addUser(port: number, name: string, messages: readonly Uint8Array[]): Promise<boolean[]> {
  const admin = await openMailbox(port, "cyrus", PASSWORD, undefined);
  const created = await admin.command(`CREATE user/${name}`);
  admin.close();
  if (!created.startsWith("OK")) throw new Error(`Cyrus makes no mailbox: ${created}`);
  const box = await openMailbox(port, name, PASSWORD);
  const taken: boolean[] = [];
  for (const message of messages) taken.push((await box.append("INBOX", message)).startsWith("OK"));
  box.close();
  return taken;
}

function cyrusUser(): { uid: number; gid: number } | undefined {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("cyrus:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await once(server.close(), "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

const START_TIMEOUT_MS = 20_000;

async function accepting(port: number, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`Cyrus ended with ${child.exitCode}:\n${log()}`);
    if (Date.now() > deadline) throw new Error(`Cyrus does not accept on port ${port}:\n${log()}`);
    await wait(25);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function stop(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill("SIGQUIT");
    await ended;
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}
