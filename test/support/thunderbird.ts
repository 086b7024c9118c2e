/** A headless Thunderbird for tests: a new profile with one IMAP account, driven by Marionette. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Marionette } from "./marionette.ts";

export interface ThunderbirdAccount {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Whether messages are downloaded before they are opened. */
  readonly isOffline: boolean;
}

export interface Thunderbird {
  /** `script` is the body of an async function of `args`, with `Services`, `MailServices`, `server`, `inbox` and the
   *  helpers of `PRELUDE` at hand; answers what it returns, which must be JSON. */
  run(script: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Where it keeps the account's folders. */
  readonly mailDirectory: string;
  stop(): Promise<void>;
}

/** Why Thunderbird can not be run here, or undefined when it can. */
export function thunderbirdProblem(): string | undefined {
  return existsSync(BINARY) ? undefined : "Thunderbird is not installed (Debian: thunderbird)";
}

/** Starts it and signs the account in. */
export async function startThunderbird(account: ThunderbirdAccount): Promise<Thunderbird> {
  const directory = mkdtempSync(join(tmpdir(), "mailward-thunderbird-"));
  const mailDirectory = join(directory, "ImapMail", account.host);
  writeFileSync(join(directory, "user.js"), preferences(account));
  const args = ["--headless", "--no-remote", "--profile", directory, "--marionette", "--remote-allow-system-access"];
  const child = spawn(BINARY, args, {
    env: { PATH: process.env.PATH ?? "", HOME: directory, LANG: "C.UTF-8", MOZ_CRASHREPORTER_DISABLE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  let marionette: Marionette | undefined;
  try {
    marionette = await Marionette.connect(await activePort(directory, child, () => output));
    await marionette.run(
      `${PRELUDE}; await signIn(args[0], args[1], args[2]);`,
      account.host,
      account.user,
      account.password,
    );
  } catch (error) {
    await stop(marionette, child, directory);
    throw error;
  }
  const connected = marionette;
  return {
    mailDirectory,
    run: (script, ...values) => connected.run(`${PRELUDE}; const inbox = await inboxOf(server); ${script}`, ...values),
    stop: () => stop(connected, child, directory),
  };
}

const BINARY = "/usr/bin/thunderbird";
const START_TIMEOUT_MS = 60_000;

/** The port is chosen by the system; the program writes it into its profile. */
async function activePort(directory: string, child: ChildProcess, output: () => string): Promise<number> {
  const file = join(directory, "MarionetteActivePort");
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const port = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    if (port > 0) return port;
    if (child.exitCode !== null) throw new Error(`Thunderbird ended with ${child.exitCode}:\n${output()}`);
    if (Date.now() > deadline) throw new Error(`Thunderbird does not listen:\n${output()}`);
    await wait(50);
  }
}

async function stop(marionette: Marionette | undefined, child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    const patience = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await marionette?.quit().catch(() => undefined);
    if (marionette === undefined) child.kill("SIGKILL");
    await ended;
    clearTimeout(patience);
  }
  marionette?.close();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}

const STOP_TIMEOUT_MS = 20_000;

/** One IMAP account in maildir form and the local folders; nothing that asks, updates itself or calls home. New mail
 *  comes by IDLE alone. */
function preferences({ host, port, user, isOffline }: ThunderbirdAccount): string {
  const values: Readonly<Record<string, string | number | boolean>> = {
    "marionette.port": 0,
    "mail.accountmanager.accounts": "account1,account2",
    "mail.accountmanager.defaultaccount": "account1",
    "mail.accountmanager.localfoldersserver": "server2",
    "mail.account.account1.server": "server1",
    "mail.account.account1.identities": "id1",
    "mail.account.account2.server": "server2",
    "mail.identity.id1.fullName": "Reader",
    "mail.identity.id1.useremail": "reader@example.org",
    "mail.identity.id1.valid": true,
    "mail.server.server1.type": "imap",
    "mail.server.server1.hostname": host,
    "mail.server.server1.port": port,
    "mail.server.server1.userName": user,
    "mail.server.server1.name": "test",
    "mail.server.server1.socketType": 0,
    "mail.server.server1.authMethod": 3,
    "mail.server.server1.login_at_startup": false,
    "mail.server.server1.check_new_mail": false,
    "mail.server.server1.use_idle": true,
    "mail.server.server1.offline_download": isOffline,
    "mail.server.server1.autosync_offline_stores": false,
    "mail.server.server1.directory-rel": `[ProfD]ImapMail/${host}`,
    "mail.server.server1.storeContractID": "@mozilla.org/msgstore/maildirstore;1",
    "mail.server.server2.type": "none",
    "mail.server.server2.hostname": "Local Folders",
    "mail.server.server2.userName": "nobody",
    "mail.server.server2.directory-rel": "[ProfD]Mail/Local Folders",
    "mail.rights.version": 1,
    "mail.provider.suppress_dialog_on_startup": true,
    "mail.shell.checkDefaultClient": false,
    "mail.spam.manualMark": false,
    "mailnews.start_page.enabled": false,
    "app.donation.eoy.version.viewed": 999,
    "app.update.enabled": false,
    "browser.safebrowsing.provider.mozilla.updateURL": "",
    "datareporting.policy.dataSubmissionEnabled": false,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": true,
    "extensions.update.enabled": false,
    "mail.inappnotifications.enabled": false,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "services.settings.server": "http://127.0.0.1:9/",
    "toolkit.telemetry.enabled": false,
  };
  return Object.entries(values)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join("");
}

/** What every script finds. */
const PRELUDE = `
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { setTimeout, clearTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
const server = MailServices.accounts.getAccount("account1").incomingServer;

async function signIn(host, user, password) {
  const Login = Components.Constructor("@mozilla.org/login-manager/loginInfo;1", Ci.nsILoginInfo, "init");
  await Services.logins.addLoginAsync(new Login("imap://" + host, null, "imap://" + host, user, password, "", ""));
}

async function inboxOf(server) {
  const find = () => server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
  if (!find()) server.performExpand(null);
  return until(find);
}

/** The first true value of look(), which is asked again and again. */
function until(look) {
  return new Promise((resolve) => {
    const again = () => {
      const found = look();
      if (found) resolve(found);
      else setTimeout(again, 20);
    };
    again();
  });
}

/** Runs start(listener) until the listener has heard the end. */
function finished(start) {
  return new Promise((resolve, reject) => {
    const end = (status) => (Components.isSuccessCode(status) ? resolve() : reject(new Error("status " + status)));
    const listener = {
      OnStartRunningUrl() {},
      OnStopRunningUrl(url, status) { end(status); },
      onStartCopy() {},
      onProgress() {},
      setMessageKey() {},
      getMessageId() { return null; },
      onStopCopy(status) { end(status); },
      QueryInterface: ChromeUtils.generateQI(["nsIUrlListener", "nsIMsgCopyServiceListener"]),
    };
    try { start(listener); } catch (error) { reject(error); }
  });
}

/** Shows the folder in the window, which reads it anew and keeps it open. */
async function display(folder) {
  const window = await until(() => Services.wm.getMostRecentWindow("mail:3pane"));
  const about3Pane = await until(() => window.document.getElementById("tabmail")?.currentAbout3Pane);
  if (about3Pane.gFolder !== folder) about3Pane.displayFolder(folder.URI);
  await until(() => about3Pane.gFolder === folder && about3Pane.gDBView);
  return about3Pane;
}

/** Tries to download all contents that are missing; another operation may keep the folder busy or take this one over. */
async function download(folder) {
  const end = finished((listener) => folder.downloadAllForOffline(listener, null)).catch(() => undefined);
  await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 5_000))]);
}

function headersOf(folder) {
  return [...folder.messages].sort((a, b) => a.messageKey - b.messageKey);
}

/** Thunderbird may be reading its list of messages anew. */
function header(folder, uid) {
  return until(() => headersOf(folder).find(({ messageKey }) => messageKey === uid));
}

/** What Thunderbird has of a message, or fetches of it, in base64. */
async function streamed(folder, uid) {
  const uri = folder.getUriForMsg(await header(folder, uid));
  return new Promise((resolve, reject) => {
    const pieces = [];
    MailServices.messageServiceFromURI(uri).streamMessage(uri, {
      onStartRequest() {},
      onDataAvailable(request, stream, offset, count) {
        const binary = Cc["@mozilla.org/binaryinputstream;1"].createInstance(Ci.nsIBinaryInputStream);
        binary.setInputStream(stream);
        pieces.push(binary.readBytes(count));
      },
      onStopRequest(request, status) {
        if (Components.isSuccessCode(status)) resolve(btoa(pieces.join("")));
        else reject(new Error("status " + status));
      },
      QueryInterface: ChromeUtils.generateQI(["nsIStreamListener"]),
    }, null, null, false, "", false);
  });
}
`;
