/** Commands that would blind the scanner, and what the client is told instead. */

import { isHiddenMechanism, mechanismOf } from "./capability.ts";
import type { Command } from "./command.ts";
import type { LineFragment } from "./fetch-assembly.ts";
import { asksForPieces } from "./notify-request.ts";
import { taggedReply } from "./reply.ts";

type KnownCommand = Extract<Command, { type: "command" }>;

/** `code` and `detail` are for the log. */
export interface Refusal {
  readonly reply: Buffer;
  readonly code: string;
  readonly detail: string;
}

/** Undefined for what may pass. */
export function refusalOf(command: KnownCommand, line: LineFragment): Refusal | undefined {
  const { tag, name, argumentsStart } = command;
  switch (name) {
    case "STARTTLS": {
      const text = "STARTTLS is not offered here; the way to the mail server is protected as configured";
      return {
        reply: taggedReply(tag, "BAD", text),
        code: "starttls",
        detail: "TLS is not offered on this connection",
      };
    }
    case "CONVERT":
    case "URLFETCH":
    case "GENURLAUTH": {
      const text = `${name} is not available here: it would take mail past the scanner`;
      const reply = taggedReply(tag, "NO", text, "CANNOT");
      return { reply, code: name.toLowerCase(), detail: `${name} would take mail past the scanner` };
    }
    case "NOTIFY": {
      if (!asksForPieces(line.bytes, argumentsStart)) return undefined;
      const text = "new messages can be announced here with whole messages or header fields, not with pieces of them";
      return { reply: taggedReply(tag, "NO", text, "CANNOT"), code: "notify", detail: text };
    }
    case "AUTHENTICATE":
      return authenticateRefusal(command, line);
    default:
      return undefined;
  }
}

function authenticateRefusal(
  { tag, argumentsStart }: KnownCommand,
  { bytes, literal }: LineFragment,
): Refusal | undefined {
  const mechanism = literal === undefined ? mechanismOf(bytes, argumentsStart) : undefined;
  if (mechanism === undefined) {
    const reply = taggedReply(tag, "BAD", "AUTHENTICATE takes a mechanism as an atom, and no literals");
    const detail = "AUTHENTICATE with a mechanism that mail programs may read differently";
    return { reply, code: "mechanism", detail };
  }
  if (!isHiddenMechanism(mechanism)) return undefined;
  const reply = taggedReply(tag, "NO", "this mechanism is not available here", "CANNOT");
  return { reply, code: "mechanism", detail: `AUTHENTICATE ${mechanism} could encrypt mail past the scanner` };
}
