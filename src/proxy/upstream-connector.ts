/** Goes to a mail server: name, address rules, TCP, implicit TLS. */
import { type LookupAddress, lookup } from "node:dns";
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { isPublicAddress } from "../core/address-scope.ts";
import { connectionLimits } from "../core/limits.ts";
import type { Failure, Target, TlsInfo, UpstreamPeer } from "../core/model.ts";
import type { Settings } from "../core/settings.ts";
import { findExclusion } from "../policy/exclusions.ts";
import { Deadline } from "./deadline.ts";
import { failureOf, UpstreamFailure } from "./upstream-failure.ts";

export interface UpstreamConnectorOptions {
  readonly settings: Settings;
  /** Contents of `upstream.caFile`, PEM. */
  readonly extraAuthorities: readonly string[];
  /** True for an address and port that one of our own listeners serves. */
  readonly isOwnListener: (address: string, port: number) => boolean;
}

/** A connected upstream. `receive` may be set at once; octets of an `onread` socket go to it. */
export interface ConnectedUpstream {
  readonly socket: Socket;
  readonly peer: UpstreamPeer;
}

/** Octets received by every upstream socket go through this one buffer: each callback consumes it before it returns,
 *  so an idle connection owns no buffer at all. */
const RECEIVE_BUFFER = Buffer.allocUnsafeSlow(128 * 1024);

/** However long the connection took, the server may say hello. */
const MIN_GREETING_MS = 1_000;

export class UpstreamConnector {
  readonly #options: UpstreamConnectorOptions;
  #secureContext: SecureContext | undefined;

  constructor(options: UpstreamConnectorOptions) {
    this.#options = options;
  }

