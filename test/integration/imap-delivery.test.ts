/** How messages get from a slow or fast upstream to a slow or fast client: the order, what overlaps, and what waits. */
import { createHash } from "node:crypto";
import { createServer, Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { defaultSettings } from "../../src/config/defaults.ts";
import { connectionLimits } from "../../src/core/limits.ts";
import type { LogFields, Logger } from "../../src/core/log.ts";
import { verdictOf } from "../../src/core/model.ts";
import type { Settings } from "../../src/core/settings.ts";
import { gatedService, RawClient, startImapProxy } from "../support/imap-proxy.ts";
import { type Step, startScriptedServer } from "../support/scripted-server.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const PATIENCE = { timeout: 15_000, interval: 10 };
const PREAUTH = { send: "* PREAUTH ready\r\n" };

function responseOf(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`* ${number} FETCH (BODY[] {${content.length}}\r\n`),
    content,
    Buffer.from(")\r\n"),
  ]);
}

async function served(script: readonly Step[], settings: Partial<Settings> = {}, logger?: Logger) {
  const service = gatedService();
  const server = await startScriptedServer(script);
  const proxy = await startImapProxy({
    upstreamPort: server.port,
    service,
    temporaryDirectory: temporaryDirectory(),
    settings: {
      ...settings,
      listen: { pop3: [], imap: [] },
      forward: [`127.0.0.1:0=imap://127.0.0.1:${server.port}`],
    },
    ...(logger !== undefined && { logger }),
  });
  const client = new RawClient(proxy.port);
  onTestFinished(async () => {
    client.socket.destroy();
    await proxy.close(0);
    await server.close();
  });
  await expect.poll(() => client.received.toString("latin1"), PATIENCE).toMatch(/ready/);
  return { client, service, server, proxy };
}

