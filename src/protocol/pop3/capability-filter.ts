/** Takes out of capability lists what would blind the scanner, and knows what was taken out. */
import { fromLatin1, latin1, lineEndLength } from "../../core/bytes.ts";

/** True for a mechanism that can put a security layer between client and upstream (P-26), or that binds to the TLS
 *  channel, which ends here. */
export function isHiddenMechanism(name: string): boolean {
  const upper = name.toUpperCase();
  return SECURITY_LAYERS.has(upper) || upper.endsWith("-PLUS");
}

/** A line of a CAPA response (RFC 2449) as the client may see it; undefined when it may not. */
export function filterCapability(line: Uint8Array): Uint8Array | undefined {
  const [name = "", ...parameters] = words(line);
  if (name.toUpperCase() === "STLS") return undefined;
  if (name.toUpperCase() !== "SASL") return line;
  const visible = parameters.filter((mechanism) => !isHiddenMechanism(mechanism));
  if (visible.length === parameters.length) return line;
  if (visible.length === 0) return undefined;
  return fromLatin1(`${[name, ...visible].join(" ")}\r\n`);
}

/** A line of the listing that AUTH without an argument gives: one mechanism each. */
export function filterMechanism(line: Uint8Array): Uint8Array | undefined {
  return words(line).some(isHiddenMechanism) ? undefined : line;
}

/** True for the capability that lets a client send before the answers are there (RFC 2449 §6.6). */
export function isPipelining(line: Uint8Array): boolean {
  return words(line)[0]?.toUpperCase() === "PIPELINING";
}

const SECURITY_LAYERS: ReadonlySet<string> = new Set([
  "GSSAPI",
  "GSS-SPNEGO",
  "KERBEROS_V4",
  "DIGEST-MD5",
  "NTLM",
  "SRP",
]);

function words(line: Uint8Array): string[] {
  const text = latin1(line, 0, line.length - lineEndLength(line));
  return text.split(/[ \t]+/).filter((word) => word !== "");
}
