/** What a person types into a mail client to go through this proxy. */
import type { BoundAddress } from "./compose.ts";

/** One instruction a text, most useful first. */
export function clientHints(addresses: readonly BoundAddress[]): string[] {
  const explicit = addresses.filter(({ forward }) => forward === undefined);
  const forwards = addresses.filter(({ forward }) => forward !== undefined);
  const hints: string[] = [];
  if (explicit.length > 0) {
    const places = explicit.map((bound) => `${bound.protocol.toUpperCase()} ${place(bound)}`).join(" or ");
    hints.push(
      `In your mail client set the incoming server to ${places}, no encryption (it stays on this machine)`,
      "and the user name to NAME/SERVER, for example ann@example.org/mail.example.org",
    );
  }
  for (const bound of forwards) {
    hints.push(
      `${bound.protocol.toUpperCase()} ${place(bound)} leads to ${bound.forward}; the user name stays as it is`,
    );
  }
  return hints;
}

function place({ address, port }: BoundAddress): string {
  const host = address === "0.0.0.0" || address === "::" ? "this machine" : address;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
