/** Beginnings of IMAP dialogues, for tests that are about what comes after. */
import type { Target } from "../../../../src/core/model.ts";
import type { SessionMode } from "../../../../src/protocol/command.ts";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import { type Playbook, type PlaybookOptions, playbook } from "../../../support/playbook.ts";

export const PORTS = { imap: [143], imaps: [585, 993], pop3: [110], pop3s: [995] } as const;

export const TARGET: Target = { protocol: "imap", host: "imap.example.org", port: 993, security: "tls" };

export const FIXED: SessionMode = { type: "fixed", target: TARGET };

export const EXPLICIT: SessionMode = { type: "explicit" };

export const GREETING = "* OK [CAPABILITY IMAP4rev1 SASL-IR LITERAL+ ID AUTH=PLAIN] mailward ready\r\n";

/** A dialogue from the first event on. */
export function imap(mode: SessionMode, options?: PlaybookOptions): Playbook {
  return playbook(() => createImapSession({ mode, ports: PORTS }), options);
}

/** A fixed upstream that has greeted. */
export function greeted(options?: PlaybookOptions): Playbook {
  return imap(FIXED, options)
    .start()
    .expectConnect(TARGET)
    .connected()
    .upstream("* OK ready\r\n")
    .expectClient("* OK ready\r\n");
}

/** A fixed upstream that the client is logged in to. */
export function loggedIn(options?: PlaybookOptions): Playbook {
  return greeted(options)
    .client("l LOGIN ann secret\r\n")
    .expectUpstream("l LOGIN ann secret\r\n")
    .upstream("l OK logged in\r\n")
    .expectClient("l OK logged in\r\n");
}

/** The same where messages that the client stores are scanned. */
export function scanningUploads(options?: PlaybookOptions): Playbook {
  return playbook(() => createImapSession({ mode: FIXED, ports: PORTS, scansUploads: true }), options)
    .start()
    .expectConnect(TARGET)
    .connected()
    .upstream("* OK ready\r\n")
    .expectClient("* OK ready\r\n")
    .client("l LOGIN ann secret\r\n")
    .expectUpstream("l LOGIN ann secret\r\n")
    .upstream("l OK logged in\r\n")
    .expectClient("l OK logged in\r\n");
}

/** Explicit mode, the client spoken to. */
export function explicit(options?: PlaybookOptions): Playbook {
  return imap(EXPLICIT, options).start().expectClient(GREETING);
}

/** `text` as the command that both sides see. */
export function relayed(dialogue: Playbook, ...commands: string[]): Playbook {
  const text = commands.map((command) => `${command}\r\n`).join("");
  return dialogue.client(text).expectUpstream(text);
}

/** `text` as the responses that both sides see. */
export function answered(dialogue: Playbook, ...responses: string[]): Playbook {
  const text = responses.map((response) => `${response}\r\n`).join("");
  return dialogue.upstream(text).expectClient(text);
}

/** A literal of `content`, with its announcement. */
export function literal(content: string): string {
  return `{${content.length}}\r\n${content}`;
}

/** A message whose body says MARKER. */
export const MARKER = "~unjudged~";
export const HEADER = "From: ann@example.org\r\nSubject: hello\r\n\r\n";
export const BODY = `one line\r\n${MARKER}\r\n`;
export const MESSAGE = HEADER + BODY;
