/** Where an engine that is another program is reached. */
import { tryListenAddress } from "./listen-address.ts";
import { invalid, ok, type Parsed } from "./parsed.ts";

/** The absolute path of a socket, or `host:port`. */
export function readSocketAddress(text: string): Parsed<unknown> {
  const address = text.trim();
  if (address.startsWith("/")) return ok(address);
  const parsed = tryListenAddress(address);
  return parsed.type === "ok" ? ok(address) : invalid("it is neither the absolute path of a socket nor host:port");
}

/** A URL of one of the schemes, without a name and password in it. */
export function readUrl(text: string, schemes: readonly string[]): Parsed<unknown> {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url === undefined || url.hostname === "") return invalid("it is no URL");
  if (!schemes.includes(url.protocol)) return invalid(`the URL does not begin with ${schemes.join("// or ")}//`);
  if (url.username !== "" || url.password !== "") return invalid("a name or password in the URL would be shown");
  return ok(text.trim());
}
