/** Addresses to listen on: `127.0.0.1:1143`, `[::1]:1143`, `localhost:1143`. */
import { UserError } from "../core/errors.ts";
import { isHostName, normalizeHost } from "../core/host-name.ts";
import { parseIpAddress } from "../core/ip-address.ts";
import { sanitize } from "../core/sanitize.ts";
import { invalid, ok, type Parsed } from "./parsed.ts";

/** `host` is a lower-case name or an IP address without brackets; port 0 lets the system choose one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** The address of text that the configuration has accepted; a UserError for any other. */
export function parseListenAddress(text: string): ListenAddress {
  const parsed = tryListenAddress(text);
  if (parsed.type === "ok") return parsed.value;
  throw new UserError(`Cannot listen on "${sanitize(text)}": ${parsed.problem}`);
}

/** Reads `host:port`; an IPv6 address stands in brackets. */
export function tryListenAddress(text: string): Parsed<ListenAddress> {
  const parsed = splitHostPort(text.trim());
  if (parsed.type === "invalid") return parsed;
  const { host, port } = parsed.value;
  if (port === undefined) return invalid("the port is missing: write host:port, an IPv6 address in brackets");
  return ok({ host, port });
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Reads `host`, `host:port`, `[address]` or `[address]:port`. */
export function splitHostPort(text: string): Parsed<{ host: string; port: number | undefined }> {
  const groups = HOST_PORT.exec(text)?.groups;
  if (groups === undefined) return invalid("not host:port; an IPv6 address stands in brackets: [::1]:1143");
  const host = hostOf(groups.bracketed, groups.host ?? "");
  if (host.type === "invalid") return host;
  if (groups.port === undefined) return ok({ host: host.value, port: undefined });
  const port = Number(groups.port);
  if (!/^(?:0|[1-9][0-9]{0,4})$/.test(groups.port) || port > 65_535)
    return invalid("the port is no number up to 65535");
  return ok({ host: host.value, port });
}

const HOST_PORT = /^(?:\[(?<bracketed>[^[\]]*)\]|(?<host>[^[\]:]*))(?::(?<port>[^:]*))?$/;

function hostOf(bracketed: string | undefined, plain: string): Parsed<string> {
  if (bracketed !== undefined) {
    const isIp6 = bracketed.includes(":") && parseIpAddress(bracketed) !== undefined;
    return isIp6 ? ok(bracketed.toLowerCase()) : invalid("in brackets stands an IPv6 address");
  }
  if (plain === "") return invalid("the host is missing");
  if (parseIpAddress(plain) !== undefined) return ok(plain);
  const name = normalizeHost(plain);
  return isHostName(name) ? ok(name) : invalid("the host is neither a name nor an IP address");
}
