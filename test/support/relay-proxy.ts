/** A driver between real sockets, with a session that relays: what the tests of the driver share. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
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
import type { SectionService } from "../../src/scan/sections.ts";

const clock = { now: () => 0, monotonic: () => 0 };
export const cleanups: (() => void)[] = [];
/** Ends what a test has opened. */
export function cleanUp(): void {
  for (const cleanup of cleanups.splice(0)) cleanup();
}

/** Relays both ways, holds everything after "HOLD\n", and has a fault at "BOOM". */
export class RelaySession implements Session {
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
          if (text.includes("ABORT")) {
            return [
              { type: "close", side: "upstream", how: "abort" },
              { type: "close", side: "client", how: "full" },
            ];
          }
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

export const cleanService: ScanService & SectionService = {
  judge: async (source) => {
    for await (const _bytes of source.chunks());
    return {
      verdict: CLEAN,
      remarks: [],
      display: { subject: "", from: "", date: "", messageId: "" },
      headerBytes: 0,
      durationMs: 0,
    };
  },
  rewrite: () => Promise.reject(new Error("not asked for")),
  sectionMap: () => Promise.reject(new Error("not asked for")),
  structure: () => Promise.reject(new Error("not asked for")),
  decodePart: () => Promise.reject(new Error("not asked for")),
  preview: () => Promise.reject(new Error("not asked for")),
  close: () => Promise.resolve(),
};

export interface Setup {
  readonly settings?: Partial<Settings>;
  readonly target?: Partial<Target>;
  readonly isGuarded?: boolean;
  readonly scanService?: ScanService & SectionService;
  readonly extraAuthorities?: readonly string[];
}

/** A listener that runs a relay session to `upstream`; answers a function that connects a client. */
export async function relay(upstreamPort: number, setup: Setup = {}) {
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
          extraAuthorities: setup.extraAuthorities ?? [],
          isOwnListener: (_address, port) => port === portOf(listener),
        }),
        record,
        store: new SpoolStore({ ...settings.spool, directory: tmpdir() }),
        scanService: setup.scanService ?? cleanService,
        logger: silentLogger,
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

export async function serve(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return server;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

export async function client(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  cleanups.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

export async function everything(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A relay whose target is its own listener. */
export async function relaySelf(): Promise<() => Promise<Socket>> {
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
