/** Beginnings of POP3 dialogues, for tests that are about what comes after. */
import type { Target } from "../../src/core/model.ts";
import type { SessionMode } from "../../src/protocol/command.ts";
import { createPop3Session } from "../../src/protocol/pop3/session.ts";
import { type Playbook, type PlaybookOptions, playbook } from "./playbook.ts";

export const PORTS = { imap: [143], imaps: [585, 993], pop3: [110], pop3s: [995] } as const;

export const TARGET: Target = { protocol: "pop3", host: "pop.example.org", port: 995, security: "tls" };

export const EXPLICIT: SessionMode = { type: "explicit" };

/** A dialogue from the first event on. */
export function pop3(mode: SessionMode, options?: PlaybookOptions): Playbook {
  return playbook(() => createPop3Session({ mode, ports: PORTS }), options);
}

/** A fixed upstream that has greeted. */
export function greeted(options?: PlaybookOptions): Playbook {
  return pop3({ type: "fixed", target: TARGET }, options)
    .start()
    .expectConnect(TARGET)
    .connected()
    .upstream("+OK ready\r\n")
    .expectClient("+OK ready\r\n");
}

/** A fixed upstream that the client is logged in to. */
export function loggedIn(options?: PlaybookOptions): Playbook {
  return greeted(options)
    .client("USER ann\r\nPASS secret\r\n")
    .expectUpstream("USER ann\r\nPASS secret\r\n")
    .upstream("+OK\r\n+OK logged in\r\n")
    .expectClient("+OK\r\n+OK logged in\r\n");
}

/** Explicit mode, the client spoken to. */
export function explicit(options?: PlaybookOptions): Playbook {
  return pop3(EXPLICIT, options).start().expectClient("+OK mailward ready\r\n");
}

/** Explicit mode, logged in. */
export function explicitlyLoggedIn(options?: PlaybookOptions): Playbook {
  return explicit(options)
    .client("USER ann/pop.example.org\r\nPASS secret\r\n")
    .expectClient("+OK now the password\r\n")
    .expectConnect(TARGET)
    .connected()
    .upstream("+OK ready\r\n")
    .expectUpstream("USER ann\r\n")
    .upstream("+OK\r\n")
    .expectUpstream("PASS secret\r\n")
    .upstream("+OK logged in\r\n")
    .expectClient("+OK logged in\r\n");
}
