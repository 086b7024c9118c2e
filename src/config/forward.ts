/** Fixed forwards: `127.0.0.1:2143=imaps://imap.example.org`, one listener with one upstream. */
import { UserError } from "../core/errors.ts";
import type { MailProtocol, Target, UpstreamSecurity } from "../core/model.ts";
import { sanitize } from "../core/sanitize.ts";
import { formatHostPort, type ListenAddress, splitHostPort, tryListenAddress } from "./listen-address.ts";
import { invalid, ok, type Parsed } from "./parsed.ts";

export interface Forward {
  readonly listen: ListenAddress;
  readonly target: Target;
}

/** The form that parseForward accepts, for messages. */
export const FORWARD_FORM =
  "LISTEN=URL, such as 127.0.0.1:2143=imaps://imap.example.org; the schemes are imap, imaps, pop3 and pop3s, and ;starttls may follow";

/** The forward of text that the configuration has accepted; a UserError for any other. */
export function parseForward(text: string): Forward {
  const parsed = tryForward(text);
  if (parsed.type === "ok") return parsed.value;
  throw new UserError(`Cannot forward "${sanitize(withoutCredentials(text))}": ${parsed.problem}`, {
    hint: `Write ${FORWARD_FORM}`,
  });
}

/** Reads `host:port=scheme://host:port;security`. Ports default to the scheme's, and a URL without a security word means
 *  what its scheme says: plaintext for imap and pop3. Names, passwords and paths have no place in it, and no problem
 *  text repeats any of it. */
export function tryForward(text: string): Parsed<Forward> {
  const trimmed = text.trim();
  const equals = trimmed.indexOf("=");
  if (equals < 0) return invalid('the "=" between the address to listen on and the URL is missing');
  const listen = tryListenAddress(trimmed.slice(0, equals));
  if (listen.type === "invalid") return invalid(`before the "=": ${listen.problem}`);
  const target = parseUpstreamUrl(trimmed.slice(equals + 1));
  if (target.type === "invalid") return invalid(`after the "=": ${target.problem}`);
  if (listen.value.port !== 0 && isSamePlace(listen.value, target.value)) return invalid("it leads to itself");
  return ok({ listen: listen.value, target: target.value });
}

/** The forward in full, its port written out. */
export function formatForward(forward: Forward): string {
  const { target } = forward;
  const scheme = target.security === "tls" ? `${target.protocol}s` : target.protocol;
  const suffix = target.security === "starttls" ? ";starttls" : "";
  const listen = formatHostPort(forward.listen.host, forward.listen.port);
  return `${listen}=${scheme}://${formatHostPort(target.host, target.port)}${suffix}`;
}

/** `text` without what stands before an "@": it may be a name and a password. */
export function withoutCredentials(text: string): string {
  const at = text.lastIndexOf("@");
  if (at < 0) return text;
  const scheme = text.indexOf("://");
  const start = scheme >= 0 && scheme < at ? scheme + 3 : text.indexOf("=") + 1;
  return `${text.slice(0, Math.min(start, at))}[secret]${text.slice(at)}`;
}

function parseUpstreamUrl(text: string): Parsed<Target> {
  const match = /^([a-z0-9+.-]*):\/\/(.*)$/i.exec(text);
  if (match === null) return invalid("not a URL: it begins with imap://, imaps://, pop3:// or pop3s://");
  const [, schemeText = "", rest = ""] = match;
  const scheme = SCHEMES.get(schemeText.toLowerCase());
  if (scheme === undefined) return invalid("the scheme is none of imap, imaps, pop3 and pop3s");
  if (rest.includes("@")) return invalid("the URL holds a name or a password; the mail client logs in by itself");
  const [place = "", word, ...more] = rest.split(";");
  if (more.length > 0) return invalid("only one of ;tls ;starttls ;plain may follow the server");
  if (/[?#]/.test(rest)) return invalid("the URL holds a query or a fragment");
  if (/\/./.test(place)) return invalid("the URL holds a path; mailboxes are chosen by the mail client");
  const address = splitHostPort(place.replace(/\/$/, ""));
  if (address.type === "invalid") return address;
  const security = securityOf(scheme, word);
  if (security.type === "invalid") return security;
  const port = address.value.port ?? defaultPort(scheme.protocol, security.value);
  if (port === 0) return invalid("the port is 0");
  return ok({ protocol: scheme.protocol, host: address.value.host, port, security: security.value });
}

function securityOf(scheme: Scheme, word: string | undefined): Parsed<UpstreamSecurity> {
  if (word === undefined) return ok(scheme.security);
  const security = SECURITY_WORDS.get(word.toLowerCase());
  if (security === undefined) return invalid("after the server only ;tls ;starttls or ;plain may follow");
  if (scheme.security === "tls" && security !== "tls") {
    return invalid(`${scheme.protocol}s means TLS from the first byte: write ${scheme.protocol}:// with ;${security}`);
  }
  return ok(security);
}

function defaultPort(protocol: MailProtocol, security: UpstreamSecurity): number {
  if (protocol === "imap") return security === "tls" ? 993 : 143;
  return security === "tls" ? 995 : 110;
}

function isSamePlace(listen: ListenAddress, target: Target): boolean {
  return listen.host === target.host && listen.port === target.port;
}

interface Scheme {
  readonly protocol: MailProtocol;
  readonly security: UpstreamSecurity;
}

const SCHEMES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ["imap", { protocol: "imap", security: "plain" }],
  ["imaps", { protocol: "imap", security: "tls" }],
  ["pop3", { protocol: "pop3", security: "plain" }],
  ["pop3s", { protocol: "pop3", security: "tls" }],
]);

const SECURITY_WORDS: ReadonlyMap<string, UpstreamSecurity> = new Map<string, UpstreamSecurity>([
  ["tls", "tls"],
  ["starttls", "starttls"],
  ["plain", "plain"],
]);
