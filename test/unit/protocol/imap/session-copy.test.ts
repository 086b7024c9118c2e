import { describe, it } from "vitest";
import { protocolLimits, spoolLimits } from "../../../../src/core/limits.ts";
import type { Playbook } from "../../../support/playbook.ts";
import { answered, literal, loggedIn, MARKER, MESSAGE, relayed } from "./imap-dialogue.ts";

const slice = (start: number, end: number, message = MESSAGE) =>
  `BODY[]<${start}> ${literal(message.slice(start, end))}`;

/** The first ten octets of UID 7 are delivered, out of `replacement` if there is one. */
function begun(replacement?: string): Playbook {
  return relayed(loggedIn({ marker: MARKER }), "s SELECT inbox")
    .upstream("s OK\r\n")
    .expectClient("s OK\r\n")
    .client("a FETCH 5 (UID RFC822.SIZE BODY.PEEK[]<0.10> MODSEQ)\r\n")
    .expectUpstream("a FETCH 5 (UID RFC822.SIZE MODSEQ BODY.PEEK[])\r\n")
    .upstream(`* 5 FETCH (UID 7 RFC822.SIZE 63 MODSEQ (2) BODY[] ${literal(MESSAGE)})\r\na OK\r\n`)
    .judged("UID 7", replacement === undefined ? {} : { replacement })
    .expectClient(
      `* 5 FETCH (UID 7 RFC822.SIZE ${(replacement ?? MESSAGE).length} MODSEQ (2) ${slice(0, 10, replacement)})\r\na OK\r\n`,
    );
}

const next = "b UID FETCH 7 (BODY.PEEK[]<10.20> MODSEQ UID)\r\n";
const asked = "b UID FETCH 7 (MODSEQ UID)\r\n";
const askedAnew = "b UID FETCH 7 (MODSEQ UID BODY.PEEK[])\r\n";

