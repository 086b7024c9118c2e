/** What is expected for a command that was sent upstream: POP3 responses carry no names, so their order decides how each
 *  is read. */

import { SPACE } from "../../core/bytes.ts";
import { filterMechanism } from "./capability-filter.ts";
import type { Pop3Command } from "./command.ts";
import { topArguments } from "./command.ts";

/** A message asked for. `lines` of the body are delivered; Infinity for all. */
export interface MessageRequest {
  readonly verb: "RETR" | "TOP";
  /** Undefined when the client named none that can be read. */
  readonly message: number | undefined;
  readonly lines: number;
}

/** Takes a line of a listing out (undefined), puts another in its place, or finds that it is not such a listing. */
export type LineFilter = (line: Uint8Array) => Uint8Array | undefined | "malformed";

export type Exchange =
  /** One line. A `login` that succeeds opens the mailbox. */
  | { readonly type: "single"; readonly role: "login" | "quit" | "other" }
  /** One line, and if it is +OK a multi-line response that is not mail. */
  | { readonly type: "listing"; readonly filter: LineFilter | undefined }
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
    case "UIDL":
      return hasArgument ? OTHER : { type: "listing", filter: checkNumbered };
    case "LANG":
      return hasArgument ? OTHER : { type: "listing", filter: undefined };
    case "AUTH":
      if (!hasArgument) return { type: "listing", filter: filterMechanism };
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

/** LIST and UIDL give a message number in each line; anything else there could be mail that nobody has judged. */
function checkNumbered(line: Uint8Array): Uint8Array | "malformed" {
  let at = 0;
  while (line[at] === SPACE) at += 1;
  const octet = line[at] ?? 0;
  return octet >= DIGIT_0 && octet <= DIGIT_9 ? line : "malformed";
}

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

function messageRequest(command: Pop3Command): MessageRequest {
  if (command.verb === "TOP") {
    const top = topArguments(command.argument);
    const lines = top === undefined || top.lines >= WHOLE_LINES ? Number.POSITIVE_INFINITY : top.lines;
    return { verb: "TOP", message: top?.message, lines };
  }
  const digits = /^\d{1,10}$/.exec(command.argument)?.[0];
  return { verb: "RETR", message: digits === undefined ? undefined : Number(digits), lines: Number.POSITIVE_INFINITY };
}
