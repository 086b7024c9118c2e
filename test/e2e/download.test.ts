/** A varied mailbox of a real Dovecot, downloaded by real mail clients, directly and through mailward. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Dovecot, dovecotProblem, PASSWORD, startDovecot } from "../support/dovecot.ts";
import { contains, containsEicar } from "./eicar-search.ts";
import { executableProblem, type Serving, scratchDirectory, startServe } from "./executable.ts";
import { type Downloaded, type MailClient, mailClients, type Place } from "./mail-clients.ts";
import { variedMailbox } from "./mailbox.ts";

const problem = dovecotProblem() ?? executableProblem();
const samples = variedMailbox();
const infected = new Set(samples.flatMap(({ isInfected }, index) => (isInfected ? [index + 1] : [])));

/** How the client reaches the server: named in the login, or by a fixed forward. */
const WAYS = ["explicit ;plain", "explicit ;starttls", "explicit ;tls", "forward", "forward with TLS"] as const;
type Way = (typeof WAYS)[number];

/** These are quick enough for all of them. */
const EVERY_WAY: ReadonlySet<string> = new Set(["curl", "poplib RETR", "imaplib body"]);

let dovecot: Dovecot;
let serving: Serving;
const scratch = scratchDirectory("download");
const direct = new Map<string, Promise<Downloaded>>();

beforeAll(async () => {
  if (problem !== undefined) return;
  dovecot = await startDovecot();
  dovecot.addUser(
    "ann",
    samples.map(({ message }) => message),
  );
  const { imap, imaps, pop3, pop3s } = dovecot.ports;
  const config = join(scratch.path, "config.jsonc");
  const forward = [
    `127.0.0.1:0=pop3://127.0.0.1:${pop3}`,
    `127.0.0.1:0=pop3s://127.0.0.1:${pop3s}`,
    `127.0.0.1:0=imap://127.0.0.1:${imap}`,
    `127.0.0.1:0=imaps://127.0.0.1:${imaps}`,
  ];
  const listen = { pop3: ["127.0.0.1:0"], imap: ["127.0.0.1:0"] };
  writeFileSync(config, JSON.stringify({ listen, forward, upstream: { caFile: dovecot.caFile } }));
  serving = await startServe(["--config", config], 6);
});

afterAll(async () => {
  const code = await serving?.stop();
  await dovecot?.stop();
  scratch.dispose();
  if (serving !== undefined) expect(code).toBe(0);
});

describe("the mailbox", () => {
  test("has more than sixty messages, and the search finds EICAR in the infected ones alone", () => {
    expect(samples.length).toBeGreaterThanOrEqual(60);
    expect(samples.filter(({ message, isInfected }) => containsEicar(message) !== isInfected)).toEqual([]);
    expect(infected.size).toBeGreaterThanOrEqual(10);
  });
});

for (const client of mailClients()) {
  describe(`${client.name} (${client.protocol})`, () => {
    const ways = EVERY_WAY.has(client.name) ? WAYS : (["explicit ;plain", "forward with TLS"] as const);
    for (const way of ways) {
      test(`downloads through mailward what it downloads without, ${way}`, async ({ skip }) => {
        skip(problem !== undefined, problem);
        skip(client.problem !== undefined, client.problem);
        const through = await download(client, placeOf(client.protocol, way));
        compare(await directly(client), through);
        expect([...through.refused]).toEqual([]);
        expect(through.messages.size).toBe(samples.length);
      });
    }
  });
}

test("four clients at once get the same", async ({ skip }) => {
  skip(problem !== undefined, problem);
  const clients = mailClients().filter(({ name }) => ["curl", "poplib RETR", "imaplib uid-set"].includes(name));
  skip(
    clients.some((client) => client.problem !== undefined),
    "curl or python3 is not installed",
  );
  const results = await Promise.all(
    clients.map(
      async (client) => [await directly(client), await download(client, placeOf(client.protocol, "forward"))] as const,
    ),
  );
  expect(results).toHaveLength(4);
  for (const [reference, through] of results) compare(reference, through);
});

test("the log holds no password and no message text", ({ skip }) => {
  skip(problem !== undefined, problem);
  expect(serving.log()).not.toContain(PASSWORD);
  expect(serving.log()).not.toContain("See the attachment");
});

/** Clean messages are the same octets; infected ones came in another form without the test file. */
function compare(reference: Downloaded, through: Downloaded): void {
  expect(through.result.stderr).not.toMatch(/traceback/i);
  expect(through.result.code).toBe(reference.result.code);
  expect(reference.messages.size).toBe(samples.length);
  const wrong: string[] = [];
  for (const [number, message] of through.messages) {
    const name = samples[number - 1]?.name ?? `message ${number}`;
    const original = reference.messages.get(number);
    if (!infected.has(number)) {
      if (original === undefined || !message.equals(original)) wrong.push(`${name} is not identical`);
      continue;
    }
    if (containsEicar(message)) wrong.push(`${name} still holds the test file`);
    if (!contains(message, Buffer.from("mailward"))) wrong.push(`${name} has no notice`);
    if (subjectOf(message) !== subjectOf(original)) wrong.push(`${name} lost its subject`);
  }
  expect(wrong).toEqual([]);
}

function subjectOf(message: Buffer | undefined): string | undefined {
  return /^Subject: (.*?)\r?$/im.exec(message?.toString("latin1") ?? "")?.[1];
}

function directly(client: MailClient): Promise<Downloaded> {
  const key = `${client.protocol} ${client.name}`;
  const known = direct.get(key);
  if (known !== undefined) return known;
  const place = { protocol: client.protocol, host: "127.0.0.1", port: dovecot.ports[client.protocol] };
  const result = download(client, { ...place, user: "ann", password: PASSWORD });
  direct.set(key, result);
  return result;
}

async function download(client: MailClient, place: Place): Promise<Downloaded> {
  const directory = scratchDirectory("client");
  try {
    return await client.download(place, directory.path, samples.length);
  } finally {
    directory.dispose();
  }
}

function placeOf(protocol: "pop3" | "imap", way: Way): Place {
  const plain = dovecot.ports[protocol];
  const secure = dovecot.ports[`${protocol}s`];
  const explicit = serving.address(protocol, "explicit");
  switch (way) {
    case "explicit ;plain":
      return { protocol, ...explicit, user: `ann/127.0.0.1:${plain};plain`, password: PASSWORD };
    case "explicit ;starttls":
      return { protocol, ...explicit, user: `ann/localhost:${plain};starttls`, password: PASSWORD };
    case "explicit ;tls":
      return { protocol, ...explicit, user: `ann/127.0.0.1:${secure};tls`, password: PASSWORD };
    case "forward":
      return {
        protocol,
        ...serving.address(protocol, `${protocol}://127.0.0.1:${plain}`),
        user: "ann",
        password: PASSWORD,
      };
    case "forward with TLS":
      return {
        protocol,
        ...serving.address(protocol, `${protocol}s://127.0.0.1:${secure}`),
        user: "ann",
        password: PASSWORD,
      };
    default:
      return way satisfies never;
  }
}
