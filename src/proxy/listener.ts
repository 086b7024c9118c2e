/** Accepts mail clients on one address and gives each a connection. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { addressScope } from "../core/address-scope.ts";
import { systemErrorCode, UserError } from "../core/errors.ts";
import { connectionLimits } from "../core/limits.ts";
import type { MailProtocol } from "../core/model.ts";
import type { SessionMode } from "../protocol/command.ts";

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly protocol: MailProtocol;
  readonly mode: SessionMode;
}

/** A bound listener. */
export interface Listener {
  readonly options: ListenerOptions;
  readonly address: string;
  readonly port: number;
  /** True when clients on other hosts can reach it. */
  readonly isOpen: boolean;
  /** Accepts no more; open connections go on. */
  close(): void;
}

/** Binds and listens, or rejects with a UserError that says what to do. */
export function listen(options: ListenerOptions, accept: (socket: Socket) => void): Promise<Listener> {
  const server = createServer(
    { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: connectionLimits.tcpKeepAliveMs },
    accept,
  );
  return new Promise((resolved, rejected) => {
    server.once("error", (error) => rejected(listenError(error, options)));
    server.listen({ host: options.host, port: options.port, backlog: BACKLOG, exclusive: true }, () => {
      server.removeAllListeners("error");
      // Running out of descriptors must not end the daemon: accept goes on when some are free again.
      server.on("error", () => undefined);
      resolved(describe(server, options));
    });
  });
}

/** The kernel's accept queue; the system's own maximum applies below it. */
const BACKLOG = 1024;

/** The answer to a client for whom there is no room. */
export function tooManyConnections(protocol: MailProtocol): string {
  const text = `mailward serves its ${connectionLimits.maxConnections} connections already, try again later`;
  return protocol === "pop3" ? `-ERR [SYS/TEMP] ${text}\r\n` : `* BYE [UNAVAILABLE] ${text}\r\n`;
}

function describe(server: Server, options: ListenerOptions): Listener {
  const { address, port } = server.address() as AddressInfo;
  return {
    options,
    address,
    port,
    isOpen: addressScope(address) !== "loopback",
    close: () => {
      server.close();
    },
  };
}

function listenError(error: unknown, { host, port, protocol, mode }: ListenerOptions): UserError {
  const instead =
    mode.type === "fixed"
      ? "choose another port in --forward or `mailward config get forward`"
      : `choose another port: \`mailward config set listen.${protocol} 127.0.0.1:${protocol === "pop3" ? 2110 : 2143}\``;
  const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  switch (systemErrorCode(error)) {
    case "EADDRINUSE":
      return new UserError(`Cannot listen on "${place}": another program already does`, {
        hint: `stop it (\`ss -ltnp\` names it), or ${instead}`,
        cause: error,
      });
    case "EACCES":
    case "EPERM":
      return new UserError(`Cannot listen on "${place}": no permission for ports below 1024`, {
        hint: `choose a port above 1023, or allow the executable: \`sudo setcap cap_net_bind_service=+ep FILE\` (FILE is dist/mailward)`,
        cause: error,
      });
    case "EADDRNOTAVAIL":
      return new UserError(`Cannot listen on "${place}": this machine has no such address`, {
        hint: "`ip address` lists the addresses; 127.0.0.1 always exists",
        cause: error,
      });
    case "EAFNOSUPPORT":
      return new UserError(`Cannot listen on "${place}": this machine has no IPv6`, {
        hint: "use 127.0.0.1",
        cause: error,
      });
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new UserError(`Cannot listen on "${place}": the host name is not known`, {
        hint: "write an address of this machine, for example 127.0.0.1",
        cause: error,
      });
    default:
      return new UserError(`Cannot listen on "${place}": ${systemErrorCode(error) ?? "unknown error"}`, {
        cause: error,
      });
  }
}
