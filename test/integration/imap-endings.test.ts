/** What happens when one side goes, at every point of an IMAP dialogue: the other side gets a correct ending, nothing half as
 *  if it were whole, no other connection notices, and nothing is left behind. */
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import type { RunningProxy } from "../../src/app/compose.ts";
import { defaultSettings } from "../../src/config/defaults.ts";
import type { Settings } from "../../src/core/settings.ts";
import { type GatedService, gatedService, RawClient, startImapProxy } from "../support/imap-proxy.ts";
import { left, watchTimers } from "../support/left-behind.ts";
import { type ScriptedServer, type Step, startScriptedServer } from "../support/scripted-server.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const PATIENCE = { timeout: 15_000, interval: 10 };
const MARKER = "~unjudged~";
const MESSAGE = `Subject: hello\r\n\r\n${MARKER}${"x".repeat(3_000)}\r\n`;
const LITERAL = `{${MESSAGE.length}}\r\n`;
const GREETING = { send: "* OK ready\r\n" };
const LOGIN: readonly Step[] = [GREETING, { expect: "l LOGIN ann secret" }, { send: "l OK in\r\n" }];

interface Point {
  readonly name: string;
  readonly script: readonly Step[];
  /** What the client says: each next one when what was received so far matches. */
  readonly says: readonly (readonly [after: RegExp, text: string | Uint8Array])[];
  /** The point is reached when the client has received this. */
  readonly received: RegExp;
  /** … and the upstream this. */
  readonly upstream?: RegExp;
  /** … and so many messages wait for their verdict or sections. */
  readonly waiting?: number;
  /** What the client has when the connection is over, besides a BYE; no content unless this says so. */
  readonly answer?: RegExp;
  /** There is no BYE from the proxy. */
  readonly isSilent?: boolean;
  readonly settings?: Partial<Settings>;
  readonly isCompressed?: boolean;
}

const COMPRESSED: readonly Step[] = [...LOGIN, { expect: "c COMPRESS DEFLATE" }];
const FETCH = [/l OK/, "a FETCH 1 BODY[]\r\n"] as const;
const SAY_LOGIN = [/OK ready/, "l LOGIN ann secret\r\n"] as const;
const ON_DISK = { spool: { memoryBytesPerMessage: 1_000, memoryBytesTotal: 1_000, diskBytesTotal: 1_000_000 } };
const SCANNED_UPLOADS = { uploads: { areScanned: true } };
const OBSERVED = { delivery: { mode: "observe", keepAliveMs: 10_000 } } as const;

