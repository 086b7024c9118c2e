import { describe, expect, it } from "vitest";
import { connectionLimits, protocolLimits } from "../../../../src/core/limits.ts";
import { CLEAN } from "../../../../src/core/model.ts";
import type { SessionEvent } from "../../../../src/protocol/event.ts";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import {
  answered,
  FIXED,
  greeted,
  HEADER,
  literal,
  loggedIn,
  MESSAGE,
  PORTS,
  relayed,
  TARGET,
} from "./imap-dialogue.ts";

describe("createImapSession() deadlines", () => {
  it("P-66 ends the session when the login takes too long", () => {
    greeted()
      .expectTimer("pre-auth", connectionLimits.preAuthTimeoutMs)
      .timer("pre-auth")
      .expectClose("upstream", "full")
      .expectClient("* BYE the login took too long\r\n")
      .expectClose("client", "full")
      .end();
  });

  it("ends the session after a silence that the RFC allows to end it", () => {
    loggedIn()
      .expectNoTimer("pre-auth")
      .expectTimer("idle", connectionLimits.idleTimeoutMs)
      .timer("idle")
      .expectTimer("idle")
      .timer("idle")
      .expectClose("upstream", "full")
      .expectClient("* BYE nothing was said for too long\r\n")
      .expectClose("client", "full")
      .end();
  });

  it("says that it is checking a message whenever the client has heard nothing for ten seconds", () => {
    const keepAlive = "* OK mailward is checking a message\r\n";
    const response = `* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`;
    relayed(loggedIn(), "a FETCH 1:2 BODY[]")
      .expectNoTimer("keep-alive")
      .upstream(`* 1 FETCH (BODY[] {${MESSAGE.length}}\r\n${HEADER}`)
      .expectTimer("keep-alive", connectionLimits.keepAliveIntervalMs)
      .timer("keep-alive")
      .expectClient(keepAlive)
      .expectTimer("keep-alive")
      .upstream(`${MESSAGE.slice(HEADER.length)})\r\n* 3 EXISTS\r\n`)
      .timer("keep-alive")
      .expectClient(keepAlive)
      .judged("message 1")
      .expectClient(response, "* 3 EXISTS\r\n")
      .expectNoTimer("keep-alive")
      .end();
  });

  it("waits ten seconds anew whenever the client has heard something", () => {
    const session = createImapSession({ mode: FIXED, ports: PORTS });
    const timers = (event: SessionEvent) =>
      session.handle(event).flatMap((command) => (command.type === "set-timer" ? [command.name] : []));
    const upstream = (text: string) => timers({ type: "bytes", from: "upstream", bytes: Buffer.from(text) });
    session.handle({ type: "start" });
    session.handle({ type: "connected", peer: { target: TARGET, address: "192.0.2.1" } });
    upstream("* PREAUTH hello\r\n");
    expect(upstream(`* 1 FETCH (BODY[] {${MESSAGE.length}}\r\n`)).toEqual(["keep-alive"]);
    expect(upstream(`${MESSAGE})\r\n* 2 FETCH (BODY[] ${literal(MESSAGE)})\r\n`)).toEqual([]);
    const delivered = { bytes: MESSAGE.length, headerBytes: HEADER.length, isOriginal: true };
    const judged = { type: "judged", verdict: CLEAN, decision: { action: "deliver", why: "" }, delivered } as const;
    expect(timers({ ...judged, id: 1 })).toEqual(["keep-alive"]);
    expect(timers({ ...judged, id: 2 })).toEqual([]);
  });
});

describe("createImapSession() endings", () => {
  it("passes BYE and the completion of LOGOUT, and says no BYE of its own", () => {
    answered(relayed(loggedIn(), "a LOGOUT"), "* BYE bye", "a OK done")
      .expectTimer("closing", connectionLimits.closingTimeoutMs)
      .closed("upstream")
      .expectClose("upstream")
      .expectClose("client", "full")
      .end();
  });

  it("ends by itself when the upstream does not close after LOGOUT", () => {
    answered(relayed(loggedIn(), "a LOGOUT"), "* BYE bye", "a OK done")
      .timer("closing")
      .timer("closing")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("P-69 gives a client that has sent FIN its last answers", () => {
    const response = `* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`;
    relayed(loggedIn(), "a FETCH 1 BODY[]", "b LOGOUT")
      .closed("client")
      .expectNothing()
      .expectTimer("closing")
      .upstream(response, "a OK\r\n* BYE bye\r\n")
      .timer("closing")
      .upstream("b OK\r\n")
      .expectClose("upstream", "full")
      .judged("message 1")
      .expectClient(response, "a OK\r\n* BYE bye\r\nb OK\r\n")
      .expectClose("client", "full")
      .end();
  });

  it("ends when a client that has sent FIN has all its answers", () => {
    relayed(loggedIn(), "a NOOP")
      .closed("client")
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
    loggedIn().closed("client").expectClose("upstream", "full").expectClose("client", "full").end();
  });

  it("passes the FIN on when the upstream waits for more", () => {
    relayed(loggedIn(), "a APPEND x {50+}")
      .client("hello")
      .expectUpstream("hello")
      .closed("client")
      .expectClose("upstream", "half")
      .closed("upstream")
      .expectClose("upstream", "full")
      .expectClient("* BYE [UNAVAILABLE] the mail server closed the connection\r\n")
      .expectClose("client", "full")
      .end();
  });

  it("does not pass it on while something that the client has said still waits", () => {
    loggedIn()
      .client("a IDLE\r\nDONE\r\n")
      .expectUpstream("a IDLE\r\n")
      .closed("client")
      .upstream("+ \r\n")
      .expectClient("+ \r\n")
      .expectUpstream("DONE\r\n")
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("P-70 releases everything when the client resets", () => {
    relayed(loggedIn(), "a FETCH 1:3 BODY[]")
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n* 2 FETCH (BODY[] ${literal(MESSAGE)})\r\n`)
      .upstream(`* 3 FETCH (BODY[] {9999}\r\n${MESSAGE}`)
      .judged("message 2")
      .closed("client", "reset")
      .expectClose("upstream", "abort")
      .expectClose("client", "abort")
      .expectReleased(3)
      .end();
  });

  it("stops reading an upstream that sends more messages than can be judged", () => {
    const count = protocolLimits.heldMessages + 1;
    const responses = Array.from(
      { length: count },
      (_, index) => `* ${index + 1} FETCH (BODY[] ${literal(MESSAGE)})\r\n`,
    );
    const dialogue = loggedIn({ segmentations: ["whole"] })
      .upstream(...responses)
      .expectPaused("upstream");
    for (let number = 1; number <= count / 2 + 1; number += 1) dialogue.judged(`message ${number}`).skip();
    dialogue.expectPaused("upstream", false);
  });
});
