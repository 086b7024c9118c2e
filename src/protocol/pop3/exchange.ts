/** What is expected for a command that was sent upstream: POP3 responses carry no names, so their order decides how each
 *  is read. */

import type { Pop3Command } from "./command.ts";
import { topArguments } from "./command.ts";
import type { ListingKind } from "./listing-grammar.ts";

/** A message asked for. `lines` of the body are delivered; Infinity for all. */
export interface MessageRequest {
  readonly verb: "RETR" | "TOP";
  /** Undefined when the client named none that can be read. */
  readonly message: number | undefined;
  readonly lines: number;
}

export type Exchange =
  /** One line. A `login` that succeeds opens the mailbox. */
  | { readonly type: "single"; readonly role: "login" | "quit" | "other" }
  /** One line, and if it is +OK a multi-line response that is not mail. */
  | { readonly type: "listing"; readonly kind: Exclude<ListingKind, "capabilities"> }
  /** One line, and if it is +OK a message to be held. */
  | { readonly type: "message"; readonly request: MessageRequest }
  /** Continuations, each answered by the client, until +OK or -ERR (RFC 5034). */
  | { readonly type: "auth"; readonly mechanism: string }
  /** CAPA, the client's or our own, of which nothing is shown. */
  | { readonly type: "capabilities"; readonly isOwn: boolean }
  /** An answer of ours, waiting for those before it. */
  | { readonly type: "local"; readonly bytes: Uint8Array };

/** How the response to `command` is read. A command that nobody knows has one line; should there be more, that is an
 *  unsolicited response and ends the connection (P-45). TOP must have passed `topArguments`. */
export function exchangeFor(command: Pop3Command): Exchange {
  const hasArgument = command.argument !== "";
  switch (command.verb) {
    case "CAPA":
      return { type: "capabilities", isOwn: false };
    case "LIST":
      return hasArgument ? OTHER : { type: "listing", kind: "sizes" };
    case "UIDL":
      return hasArgument ? OTHER : { type: "listing", kind: "identifiers" };
    case "LANG":
      return hasArgument ? OTHER : { type: "listing", kind: "languages" };
    case "AUTH":
      if (!hasArgument) return { type: "listing", kind: "mechanisms" };
      return { type: "auth", mechanism: (command.argument.split(/[ \t]/)[0] ?? "").toUpperCase() };
    case "RETR":
    case "TOP":
      return { type: "message", request: messageRequest(command) };
    case "PASS":
    case "APOP":
      return { type: "single", role: "login" };
    case "QUIT":
      return { type: "single", role: "quit" };
    default:
      return OTHER;
  }
}

/** TOP with this many lines or more is the whole message, as fetchmail and others ask for it. */
export const WHOLE_LINES = 99_999_999;

const OTHER: Exchange = { type: "single", role: "other" };

function messageRequest(command: Pop3Command): MessageRequest {
  if (command.verb === "TOP") {
    const top = topArguments(command.argument);
    const lines = top === undefined || top.lines >= WHOLE_LINES ? Number.POSITIVE_INFINITY : top.lines;
    return { verb: "TOP", message: top?.message, lines };
  }
  const digits = /^\d{1,10}$/.exec(command.argument)?.[0];
  return { verb: "RETR", message: digits === undefined ? undefined : Number(digits), lines: Number.POSITIVE_INFINITY };
}