const POINTS: readonly Point[] = [
  { name: "before the greeting", script: [], says: [], received: /^$/ },
  { name: "within the greeting", script: [{ send: "* OK re" }], says: [], received: /^$/ },
  { name: "before login", script: [GREETING], says: [], received: /ready\r\n$/ },
  {
    name: "while the login is answered",
    script: [GREETING],
    says: [SAY_LOGIN],
    received: /ready/,
    upstream: /l LOGIN/,
  },
  {
    name: "in the middle of a SASL exchange",
    script: [GREETING, { expect: "a AUTHENTICATE PLAIN" }, { send: "+ \r\n" }],
    says: [[/ready/, "a AUTHENTICATE PLAIN\r\n"]],
    received: /\+ \r\n$/,
  },
  {
    name: "while a mailbox is being selected",
    script: [...LOGIN, { expect: "a SELECT INBOX" }, { send: "* 3 EXISTS\r\n" }],
    says: [SAY_LOGIN, [/l OK/, "a SELECT INBOX\r\n"]],
    received: /EXISTS\r\n$/,
  },
  {
    name: "within a literal that is no message",
    script: [...LOGIN, { expect: 'a LIST "" *' }, { send: '* LIST () "/" {10}\r\nabc' }],
    says: [SAY_LOGIN, [/l OK/, 'a LIST "" *\r\n']],
    received: /l OK in\r\n$/,
    upstream: /a LIST/,
  },
  {
    name: "within the literal of a message in memory",
    script: [
      ...LOGIN,
      { expect: "a FETCH 1 BODY[]" },
      { send: `* 1 FETCH (BODY[] ${LITERAL}${MESSAGE.slice(0, 900)}` },
    ],
    says: [SAY_LOGIN, FETCH],
    received: /l OK in\r\n$/,
    upstream: /a FETCH/,
  },
  {
    name: "within the literal of a message on disk",
    script: [
      ...LOGIN,
      { expect: "a FETCH 1 BODY[]" },
      { send: `* 1 FETCH (BODY[] ${LITERAL}${MESSAGE.slice(0, 2_900)}` },
    ],
    says: [SAY_LOGIN, FETCH],
    received: /l OK in\r\n$/,
    upstream: /a FETCH/,
    settings: ON_DISK,
  },
  {
    name: "within the response after its message",
    script: [...LOGIN, { expect: "a FETCH 1 BODY[]" }, { send: `* 1 FETCH (BODY[] ${LITERAL}${MESSAGE} FLAGS (` }],
    says: [SAY_LOGIN, FETCH],
    received: /l OK in\r\n$/,
    waiting: 1,
  },
  {
    name: "while a message waits for its verdict",
    script: [...LOGIN, { expect: "a FETCH 1 BODY[]" }, { send: `* 1 FETCH (BODY[] ${LITERAL}${MESSAGE})\r\na OK\r\n` }],
    says: [SAY_LOGIN, FETCH],
    received: /l OK in\r\n$/,
    waiting: 1,
    answer: /\* 1 FETCH \(BODY\[\] \{\d+\}\r\n[\s\S]*x\r\n\)\r\na OK\r\n/,
    settings: ON_DISK,
  },
  {
    name: "while the second of two messages is downloading and the first waits for its verdict",
    script: [
      ...LOGIN,
      { expect: "a FETCH 1 BODY[]" },
      { send: `* 1 FETCH (BODY[] ${LITERAL}${MESSAGE})\r\n* 2 FETCH (BODY[] ${LITERAL}${MESSAGE.slice(0, 900)}` },
    ],
    says: [SAY_LOGIN, FETCH],
    received: /l OK in\r\n$/,
    waiting: 1,
    answer: /\* 1 FETCH \(BODY\[\] \{\d+\}\r\n[\s\S]*x\r\n\)\r\n/,
  },
  {
    name: "after the whole message was asked for instead of a part of it",
    script: [...LOGIN],
    says: [SAY_LOGIN, [/l OK/, "a FETCH 1 BODY.PEEK[1]\r\n"]],
    received: /l OK in\r\n$/,
    upstream: /a FETCH 1 \(BODY\.PEEK\[\]\)\r\n/,
  },
  {
    name: "while a part is cut out",
    script: [
      ...LOGIN,
      { expect: "a FETCH 1 (BODY.PEEK[])" },
      { send: `* 1 FETCH (BODY[] ${LITERAL}${MESSAGE})\r\na OK\r\n` },
    ],
    says: [SAY_LOGIN, [/l OK/, "a FETCH 1 BODY.PEEK[1.MIME]\r\n"]],
    received: /l OK in\r\n$/,
    waiting: -1,
    answer: /\* 1 FETCH \(BODY\[1\.MIME\] \{\d+\}\r\n[\s\S]*\)\r\na OK\r\n/,
  },
  {
    name: "within a literal that passes to the upstream",
    script: [...LOGIN],
    says: [SAY_LOGIN, [/l OK/, "a APPEND x {1000+}\r\nabc"]],
    received: /l OK in\r\n$/,
    upstream: /\{1000\+\}\r\nabc$/,
  },
  {
    name: "while the client waits to send a literal",
    script: [...LOGIN],
    says: [SAY_LOGIN, [/l OK/, "a APPEND x {1000}\r\n"]],
    received: /l OK in\r\n$/,
    upstream: /\{1000\}\r\n$/,
  },
  {
    name: "within a literal that is scanned on its way up",
    script: [...LOGIN],
    says: [SAY_LOGIN, [/l OK/, "a APPEND x {1000+}\r\nabc"]],
    received: /l OK in\r\n$/,
    settings: { ...SCANNED_UPLOADS, ...ON_DISK },
  },
  {
    name: "while a message on its way up waits for its verdict",
    script: [...LOGIN],
    says: [SAY_LOGIN, [/l OK/, "a APPEND x {3+}\r\nabc\r\n"]],
    received: /l OK in\r\n$/,
    waiting: 1,
    settings: SCANNED_UPLOADS,
  },
  {
    name: "while a message that was scanned on its way up is sent on",
    script: [...LOGIN],
    says: [SAY_LOGIN, [/l OK/, "a APPEND x {3+}\r\nabc\r\n"]],
    received: /l OK in\r\n$/,
    waiting: -1,
    upstream: /a APPEND x \{3\}\r\n$/,
    settings: SCANNED_UPLOADS,
  },
  {
    name: "during IDLE",
    script: [...LOGIN, { expect: "a IDLE" }, { send: "+ idling\r\n" }],
    says: [SAY_LOGIN, [/l OK/, "a IDLE\r\n"]],
    received: /\+ idling\r\n$/,
  },
  {
    name: "during COMPRESS, before its answer",
    script: COMPRESSED,
    says: [SAY_LOGIN, [/l OK/, "c COMPRESS DEFLATE\r\n"]],
    received: /l OK in\r\n$/,
    upstream: /c COMPRESS/,
  },
  {
    name: "within a compressed literal",
    script: [
      ...COMPRESSED,
      { send: "c OK active\r\n" },
      { send: deflated(`* 9 EXISTS\r\n* 1 FETCH (BODY[] ${LITERAL}${MESSAGE.slice(0, 900)}`) },
    ],
    says: [SAY_LOGIN, [/l OK/, "c COMPRESS DEFLATE\r\n"]],
    received: /EXISTS\r\n$/,
    isCompressed: true,
  },
  {
    name: "within compressed octets that are none",
    script: [...COMPRESSED, { send: "c OK active\r\n" }, { send: Buffer.alloc(100, 0xff) }],
    says: [SAY_LOGIN, [/l OK/, "c COMPRESS DEFLATE\r\n"]],
    received: /c OK active\r\n(?:$|.*BYE)/s,
    isCompressed: true,
  },
  {
    name: "while LOGOUT is answered",
    script: [...LOGIN, { expect: "a LOGOUT" }, { send: "* BYE bye\r\n" }],
    says: [SAY_LOGIN, [/l OK/, "a LOGOUT\r\n"]],
    received: /BYE bye\r\n$/,
    answer: /BYE bye\r\n/,
    isSilent: true,
  },
  {
    name: "within a message that is observed",
    script: [
      ...LOGIN,
      { expect: "a FETCH 1 BODY[]" },
      { send: `* 1 FETCH (BODY[] ${LITERAL}${MESSAGE.slice(0, 900)}` },
    ],
    says: [SAY_LOGIN, FETCH],
    received: /~unjudged~x+$/,
    answer: /~unjudged~x+/,
    isSilent: true,
    settings: OBSERVED,
  },
  {
    name: "while a message that was observed waits for its verdict",
    script: [...LOGIN, { expect: "a FETCH 1 BODY[]" }, { send: `* 1 FETCH (BODY[] ${LITERAL}${MESSAGE})\r\na OK\r\n` }],
    says: [SAY_LOGIN, FETCH],
    received: /a OK\r\n$/,
    waiting: 1,
    answer: /x\r\n\)\r\na OK\r\n/,
    settings: { ...OBSERVED, ...ON_DISK },
  },
];

