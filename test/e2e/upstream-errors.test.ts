/** What a mail client is told when the server behind mailward is not as it should be. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAuthority, selfSigned } from "../support/certificates.ts";
import { LineClient } from "../support/mail-client.ts";
import { type ScriptedServer, type Step, startScriptedServer } from "../support/scripted-server.ts";
import { executableProblem, type Serving, scratchDirectory, startServe } from "./executable.ts";

const problem = executableProblem();
const scratch = scratchDirectory("upstream");
const authority = createAuthority();
const servers: ScriptedServer[] = [];
let serving: Serving;

beforeAll(async () => {
  if (problem !== undefined) return;
  const caFile = join(scratch.path, "ca.pem");
  writeFileSync(caFile, authority.certificate);
  const config = join(scratch.path, "config.jsonc");
  const listen = { pop3: ["127.0.0.1:0"], imap: ["127.0.0.1:0"] };
  writeFileSync(config, JSON.stringify({ listen, upstream: { caFile, connectTimeout: "3s" } }));
  serving = await startServe(["--config", config], 2);
});

afterAll(async () => {
  await serving?.stop();
  for (const server of servers) await server.close();
  scratch.dispose();
});

const PASSWORD = "hunter-of-tests";

/** Each gives the server's part of the login, after the slash. */
const CASES: readonly { readonly name: string; readonly says: RegExp; place(): Promise<string> }[] = [
  { name: "a port where nobody listens", says: /refuse/i, place: async () => `127.0.0.1:${await closedPort()};plain` },
  {
    name: "an unknown host",
    says: /unknown|not known|resolve/i,
    place: async () => "no-such-host.invalid",
  },
  { name: "a server that closes at once", says: /./, place: () => scripted([{ end: "fin" }]) },
  { name: "a server that resets", says: /./, place: () => scripted([{ end: "reset" }]) },
  { name: "a server that says nothing", says: /time|answer|silent/i, place: () => scripted([{ end: "silence" }]) },
  {
    name: "a server that greets with garbage",
    says: /./,
    place: () => scripted([{ send: "\0\x01\x02 HTTP/1.1\r\n\r\n" }]),
  },
  { name: "a self-signed certificate", says: /certificate/i, place: () => secured(selfSigned()) },
  {
    name: "an expired certificate",
    says: /certificate/i,
    place: () => secured(authority.issue({ validity: "expired" })),
  },
  {
    name: "a certificate of another host",
    says: /certificate/i,
    place: () => secured(authority.issue({ hosts: ["mail.example.org"] })),
  },
  {
    name: "a certificate of an unknown authority",
    says: /certificate/i,
    place: () => secured(createAuthority("Another").issue()),
  },
  {
    name: "a server without TLS where TLS is asked for",
    says: /TLS/i,
    place: () => scripted([{ send: "+OK\r\n" }], ";tls"),
  },
  { name: "mailward itself", says: /loop|itself|own|mailward/i, place: async () => `${ownPlace()};plain` },
];

for (const { name, says, place } of CASES) {
  describe(name, () => {
    test("is an -ERR to a POP3 client", async ({ skip }) => {
      skip(problem !== undefined, problem);
      const client = await LineClient.connect(serving.address("pop3", "explicit").port);
      const started = performance.now();
      expect(await client.line()).toMatch(/^\+OK/);
      const user = await client.ask(`USER ann/${await place()}`);
      const answer = user?.startsWith("+OK") === true ? await client.ask(`PASS ${PASSWORD}`) : user;
      expect(answer).toMatch(/^-ERR .+/);
      expect(answer).toMatch(says);
      expect(answer).not.toContain(PASSWORD);
      expect(performance.now() - started).toBeLessThan(15_000);
      client.close();
      expectNoPasswordSent();
    });

    test("is a NO or BYE to an IMAP client", async ({ skip }) => {
      skip(problem !== undefined, problem);
      const client = await LineClient.connect(serving.address("imap", "explicit").port);
      expect(await client.line()).toMatch(/^\* OK/);
      client.send(`a1 LOGIN "ann/${await place()}" ${PASSWORD}`);
      const lines = await client.until(/^(a1 |\* BYE)/);
      expect(lines.at(-1)).toMatch(/^(a1 NO|\* BYE) .+/);
      expect(lines.join("\n")).toMatch(says);
      expect(lines.join("\n")).not.toContain(PASSWORD);
      client.close();
      expectNoPasswordSent();
    });
  });
}

test("an empty server is refused", async ({ skip }) => {
  skip(problem !== undefined, problem);
  const client = await LineClient.connect(serving.address("pop3", "explicit").port);
  await client.line();
  const user = await client.ask("USER ann/");
  const answer = user?.startsWith("+OK") === true ? await client.ask("PASS x") : user;
  expect(answer).toMatch(/^-ERR .+/);
  client.close();
});

test("a name without a server is refused with what to write instead", async ({ skip }) => {
  skip(problem !== undefined, problem);
  const client = await LineClient.connect(serving.address("imap", "explicit").port);
  await client.line();
  expect(await client.ask("a1 LOGIN ann secret")).toMatch(/^a1 (NO|BAD) .*\//);
  client.close();
});

test("the log holds no password", ({ skip }) => {
  skip(problem !== undefined, problem);
  expect(serving.log()).not.toContain(PASSWORD);
});

async function scripted(script: readonly Step[], security = ";plain"): Promise<string> {
  const server = await startScriptedServer(script);
  servers.push(server);
  return `127.0.0.1:${server.port}${security}`;
}

async function secured(tls: { readonly cert: string; readonly key: string }): Promise<string> {
  const server = await startScriptedServer([{ send: "+OK ready\r\n" }, { end: "silence" }], { tls });
  servers.push(server);
  return `127.0.0.1:${server.port};tls`;
}

async function closedPort(): Promise<number> {
  const server = await startScriptedServer([]);
  await server.close();
  return server.port;
}

function ownPlace(): string {
  const { host, port } = serving.address("pop3", "explicit");
  return `${host}:${port}`;
}

function expectNoPasswordSent(): void {
  for (const server of servers) {
    for (const connection of server.connections) expect(connection.received()).not.toContain(PASSWORD);
  }
}
