/** Builds a running proxy from settings: the scan service, the listeners and what connects them. */
import type { Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { parseForward } from "../config/forward.ts";
import { parseListenAddress } from "../config/listen-address.ts";
import type { Clock } from "../core/clock.ts";
import { UserError } from "../core/errors.ts";
import { connectionLimits } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { MailProtocol } from "../core/model.ts";
import type { Settings } from "../core/settings.ts";
import type { ProxySnapshot } from "../core/snapshot.ts";
import type { Session } from "../protocol/command.ts";
import type { RewrittenMessages } from "../protocol/imap/rewritten-messages.ts";
import { createImapSession } from "../protocol/imap/session.ts";
import { createPop3Session } from "../protocol/pop3/session.ts";
import { Connection } from "../proxy/connection.ts";
import { type Listener, type ListenerOptions, listen, tooManyConnections } from "../proxy/listener.ts";
import { isReached } from "../proxy/own-listener.ts";
import { Registry } from "../proxy/registry.ts";
import { SpoolStore } from "../proxy/spool-store.ts";
import { UpstreamConnector } from "../proxy/upstream-connector.ts";
import type { ScanService } from "../scan/judge.ts";
import type { SectionService } from "../scan/sections.ts";
import { loadAuthorities } from "./authorities.ts";

export interface ProxyOptions {
  readonly settings: Settings;
  readonly scanService: ScanService & SectionService;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Where held messages above the memory cap go. */
  readonly temporaryDirectory: string;
  /** Which messages were replaced, over all connections. */
  readonly rewritten?: RewrittenMessages;
}

export interface BoundAddress {
  readonly address: string;
  readonly port: number;
  readonly protocol: MailProtocol;
  /** The fixed upstream as it was configured, or undefined in explicit mode. */
  readonly forward: string | undefined;
  /** True when clients on other hosts can reach it. */
  readonly isOpen: boolean;
}

export interface RunningProxy {
  readonly addresses: readonly BoundAddress[];
  snapshot(): ProxySnapshot;
  subscribe(onChange: () => void): () => void;
  /** Accepts no more, gives open connections `graceMs` to finish, then ends them. The scan service is the caller's. */
  close(graceMs: number): Promise<void>;
}

/** Starts everything or nothing: when one listener can not be bound, the others are closed again. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { settings, clock, logger } = options;
  const registry = new Registry(clock, logger);
  const connections = new Set<Connection>();
  const listeners: Listener[] = [];
  const store = new SpoolStore({ ...settings.spool, directory: options.temporaryDirectory });
  const connector = new UpstreamConnector({
    settings,
    extraAuthorities: await loadAuthorities(settings.upstream.caFile),
    isOwnListener: (address, port) =>
      listeners.some((listener) => isReached(listener, address, port, localAddresses())),
  });
  const accept = (socket: Socket, listener: ListenerOptions): void => {
    const { protocol } = listener;
    socket.on("error", () => undefined);
    if (connections.size >= connectionLimits.maxConnections) {
      socket.end(tooManyConnections(protocol));
      return;
    }
    const record = registry.open(protocol, `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`);
    const session = createSession(listener, settings, options.rewritten);
    const isGuarded =
      listener.mode.type === "explicit" && listeners.some((bound) => bound.options === listener && bound.isOpen);
    const connection: Connection = new Connection(
      socket,
      { ...options, session, connector, record, store, isGuarded },
      () => {
        connections.delete(connection);
        record.close();
      },
    );
    connections.add(connection);
    connection.start();
  };
  try {
    for (const planned of plannedListeners(settings)) {
      listeners.push(await listen(planned, (socket) => accept(socket, planned)));
    }
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  for (const { address, port, options: bound } of listeners) {
    const { protocol } = bound;
    registry.addListener({ address: placeText(address, port), protocol, mode: modeText(bound) ?? "explicit" });
  }
  return {
    addresses: listeners.map((listener) => ({
      address: listener.address,
      port: listener.port,
      protocol: listener.options.protocol,
      forward: modeText(listener.options),
      isOpen: listener.isOpen,
    })),
    snapshot: () => registry.snapshot(),
    subscribe: (onChange) => registry.subscribe(onChange),
    close: async (graceMs) => {
      registry.stopping();
      for (const listener of listeners) listener.close();
      await emptied(connections, registry, graceMs);
      for (const connection of connections) connection.end();
    },
  };
}

function createSession(
  { protocol, mode }: ListenerOptions,
  settings: Settings,
  rewritten: RewrittenMessages | undefined,
): Session {
  return protocol === "pop3"
    ? createPop3Session({ mode, ports: settings.ports })
    : createImapSession({
        mode,
        ports: settings.ports,
        scansUploads: settings.uploads.areScanned,
        delivery: settings.delivery,
        ...(rewritten && { rewritten }),
      });
}

function plannedListeners(settings: Settings): ListenerOptions[] {
  const planned: ListenerOptions[] = [];
  for (const protocol of ["pop3", "imap"] as const) {
    for (const text of settings.listen[protocol]) {
      planned.push({ ...parseListenAddress(text), protocol, mode: { type: "explicit" } });
    }
  }
  for (const text of settings.forward) {
    const { listen: place, target } = parseForward(text);
    planned.push({ ...place, protocol: target.protocol, mode: { type: "fixed", target } });
  }
  if (planned.length > 0) return planned;
  throw new UserError("Cannot start: no address to listen on is configured", {
    hint: "mailward config set listen.pop3 127.0.0.1:1110",
  });
}

function modeText({ mode, protocol }: ListenerOptions): string | undefined {
  if (mode.type === "explicit") return undefined;
  const { host, port, security } = mode.target;
  const scheme = security === "tls" ? `${protocol}s` : protocol;
  return `${scheme}://${placeText(host, port)}${security === "starttls" ? ";starttls" : ""}`;
}

function placeText(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);
}

async function emptied(connections: ReadonlySet<Connection>, registry: Registry, graceMs: number): Promise<void> {
  if (connections.size === 0) return;
  await new Promise<void>((resolved) => {
    const timer = setTimeout(done, graceMs);
    const unsubscribe = registry.subscribe(() => {
      if (connections.size === 0) done();
    });
    function done(): void {
      clearTimeout(timer);
      unsubscribe();
      resolved();
    }
  });
}
