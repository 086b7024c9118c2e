/** The list of all configuration keys for the help text. */
import type { JsonValue } from "../config/leaf.ts";
import { showValue } from "../config/problem.ts";
import { KEY_NAMES, leafOf } from "../config/schema.ts";
import { environmentName } from "../config/typed-value.ts";

export function configKeysHelp(): string {
  const keys = KEY_NAMES.map((key) => {
    const leaf = leafOf(key);
    return `  ${key}\n      ${leaf.description}\n      Accepted: ${leaf.accepts}\n      Default: ${defaultText(leaf.fallback)}\n`;
  });
  return `Keys:\n${keys.join("")}\n${NOTES}`;
}

/** With spaces in a list, where a terminal may break it. */
function defaultText(value: JsonValue): string {
  return Array.isArray(value) ? `[${value.map(showValue).join(", ")}]` : showValue(value);
}

const NOTES = `The file is JSON with comments; a key with a dot stands inside its section:
{ "scan": { "depth": 10 } }.
Sizes are binary: 1 kB is 1024 bytes, 1 MB is 1024 kB. Relative file names begin
at the file's folder; typed, they are meant from here.
Typed, a list has commas or spaces between; the empty list is [], and off for a
listener: config set listen.imap off.
A value given by a flag counts before the environment (${environmentName("scan.depth")}),
that before your file, that before /etc/mailward/config.jsonc, that before the
default.
`;
