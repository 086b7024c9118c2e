import { describe, it } from "vitest";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import { type Playbook, type PlaybookOptions, playbook } from "../../../support/playbook.ts";
import { answered, BODY, FIXED, HEADER, literal, MESSAGE, PORTS, relayed, TARGET } from "./imap-dialogue.ts";

const OBSERVE = { mode: "observe", keepAliveMs: 10_000 } as const;

/** A fixed upstream that the client is logged in to, in delivery mode "observe". */
function observing(options?: PlaybookOptions): Playbook {
  return answered(
    playbook(() => createImapSession({ mode: FIXED, ports: PORTS, delivery: OBSERVE }), options)
      .start()
      .expectConnect(TARGET)
      .connected(),
    "* PREAUTH ready",
  );
}

describe("createImapSession() in delivery mode observe", () => {
  it("hands on every octet of a message as it comes, and has a copy judged", () => {
    relayed(observing(), "a UID FETCH 7 BODY[]")
      .upstream(`* 1 FETCH (UID 7 BODY[] {${MESSAGE.length}}\r\n${HEADER}`)
      .expectClient(`* 1 FETCH (UID 7 BODY[] {${MESSAGE.length}}\r\n${HEADER}`)
      .expectHeld("UID 7")
      .expectNoTimer("keep-alive")
      .upstream(BODY)
      .expectClient(BODY)
      .expectSpooled("UID 7", MESSAGE)
      .expectReleased(1)
      .upstream(" FLAGS (\\Seen))\r\na OK done\r\n")
      .expectClient(" FLAGS (\\Seen))\r\na OK done\r\n")
      .end();
  });

  it.each([
    ["RFC822", `RFC822 ${literal(MESSAGE)}`, MESSAGE],
    ["BODY[] as a quoted string", 'BODY[] "Subject: a \\"b\\""', 'Subject: a "b"'],
    ["BODY[] as a literal8", `BODY[] ~${literal(MESSAGE)}`, MESSAGE],
  ])("has %s judged", (_name, item, content) => {
    answered(relayed(observing(), "a FETCH 3 ALL"), `* 3 FETCH (${item})`, "a OK")
      .expectSpooled("message 3", content)
      .expectReleased(1)
      .end();
  });

  it("has every message of a response judged, and those that nobody asked for", () => {
    answered(observing(), `* 1 FETCH (RFC822 ${literal(MESSAGE)} BODY[] ${literal(HEADER)})`)
      .expectReleased(2)
      .expectSpooled("message 1", HEADER)
      .end();
    answered(observing(), `* 12 UIDFETCH (BODY[] ${literal(MESSAGE)})`)
      .expectSpooled("UID 12", MESSAGE)
      .end();
  });

  it.each([
    "FETCH 1 BODY[1]",
    "FETCH 1:3 (BODY.PEEK[2.MIME] BINARY[1]<0.100>)",
    "FETCH 1 BODY[]<0.65536>",
    "FETCH 1 (PREVIEW (LAZY) X-UNKNOWN[1])",
    "UID FETCH nonsense",
  ])("asks the upstream for what the client asks for: %s", (command) => {
    relayed(observing(), `a ${command}`, "b FETCH 2 BODY[1]").end();
  });

  it.each([
    `BODY[1] ${literal(BODY)}`,
    `BODY[]<0> ${literal(MESSAGE)}`,
    `BINARY[1] ~${literal("\0\x01")}`,
    'PREVIEW "some words"',
    `X-NEW[1] ${literal(BODY)}`,
    `ENVELOPE (NIL ${literal(BODY)} NIL)`,
    `BODY[] NIL`,
  ])("hands pieces on unseen: %s", (item) => {
    answered(relayed(observing(), "a FETCH 1 BODY[1]"), `* 1 FETCH (${item})`, `* 2 FETCH (${item})`, "a OK")
      .expectReleased(0)
      .end();
  });

  it("hands on responses with literals that it does not know", () => {
    answered(observing(), `* LIST () "/" ${literal(BODY)}`, `* 7 NEWS ${literal(MESSAGE)} x`, "* URLFETCH a NIL").end();
  });

  it("keeps its own answers out of the middle of a response", () => {
    relayed(observing(), "a FETCH 1 BODY[]")
      .upstream(`* 1 FETCH (BODY[] {${MESSAGE.length}}\r\n${HEADER}`)
      .expectClient(`* 1 FETCH (BODY[] {${MESSAGE.length}}\r\n${HEADER}`)
      .client("b STARTTLS\r\nc NOOP\r\n")
      .expectNothing()
      .upstream(`${BODY})\r\n`)
      .expectClient(
        `${BODY})\r\n`,
        "b BAD STARTTLS is not offered here; the way to the mail server is protected as configured\r\n",
      )
      .expectUpstream("c NOOP\r\n")
      .upstream("a OK\r\nc OK\r\n")
      .expectClient("a OK\r\nc OK\r\n")
      .end();
  });

  it("says nothing more when the upstream breaks off in the middle of a message, and has what came judged", () => {
    for (const how of ["fin", "reset"] as const) {
      relayed(observing(), "a FETCH 1 BODY[]")
        .upstream(`* 1 FETCH (BODY[] {9999}\r\n${HEADER}`)
        .expectClient(`* 1 FETCH (BODY[] {9999}\r\n${HEADER}`)
        .closed("upstream", how)
        .expectClose("upstream", "full")
        .expectClose("client", "full")
        .expectSpooled("message 1", HEADER)
        .expectReleased(1)
        .end();
    }
  });

  it("says BYE between responses", () => {
    observing()
      .closed("upstream")
      .expectClose("upstream", "full")
      .expectClient("* BYE [UNAVAILABLE] the mail server closed the connection\r\n")
      .expectClose("client", "full")
      .end();
  });

  it("P-70 releases everything when the client resets in the middle of a message", () => {
    relayed(observing(), "a FETCH 1 BODY[]")
      .upstream(`* 1 FETCH (BODY[] {9999}\r\n${HEADER}`)
      .expectClient(`* 1 FETCH (BODY[] {9999}\r\n${HEADER}`)
      .closed("client", "reset")
      .expectClose("upstream", "abort")
      .expectClose("client", "abort")
      .expectReleased(1)
      .end();
  });

  it("P-20 ends the session on message data before login", () => {
    answered(
      playbook(() => createImapSession({ mode: FIXED, ports: PORTS, delivery: OBSERVE }))
        .start()
        .expectConnect(TARGET)
        .connected(),
      "* OK ready",
    )
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`)
      .expectClose("upstream", "full")
      .expectMatch("client", /^\* BYE \[UNAVAILABLE\] .*message data before login\r\n$/)
      .expectClose("client", "full")
      .end();
  });
});