describe("createImapSession() and a message read piece by piece", () => {
  it("downloads it once, and asks the upstream for the rest each time", () => {
    begun()
      .expectTimer("copy", spoolLimits.copyTimeoutMs)
      .client(next, "c UID FETCH 7 (BODY.PEEK[]<30.100> FLAGS)\r\n")
      .expectUpstream(asked)
      .upstream(
        "* 6 FETCH (FLAGS ())\r\n* 5 FETCH (FLAGS ())\r\n* 5 FETCH (UID 7 MODSEQ (2))\r\n* 5 FETCH (UID 7 FLAGS ())\r\nb OK b\r\n",
      )
      .expectClient(
        "* 6 FETCH (FLAGS ())\r\n* 5 FETCH (FLAGS ())\r\n",
        `* 5 FETCH (UID 7 MODSEQ (2) ${slice(10, 30)})\r\n* 5 FETCH (UID 7 FLAGS ())\r\nb OK b\r\n`,
      )
      .expectUpstream("c UID FETCH 7 (FLAGS)\r\n")
      .upstream("*  4  FETCH  ( UID  7 ) \r\nc OK\r\n")
      .expectClient(`*  4  FETCH  ( UID  7 ${slice(30, 63)}) \r\nc OK\r\n`)
      .client("d LOGOUT\r\n")
      .expectUpstream("d LOGOUT\r\n")
      .closed("upstream")
      .expectReleased(1)
      .skip()
      .end();
  });

  it("takes all pieces of a replaced message out of the same replacement", () => {
    const replacement = `${"x".repeat(25)}\r\n\r\nremoved`;
    begun(replacement)
      .client("b UID FETCH 7 (BODY.PEEK[TEXT]<0.5> BODY.PEEK[]<10.20>)\r\n")
      .expectClient(
        `* 5 FETCH (UID 7 BODY[TEXT]<0> ${literal("remov")} ${slice(10, 30, replacement)})\r\nb OK FETCH completed\r\n`,
      )
      .client("c UID FETCH 7 (BODY.PEEK[HEADER] FLAGS)\r\n")
      .expectUpstream("c UID FETCH 7 (FLAGS)\r\n")
      .upstream("* 5 FETCH (UID 7 FLAGS ())\r\nc OK\r\n")
      .expectClient(`* 5 FETCH (UID 7 FLAGS () BODY[HEADER] ${literal(`${"x".repeat(25)}\r\n\r\n`)})\r\nc OK\r\n`)
      .end();
  });

  it("puts the pieces into a response with literals, and in their place behind what is held", () => {
    const envelope = `ENVELOPE (NIL ${literal("a b")} NIL)`;
    relayed(begun(), "x UID FETCH 8 BODY[]")
      .upstream(`* 6 FETCH (UID 8 BODY[] ${literal(MESSAGE)})\r\nx OK\r\n`)
      .client("b UID FETCH 7 (ENVELOPE BODY.PEEK[]<10.20>)\r\n")
      .expectUpstream("b UID FETCH 7 (ENVELOPE)\r\n")
      .upstream(`* 5 FETCH (UID 7 ${envelope})\r\nb OK\r\n`)
      .client("c CLOSE\r\n")
      .expectUpstream("c CLOSE\r\n")
      .judged("UID 8")
      .expectClient(
        `* 6 FETCH (UID 8 BODY[] ${literal(MESSAGE)})\r\nx OK\r\n* 5 FETCH (UID 7 ${envelope} ${slice(10, 30)})\r\nb OK\r\n`,
      )
      .expectReleased(2)
      .end();
  });

  it("gives nothing where the upstream has the message no more", () => {
    answered(begun().client(next).expectUpstream(asked), "* 5 EXPUNGE", "b OK").end();
  });

  it("forgets it when another mailbox is selected, or none", () => {
    for (const command of ["SELECT x", "EXAMINE x", "CLOSE", "UNSELECT"]) {
      answered(relayed(begun(), `m ${command}`), "m OK")
        .expectReleased(1)
        .client(next)
        .expectUpstream(askedAnew)
        .end();
    }
  });

  it("does not keep what was judged after another mailbox was selected", () => {
    loggedIn()
      .client("a UID FETCH 7 BODY.PEEK[]<0.10>\r\n")
      .expectUpstream("a UID FETCH 7 (BODY.PEEK[])\r\n")
      .upstream(`* 5 FETCH (UID 7 BODY[] ${literal(MESSAGE)})\r\na OK\r\n`)
      .client("m SELECT x\r\n")
      .expectUpstream("m SELECT x\r\n")
      .judged("UID 7")
      .skip()
      .expectReleased(1)
      .upstream("m OK\r\n")
      .expectClient("m OK\r\n")
      .client(next)
      .expectUpstream(askedAnew)
      .end();
  });

  it("forgets it when nobody asks any more, but not while it is in use", () => {
    begun().timer("copy").expectReleased(1).client(next).expectUpstream(askedAnew).end();
    begun()
      .client(next)
      .expectUpstream(asked)
      .timer("copy")
      .upstream("* 5 FETCH (UID 7 MODSEQ (2))\r\nb OK\r\n")
      .expectClient(`* 5 FETCH (UID 7 MODSEQ (2) ${slice(10, 30)})\r\nb OK\r\n`)
      .expectTimer("copy")
      .timer("copy")
      .expectReleased(1)
      .end();
  });

  it.each([
    ["b UID FETCH 8 BODY.PEEK[]<0.10>", "b UID FETCH 8 (BODY.PEEK[])"],
    ["b UID FETCH 7:8 BODY.PEEK[]<0.10>", "b UID FETCH 7:8 (BODY.PEEK[])"],
    ["b FETCH 7 BODY.PEEK[]<0.10>", "b FETCH 7 (BODY.PEEK[])"],
  ])("asks for the whole message anew for %s", (command, upstream) => {
    begun().client(`${command}\r\n`).expectUpstream(`${upstream}\r\n`).end();
  });

  it("keeps the one in use when another one is judged meanwhile", () => {
    const ask = "c UID FETCH 7 (FLAGS BODY.PEEK[]<10.20>)\r\n";
    begun()
      .client("b UID FETCH 8 BODY.PEEK[]<0.10>\r\n")
      .expectUpstream("b UID FETCH 8 (BODY.PEEK[])\r\n")
      .upstream(`* 6 FETCH (UID 8 BODY[] ${literal(MESSAGE)})\r\nb OK\r\n`)
      .client(ask)
      .expectUpstream("c UID FETCH 7 (FLAGS)\r\n")
      .judged("UID 8")
      .skip()
      .upstream("* 5 FETCH (UID 7)\r\nc OK\r\n")
      .expectClient(`* 5 FETCH (UID 7 ${slice(10, 30)})\r\nc OK\r\n`)
      .timer("copy")
      .expectReleased(2)
      .end();
  });

  it("answers pieces alone once it has the message, by UID and by number, and asks the upstream now and then", () => {
    const dialogue = begun();
    for (let count = 1; count < protocolLimits.localAnswers; count += 1) {
      const isUid = count % 2 === 0;
      dialogue
        .client(isUid ? "b UID FETCH 7 (UID BODY.PEEK[]<1.2>)\r\n" : "b FETCH 5 BODY.PEEK[]<1.2>\r\n")
        .expectClient(`* 5 FETCH (${isUid ? "UID 7 " : ""}${slice(1, 3)})\r\nb OK FETCH completed\r\n`);
    }
    dialogue
      .client("c UID FETCH 7 (BODY.PEEK[]<1.2>)\r\n")
      .expectUpstream("c UID FETCH 7 (BODY.PEEK[HEADER.FIELDS (X-MAILWARD-SEEN)])\r\n")
      .upstream(`* 5 FETCH (UID 7 BODY[HEADER.FIELDS (X-MAILWARD-SEEN)] ${literal("\r\n")})\r\nc OK\r\n`)
      .expectClient(`* 5 FETCH (UID 7 ${slice(1, 3)})\r\nc OK\r\n`)
      .end();
  });

  it("has the upstream set \\Seen where the client does, without the message", () => {
    const touch = "BODY[HEADER.FIELDS (X-MAILWARD-SEEN)]";
    begun()
      .client("b UID FETCH 7 (UID RFC822.SIZE BODY[]<10.20>)\r\n")
      .expectUpstream(`b UID FETCH 7 (UID RFC822.SIZE ${touch})\r\n`)
      .upstream(`* 5 FETCH (FLAGS (\\Seen) UID 7 RFC822.SIZE 63 ${touch} ${literal("\r\n")})\r\nb OK\r\n`)
      .expectClient(`* 5 FETCH (FLAGS (\\Seen) UID 7 RFC822.SIZE 63 ${slice(10, 30)})\r\nb OK\r\n`)
      .client("c FETCH 5 BODY[]<10.20>\r\n")
      .expectUpstream(`c FETCH 5 (${touch})\r\n`)
      .upstream(`* 5 FETCH (${touch} ${literal("\r\n")} FLAGS (\\Seen))\r\nc OK\r\n`)
      .expectClient(`* 5 FETCH ( FLAGS (\\Seen) ${slice(10, 30)})\r\nc OK\r\n`)
      .client("d UID FETCH 7 BODY[]<10.20>\r\n")
      .expectUpstream(`d UID FETCH 7 (${touch})\r\n`)
      .upstream(`* 5 FETCH (${touch} "" UID 7)\r\nd OK\r\n`)
      .expectClient(`* 5 FETCH ( UID 7 ${slice(10, 30)})\r\nd OK\r\n`)
      .end();
  });

  it("follows the numbers of messages", () => {
    const piece = "BODY.PEEK[]<1.2>";
    answered(begun(), "* 6 EXPUNGE", "* 2 EXPUNGE", "* 1 EXPUNGE")
      .client(`b FETCH 3 ${piece}\r\n`)
      .expectClient(`* 3 FETCH (${slice(1, 3)})\r\nb OK FETCH completed\r\n`)
      .upstream("* VANISHED (EARLIER) 1:9\r\n* VANISHED 2,4:5,9\r\n")
      .expectClient("* VANISHED (EARLIER) 1:9\r\n* VANISHED 2,4:5,9\r\n")
      .client(`c UID FETCH 7 ${piece}\r\n`)
      .expectUpstream("c UID FETCH 7 (BODY.PEEK[HEADER.FIELDS (X-MAILWARD-SEEN)])\r\n")
      .upstream(`* 1 FETCH (UID 7 BODY[HEADER.FIELDS (X-MAILWARD-SEEN)] ${literal("\r\n")})\r\nc OK\r\n`)
      .expectClient(`* 1 FETCH (UID 7 ${slice(1, 3)})\r\nc OK\r\n`)
      .client(`d FETCH 1 ${piece}\r\n`)
      .expectClient(`* 1 FETCH (${slice(1, 3)})\r\nd OK FETCH completed\r\n`)
      .upstream("* VANISHED 7\r\n")
      .expectClient("* VANISHED 7\r\n")
      .expectReleased(1)
      .client(`e FETCH 1 ${piece}\r\n`)
      .expectUpstream("e FETCH 1 (BODY.PEEK[])\r\n")
      .end();
    answered(begun(), "* 5 EXPUNGE").expectReleased(1).end();
  });

  it("keeps several, the last ones", () => {
    const dialogue = begun();
    for (let uid = 8; uid < 8 + spoolLimits.copies; uid += 1) {
      dialogue
        .client(`b UID FETCH ${uid} BODY.PEEK[1]\r\n`)
        .expectUpstream(`b UID FETCH ${uid} (BODY.PEEK[])\r\n`)
        .upstream(`* ${uid} FETCH (UID ${uid} BODY[] ${literal(MESSAGE)})\r\nb OK\r\n`)
        .judged(`UID ${uid}`)
        .skip();
    }
    dialogue
      .client("c UID FETCH 8 BODY.PEEK[]<1.2>\r\n")
      .expectClient(`* 8 FETCH (UID 8 ${slice(1, 3)})\r\nc OK FETCH completed\r\n`)
      .client("d UID FETCH 7 BODY.PEEK[]<1.2>\r\n")
      .expectUpstream("d UID FETCH 7 (BODY.PEEK[])\r\n")
      .closed("client", "reset")
      .skip()
      .expectReleased(1 + spoolLimits.copies)
      .end();
  });
});
