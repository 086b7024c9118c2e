import { describe, expect, it } from "vitest";
import { KIB, protocolLimits } from "../../../../src/core/limits.ts";
import { greeted, loggedIn } from "../../../support/pop3-dialogue.ts";

const MAIL = "Subject: one\r\n\r\nfirst\r\n.second\r\n..third\r\n\r\nlast\r\n";
const WIRE = "Subject: one\r\n\r\nfirst\r\n..second\r\n...third\r\n\r\nlast\r\n.\r\n";
const REFUSAL = /^-ERR \[SYS\/TEMP\] message not delivered, it stays on the server: .*\r\n$/;

describe("createPop3Session() RETR", () => {
  it("holds a message until it is judged and delivers a clean one byte-identical (P-42)", () => {
    loggedIn({ marker: "first" })
      .client("RETR 1\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK 62 octets\r\n", WIRE)
      .expectNothing()
      .expectWhole("RETR 1", MAIL)
      .judged("RETR 1")
      .expectClient("+OK 62 octets\r\n", WIRE)
      .expectReleased(1)
      .end();
  });

  it.each(["", ".\r\n", "..\r\n", ".x\r\n", "\r\n", "\r\n.\r\n", "no line end at last.\r\n", "a\r\n.\r\r\n"])(
    "carries the text %j through, dots and all (P-42)",
    (text) => {
      const wire = `${text.replace(/^\./gm, "..")}.\r\n`;
      loggedIn()
        .client("RETR 1\r\n")
        .expectUpstream("RETR 1\r\n")
        .upstream("+OK\r\n", wire)
        .expectWhole("RETR 1", text)
        .judged("RETR 1")
        .expectClient("+OK\r\n", wire)
        .end();
    },
  );

  it("passes a refusal of the upstream's", () => {
    loggedIn()
      .client("RETR 99\r\n")
      .expectUpstream("RETR 99\r\n")
      .upstream("-ERR no such message\r\n")
      .expectClient("-ERR no such message\r\n")
      .expectReleased(0)
      .end();
  });

  it("delivers the replacement, dot-stuffed, with its own size (P-44)", () => {
    loggedIn()
      .client("RETR 1\r\nRETR 2\r\nRETR 3\r\nRETR 4\r\n")
      .expectUpstream("RETR 1\r\nRETR 2\r\nRETR 3\r\nRETR 4\r\n")
      .upstream("+OK 6 octets\r\nevil\r\n.\r\n+OK\r\nevil\r\n.\r\n")
      .upstream("+OK 3 follows (6 bytes)\r\nevil\r\n.\r\n+OK 6\r\nevil\r\n.\r\n")
      .judged("RETR 1", { replacement: ".notice" })
      .expectClient("+OK 7 octets\r\n..notice\r\n.\r\n")
      .judged("RETR 2", { replacement: "x\r\n" })
      .expectClient("+OK\r\nx\r\n.\r\n")
      .judged("RETR 3", { edits: [{ start: 0, end: 4, bytes: Buffer.from("n") }] })
      .expectClient("+OK 3 follows (3 bytes)\r\nn\r\n.\r\n")
      .judged("RETR 4", { replacement: "xx\r\n" })
      .expectClient("+OK 4\r\nxx\r\n.\r\n")
      .expectReleased(4)
      .end();
  });

  it("keeps the order of what comes after a held message", () => {
    loggedIn()
      .client("RETR 1\r\nSTAT\r\nRETR 2\r\nLIST\r\n")
      .expectUpstream("RETR 1\r\nSTAT\r\nRETR 2\r\nLIST\r\n")
      .upstream("+OK\r\none\r\n.\r\n+OK 2 10\r\n+OK\r\ntwo\r\n.\r\n+OK\r\n1 5\r\n2 5\r\n.\r\n")
      .judged("RETR 2")
      .expectNothing()
      .judged("RETR 1")
      .expectClient("+OK\r\none\r\n.\r\n+OK 2 10\r\n+OK\r\ntwo\r\n.\r\n+OK\r\n1 5\r\n2 5\r\n.\r\n")
      .expectReleased(2)
      .end();
  });

  it("refuses a message that could not be judged, and one that is not to be delivered", () => {
    loggedIn()
      .client("RETR 1\r\nRETR 2\r\n")
      .expectUpstream("RETR 1\r\nRETR 2\r\n")
      .upstream("+OK\r\none\r\n.\r\n+OK\r\ntwo\r\n.\r\n")
      .holdFailed("RETR 1", "the disk is\r\n+OK full")
      .expectClient("-ERR [SYS/TEMP] message not delivered, it stays on the server: the disk is?+OK full\r\n")
      .judged("RETR 2", { decision: { action: "refuse", why: "it is still infected" } })
      .expectMatch("client", REFUSAL)
      .expectFact({ type: "refused", code: "message", detail: "it is still infected" })
      .expectReleased(2)
      .end();
  });

  it("never lets a part through when the upstream closes inside a message (P-24)", () => {
    for (const how of ["fin", "reset"] as const) {
      loggedIn({ marker: "evil" })
        .client("RETR 1\r\n")
        .expectUpstream("RETR 1\r\n")
        .upstream("+OK 1000 octets\r\nSubject: evil\r\n\r\nevil\r\n.")
        .closed("upstream", how)
        .expectMatch("client", REFUSAL)
        .expectClose("upstream", "full")
        .expectClose("client", "full")
        .expectReleased(1)
        .end();
    }
  });

  it("still delivers what was whole before the upstream closed (P-24)", () => {
    loggedIn()
      .client("RETR 1\r\nRETR 2\r\n")
      .expectUpstream("RETR 1\r\nRETR 2\r\n")
      .upstream("+OK\r\none\r\n.\r\n+OK\r\nhalf")
      .closed("upstream")
      .expectClose("upstream", "full")
      .judged("RETR 1")
      .expectClient(
        "+OK\r\none\r\n.\r\n-ERR [SYS/TEMP] message not delivered, it stays on the server: the server closed the connection\r\n",
      )
      .expectClose("client", "full")
      .expectReleased(2)
      .end();
  });

  it("holds what any spelling of RETR brings", () => {
    loggedIn({ marker: "mail" })
      .client("  retr\t1 \r\nRETR x\r\nRetr\n")
      .expectUpstream("  retr\t1 \r\nRETR x\r\nRetr\n")
      .upstream("+OK\r\nmail\r\n.\r\n+OK\r\nmail\r\n.\r\n+OK\r\nmail\r\n.\r\n")
      .expectNothing()
      .judged("RETR 1")
      .expectClient("+OK\r\nmail\r\n.\r\n")
      .judged(2)
      .expectClient("+OK\r\nmail\r\n.\r\n")
      .judged(3)
      .expectClient("+OK\r\nmail\r\n.\r\n")
      .end();
  });

  it("holds messages before login as well, should an upstream send them", () => {
    greeted({ marker: "mail" })
      .client("RETR 1\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK\r\nmail\r\n.\r\n")
      .expectNothing()
      .judged("RETR 1")
      .expectClient("+OK\r\nmail\r\n.\r\n")
      .end();
  });

  it("asks for no more messages than may be held at once", () => {
    const ask = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => `RETR ${from + index}\r\n`).join("");
    const max = protocolLimits.heldMessages;
    const dialogue = loggedIn({ segmentations: ["whole", { seed: 3 }] })
      .client(ask(1, max + 2))
      .expectUpstream(ask(1, max))
      .upstream("+OK\r\nx\r\n.\r\n".repeat(max))
      .judged("RETR 1")
      .expectClient("+OK\r\nx\r\n.\r\n")
      .expectUpstream(ask(max + 1, max + 1))
      .upstream("-ERR\r\n")
      .expectUpstream(ask(max + 2, max + 2));
    expect(dialogue.runs[0]?.spools.size).toBe(max);
  });
});

