/** Real clamd, c-icap and rspamd as child processes of a test: each with a configuration of its own, on a socket or
 *  port of its own, knowing one signature. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer, type NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export interface EngineProcess {
  /** As the configuration of mailward has it. */
  readonly address: string;
  /** To the process and all that it has started. */
  signal(name: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void;
  /** Starts it once more, in the same place. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** What the engines know. */
export const PAYLOAD = ["mailward", "test", "payload"].join("-");
export const SIGNATURE = "Test.Payload.UNOFFICIAL";

/** Why an engine can not be run here, or undefined when it can. */
export function engineProblem(name: keyof typeof PROGRAMS): string | undefined {
  const missing = PROGRAMS[name].filter(({ file }) => !existsSync(file));
  return missing.length === 0 ? undefined : `not installed (Debian: ${missing.map((item) => item.debian).join(" ")})`;
}

/** clamd on a Unix socket. `lines` go to its configuration. */
export async function startClamd(lines: readonly string[] = []): Promise<EngineProcess> {
  const folder = scratch("clamd");
  const socket = join(folder, "clamd.ctl");
  mkdirSync(join(folder, "db"));
  writeFileSync(join(folder, "db", "test.ndb"), `Test.Payload:0:*:${Buffer.from(PAYLOAD).toString("hex")}\n`);
  chmodSync(join(folder, "db"), 0o755);
  const config = join(folder, "clamd.conf");
  const settings = [
    `LocalSocket ${socket}`,
    "LocalSocketMode 666",
    "FixStaleSocket yes",
    `DatabaseDirectory ${join(folder, "db")}`,
    `TemporaryDirectory ${folder}`,
    `LogFile ${join(folder, "log")}`,
    "Foreground yes",
    ...lines,
  ];
  writeFileSync(config, `${settings.join("\n")}\n`);
  return await start({
    folder,
    address: socket,
    command: [CLAMD, "-c", config],
    ready: () => accepts({ path: socket }),
  });
}

/** c-icap with its antivirus service, which asks `clamd`, and its echo service. */
export async function startCIcap(clamd: EngineProcess): Promise<EngineProcess> {
  const folder = scratch("c-icap");
  const port = await freePort();
  const config = join(folder, "c-icap.conf");
  // The folder between has the name of the machine's kind.
  const modules = readdirSync("/usr/lib")
    .map((name) => join("/usr/lib", name, "c_icap"))
    .find((path) => existsSync(path));
  const settings = [
    `PidFile ${join(folder, "pid")}`,
    `CommandsSocket ${join(folder, "control")}`,
    "StartServers 1",
    "MaxServers 2",
    "MinSpareThreads 1",
    "MaxSpareThreads 5",
    "ThreadsPerChild 5",
    `Port 127.0.0.1:${port}`,
    ...(process.getuid?.() === 0 ? ["User nobody", "Group nogroup"] : []),
    "ServerAdmin postmaster@example.org",
    "ServerName test",
    `TmpDir ${folder}`,
    `ModulesDir ${modules}`,
    `ServicesDir ${modules}`,
    "TemplateDir /usr/share/c_icap/templates/",
    "LoadMagicFile /etc/c-icap/c-icap.magic",
    `ServerLog ${join(folder, "log")}`,
    `AccessLog ${join(folder, "access")}`,
    "Service echo srv_echo.so",
    "Module common clamd_mod.so",
    `clamd_mod.ClamdSocket ${clamd.address}`,
    "Service antivirus_module virus_scan.so",
    "ServiceAlias avscan virus_scan?allow204=on&sizelimit=off&mode=simple",
    "virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE GIF JPEG MSOFFICE",
    "virus_scan.SendPercentData 5",
    "virus_scan.StartSendPercentDataAfter 2M",
    "virus_scan.MaxObjectSize 20M",
    "virus_scan.DefaultEngine clamd",
  ];
  writeFileSync(config, `${settings.join("\n")}\n`);
  const ready = () => accepts({ host: "127.0.0.1", port });
  return await start({
    folder,
    address: `icap://127.0.0.1:${port}/avscan`,
    command: [C_ICAP, "-N", "-f", config],
    ready,
  });
}

/** rspamd with its antivirus module alone, which asks `clamd`. */
export async function startRspamd(clamd: EngineProcess): Promise<EngineProcess> {
  const folder = scratch("rspamd");
  const port = await freePort();
  const config = join(folder, "rspamd.conf");
  writeFileSync(join(folder, "suffixes"), "com\norg\n");
  writeFileSync(
    config,
    `
options {
  pidfile = "${folder}/pid";
  filters = "";
  dns { nameserver = ["127.0.0.1:1"]; timeout = 1s; retransmits = 1; }
  tempdir = "${folder}";
  url_tld = "${folder}/suffixes";
  control_socket = "${folder}/control mode=0600";
  hs_cache_dir = "${folder}";
}
logging { type = "console"; level = "error"; }
worker "normal" { bind_socket = "127.0.0.1:${port}"; count = 1; }
lua = "/usr/share/rspamd/rules/rspamd.lua";
modules { path = "/usr/share/rspamd/plugins/antivirus.lua"; }
antivirus {
  clamav {
    type = "clamav"; servers = "${clamd.address}"; symbol = "CLAM_VIRUS"; action = "reject";
    scan_mime_parts = true; scan_text_mime = true; retransmits = 1; timeout = 5; message = "virus found: \${VIRUS}";
  }
}
metric { name = "default"; actions { reject = 15; add_header = 6; } }
`,
  );
  const user = process.getuid?.() === 0 ? ["-i", "-u", "nobody", "-g", "nogroup"] : [];
  return await start({
    folder,
    address: `http://127.0.0.1:${port}`,
    command: [RSPAMD, "-f", ...user, "-c", config],
    ready: () => accepts({ host: "127.0.0.1", port }),
  });
}

interface Launch {
  readonly folder: string;
  readonly address: string;
  readonly command: readonly string[];
  ready(): Promise<boolean>;
}

async function start(launch: Launch): Promise<EngineProcess> {
  let child = await launchProcess(launch);
  return {
    address: launch.address,
    signal: (name) => signalGroup(child, name),
    async restart() {
      await end(child);
      child = await launchProcess(launch);
    },
    async stop() {
      await end(child);
      rmSync(launch.folder, { recursive: true, force: true });
    },
  };
}

async function launchProcess({ folder, command, ready }: Launch): Promise<ChildProcess> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-2_000);
    });
  }
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await ready())) {
    const log = existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8").slice(-2_000) : "";
    const isOver = child.exitCode !== null || child.signalCode !== null;
    if (isOver || Date.now() > deadline) {
      await end(child);
      throw new Error(`Cannot start "${file}": ${said}\n${log}`);
    }
    await wait(25);
  }
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
  signalGroup(child, "SIGKILL");
  await ended;
}

function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // None of them is left.
  }
}

/** Readable for the engines, which do not run as root. */
function scratch(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `mailward-${name}-`));
  chmodSync(folder, 0o777);
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await once(server.close(), "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

function accepts(options: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(options);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

const CLAMD = "/usr/sbin/clamd";
const C_ICAP = "/usr/bin/c-icap";
const RSPAMD = "/usr/bin/rspamd";
const CLAMD_PACKAGE = { file: CLAMD, debian: "clamav-daemon" };
const PROGRAMS = {
  clamd: [CLAMD_PACKAGE],
  icap: [
    CLAMD_PACKAGE,
    { file: C_ICAP, debian: "c-icap" },
    { file: "/usr/share/c_icap/templates/virus_scan/en/VIRUS_FOUND", debian: "libc-icap-mod-virus-scan" },
  ],
  rspamd: [CLAMD_PACKAGE, { file: RSPAMD, debian: "rspamd" }],
} as const;
const START_TIMEOUT_MS = 60_000;
