/** What a person types into a mail client to go through this proxy. */
import type { BoundAddress } from "./compose.ts";

/** One instruction a text, most useful first. */
export function clientHints(addresses: readonly BoundAddress[]): string[] {
  const explicit = addresses.filter(({ forward }) => forward === undefined);
  const hints: string[] = [];
  if (explicit.length > 0) {
    const places = explicit.map((bound) => `${bound.protocol.toUpperCase()} ${place(bound)}`).join(" or ");
    const isOpen = explicit.some((bound) => bound.isOpen);
    const why = isOpen ? "" : " (it stays on this machine)";
    hints.push(
      `In your mail client set the incoming server to ${places}, no encryption${why}`,
      "and the user name to NAME/SERVER, for example ann@example.org/mail.example.org",
    );
  }
  for (const bound of addresses) {
    if (bound.forward === undefined) continue;
    hints.push(
      `${bound.protocol.toUpperCase()} ${place(bound)} leads to ${bound.forward}; the user name stays as it is`,
    );
  }
  return hints;
}

/** What is unsafe about the listeners, in one sentence each. */
export function listenerWarnings(addresses: readonly BoundAddress[]): string[] {
  return addresses
    .filter(({ isOpen }) => isOpen)
    .map((bound) => {
      const where = bound.address.includes(":") ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
      return `${where} can be reached from other hosts, whose passwords and mail cross the network unencrypted up to here`;
    });
}

function place({ address, port }: BoundAddress): string {
  const host = address === "0.0.0.0" || address === "::" ? "the address of this machine" : address;
  if (host.includes(" ")) return `${host}, port ${port}`;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
