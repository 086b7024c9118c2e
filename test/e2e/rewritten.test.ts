/** What a real Dovecot tells of infected messages through mailward, before and after they are replaced, in this connection,
 *  in another one, and after a restart: always what is true of the octets that are delivered. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leavesOf } from "../../src/mime/sections/leaf-numbers.ts";
import { structureOf } from "../../src/mime/sections/message-structure.ts";
import { parseParts } from "../../src/mime/sections/part-tree.ts";
import { sectionMap } from "../../src/mime/sections/section-map.ts";
import { type Dovecot, dovecotProblem, PASSWORD, startDovecot } from "../support/dovecot.ts";
import { eicar } from "../support/eicar.ts";
import { ImapClient } from "../support/imap-client.ts";
import { attachmentMail, eicarZipMail, nestedMail, textMail } from "../support/sample-mail.ts";
import { containsEicar } from "./eicar-search.ts";
import { executableProblem, homelessEnvironment, type Serving, scratchDirectory, startServe } from "./executable.ts";

const problem = dovecotProblem() ?? executableProblem();
const long = { name: "a.com", content: Buffer.concat([eicar(), Buffer.alloc(3_000, " ")]) };
const samples = [
  { name: "an attachment", message: attachmentMail([long]) },
  { name: "an attachment inside a message", message: nestedMail(eicarZipMail(), 2) },
  { name: "a text", message: textMail(`Hello,\r\n${eicar().toString("latin1")}\r\nthe end\r\n`) },
  // Nothing of it can stay, and it is shorter than any notice.
  { name: "a header", message: Buffer.from(`Subject: ${eicar().toString("latin1")}\r\n\r\n\r\n`) },
];
const scratch = scratchDirectory("rewritten");
const config = join(scratch.path, "config.jsonc");
const env = { ...homelessEnvironment(), XDG_STATE_HOME: join(scratch.path, "state") };
let dovecot: Dovecot;
let serving: Serving;

beforeAll(async () => {
  if (problem !== undefined) return;
  dovecot = await startDovecot();
  dovecot.addUser(
    "ann",
    samples.map(({ message }) => message),
  );
  const listen = { pop3: [], imap: [] };
  const forward = [
    `127.0.0.1:0=imap://127.0.0.1:${dovecot.ports.imap}`,
    `127.0.0.1:0=pop3://127.0.0.1:${dovecot.ports.pop3}`,
  ];
  writeFileSync(config, JSON.stringify({ listen, forward, upstream: { caFile: dovecot.caFile } }));
  serving = await startServe(["--config", config], 2, { env });
}, 60_000);

afterAll(async () => {
  const code = await serving?.stop();
  await dovecot?.stop();
  scratch.dispose();
  if (serving !== undefined) expect(code).toBe(0);
});

describe.skipIf(problem !== undefined)(`replaced messages (${problem ?? "Dovecot"})`, () => {
  const delivered: Buffer[] = [];

  test("have the size and the parts that were told before", { timeout: 60_000 }, async () => {
    const client = await selected();
    for (const [index, { name, message }] of samples.entries()) {
      const before = await client.ask(`UID FETCH ${index + 1} (RFC822.SIZE BODYSTRUCTURE ENVELOPE)`);
      expect(before.toString("latin1"), name).toContain(`RFC822.SIZE ${message.length}`);
      const whole = literalOf(await client.ask(`UID FETCH ${index + 1} BODY.PEEK[]`));
      delivered.push(whole);
      expect(containsEicar(whole), name).toBe(false);
      if (name === "a header") continue;
      expect(whole.length, name).toBe(message.length);
      const shape = (octets: Buffer) =>
        parseParts(octets).parts.map(({ bodyStart, end, kind }) => [bodyStart, end, kind]);
      expect(shape(whole), name).toEqual(shape(message));
    }
    await agree(client);
    client.close();
  });

  test("are told of in another connection as they are", { timeout: 60_000 }, async () => {
    const client = await selected();
    await agree(client);
    client.close();
  });

  test("are told of after a restart as they are", { timeout: 60_000 }, async () => {
    expect(await serving.stop()).toBe(0);
    serving = await startServe(["--config", config], 2, { env });
    const client = await selected();
    await agree(client);
    client.close();
  });

  test("have the size that POP3 lists where there was room", { timeout: 60_000 }, async () => {
    const { port } = serving.address("pop3", `pop3://127.0.0.1:${dovecot.ports.pop3}`);
    const said = await pop3(port, [
      "USER ann",
      `PASS ${PASSWORD}`,
      "STAT",
      "LIST",
      ...samples.map((_, index) => `RETR ${index + 1}`),
      "QUIT",
    ]);
    const listed = [...said.matchAll(/^(\d+) (\d+)\r$/gm)].map(([, , size]) => Number(size));
    const messages = [...said.matchAll(/^\+OK[^\n]*octets\r\n([\s\S]*?\r\n)\.\r$/gm)].map(([, text = ""]) => text);
    const retrieved = messages.slice(-samples.length).map((text) => text.replace(/^\./gm, "").length);
    expect(listed).toHaveLength(samples.length);
    expect(retrieved.slice(0, -1)).toEqual(listed.slice(0, -1));
  });

  /** Everything that IMAP tells is true of the octets. */
  async function agree(client: ImapClient): Promise<void> {
    for (const [index, { name }] of samples.entries()) {
      const octets = delivered[index] ?? Buffer.alloc(0);
      const uid = index + 1;
      const { envelope, body, bodyStructure } = structureOf(octets);
      const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString("latin1");
      for (const command of [`UID FETCH ${uid}`, `FETCH ${uid}`]) {
        const told = await client.ask(`${command} (RFC822.SIZE BODYSTRUCTURE ENVELOPE BODY)`);
        const said = told.toString("latin1");
        expect(said, name).toContain(`RFC822.SIZE ${octets.length} `);
        expect(said, name).toContain(`BODYSTRUCTURE ${text(bodyStructure)}`);
        expect(said, name).toContain(`ENVELOPE ${text(envelope)}`);
        expect(said, name).toContain(`BODY ${text(body)}`);
        expect(literalOf(await client.ask(`${command} BODY.PEEK[]`)), name).toEqual(octets);
        const header = literalOf(await client.ask(`${command} BODY.PEEK[HEADER]`));
        expect(octets.subarray(0, header.length), name).toEqual(header);
      }
      for (const [number, part] of leavesOf(sectionMap(octets))) {
        const section = literalOf(await client.ask(`UID FETCH ${uid} BODY.PEEK[${number}]`));
        expect(section, `${name} ${number}`).toEqual(octets.subarray(part.bodyStart, part.end));
        const size = /BINARY\.SIZE\[[0-9.]+\] (\d+)/.exec(
          (await client.ask(`UID FETCH ${uid} (BINARY.SIZE[${number}])`)).toString("latin1"),
        )?.[1];
        const decoded = literalOf(await client.ask(`UID FETCH ${uid} BINARY.PEEK[${number}]`));
        expect(Number(size), `${name} ${number}`).toBe(decoded.length);
      }
    }
  }
});

/** What is said after these commands, pipelined. */
async function pop3(port: number, commands: readonly string[]): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  socket.write(commands.map((command) => `${command}\r\n`).join(""));
  await once(socket, "close");
  return Buffer.concat(pieces).toString("latin1");
}

async function selected(): Promise<ImapClient> {
  const { port } = serving.address("imap", `imap://127.0.0.1:${dovecot.ports.imap}`);
  const client = await ImapClient.connect(port);
  await client.ask(`LOGIN ann ${PASSWORD}`);
  await client.ask("SELECT INBOX");
  return client;
}

/** The octets of the first literal in an answer. */
function literalOf(answer: Buffer): Buffer {
  const head = /~?\{(\d+)\}\r\n/.exec(answer.toString("latin1"));
  if (head === null) return Buffer.alloc(0);
  const start = head.index + head[0].length;
  return answer.subarray(start, start + Number(head[1]));
}