beforeAll(watchTimers);

describe.each(["upstream-fin", "upstream-reset", "client-fin", "client-reset"] as const)("%s", (how) => {
  test.each(POINTS)("$name", async (point) => {
    const directory = temporaryDirectory();
    const before = await left(directory);
    const service = gatedService();
    const ending = new Ending();
    const server = await startScriptedServer((index) =>
      index === 0 ? [...LOGIN, ...WITNESS] : [...point.script, { until: ending.isReached }, ...endOf(how)],
    );
    const proxy = await startImapProxy({
      upstreamPort: server.port,
      service,
      temporaryDirectory: directory,
      settings: {
        ...defaultSettings(),
        ...point.settings,
        forward: [`127.0.0.1:0=imap://127.0.0.1:${server.port}`],
        listen: { pop3: [], imap: [] },
      },
    });
    const witness = await loggedIn(proxy.port);
    const client = new RawClient(proxy.port);
    await reach(point, client, server, service);

    if (how === "client-reset") client.socket.resetAndDestroy();
    if (how === "client-fin") client.socket.end();
    ending.reached();
    await (await server.connection(1)).closed;
    service.open();
    await client.closed;
    const text = textOf(client, point);
    if (how !== "client-reset") expect(text).toMatch(endingOf(point, how));
    if (point.answer === undefined || how === "client-reset")
      expect(text.includes(MARKER)).toBe(point.settings?.delivery !== undefined);

    await expect.poll(() => connectionsOf(proxy), PATIENCE).toBe(1);
    witness.say("w NOOP\r\n");
    await expect.poll(() => witness.received.toString(), PATIENCE).toMatch(/w OK\r\n$/);
    witness.socket.destroy();
    await witness.closed;
    client.socket.destroy();
    await proxy.close(5_000);
    await server.close();
    expect(connectionsOf(proxy)).toBe(0);
    await expect.poll(() => left(directory), PATIENCE).toEqual(before);
  });
});

