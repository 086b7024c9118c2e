/** The login of explicit mode: `name/server`, where the server may carry a port and a security word. */

import { isHostName } from "../core/host-name.ts";
import { parseIp4, parseIp6 } from "../core/ip-address.ts";
import { protocolLimits } from "../core/limits.ts";
import type { MailProtocol, Target, UpstreamSecurity } from "../core/model.ts";
import type { Settings } from "../core/settings.ts";

export type ExplicitLogin =
  | { readonly type: "login"; readonly name: string; readonly target: Target }
  /** `text` is ASCII without line breaks, fit for a protocol response. */
  | { readonly type: "invalid"; readonly text: string };

/** Splits `login` (one character per octet) at its last slash. Without a port: implicit TLS on 995 or 993; a port that
 *  `ports` lists as plain: STLS or STARTTLS required; any other port: implicit TLS. `;tls`, `;starttls` and `;plain`
 *  say otherwise. */
export function parseExplicitLogin(login: string, protocol: MailProtocol, ports: Settings["ports"]): ExplicitLogin {
  if (login.length > protocolLimits.explicitLoginBytes) return invalid("the login is too long");
  if (hasControl(login)) return invalid("the login holds a control character");
  const slash = login.lastIndexOf("/");
  if (slash < 0) return invalid("write the login as name/server, for example ann@example.org/mail.example.org");
  const name = login.slice(0, slash);
  if (name === "") return invalid("the name before the slash is missing");
  const [address = "", word, ...rest] = login.slice(slash + 1).split(";");
  if (rest.length > 0) return invalid("only one of ;tls ;starttls ;plain may follow the server");
  const security = word === undefined ? undefined : SECURITY_WORDS.get(word.toLowerCase());
  if (word !== undefined && security === undefined)
    return invalid("after the server only ;tls ;starttls or ;plain may follow");
  const place = splitAddress(address);
  if (typeof place === "string") return invalid(place);
  const port = place.port ?? defaultPort(protocol, security);
  const target: Target = {
    protocol,
    host: place.host,
    port,
    security: security ?? defaultSecurity(protocol, place.port, ports),
  };
  return { type: "login", name, target };
}

const SECURITY_WORDS: ReadonlyMap<string, UpstreamSecurity> = new Map([
  ["tls", "tls"],
  ["starttls", "starttls"],
  ["plain", "plain"],
]);

const ADDRESS = /^(?:\[(?<ip6>[0-9A-Fa-f:.]+)\]|(?<name>[^:[\]]*))(?::(?<port>[0-9]{1,5}))?$/;

function splitAddress(address: string): { host: string; port: number | undefined } | string {
  if (address === "") return "the server after the slash is missing";
  const groups = ADDRESS.exec(address)?.groups;
  if (groups === undefined) return "the server is not a host name or address; write an IPv6 address in brackets";
  const port = groups.port === undefined ? undefined : Number(groups.port);
  if (port !== undefined && (port < 1 || port > 65_535)) return "the port must be 1 to 65535";
  if (groups.ip6 !== undefined) {
    const host = groups.ip6.toLowerCase();
    return parseIp6(host) === undefined ? "the address in brackets is not an IPv6 address" : { host, port };
  }
  const host = (groups.name ?? "").replace(/\.$/, "").toLowerCase();
  if (host === "") return "the server after the slash is missing";
  if (parseIp4(host) === undefined && !isHostName(host)) return "the server is not a valid host name";
  return { host, port };
}

function defaultPort(protocol: MailProtocol, security: UpstreamSecurity | undefined): number {
  if (security === undefined || security === "tls") return protocol === "pop3" ? 995 : 993;
  return protocol === "pop3" ? 110 : 143;
}

function defaultSecurity(protocol: MailProtocol, port: number | undefined, ports: Settings["ports"]): UpstreamSecurity {
  return port !== undefined && ports[protocol].includes(port) ? "starttls" : "tls";
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function invalid(text: string): ExplicitLogin {
  return { type: "invalid", text };
}