  /** Connects, or rejects with an UpstreamFailure. `isGuarded` applies the rule against reaching into this host and its
   *  network from other hosts. `receive` gets the octets: in a buffer that is used again after it returns when the
   *  second argument is true. Until `peer` is known to the caller no octet is delivered. */
  async connect(
    target: Target,
    isGuarded: boolean,
    receive: (bytes: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<ConnectedUpstream> {
    const { connectTimeoutMs } = this.#options.settings.upstream;
    const deadline = new Deadline(signal, connectTimeoutMs);
    const start = performance.now();
    try {
      const addresses = this.#permitted(target, await resolve(target.host, deadline.signal), isGuarded);
      const socket = await this.#open(target, addresses, receive, deadline.signal);
      const address = socket.remoteAddress ?? "";
      if (this.#options.isOwnListener(address, target.port)) {
        socket.destroy();
        throw loop(target);
      }
      const exclusion = findExclusion(this.#options.settings.exclude, { host: target.host, address });
      const tls = target.security === "tls" ? tlsInfo(socket as TLSSocket) : undefined;
      return {
        socket,
        peer: {
          target,
          address,
          greetingTimeoutMs: Math.max(MIN_GREETING_MS, connectTimeoutMs - (performance.now() - start)),
          ...(tls && { tls }),
          ...(exclusion !== undefined && { exclusion }),
        },
      };
    } catch (error) {
      throw new UpstreamFailure(deadline.isOver ? timeout(target) : failureOf(error, target));
    } finally {
      deadline.end();
    }
  }

  /** TLS on top of a connected plain socket (STLS, STARTTLS), verified as implicit TLS is. */
  async upgrade(socket: Socket, target: Target, signal: AbortSignal): Promise<{ socket: TLSSocket; info: TlsInfo }> {
    const deadline = new Deadline(signal, this.#options.settings.upstream.connectTimeoutMs);
    try {
      const secure = connectTls({ socket, ...this.#tlsOptions(target) });
      await established(secure, "secureConnect", deadline.signal);
      return { socket: secure, info: tlsInfo(secure) };
    } catch (error) {
      throw new UpstreamFailure(deadline.isOver ? timeout(target) : failureOf(error, target));
    } finally {
      deadline.end();
    }
  }

  #permitted(target: Target, addresses: readonly LookupAddress[], isGuarded: boolean): LookupAddress[] {
    if (addresses.some(({ address }) => this.#options.isOwnListener(address, target.port))) {
      throw loop(target);
    }
    if (!isGuarded || this.#options.settings.upstream.allowPrivate) return [...addresses];
    const permitted = addresses.filter(({ address }) => isPublicAddress(address));
    if (permitted.length > 0) return permitted;
    throw new UpstreamFailure({
      code: "forbidden-target",
      detail: `${target.host} is an internal address, which upstream.allowPrivate must permit`,
    });
  }

  async #open(
    target: Target,
    addresses: readonly LookupAddress[],
    receive: (bytes: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<Socket> {
    const options = {
      host: target.host,
      port: target.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: connectionLimits.tcpKeepAliveMs,
      lookup: fixedLookup(addresses),
    };
    const onread = {
      buffer: RECEIVE_BUFFER,
      callback(length: number): boolean {
        receive(RECEIVE_BUFFER.subarray(0, length));
        return true;
      },
    };
    switch (target.security) {
      case "plain":
        return await established(connectTcp({ ...options, onread }), "connect", signal);
      case "starttls":
        // No onread: the socket is wrapped later, and what is buffered at that moment must be visible.
        return await established(connectTcp(options), "connect", signal);
      case "tls":
        // The types of node:tls leave out `onread`, which tls.connect hands on to the socket (Node documentation of net).
        return await established(
          connectTls(Object.assign({ ...options, ...this.#tlsOptions(target) }, { onread })),
          "secureConnect",
          signal,
        );
    }
  }

  #tlsOptions(target: Target): ConnectionOptions {
    this.#secureContext ??= createSecureContext({
      ca: [...getCACertificates("default"), ...this.#options.extraAuthorities],
      minVersion: "TLSv1.2",
    });
    const name = isIP(target.host) === 0 ? { servername: target.host } : {};
    // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment turns the default off.
    return { secureContext: this.#secureContext, rejectUnauthorized: true, minVersion: "TLSv1.2", ...name };
  }
}

function loop({ host, port }: Target): UpstreamFailure {
  const detail = `${host} port ${port} is mailward itself; name the mail server instead`;
  return new UpstreamFailure({ code: "loop", detail });
}

function timeout(target: Target): Failure {
  return { code: "timeout", detail: `${target.host} port ${target.port} does not answer` };
}

function tlsInfo(socket: TLSSocket): TlsInfo {
  return { version: socket.getProtocol() ?? "unknown", cipher: socket.getCipher().name };
}

/** All addresses of a name; an address is its own answer. */
function resolve(host: string, signal: AbortSignal): Promise<LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return Promise.resolve([{ address: host, family }]);
  return new Promise((resolved, rejected) => {
    const abort = (): void => rejected(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    lookup(host, { all: true }, (error, addresses) => {
      signal.removeEventListener("abort", abort);
      if (error === null) resolved(addresses);
      else rejected(error);
    });
  });
}

/** A lookup that gives the addresses that were checked, so that a second answer of the name server can not differ. */
function fixedLookup(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses;
    if (options.all === true || first === undefined) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

/** The socket once it has emitted `event`; it is paused, so that nothing is read before somebody listens. */
function established<S extends Socket>(socket: S, event: "connect" | "secureConnect", signal: AbortSignal): Promise<S> {
  return new Promise((resolved, rejected) => {
    const settle = (): void => {
      signal.removeEventListener("abort", onAbort);
      socket.off(event, onDone);
      socket.off("close", onClose);
    };
    const onError = (error: unknown): void => {
      settle();
      socket.destroy();
      rejected(error);
    };
    const onAbort = (): void => onError(signal.reason);
    const onClose = (): void => onError(Object.assign(new Error("connection closed"), { code: "ECONNRESET" }));
    const onDone = (): void => {
      settle();
      socket.pause();
      resolved(socket);
    };
    // This error handler stays for the life of the socket.
    socket.on("error", onError);
    socket.once("close", onClose);
    socket.once(event, onDone);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
