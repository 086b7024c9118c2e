import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, test, vi } from "vitest";
import { defaultSettings } from "../../src/config/defaults.ts";
import { silentLogger } from "../../src/core/log.ts";
import { CLEAN, type Failure, type Target } from "../../src/core/model.ts";
import type { Settings } from "../../src/core/settings.ts";
import type { Session, SessionCommand } from "../../src/protocol/command.ts";
import type { SessionEvent } from "../../src/protocol/event.ts";
import { Connection } from "../../src/proxy/connection.ts";
import { Registry } from "../../src/proxy/registry.ts";
import { SpoolStore } from "../../src/proxy/spool-store.ts";
import { UpstreamConnector } from "../../src/proxy/upstream-connector.ts";
import type { ScanService } from "../../src/scan/judge.ts";
import { selfSigned } from "../support/certificates.ts";

const clock = { now: () => 0, monotonic: () => 0 };
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Relays both ways, holds everything after "HOLD\n", and has a fault at "BOOM". */
class RelaySession implements Session {
  readonly protocol = "pop3";
  readonly failures: Failure[] = [];
  readonly #target: Target;
  #isHolding = false;
  constructor(target: Target) {
    this.#target = target;
  }
  handle(event: SessionEvent): readonly SessionCommand[] {
    switch (event.type) {
      case "start":
        return [
          { type: "pause", side: "client" },
          { type: "connect", target: this.#target },
        ];
      case "connected":
        return [{ type: "resume", side: "client" }];
      case "connect-failed":
        this.failures.push(event.failure);
        return [
          { type: "send", to: "client", bytes: Buffer.from(`-ERR ${event.failure.code}: ${event.failure.detail}\r\n`) },
          { type: "close", side: "client", how: "full" },
        ];
      case "bytes":
        if (event.from === "client") {
          const text = Buffer.from(event.bytes).toString("latin1");
          if (text.includes("BOOM")) throw new Error("a fault in the session");
          if (text.includes("FLOOD")) return [{ type: "send", to: "client", bytes: Buffer.alloc(10 * text.length) }];
          if (text.startsWith("HOLD")) {
            this.#isHolding = true;
            return [
              { type: "send", to: "upstream", bytes: event.bytes },
              { type: "spool-begin", id: 1, label: "test" },
            ];
          }
          return [{ type: "send", to: "upstream", bytes: event.bytes }];
        }
        if (this.#isHolding) return [{ type: "spool-bytes", id: 1, bytes: event.bytes }];
        return [{ type: "send", to: "client", bytes: event.bytes }];
      case "closed":
        if (event.from === "upstream" && this.#isHolding) return [{ type: "spool-end", id: 1 }];
        return [{ type: "close", side: event.from === "client" ? "upstream" : "client", how: "half" }];
      case "judged":
        return [
          { type: "send-range", to: "client", id: 1, start: 0, end: event.delivered.bytes },
          { type: "release", id: 1 },
          { type: "close", side: "client", how: "full" },
        ];
      case "hold-failed":
        return [
          { type: "send", to: "client", bytes: Buffer.from(`-ERR ${event.failure.code}\r\n`) },
          { type: "close", side: "client", how: "full" },
        ];
      default:
        return [];
    }
  }
}

const cleanService: ScanService = {
  judge: async (source) => {
    for await (const _bytes of source.chunks());
    return {
      verdict: CLEAN,
      display: { subject: "", from: "", date: "", messageId: "" },
      headerBytes: 0,
      durationMs: 0,
    };
  },
  rewrite: () => Promise.reject(new Error("not asked for")),
  close: () => Promise.resolve(),
};

interface Setup {
  readonly settings?: Partial<Settings>;
  readonly target?: Partial<Target>;
  readonly isGuarded?: boolean;
  readonly scanService?: ScanService;
}

/** A listener that runs a relay session to `upstream`; answers a function that connects a client. */
async function relay(upstreamPort: number, setup: Setup = {}) {
  const settings: Settings = { ...defaultSettings(), ...setup.settings };
  const registry = new Registry(clock, silentLogger);
  const target: Target = {
    protocol: "pop3",
    host: "127.0.0.1",
    port: upstreamPort,
    security: "plain",
    ...setup.target,
  };
  let ended = 0;
  const listener = await serve((socket) => {
    const record = registry.open("pop3", "test");
    const connection = new Connection(
      socket,
      {
        settings,
        session: new RelaySession(target),
        connector: new UpstreamConnector({
          settings,
          extraAuthorities: [],
          isOwnListener: (_address, port) => port === portOf(listener),
        }),
        record,
        store: new SpoolStore({ ...settings.spool, directory: tmpdir() }),
        scanService: setup.scanService ?? cleanService,
        logger: silentLogger,
        clock,
        isGuarded: setup.isGuarded ?? false,
      },
      () => {
        ended += 1;
        record.close();
      },
    );
    connection.start();
  });
  return { port: portOf(listener), registry, ended: () => ended, client: () => client(portOf(listener)) };
}

async function serve(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function client(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  cleanups.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

async function everything(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe("Connection", () => {
  test("relays 30 MB byte-identical when the client reads slowly", async () => {
    const content = randomBytes(30_000_000);
    const upstream = await serve((socket) => socket.end(content));
    const { client } = await relay(portOf(upstream));
    const socket = await client();
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of socket) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([bytes, hash.digest("hex")]).toEqual([content.length, sha256(content)]);
  });

  test("delivers a held message of 20 MB from disk byte-identical, and frees it", async () => {
    const content = randomBytes(20_000_000);
    const upstream = await serve((socket) => socket.once("data", () => socket.end(content)));
    const { client, ended } = await relay(portOf(upstream));
    const socket = await client();
    socket.write("HOLD\n");
    expect(sha256(await everything(socket))).toBe(sha256(content));
    socket.end();
    await expect.poll(ended).toBe(1);
  });

  test("passes a half-close on, and the last answer still arrives (P-69)", async () => {
    const upstream = await serve((socket) => {
      socket.on("data", () => undefined);
      socket.on("end", () => socket.end("+OK bye\r\n"));
    });
    const { client, ended } = await relay(portOf(upstream));
    const socket = await client();
    socket.end("QUIT\r\n");
    expect((await everything(socket)).toString()).toBe("+OK bye\r\n");
    await expect.poll(ended).toBe(1);
  });

  test("ends one connection and no other when its session has a fault (R-16)", async () => {
    const upstream = await serve((socket) => socket.pipe(socket));
    const { client, ended } = await relay(portOf(upstream));
    const [faulty, healthy] = [await client(), await client()];
    faulty.write("BOOM");
    await everything(faulty);
    await expect.poll(ended).toBe(1);
    healthy.end("still here");
    expect((await everything(healthy)).toString()).toBe("still here");
  });

  test("refuses a target that is its own listener", async () => {
    const self = await relaySelf();
    expect((await everything(await self())).toString()).toMatch(/^-ERR loop: 127\.0\.0\.1 port \d+ is mailward itself/);
  });

  test("refuses loopback and private targets when other hosts can reach the listener", async () => {
    const upstream = await serve((socket) => socket.end("secret"));
    const { client } = await relay(portOf(upstream), { isGuarded: true });
    expect((await everything(await client())).toString()).toMatch(/^-ERR forbidden-target: /);
    const allowed = await relay(portOf(upstream), {
      isGuarded: true,
      settings: { upstream: { ...defaultSettings().upstream, allowPrivate: true } },
    });
    expect((await everything(await allowed.client())).toString()).toBe("secret");
  });

  test("says refused, unknown-host, tls and timeout for what they are, in time (R-12)", async () => {
    const closed = await serve(() => undefined);
    const port = portOf(closed);
    closed.close();
    const talk = async (setup: Setup, upstreamPort = port): Promise<string> =>
      (await everything(await (await relay(upstreamPort, setup)).client())).toString();
    expect(await talk({})).toMatch(/^-ERR refused: 127\.0\.0\.1 port \d+ refuses connections/);
    expect(await talk({ target: { host: "mail.invalid" } })).toMatch(/^-ERR unknown-host: mail\.invalid /);
    const plain = await serve((socket) => socket.end("+OK this is no TLS\r\n"));
    expect(await talk({ target: { security: "tls" } }, portOf(plain))).toMatch(/^-ERR tls: /);
    const silent = await serve(() => undefined);
    const upstream = { ...defaultSettings().upstream, connectTimeoutMs: 200 };
    expect(await talk({ target: { security: "tls" }, settings: { upstream } }, portOf(silent))).toMatch(
      /^-ERR timeout: /,
    );
  });

  test("refuses a certificate that nobody vouches for, whatever the environment says", async () => {
    const upstream = createTlsServer(selfSigned({ hosts: ["localhost", "127.0.0.1"] }), (socket) =>
      socket.end("SECRET"),
    );
    upstream.listen(0, "127.0.0.1");
    await once(upstream, "listening");
    cleanups.push(() => upstream.close());
    const { client } = await relay((upstream.address() as AddressInfo).port, { target: { security: "tls" } });
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    try {
      expect((await everything(await client())).toString()).toMatch(/^-ERR certificate: .* it is self-signed/);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("refuses a held message when the scan service fails, and nothing of it is delivered", async () => {
    const upstream = await serve((socket) => socket.once("data", () => socket.end("SECRET CONTENT")));
    const { client } = await relay(portOf(upstream), {
      scanService: { ...cleanService, judge: () => Promise.reject(new Error("the scan service is gone")) },
    });
    const socket = await client();
    socket.write("HOLD\n");
    expect((await everything(socket)).toString()).toBe("-ERR scan\r\n");
  });

  test("refuses a held message when the disk budget is used up", async () => {
    const upstream = await serve((socket) => socket.once("data", () => socket.end(Buffer.alloc(300_000))));
    const { client } = await relay(portOf(upstream), {
      settings: { spool: { memoryBytesPerMessage: 1_000, memoryBytesTotal: 1_000, diskBytesTotal: 100_000 } },
    });
    const socket = await client();
    socket.write("HOLD\n");
    expect((await everything(socket)).toString()).toBe("-ERR spool\r\n");
  });

  test("stops reading a client that asks without end and reads nothing", async () => {
    const upstream = await serve(() => undefined);
    const { client } = await relay(portOf(upstream));
    const socket = await client();
    let taken = 0;
    const chunk = Buffer.from("FLOOD".repeat(2_000));
    const flood = (): void => {
      socket.write(chunk, () => {
        taken += chunk.length;
        if (taken < 100_000_000) flood();
      });
    };
    flood();
    let before = -1;
    await expect
      .poll(
        () => {
          const isStill = taken === before;
          before = taken;
          return isStill;
        },
        { interval: 300, timeout: 15_000 },
      )
      .toBe(true);
    // What the kernel's buffers take on loopback, and no more.
    expect(taken).toBeLessThan(30_000_000);
  });

  test("ends the upstream leg when the client resets", async () => {
    let isClosed = false;
    let isReached = false;
    const upstream = await serve((socket) => {
      socket.on("data", () => {
        isReached = true;
      });
      socket.on("end", () => {
        isClosed = true;
      });
    });
    const { client, ended } = await relay(portOf(upstream));
    const socket = await client();
    socket.write("hello");
    await expect.poll(() => isReached).toBe(true);
    socket.resetAndDestroy();
    await expect.poll(() => isClosed).toBe(true);
    expect(ended()).toBe(1);
  });
});

/** A relay whose target is its own listener. */
async function relaySelf(): Promise<() => Promise<Socket>> {
  const probe = await serve(() => undefined);
  const port = portOf(probe);
  await new Promise((resolve) => probe.close(resolve));
  const settings = defaultSettings();
  const registry = new Registry(clock, silentLogger);
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = new Connection(
      socket,
      {
        settings,
        session: new RelaySession({ protocol: "pop3", host: "127.0.0.1", port, security: "plain" }),
        connector: new UpstreamConnector({
          settings,
          extraAuthorities: [],
          isOwnListener: (_host, own) => own === port,
        }),
        record: registry.open("pop3", "test"),
        store: new SpoolStore({ ...settings.spool, directory: tmpdir() }),
        scanService: cleanService,
        logger: silentLogger,
        clock,
        isGuarded: false,
      },
      () => undefined,
    );
    connection.start();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return () => client(port);
}
