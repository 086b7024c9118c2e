/** Responses that the session makes itself: one line of printable ASCII, whatever the text was made of (P-41). */
import { fromLatin1 } from "../../core/bytes.ts";
import type { Failure } from "../../core/model.ts";
import type { ResponseStatus } from "./response.ts";

/** Response codes of RFC 5530, RFC 9051 §7.1, RFC 3516 and RFC 4978 that the session uses. */
export type ReplyCode =
  | "AUTHENTICATIONFAILED"
  | "CANNOT"
  | "COMPRESSIONACTIVE"
  | "LIMIT"
  | "NOPERM"
  | "PRIVACYREQUIRED"
  | "UNAVAILABLE"
  | "UNKNOWN-CTE";

/** The answer to a literal that the client waits with, when the session reads it itself. */
export const GO_AHEAD = fromLatin1("+ go ahead\r\n");

/** `tag NO [CANNOT] text` */
export function taggedReply(tag: string, status: ResponseStatus, text: string, code?: ReplyCode): Buffer {
  return fromLatin1(`${tag} ${status} ${withCode(code)}${safeText(text)}\r\n`);
}

/** `* BYE [UNAVAILABLE] text` */
export function untaggedReply(status: "OK" | "BAD" | "BYE", text: string, code?: ReplyCode): Buffer {
  return fromLatin1(`* ${status} ${withCode(code)}${safeText(text)}\r\n`);
}

/** The code that says best why an upstream could not be used. */
export function failureCode(failure: Failure): ReplyCode {
  return failure.code === "loop" || failure.code === "forbidden-target" ? "NOPERM" : "UNAVAILABLE";
}

function withCode(code: ReplyCode | undefined): string {
  return code === undefined ? "" : `[${code}] `;
}

/** Braces go as well: some clients take `{5}` at the end of any line for a literal. */
function safeText(text: string): string {
  return text.replace(/[^\x20-\x7e]+|[{}]/g, "?").slice(0, MAX_TEXT_CHARACTERS);
}

/** RFC 2683 §3.2.1.5 asks for lines below 1,000 octets. */
const MAX_TEXT_CHARACTERS = 400;