describe("createPop3Session() TOP", () => {
  it("asks for the whole message and delivers the lines that were wanted (P-24)", () => {
    loggedIn({ marker: "second" })
      .client("TOP 1 1\r\n")
      .expectUpstream("TOP 1 99999999\r\n")
      .upstream("+OK\r\n", WIRE)
      .expectNothing()
      .expectWhole("TOP 1", MAIL)
      .judged("TOP 1")
      .expectClient("+OK\r\nSubject: one\r\n\r\nfirst\r\n.\r\n")
      .expectReleased(1)
      .end();
  });

  it("delivers lines of the replacement, not of the original", () => {
    loggedIn({ marker: "second" })
      .client("TOP 1 2\r\n")
      .expectUpstream("TOP 1 99999999\r\n")
      .upstream("+OK\r\n", WIRE)
      .judged("TOP 1", { replacement: "Subject: one\r\n\r\nnotice\r\n.dot\r\nmore\r\n" })
      .expectClient("+OK\r\nSubject: one\r\n\r\nnotice\r\n..dot\r\n.\r\n")
      .end();
  });

  it("waits for its part in order", () => {
    loggedIn({ withholdsSections: true })
      .client("TOP 1 1\r\nNOOP\r\nDELE 1\r\n")
      .expectUpstream("TOP 1 99999999\r\nNOOP\r\n")
      .upstream("+OK\r\n", WIRE, "+OK\r\n")
      .judged("TOP 1")
      .expectNothing()
      .sections()
      .expectClient("+OK\r\nSubject: one\r\n\r\nfirst\r\n.\r\n+OK\r\n")
      .expectUpstream("DELE 1\r\n")
      .end();
  });

  it("refuses when the part could not be made", () => {
    loggedIn({ withholdsSections: true })
      .client("TOP 1 1\r\n")
      .expectUpstream("TOP 1 99999999\r\n")
      .upstream("+OK\r\n", WIRE)
      .judged("TOP 1")
      .event({ type: "hold-failed", id: 1, failure: { code: "spool", detail: "unreadable" } })
      .expectMatch("client", REFUSAL)
      .expectReleased(1)
      .end();
  });

  it("asks for the header alone when no line is wanted, and delivers nothing beyond it", () => {
    loggedIn({ marker: "second", withholdsSections: true })
      .client("TOP 1 0\r\nTOP 2 0\r\n")
      .expectUpstream("TOP 1 0\r\nTOP 2 0\r\n")
      .upstream("+OK\r\nSubject: one\r\n\r\n.\r\n+OK\r\n", WIRE)
      .expectNothing()
      .judged("TOP 1")
      .expectClient("+OK\r\nSubject: one\r\n\r\n.\r\n")
      .judged("TOP 2")
      .expectClient("+OK\r\nSubject: one\r\n\r\n.\r\n")
      .end();
  });

  it("delivers all of it when all of it is wanted, as fetchmail does", () => {
    loggedIn({ marker: "second" })
      .client("TOP 1 99999999\r\n")
      .expectUpstream("TOP 1 99999999\r\n")
      .upstream("+OK\r\n", WIRE)
      .judged("TOP 1")
      .expectClient("+OK\r\n", WIRE)
      .end();
  });

  it.each(["TOP", "TOP 1", "TOP 1 x", "TOP 1 -1", "TOP 1 +5", "TOP 1 0x5", "TOP 1 5 5"])(
    "refuses %j, which servers read in different ways",
    (line) => {
      loggedIn().client(`${line}\r\n`).expectClient("-ERR TOP takes a message and a number of lines\r\n").end();
    },
  );
});