describe("the IMAP proxy", () => {
  test("downloads the next message while one is scanned, and keeps the order", async () => {
    const responses = [1, 2, 3].map((number) =>
      responseOf(number, Buffer.from(`Subject: ${number}\r\n\r\n${number}\r\n`)),
    );
    const { client, service } = await served([
      PREAUTH,
      { expect: "a FETCH 1:3 BODY[]" },
      ...responses.map((send) => ({ send })),
      { send: "a OK\r\n" },
    ]);
    client.say("a FETCH 1:3 BODY[]\r\n");
    await expect.poll(() => service.waiting(), PATIENCE).toBe(3);
    expect(client.received.toString("latin1")).toBe("* PREAUTH ready\r\n");
    service.open(1);
    await expect.poll(() => client.received.toString("latin1"), PATIENCE).toBe(`* PREAUTH ready\r\n${responses[0]}`);
    service.open();
    await expect
      .poll(() => client.received.toString("latin1"), PATIENCE)
      .toBe(`* PREAUTH ready\r\n${Buffer.concat(responses)}a OK\r\n`);
  });

  test("tells a client that waits for a slow download, as often as is configured", async () => {
    const delivery = { mode: "hold", keepAliveMs: 1_000 } as const;
    const message = Buffer.from("Subject: x\r\n\r\nx\r\n");
    const response = responseOf(1, message);
    const { client, service } = await served(
      [PREAUTH, { expect: "a FETCH 1 BODY[]" }, { send: response.subarray(0, 40) }, { end: "silence" }],
      { delivery },
    );
    service.open();
    client.say("a FETCH 1 BODY[]\r\n");
    await expect
      .poll(() => client.received.toString("latin1"), PATIENCE)
      .toBe("* PREAUTH ready\r\n* OK mailward is checking a message\r\n* OK mailward is checking a message\r\n");
  });

  test("P-67 stops reading the upstream for a client that stops reading, and goes on with it", {
    timeout: 60_000,
  }, async () => {
    const message = Buffer.alloc(1_000_000, "Subject: slow\r\n\r\n0123456789abcdef\r\n");
    const count = 100;
    let sent = 0;
    const upstream = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.write("* PREAUTH ready\r\n");
      const send = (): void => {
        if (sent === count) {
          socket.write("a OK\r\n");
          return;
        }
        sent += 1;
        if (socket.write(responseOf(sent, message))) setImmediate(send);
        else socket.once("drain", send);
      };
      socket.once("data", send);
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void upstream.close());
    const place = upstream.address();
    const service = gatedService();
    service.open();
    const proxy = await startImapProxy({
      upstreamPort: typeof place === "object" && place !== null ? place.port : 0,
      service,
      temporaryDirectory: temporaryDirectory(),
    });
    const client = new Socket();
    onTestFinished(async () => {
      client.destroy();
      await proxy.close(0);
    });
    client.connect(proxy.port, "127.0.0.1");
    client.write("a FETCH 1:100 BODY[]\r\n");
    let before = -1;
    const isStill = (): boolean => {
      const still = sent > 0 && sent === before;
      before = sent;
      return still;
    };
    await expect.poll(isStill, { timeout: 30_000, interval: 500 }).toBe(true);
    // What waits for the client, what is held, and what the kernel keeps.
    expect(sent * message.length).toBeLessThan(connectionLimits.outboxRangeBytes + 30_000_000);
    const hash = createHash("sha256");
    const expected = createHash("sha256").update("* PREAUTH ready\r\n");
    for (let number = 1; number <= count; number += 1) expected.update(responseOf(number, message));
    let bytes = 0;
    client.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      hash.update(chunk);
    });
    expected.update("a OK\r\n");
    const total =
      17 +
      6 +
      Array.from({ length: count }, (_, index) => responseOf(index + 1, message).length).reduce(
        (sum, length) => sum + length,
        0,
      );
    await expect.poll(() => bytes, { timeout: 30_000, interval: 50 }).toBe(total);
    expect(hash.digest("hex")).toBe(expected.digest("hex"));
  });

  test("sends at once and probes idle connections, on both legs", async () => {
    const probe = new Socket();
    const listener = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => listener.once("listening", resolve));
    const place = listener.address();
    probe.connect(typeof place === "object" && place !== null ? place.port : 0, "127.0.0.1");
    await new Promise((resolve) => probe.once("connect", resolve));
    const handle: object = Reflect.get(probe, "_handle");
    const prototype = Object.getPrototypeOf(handle);
    probe.destroy();
    listener.close();
    const noDelay = vi.spyOn(prototype, "setNoDelay");
    const keepAlive = vi.spyOn(prototype, "setKeepAlive");
    onTestFinished(() => void vi.restoreAllMocks());
    await served([PREAUTH, { end: "silence" }]);
    expect(noDelay.mock.calls).toEqual([[true], [true]]);
    const seconds = connectionLimits.tcpKeepAliveMs / 1_000;
    expect(keepAlive.mock.calls.map((args) => args.slice(0, 2))).toEqual([
      [true, seconds],
      [true, seconds],
    ]);
  });

  test("observes only where that is configured: the client has all before the verdict, which is told", async () => {
    const lines: [string, LogFields | undefined][] = [];
    const logger: Logger = { log: (_level, event, fields) => void lines.push([event, fields]) };
    const response = responseOf(1, Buffer.from("Subject: bad\r\n\r\nbad\r\n"));
    const { client, service, proxy } = await served(
      [PREAUTH, { expect: "a FETCH 1 BODY[]" }, { send: response }, { send: "a OK\r\n" }],
      { ...defaultSettings(), delivery: { mode: "observe", keepAliveMs: 10_000 } },
      logger,
    );
    const { judge } = service;
    service.judge = async (source, signal) => ({
      ...(await judge(source, signal)),
      verdict: verdictOf([{ name: "Test", kind: "malware", engine: "test", part: "", path: [] }], []),
    });
    client.say("a FETCH 1 BODY[]\r\n");
    await expect
      .poll(() => client.received.toString("latin1"), PATIENCE)
      .toBe(`* PREAUTH ready\r\n${response}a OK\r\n`);
    expect(proxy.snapshot().totals.messages).toBe(0);
    client.socket.destroy();
    await expect.poll(() => proxy.snapshot().connections.length, PATIENCE).toBe(0);
    service.open();
    await expect.poll(() => proxy.snapshot().totals, PATIENCE).toMatchObject({ messages: 1, infected: 1, refused: 0 });
    expect(proxy.snapshot().recent).toMatchObject([{ verdict: "infected", action: "delivered", name: "Test" }]);
    expect(lines.find(([event]) => event === "message")?.[1]).toMatchObject({
      message: "message 1",
      verdict: "infected",
      action: "delivered",
      why: "delivered before its verdict (delivery.mode is observe)",
    });
  });
});
