/** Host names and globs as rules have them: `mail.example.org`, `*.example.org`, `pop?.example.net`. */
import { domainToASCII } from "node:url";
import { normalizeHost } from "./host-name.ts";

export type ParsedHostPattern =
  /** `pattern` is in lower case and ASCII, without a final dot. */
  | { readonly type: "pattern"; readonly pattern: string }
  /** `problem` stands alone: "it is empty". */
  | { readonly type: "invalid"; readonly problem: string };

/** The forms that parseHostPattern accepts, for messages. */
export const HOST_PATTERN_FORMS = "mail.example.org, *.example.org or pop?.example.org";

/** Reads a host name in which `*` stands for any characters, dots too, and `?` for one. */
export function parseHostPattern(text: string): ParsedHostPattern {
  const trimmed = text.trim();
  if (trimmed === "") return invalid("it is empty");
  if (/[/:@]/.test(trimmed))
    return invalid("it is more than a host name: write it without scheme, user, port and path");
  const labels = normalizeHost(trimmed).split(".").map(toAscii);
  const pattern = labels.join(".");
  if (pattern.length > MAX_CHARACTERS) return invalid(`it is longer than ${MAX_CHARACTERS} characters`);
  if (labels.includes("")) return invalid("it has an empty label: two dots in a row, or one at the beginning");
  if (labels.some((label) => !LABEL.test(label))) return invalid("it has characters that no host name has");
  // Only the address that is really reached can decide on addresses.
  if (/^[0-9?*.]*[0-9][0-9?*.]*$/.test(pattern))
    return invalid("it looks like an address: exclude addresses by exclude.ip");
  return { type: "pattern", pattern };
}

/** Whether `host` (normalized) is meant by `pattern`. The time is bounded by the product of both lengths. */
export function matchesHostPattern(pattern: string, host: string): boolean {
  let at = 0;
  let hostAt = 0;
  let starAt = -1;
  let starHostAt = 0;
  while (hostAt < host.length) {
    const wanted = pattern[at];
    if (wanted === "*") {
      starAt = at;
      starHostAt = hostAt;
      at += 1;
    } else if (wanted === "?" || wanted === host[hostAt]) {
      at += 1;
      hostAt += 1;
    } else if (starAt >= 0) {
      // The last star takes one character more; earlier ones need not: what they took was the least.
      at = starAt + 1;
      starHostAt += 1;
      hostAt = starHostAt;
    } else return false;
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}

/** Whether a pattern means every host. */
export function isAnyHost(pattern: string): boolean {
  return /^[*.?]*$/.test(pattern) && pattern.includes("*");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what this asks for
const ASCII = /^[\u0000-\u007f]*$/;
const LABEL = /^[a-z0-9_*?-]+$/;
const MAX_CHARACTERS = 253;

/** `münchen` is `xn--mnchen-3ya`; an empty answer means that it can be no label. */
function toAscii(label: string): string {
  return ASCII.test(label) ? label : domainToASCII(label) || "\u0000";
}

function invalid(problem: string): ParsedHostPattern {
  return { type: "invalid", problem };
}
