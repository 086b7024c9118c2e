/** The account name in a login that passes by: for showing, and to know replaced messages by once the login succeeds. */
import { fromLatin1, latin1, SPACE } from "../../core/bytes.ts";
import { QUOTE, quotedEnd, unquote } from "./astring.ts";

/** The first argument of LOGIN, when it stands in the line itself. */
export function loginAccount(line: Uint8Array, start: number): string | undefined {
  const end = line.length - 2;
  // All of the word: servers take `%` and others for a part of names, and accounts must not be taken for one another.
  if (line[start] !== QUOTE) return named(WORD.exec(latin1(line, start, end))?.[0] ?? "");
  const quoteEnd = quotedEnd(line, start, end);
  return quoteEnd < 0 || (quoteEnd < end && line[quoteEnd] !== SPACE)
    ? undefined
    : named(latin1(unquote(line.subarray(start, quoteEnd))));
}

/** The account in a SASL response of a mechanism that says it in the clear; `response` is base64. */
export function saslAccount(mechanism: string, response: string): string | undefined {
  const text = Buffer.from(response, "base64").toString("latin1").replaceAll("\u0001", "\n");
  const pattern = PATTERNS.get(mechanism.startsWith("SCRAM-") ? "SCRAM" : mechanism);
  return named(pattern?.exec(text)?.groups?.name ?? "");
}

/** Whether the answer to a challenge, the line `+ …`, may be read by `saslAccount`. With LOGIN the upstream says what it
 *  wants, in base64 for people, and what it wants may be the password. */
export function asksForName(mechanism: string, challenge: Uint8Array): boolean {
  if (mechanism !== "LOGIN") return true;
  const text = latin1(challenge, 1, challenge.length - 2).trim();
  return BASE64.test(text) && /^user/i.test(Buffer.from(text, "base64").toString("latin1"));
}

/** Names on the wire are UTF-8, if they are not ASCII. */
export function shownName(name: string): string {
  return fromLatin1(name).toString("utf8");
}

function named(name: string): string | undefined {
  return name === "" || name.length > MAX_NAME_CHARACTERS ? undefined : shownName(name);
}

const WORD = /^[^\s(){}"]+(?= |$)/;

const MAX_NAME_CHARACTERS = 255;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const PATTERNS: ReadonlyMap<string, RegExp> = new Map([
  ["PLAIN", /^[^\0]*\0(?<name>[^\0]*)\0/],
  ["LOGIN", /^(?<name>.*)$/],
  ["CRAM-MD5", /^(?<name>.*) [0-9a-f]+$/],
  ["SCRAM", /^[nyp][^,]*,[^,]*,n=(?<name>[^,]*)/],
  // As it is defined and no other way: of two names, servers may mean either.
  ["XOAUTH2", /^user=(?<name>.*)\nauth=.*\n\n$/],
  ["OAUTHBEARER", /^n,a=(?<name>[^,]*),/],
]);
