/** Names of hosts as they are compared: lower case, ASCII, no final dot. */

/** `name` as the DNS compares it. */
export function normalizeHost(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** Whether `name` can be a host's: labels of letters, digits, hyphens and underscores, 253 characters at most.
 *  Names whose last label is a number are refused: resolvers read them as addresses (`0177.1`, `2130706433`). */
export function isHostName(name: string): boolean {
  return HOST_NAME.test(name) && !NUMBER_LIKE.test(name.slice(name.lastIndexOf(".") + 1));
}

const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;
const NUMBER_LIKE = /^(?:[0-9]+|0x[0-9a-f]*)$/i;
