/** Messages that mail programs store through mailward on a real Dovecot: as they are, or, where they are scanned and
 *  something is found, not at all. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Dovecot, dovecotProblem, PASSWORD, startDovecot } from "../support/dovecot.ts";
import { ImapClient } from "../support/imap-client.ts";
import {
  bareLineFeedMail,
  cleanZipMail,
  eicarMail,
  eicarZipMail,
  eightBitMail,
  emptyBodyMail,
  headerOnlyMail,
  largeMail,
  noFinalNewlineMail,
  textMail,
} from "../support/sample-mail.ts";
import {
  executableProblem,
  type RunResult,
  runCommand,
  type Serving,
  scratchDirectory,
  startServe,
} from "./executable.ts";
import { isInstalled } from "./mail-clients.ts";

const problem = dovecotProblem() ?? executableProblem();
const scratch = scratchDirectory("uploads");
const CLEAN = [
  textMail(),
  cleanZipMail(),
  eightBitMail(),
  emptyBodyMail(),
  headerOnlyMail(),
  noFinalNewlineMail(),
  largeMail(2 * 1024 * 1024),
];
const INFECTED = [eicarMail(), eicarZipMail()];
let dovecot: Dovecot;
/** With scan.uploads, the same with little space, and as it is by default. */
let scanning: Serving;
let tight: Serving;
let passing: Serving;

beforeAll(async () => {
  if (problem !== undefined) return;
  dovecot = await startDovecot();
  const forward = [`127.0.0.1:0=imap://127.0.0.1:${dovecot.ports.imap}`];
  const listen = { pop3: [], imap: [] };
  const start = (name: string, settings: object) => {
    const config = join(scratch.path, `${name}.jsonc`);
    writeFileSync(config, JSON.stringify({ listen, forward, ...settings }));
    return startServe(["--config", config], 1);
  };
  scanning = await start("scanning", { scan: { uploads: true } });
  const spool = { memoryPerMessage: 10_000, memory: 10_000, disk: 1_000_000 };
  tight = await start("tight", { scan: { uploads: true }, spool });
  passing = await start("passing", {});
}, 60_000);

afterAll(async () => {
  const codes = [await scanning?.stop(), await tight?.stop(), await passing?.stop()];
  await dovecot?.stop();
  scratch.dispose();
  if (scanning !== undefined) expect(codes).toEqual([0, 0, 0]);
});

describe.skipIf(problem !== undefined)(`messages that clients store (${problem ?? "Dovecot"})`, () => {
  const programs = [
    ["curl", curl],
    ["imaplib", imaplib],
  ] as const;

  for (const [program, store] of programs) {
    const isMissing = !isInstalled(program === "curl" ? "curl" : "python3");

    test.skipIf(isMissing)(`${program}: clean ones as they are`, { timeout: 120_000 }, async () => {
      const user = newUser();
      for (const message of CLEAN) expect((await store(scanning, user, message)).code).toBe(0);
      expect(await stored(user)).toEqual(CLEAN.map(shown));
    });

    test.skipIf(isMissing)(`${program}: infected ones not at all, and says so`, { timeout: 120_000 }, async () => {
      const user = newUser();
      for (const message of INFECTED) {
        const { code, stdout } = await store(scanning, user, message);
        if (program === "curl") expect(code).not.toBe(0);
        else expect(stdout).toMatch(/^NO \[CANNOT\] the message is not stored: infected: Eicar-Test-Signature/);
      }
      await store(scanning, user, textMail());
      expect(await stored(user)).toEqual([textMail()].map(shown));
      expect(scanning.log()).toMatch(/"message":"upload to INBOX".*"direction":"upload".*"action":"upload refused"/);
    });

    test.skipIf(isMissing)(`${program}: all of them where they are not scanned`, { timeout: 120_000 }, async () => {
      const user = newUser();
      for (const message of [...CLEAN, ...INFECTED]) expect((await store(passing, user, message)).code).toBe(0);
      expect(await stored(user)).toEqual([...CLEAN, ...INFECTED].map(shown));
      expect(passing.log()).not.toContain('"direction":"upload"');
    });
  }

  test("are the same with and without mailward, whatever line ends they have", async () => {
    const octets = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1));
    const messages = [
      bareLineFeedMail(),
      Buffer.concat([textMail(), octets]),
      Buffer.from("no header"),
      Buffer.from("\n"),
    ];
    const [first, second] = [newUser(), newUser()];
    const [direct, through] = [await client(dovecot.ports.imap, first), await client(portOf(scanning), second)];
    for (const message of messages) {
      const expected = await direct.ask(`APPEND INBOX ${literal(message)}`);
      expect(expected.toString()).toContain("t OK");
      expect(await through.ask(`APPEND INBOX ${literal(message)}`)).toEqual(expected);
    }
    expect(await stored(second)).toEqual(await stored(first));
    for (const opened of [direct, through]) opened.close();
  });

  test("are stored together or not at all (RFC 3502)", async () => {
    const user = newUser();
    const opened = await client(portOf(scanning), user);
    const ask = async (...messages: Buffer[]) => {
      const literals = messages.map((message) => ` (\\Flagged) ${literal(message)}`).join("");
      return (await opened.ask(`APPEND INBOX${literals}`)).toString("latin1");
    };
    expect(await ask(textMail(), eicarMail(), textMail())).toBe("t NO");
    expect(await ask(textMail(), cleanZipMail())).toBe("t OK");
    expect(await ask(textMail(), eicarZipMail())).toBe("t NO");
    opened.close();
    expect(await stored(user)).toEqual([textMail(), cleanZipMail()].map(shown));
  });

  test("are refused when there is no space for them, and the connection goes on", { timeout: 60_000 }, async () => {
    const user = newUser();
    const opened = await client(portOf(tight), user);
    const large = literal(largeMail(2 * 1024 * 1024));
    for (const command of [`APPEND INBOX ${large}`, `APPEND INBOX ${literal(textMail())} ${large}`]) {
      expect((await opened.ask(command)).toString()).toBe("t NO");
    }
    expect((await opened.ask(`APPEND INBOX ${literal(textMail())}`)).toString()).toContain("t OK");
    opened.close();
    expect(await stored(user)).toEqual([textMail()].map(shown));
    expect(tight.log()).toMatch(/"event":"message-refused".*"message":"upload to INBOX".*"code":"spool"/);
  });

  test("go where the server allows it, and nowhere by CATENATE (RFC 4469)", async () => {
    const user = newUser();
    const [direct, through] = [await client(dovecot.ports.imap, user), await client(portOf(scanning), user)];
    expect((await direct.ask("CAPABILITY")).toString()).toContain(" CATENATE ");
    expect((await through.ask("CAPABILITY")).toString()).not.toContain("CATENATE");
    expect((await through.ask(`APPEND none ${literal(textMail())}`)).toString()).toBe("t NO");
    expect((await through.ask(`APPEND {5+}\r\nINBOX ${literal(textMail())}`)).toString()).toContain("t OK");
    const parts = `URL "/INBOX/;UID=1" TEXT ${literal(eicarMail())}`;
    expect((await through.ask(`APPEND INBOX CATENATE (${parts})`)).toString()).toBe("t NO");
    expect((await through.ask("NOOP")).toString()).toContain("t OK");
    for (const opened of [direct, through]) opened.close();
    expect(await stored(user)).toEqual([textMail()].map(shown));
  });
});

