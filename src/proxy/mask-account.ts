/** Account names as they appear in tables and logs: recognisable to their owner, of no use to others. */
import { sanitize } from "../core/sanitize.ts";

/** Keeps the first character and the domain: `ann@example.org` becomes `a…@example.org`, `ann` becomes `a…`. */
export function maskAccount(account: string): string {
  if (account === "") return "";
  const at = account.lastIndexOf("@");
  const local = at > 0 ? account.slice(0, at) : account;
  const [first = ""] = Array.from(local);
  return sanitize(`${first}…${at > 0 ? account.slice(at) : ""}`, 100);
}