const WITNESS: readonly Step[] = [{ expect: "w NOOP" }, { send: "w OK\r\n" }, { end: "silence" }];

class Ending {
  readonly isReached: Promise<void>;
  reached: () => void = () => undefined;
  constructor() {
    this.isReached = new Promise((resolve) => {
      this.reached = resolve;
    });
  }
}

function endOf(how: string): readonly Step[] {
  if (how === "upstream-reset") return [{ end: "reset" }];
  // A client that has sent FIN may still get answers: here there are none.
  return [{ end: how === "client-reset" ? "silence" : "fin" }];
}

async function loggedIn(port: number): Promise<RawClient> {
  const client = new RawClient(port);
  await expect.poll(() => client.received.toString(), PATIENCE).toMatch(/ready/);
  client.say("l LOGIN ann secret\r\n");
  await expect.poll(() => client.received.toString(), PATIENCE).toMatch(/l OK/);
  return client;
}

async function reach(point: Point, client: RawClient, server: ScriptedServer, service: GatedService): Promise<void> {
  const upstream = await server.connection(1);
  for (const [after, text] of point.says) {
    await expect.poll(() => textOf(client, point), PATIENCE).toMatch(after);
    client.say(text);
  }
  if (point.waiting === -1) {
    await expect.poll(() => service.waiting(), PATIENCE).toBe(1);
    service.open(1);
  }
  await expect.poll(() => textOf(client, point), PATIENCE).toMatch(point.received);
  if (point.upstream !== undefined) await expect.poll(() => upstream.received(), PATIENCE).toMatch(point.upstream);
  const waiting = point.waiting === -1 ? (point.settings?.uploads === undefined ? 1 : 0) : (point.waiting ?? 0);
  await expect.poll(() => service.waiting(), PATIENCE).toBe(waiting);
}

/** A client that has ended its own side and has all its answers gets no BYE. */
function endingOf({ answer, isSilent = false }: Point, how: string): RegExp {
  const bye = `(?:\\* BYE .*\\r\\n)${how === "client-fin" ? "?" : ""}`;
  return new RegExp(`${answer?.source ?? ""}${isSilent ? "" : bye}$`);
}

/** What the client has received, decompressed where it is compressed. */
function textOf(client: RawClient, { isCompressed = false }: Point): string {
  const { received } = client;
  const end = received.indexOf("c OK active\r\n") + "c OK active\r\n".length;
  if (!isCompressed || end < "c OK active\r\n".length) return received.toString("latin1");
  const plain = inflateRawSync(received.subarray(end), { finishFlush: constants.Z_SYNC_FLUSH });
  return Buffer.concat([received.subarray(0, end), plain]).toString("latin1");
}

function deflated(text: string): Buffer {
  return deflateRawSync(Buffer.from(text, "latin1"), { finishFlush: constants.Z_SYNC_FLUSH });
}

function connectionsOf(proxy: RunningProxy): number {
  return proxy.snapshot().connections.length;
}
