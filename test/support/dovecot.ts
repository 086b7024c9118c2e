/** A private Dovecot for tests: its own directory, free loopback ports, users with any name and one password. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createAuthority } from "./certificates.ts";

export interface Dovecot {
  readonly ports: Readonly<Record<"imap" | "imaps" | "pop3" | "pop3s", number>>;
  /** The CA certificate that vouches for the server, PEM. */
  readonly caFile: string;
  /** Makes a user whose INBOX holds `messages` in this order; a user of that name made before is replaced. */
  addUser(name: string, messages: readonly Uint8Array[]): void;
  /** What the server has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

export const PASSWORD = "secret";

const BINARY = "/usr/sbin/dovecot";

/** Why Dovecot can not be run here, or undefined when it can. */
export function dovecotProblem(): string | undefined {
  if (!existsSync(BINARY)) return "Dovecot is not installed (Debian: dovecot-imapd dovecot-pop3d)";
  if (process.getuid?.() !== 0) return "Dovecot needs root to start its login processes";
  return undefined;
}

/** Starts it and waits until all its ports accept. */
export async function startDovecot(): Promise<Dovecot> {
  const directory = mkdtempSync(join(tmpdir(), "mailward-dovecot-"));
  execFileSync("chmod", ["755", directory]);
  const authority = createAuthority("Dovecot test authority");
  const { cert, key } = authority.issue();
  const caFile = join(directory, "ca.pem");
  writeFileSync(caFile, authority.certificate);
  writeFileSync(join(directory, "cert.pem"), cert);
  writeFileSync(join(directory, "key.pem"), key, { mode: 0o600 });
  const mails = join(directory, "mail");
  mkdirSync(mails);
  chownSync(mails, MAIL_USER, MAIL_USER);
  const [imap = 0, imaps = 0, pop3 = 0, pop3s = 0] = await freePorts(4);
  const ports = { imap, imaps, pop3, pop3s };
  const config = join(directory, "dovecot.conf");
  writeFileSync(config, configuration(directory, ports));

  const child = spawn(BINARY, ["-F", "-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const log = () => errors + (existsSync(join(directory, "log")) ? readFileSync(join(directory, "log"), "utf8") : "");
  try {
    for (const port of Object.values(ports)) await accepting(port, child, log);
  } catch (error) {
    await stop(child, directory);
    throw error;
  }
  return {
    ports,
    caFile,
    addUser: (name, messages) => fillMaildir(join(mails, name), messages),
    log,
    stop: () => stop(child, directory),
  };
}

/** nobody: Dovecot does not serve mail as root. */
const MAIL_USER = 65534;

function configuration(directory: string, ports: Dovecot["ports"]): string {
  return `
base_dir = ${directory}/run
state_dir = ${directory}/state
instance_name = mailward-test
log_path = ${directory}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <${directory}/cert.pem
ssl_key = <${directory}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = ${MAIL_USER}
mail_max_userip_connections = 0
mail_location = maildir:~/Maildir
maildir_stat_dirs = no
mail_fsync = never
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=${MAIL_USER} gid=${MAIL_USER} home=${directory}/mail/%u
}
namespace inbox {
  inbox = yes
}
service imap-login {
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = ${ports.pop3}
  }
  inet_listener pop3s {
    port = ${ports.pop3s}
    ssl = yes
  }
}
protocol imap {
  mail_max_userip_connections = 0
  mail_plugins = $mail_plugins imap_zlib
}
protocol pop3 {
  mail_max_userip_connections = 0
}
`;
}

/** File names sort in the order of the messages: so Dovecot numbers them. */
function fillMaildir(home: string, messages: readonly Uint8Array[]): void {
  rmSync(home, { recursive: true, force: true });
  const maildir = join(home, "Maildir");
  const directories = [home, maildir, ...["cur", "new", "tmp"].map((name) => join(maildir, name))];
  for (const directory of directories) mkdirSync(directory);
  for (const [index, message] of messages.entries()) {
    const name = `${1_750_000_000 + index}.M${String(index).padStart(6, "0")}.test`;
    const file = join(maildir, "new", name);
    writeFileSync(file, message);
    chownSync(file, MAIL_USER, MAIL_USER);
  }
  for (const directory of directories) chownSync(directory, MAIL_USER, MAIL_USER);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

const START_TIMEOUT_MS = 20_000;

async function accepting(port: number, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`Dovecot ended with ${child.exitCode}:\n${log()}`);
    if (Date.now() > deadline) throw new Error(`Dovecot does not accept on port ${port}:\n${log()}`);
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
    child.kill("SIGTERM");
    await ended;
  }
  rmSync(directory, { recursive: true, force: true });
}