describe("createPop3Session() DELE, RSET and QUIT", () => {
  it("keeps the order of RETR 1, RETR 2, DELE 1, QUIT in one segment (P-25)", () => {
    loggedIn()
      .client("RETR 1\r\nRETR 2\r\nDELE 1\r\nQUIT\r\n")
      .expectUpstream("RETR 1\r\nRETR 2\r\n")
      .upstream("+OK\r\none\r\n.\r\n+OK\r\ntwo\r\n.\r\n")
      .expectNothing()
      .judged("RETR 1")
      .expectClient("+OK\r\none\r\n.\r\n")
      .judged("RETR 2")
      .expectClient("+OK\r\ntwo\r\n.\r\n")
      .expectUpstream("DELE 1\r\nQUIT\r\n")
      .upstream("+OK\r\n+OK bye\r\n")
      .expectClient("+OK\r\n+OK bye\r\n")
      .expectClose("upstream")
      .expectClose("client")
      .end();
  });

  it("does not delete what was not delivered, until it is (P-25)", () => {
    loggedIn()
      .client("RETR 1\r\nDELE 1\r\nNOOP\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK\r\none\r\n.\r\n")
      .holdFailed("RETR 1")
      .expectMatch("client", /^-ERR \[SYS\/TEMP\] message not delivered.*\r\n-ERR message 1 was not delivered.*\r\n$/)
      .expectUpstream("NOOP\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .client("DELE 01\r\nDELE 2\r\n")
      .expectMatch("client", /^-ERR message 1 was not delivered.*\r\n$/)
      .expectUpstream("DELE 2\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .client("TOP 1 5\r\n")
      .expectUpstream("TOP 1 99999999\r\n")
      .upstream("+OK\r\none\r\n.\r\n")
      .judged("TOP 1")
      .expectClient("+OK\r\none\r\n.\r\n")
      .client("DELE 1\r\n")
      .expectMatch("client", /^-ERR message 1 was not delivered/)
      .client("RETR 1\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK\r\none\r\n.\r\n")
      .judged("RETR 1")
      .expectClient("+OK\r\none\r\n.\r\n")
      .client("DELE 1\r\n")
      .expectUpstream("DELE 1\r\n")
      .end();
  });

  it("does not send QUIT when the client is reset while a message is held (P-25)", () => {
    loggedIn()
      .client("RETR 1\r\nDELE 1\r\nQUIT\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK\r\none\r\n.\r\n")
      .closed("client", "reset")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .expectReleased(1)
      .end();
  });

  it("forwards nothing after QUIT", () => {
    loggedIn()
      .client("QUIT\r\nDELE 1\r\nNOOP\r\n")
      .expectUpstream("QUIT\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectClose("upstream")
      .expectClose("client")
      .end();
  });

  it("stops reading a client that piles up commands behind a held message", () => {
    const noops = "NOOP\r\n".repeat(20_000);
    loggedIn({ segmentations: ["whole", { seed: 4 }] })
      .client("RETR 1\r\nQUIT\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK\r\none\r\n.\r\n")
      .client(noops)
      .expectPaused("client")
      .judged("RETR 1")
      .expectPaused("client", false)
      .skip();
  });

  it("stops taking commands that it would answer itself behind a held message (P-25)", () => {
    const answer =
      "-ERR STLS is not offered on this side of mailward; the way to the mail server is protected as configured\r\n";
    const line = `1 1 ${"x".repeat(30)}\r\n`;
    const listing = line.repeat((protocolLimits.heldOutputBytes - 4 * KIB) / line.length);
    loggedIn({ segmentations: ["whole"] })
      .client("RETR 1\r\nLIST\r\n")
      .expectUpstream("RETR 1\r\nLIST\r\n")
      .upstream("+OK\r\none\r\n.\r\n+OK\r\n", listing, ".\r\n")
      .expectPaused("client", false)
      .client("STLS\r\n".repeat(50), "NOOP\r\n")
      .expectPaused("client")
      .expectPaused("upstream")
      .judged("RETR 1")
      .expectPaused("client", false)
      .expectPaused("upstream", false)
      .expectClient("+OK\r\none\r\n.\r\n+OK\r\n", listing, ".\r\n", answer.repeat(50))
      .expectUpstream("NOOP\r\n")
      .end();
  });

  it("sends no more commands ahead than the limit, and goes on as answers come", () => {
    const max = protocolLimits.pipelinedCommands;
    loggedIn({ segmentations: ["whole", { seed: 5 }] })
      .client("NOOP\r\n".repeat(max + 5))
      .expectUpstream("NOOP\r\n".repeat(max))
      .upstream("+OK\r\n".repeat(3))
      .expectClient("+OK\r\n".repeat(3))
      .expectUpstream("NOOP\r\n".repeat(3))
      .end();
  });
});