let users = 0;

function newUser(): string {
  users += 1;
  dovecot.addUser(`user${users}`, []);
  return `user${users}`;
}

function curl(serving: Serving, user: string, message: Buffer): Promise<RunResult> {
  const url = `imap://127.0.0.1:${portOf(serving)}/INBOX`;
  return runCommand("curl", ["-sS", "--user", `${user}:${PASSWORD}`, url, "-T", saved(message)]);
}

function imaplib(serving: Serving, user: string, message: Buffer): Promise<RunResult> {
  const script = join(import.meta.dirname, "clients/imap_append.py");
  return runCommand("python3", [script, "127.0.0.1", String(portOf(serving)), user, PASSWORD, "INBOX", saved(message)]);
}

function saved(message: Buffer): string {
  const file = join(scratch.path, "message");
  writeFileSync(file, message);
  return file;
}

function portOf(serving: Serving): number {
  return Number(serving.listeners[0]?.address.split(":").at(-1));
}

async function client(port: number, user: string): Promise<ImapClient> {
  const opened = await ImapClient.connect(port);
  expect((await opened.ask(`LOGIN ${user} ${PASSWORD}`)).toString()).toContain("t OK");
  return opened;
}

/** What the server has, as it says itself. */
async function stored(user: string): Promise<string[]> {
  const direct = await client(dovecot.ports.imap, user);
  const status = (await direct.ask("STATUS INBOX (MESSAGES)")).toString();
  await direct.ask("SELECT INBOX");
  const messages: string[] = [];
  for (let number = 1; number <= Number(/MESSAGES (\d+)/.exec(status)?.[1]); number += 1) {
    const answer = await direct.ask(`FETCH ${number} BODY.PEEK[]`);
    const bytes = Number(/\{(\d+)\}\r\n/.exec(answer.toString("latin1", 0, 100))?.[1]);
    const start = answer.indexOf("\r\n") + 2;
    messages.push(shown(answer.subarray(start, start + bytes)));
  }
  direct.close();
  return messages;
}

/** Long messages are compared by their digest. */
function shown(message: Buffer): string {
  if (message.length < 10_000) return message.toString("latin1");
  return `${message.length} octets, ${createHash("sha256").update(message).digest("hex")}`;
}

/** One that does not wait. */
function literal(message: Buffer): string {
  return `{${message.length}+}\r\n${message.toString("latin1")}`;
}
