/** Real mail clients, each as one function: download everything from a place into a directory. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RunResult, runCommand } from "./executable.ts";

export interface Place {
  readonly protocol: "pop3" | "imap";
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface Downloaded {
  readonly result: RunResult;
  /** By number from 1; what was refused is missing. */
  readonly messages: ReadonlyMap<number, Buffer>;
  readonly refused: ReadonlySet<number>;
}

export interface MailClient {
  readonly name: string;
  readonly protocol: "pop3" | "imap";
  /** Why it can not be run here, or undefined when it can. */
  readonly problem: string | undefined;
  /** `directory` is new and empty; `count` messages are expected. */
  download(place: Place, directory: string, count: number): Promise<Downloaded>;
}

const SCRIPTS = join(import.meta.dirname, "clients");

/** Forms of FETCH: see imap_download.py. */
const IMAP_MODES = [
  "body",
  "peek",
  "rfc822",
  "sequence-set",
  "uid-set",
  "header-text",
  "chunks",
  "authenticate",
] as const;

/** The clients of the matrix. */
export function mailClients(): readonly MailClient[] {
  return [
    client("curl", "pop3", "curl", curl),
    client("curl", "imap", "curl", curl),
    client("fetchmail", "pop3", "fetchmail", fetchmail),
    client("getmail6", "pop3", "getmail", getmail),
    client("getmail6", "imap", "getmail", getmail),
    python("poplib RETR", "pop3", "retr"),
    python("poplib TOP", "pop3", "top"),
    ...IMAP_MODES.map((mode) => python(`imaplib ${mode}`, "imap", mode)),
  ];
}

type Download = (place: Place, directory: string, mails: string, count: number) => Promise<RunResult>;

function client(name: string, protocol: "pop3" | "imap", program: string, run: Download): MailClient {
  const problem = isInstalled(program) ? undefined : `${program} is not installed`;
  return {
    name,
    protocol,
    problem,
    async download(place, directory, count) {
      const mails = join(directory, "mails");
      mkdirSync(mails);
      const result = await run(place, directory, mails, count);
      return { result, ...stored(mails) };
    },
  };
}

function python(name: string, protocol: "pop3" | "imap", mode: string): MailClient {
  const script = join(SCRIPTS, `${protocol}_download.py`);
  return client(name, protocol, "python3", ({ host, port, user, password }, _, mails) =>
    runCommand("python3", [script, host, String(port), user, password, mails, mode]),
  );
}

/** Names with ":" can not be given with -u, so they come from a netrc file. */
function curl(place: Place, directory: string, mails: string, count: number): Promise<RunResult> {
  const netrc = join(directory, "netrc");
  writeFileSync(netrc, `machine ${place.host} login "${place.user}" password "${place.password}"\n`, { mode: 0o600 });
  const base = `${place.protocol}://${place.host}:${place.port}`;
  const url = place.protocol === "pop3" ? `${base}/[1-${count}]` : `${base}/INBOX;MAILINDEX=[1-${count}]`;
  return runCommand("curl", ["-sS", "--fail-early", "--netrc-file", netrc, url, "-o", join(mails, "#1")]);
}

/** `invisible` leaves out the Received line, which holds the time. */
function fetchmail(place: Place, directory: string, mails: string): Promise<RunResult> {
  const config = join(directory, "fetchmailrc");
  const store = `${join(SCRIPTS, "store-message")} ${mails}`;
  writeFileSync(
    config,
    `set invisible\npoll ${place.host} service ${place.port} protocol pop3 timeout 60\n` +
      `  user "${place.user}" password "${place.password}" sslproto ""\n  keep fetchall no rewrite mda "${store}"\n`,
    { mode: 0o600 },
  );
  return runCommand("fetchmail", ["--fetchmailrc", config, "--nodetach", "--nosyslog"], {
    env: { ...plainEnvironment(), FETCHMAILHOME: directory, HOME: directory },
  });
}

function getmail(place: Place, directory: string, mails: string): Promise<RunResult> {
  const retriever = place.protocol === "pop3" ? "SimplePOP3Retriever" : "SimpleIMAPRetriever";
  writeFileSync(
    join(directory, "getmailrc"),
    `[retriever]\ntype = ${retriever}\nserver = ${place.host}\nport = ${place.port}\nusername = ${place.user}\n` +
      `password = ${place.password}\ntimeout = 60\n[destination]\ntype = MDA_external\n` +
      `path = ${join(SCRIPTS, "store-message")}\narguments = ("${mails}",)\nallow_root_commands = true\n` +
      "[options]\nread_all = true\ndelete = false\nreceived = false\ndelivered_to = false\nverbose = 0\n",
    { mode: 0o600 },
  );
  chmodSync(directory, 0o700);
  return runCommand("getmail", ["--getmaildir", directory, "--rcfile", "getmailrc"], {
    env: { ...plainEnvironment(), HOME: directory },
  });
}

function stored(mails: string): Pick<Downloaded, "messages" | "refused"> {
  const messages = new Map<number, Buffer>();
  const refused = new Set<number>();
  for (const name of readdirSync(mails)) {
    const number = Number.parseInt(name, 10);
    if (name.endsWith(".refused")) refused.add(number);
    else messages.set(number, readFileSync(join(mails, name)));
  }
  return { messages, refused };
}

export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? "").split(":").some((directory) => existsSync(join(directory, program)));
}

function plainEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? "", LANG: "C.UTF-8" };
}
