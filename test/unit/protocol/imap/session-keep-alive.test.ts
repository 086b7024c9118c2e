import { describe, it } from "vitest";
import type { Settings } from "../../../../src/core/settings.ts";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import { type Playbook, type PlaybookOptions, playbook } from "../../../support/playbook.ts";
import {
  answered,
  BODY,
  FIXED,
  HEADER,
  literal,
  loggedIn,
  MARKER,
  MESSAGE,
  PORTS,
  relayed,
  TARGET,
} from "./imap-dialogue.ts";

const KEEP_ALIVE = "* OK mailward is checking a message\r\n";

function delivering(keepAliveMs: Settings["delivery"]["keepAliveMs"], options?: PlaybookOptions): Playbook {
  const delivery = { mode: "hold", keepAliveMs } as const;
  return answered(
    playbook(() => createImapSession({ mode: FIXED, ports: PORTS, delivery }), options)
      .start()
      .expectConnect(TARGET)
      .connected(),
    "* PREAUTH ready",
  );
}

describe("createImapSession() keeps a client that waits from giving up", () => {
  it("as often as is configured", () => {
    relayed(delivering(3_000), "a FETCH 1 BODY[]")
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`)
      .expectTimer("keep-alive", 3_000)
      .timer("keep-alive")
      .expectClient(KEEP_ALIVE)
      .expectTimer("keep-alive", 3_000)
      .judged("message 1")
      .expectClient(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`)
      .expectNoTimer("keep-alive")
      .end();
  });

  it("never, where that is switched off", () => {
    relayed(delivering(undefined), "a FETCH 1 BODY[]")
      .upstream(`* 1 FETCH (BODY[] {${MESSAGE.length}}\r\n${HEADER}`)
      .expectNoTimer("keep-alive")
      .upstream(`${BODY})\r\na OK\r\n`)
      .expectNoTimer("keep-alive")
      .judged("message 1")
      .expectClient(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\na OK\r\n`)
      .end();
  });

  it("while a message that it has asked for a part of is downloading, and while the part is cut out", () => {
    delivering(10_000, { marker: MARKER, withholdsSections: true })
      .client("a FETCH 1 BODY.PEEK[1.MIME]\r\n")
      .expectUpstream("a FETCH 1 (BODY.PEEK[])\r\n")
      .upstream(`* 1 FETCH (BODY[] {${MESSAGE.length}}\r\n${HEADER}`)
      .timer("keep-alive")
      .expectClient(KEEP_ALIVE)
      .upstream(`${BODY})\r\na OK\r\n`)
      .timer("keep-alive")
      .expectClient(KEEP_ALIVE)
      .judged("message 1")
      .timer("keep-alive")
      .expectClient(KEEP_ALIVE)
      .expectTimer("keep-alive")
      .sections()
      .expectMatch("client", /^\* 1 FETCH \(BODY\[1\.MIME\] \{\d+\}\r\n.*a OK\r\n$/s)
      .expectNoTimer("keep-alive")
      .client("b FETCH 1 BODY.PEEK[1.MIME]\r\n")
      .timer("keep-alive")
      .expectClient(KEEP_ALIVE)
      .sections()
      .expectMatch("client", /^\* 1 FETCH \(BODY\[1\.MIME\] \{\d+\}\r\n.*b OK /s)
      .expectNoTimer("keep-alive")
      .end();
  });

  it("between the responses of a pipelined set, never within one", () => {
    const [first, second] = [1, 2].map((number) => `* ${number} FETCH (BODY[] ${literal(MESSAGE)})\r\n`);
    relayed(delivering(10_000), "a FETCH 1:2 BODY[]", "b FETCH 3 FLAGS")
      .upstream(first ?? "", `* 2 FETCH (BODY[] {${MESSAGE.length}}\r\n${HEADER}`)
      .judged("message 1")
      .expectClient(first ?? "")
      .expectTimer("keep-alive")
      .timer("keep-alive")
      .expectClient(KEEP_ALIVE)
      .upstream(`${BODY})\r\na OK\r\n* 3 FETCH (FLAGS ())\r\nb OK\r\n`)
      .timer("keep-alive")
      .expectClient(KEEP_ALIVE)
      .judged("message 2")
      .expectClient(second ?? "", "a OK\r\n* 3 FETCH (FLAGS ())\r\nb OK\r\n")
      .expectNoTimer("keep-alive")
      .end();
  });
});

describe("createImapSession() when the upstream stops in the middle of a message", () => {
  it("delivers nothing of it, and what was whole before", () => {
    const whole = `* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`;
    relayed(loggedIn({ marker: MARKER }), "a FETCH 1:2 BODY[]")
      .upstream(whole, `* 2 FETCH (BODY[] {9999}\r\n${MESSAGE}`)
      .event({ type: "stalled" })
      .expectClose("upstream", "full")
      .judged("message 1")
      .expectClient(whole, "* BYE [UNAVAILABLE] the mail server stopped in the middle of a message\r\n")
      .expectClose("client", "full")
      .expectReleased(2)
      .end();
  });

  it("means nothing once the session is ending", () => {
    relayed(loggedIn(), "a FETCH 1 BODY[]")
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`)
      .closed("upstream")
      .expectClose("upstream", "full")
      .event({ type: "stalled" })
      .judged("message 1")
      .expectMatch("client", /^\* 1 FETCH .*\* BYE \[UNAVAILABLE\] the mail server closed the connection\r\n$/s)
      .expectClose("client", "full")
      .end();
  });
});
