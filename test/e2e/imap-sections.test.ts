/** Every way to ask a real Dovecot for a piece of a message, directly and through mailward: the same answers, octet for
 *  octet, and none with the malware. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sectionMap } from "../../src/mime/sections/section-map.ts";
import { headerLength } from "../../src/protocol/imap/header-guard.ts";
import { type Dovecot, dovecotProblem, PASSWORD, startDovecot } from "../support/dovecot.ts";
import { ImapClient } from "../support/imap-client.ts";
import { mimeShapes } from "../support/mime-shapes.ts";
import { containsEicar } from "./eicar-search.ts";
import { executableProblem, type Serving, scratchDirectory, startServe } from "./executable.ts";
import { variedMailbox } from "./mailbox.ts";

const problem = dovecotProblem() ?? executableProblem();
const samples = [
  ...variedMailbox().filter(({ message }) => message.length < 200_000),
  ...mimeShapes().map(({ name, message }) => ({ name, message, isInfected: false })),
];
const scratch = scratchDirectory("sections");
let dovecot: Dovecot;
let serving: Serving;
let direct: ImapClient;
let through: ImapClient;

beforeAll(async () => {
  if (problem !== undefined) return;
  dovecot = await startDovecot();
  dovecot.addUser(
    "ann",
    samples.map(({ message }) => message),
  );
  const config = join(scratch.path, "config.jsonc");
  const forward = [`127.0.0.1:0=imap://127.0.0.1:${dovecot.ports.imap}`];
  const listen = { pop3: [], imap: [] };
  writeFileSync(config, JSON.stringify({ listen, forward, upstream: { caFile: dovecot.caFile } }));
  serving = await startServe(["--config", config], 1);
  direct = await selected(dovecot.ports.imap);
  through = await selected(serving.listeners.map(({ address }) => Number(address.split(":").at(-1)))[0] ?? 0);
}, 60_000);

afterAll(async () => {
  direct?.close();
  through?.close();
  const code = await serving?.stop();
  await dovecot?.stop();
  scratch.dispose();
  if (serving !== undefined) expect(code).toBe(0);
});

describe.skipIf(problem !== undefined)(`pieces of messages (${problem ?? "Dovecot"})`, () => {
  test("are the same as without mailward in every form, of clean mail", { timeout: 300_000 }, async () => {
    const differences: string[] = [];
    for (const [index, { name, message, isInfected }] of samples.entries()) {
      if (isInfected) continue;
      for (const items of forms(message)) {
        const command = `FETCH ${index + 1} (${items})`;
        const expected = await direct.ask(command).catch(() => undefined);
        if (expected === undefined) {
          // Dovecot drops the connection where it can not undo quoted-printable.
          direct = await selected(dovecot.ports.imap);
          continue;
        }
        const actual = await through.ask(command);
        if (isAlike(message, items, expected, actual)) continue;
        differences.push(`${name}: ${items}\n  direct  ${show(expected)}\n  through ${show(actual)}`);
      }
    }
    expect(differences.join("\n")).toBe("");
  });

  test("never hold the malware, and fit together, of infected mail", { timeout: 300_000 }, async () => {
    for (const [index, { name, message, isInfected }] of samples.entries()) {
      if (!isInfected) continue;
      for (const items of forms(message)) {
        const answer = await through.ask(`FETCH ${index + 1} (${items})`);
        expect(containsEicar(answer), `${name}: ${items}`).toBe(false);
      }
      const whole = literalOf(await through.ask(`UID FETCH ${index + 1} BODY.PEEK[]`));
      const pieces: Buffer[] = [];
      for (let at = 0; at < whole.length; at += 700) {
        pieces.push(literalOf(await through.ask(`UID FETCH ${index + 1} BODY.PEEK[]<${at}.700>`)));
      }
      expect(Buffer.concat(pieces), name).toEqual(whole);
    }
  });

  test("set \\Seen exactly when they do without mailward", { timeout: 60_000 }, async () => {
    await Promise.all([direct.ask("STORE 1:* -FLAGS.SILENT (\\Seen)"), through.ask("NOOP")]);
    const seen = async (): Promise<string> => (await through.ask("FETCH 1 FLAGS")).toString("latin1");
    for (const items of ["BODY.PEEK[]<0.10>", "BODY.PEEK[1]", "BODY.PEEK[1.MIME]", "BINARY.PEEK[1]", "RFC822.HEADER"]) {
      await through.ask(`FETCH 1 ${items}`);
      expect(await seen(), items).not.toContain("\\Seen");
    }
    for (const items of ["BODY[]<5.10>", "BODY[1]", "BODY[TEXT]", "BINARY[1]", "RFC822.TEXT"]) {
      await through.ask(`FETCH 1 ${items}`);
      expect(await seen(), items).toContain("\\Seen");
      await through.ask("STORE 1 -FLAGS.SILENT (\\Seen)");
      expect(await seen(), items).not.toContain("\\Seen");
    }
  });
});

/** The same, but for what is meant to differ. */
function isAlike(message: Buffer, items: string, direct: Buffer, through: Buffer): boolean {
  if (direct.equals(through)) return true;
  const [expected, actual] = [direct, through].map((answer) => answer.toString("latin1"));
  if (expected === undefined || actual === undefined) return false;
  const text = message.toString("latin1");
  if (items.startsWith("BINARY")) {
    // Dovecot writes everything that it decodes as literal8, says before a NO that the message is there, and decodes
    // what is in attached messages as well.
    const plain = expected.replace(/~\{/, "{").replace(/^\* \d+ FETCH \(UID \d+\)\r\n(?=t NO)/, "");
    // Nor does it wait for a MIME-Version.
    return (
      plain === actual.replace(/~\{/, "{") || /multipart\/|message\//i.test(text) || !/^MIME-Version:/im.test(text)
    );
  }
  // Servers end every list of fields with a blank line, also where the header has none.
  if (expected.replace("{2}\r\n\r\n", "{0}\r\n") === actual) return true;
  // A header that comes before the verdict ends where some program may take it for the body.
  const start = headerLength(literalOf(direct));
  return /HEADER/.test(items) && start < literalOf(direct).length && literalOf(through).length === start;
}

/** Every item that a message can be asked for, one FETCH each. */
function forms(message: Buffer): string[] {
  const top = ["", "HEADER", "TEXT", "HEADER.FIELDS (SUBJECT X-None from)", "HEADER.FIELDS.NOT (SUBJECT)"];
  const items = top.map((section) => `BODY.PEEK[${section}]`);
  items.push("RFC822.HEADER", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE", "BODY");
  items.push("BODY.PEEK[]<0.50>", "BODY.PEEK[]<30.4000>", "BODY.PEEK[TEXT]<3.9>", "BODY.PEEK[]<99999999.5>");
  // Dovecot decodes the parts of the whole message as well; to RFC 3516 the message itself has no encoding.
  if (!/\0|Transfer-Encoding/i.test(message.toString("latin1"))) items.push("BINARY.PEEK[]", "BINARY.PEEK[]<7.30>");
  items.push("UID INTERNALDATE BODY.PEEK[HEADER] BODY.PEEK[TEXT]", "UID BODY.PEEK[1] BODY.PEEK[1.MIME]");
  for (const part of [...parts(message), "9", "1.9"]) {
    for (const end of ["", ".MIME", ".HEADER", ".TEXT", ".HEADER.FIELDS (SUBJECT)"])
      items.push(`BODY.PEEK[${part}${end}]`);
    items.push(`BODY.PEEK[${part}]<2.20>`);
    if (!message.includes(0)) items.push(`BINARY.PEEK[${part}]`, `BINARY.SIZE[${part}]`, `BINARY.PEEK[${part}]<1.9>`);
  }
  return items;
}

/** The numbers of its parts, those of attached messages included. */
function parts(message: Buffer): string[] {
  const map = sectionMap(message);
  const found: string[] = [];
  const visit = (index: number, prefix: string): void => {
    const part = map.parts[index];
    if (part === undefined) return;
    for (const [place, child] of part.children.entries()) {
      const childPart = map.parts[child];
      const isMessage = part.kind === "message";
      const number =
        isMessage && childPart?.kind === "multipart" ? prefix : [prefix, place + 1].filter(Boolean).join(".");
      if (number !== prefix) found.push(number);
      visit(child, number);
    }
  };
  visit(0, "");
  return found.length === 0 ? ["1"] : found.slice(0, 30);
}

async function selected(port: number): Promise<ImapClient> {
  const client = await ImapClient.connect(port);
  await client.ask(`LOGIN ann ${PASSWORD}`);
  await client.ask("SELECT INBOX");
  return client;
}

/** The octets of the first literal in an answer. */
function literalOf(answer: Buffer): Buffer {
  const head = /\{(\d+)\}\r\n/.exec(answer.toString("latin1"));
  if (head === null) return Buffer.alloc(0);
  const start = head.index + head[0].length;
  return answer.subarray(start, start + Number(head[1]));
}

function show(answer: Buffer): string {
  return JSON.stringify(answer.toString("latin1").slice(0, 300));
}
