import { describe, it } from "vitest";
import type { Playbook } from "../../../support/playbook.ts";
import { answered, literal, loggedIn, MARKER, MESSAGE, relayed } from "./imap-dialogue.ts";

const piece = (start: number, end: number) => `BODY[]<${start}> ${literal(MESSAGE.slice(start, end))}`;
const whole = `BODY[] ${literal(MESSAGE)}`;
const held = () => loggedIn({ marker: MARKER });

/** The client has had octets 1 and 2 of UID 7, which was message 5. */
function begun(): Playbook {
  return held()
    .client("a UID FETCH 7 BODY.PEEK[]<1.2>\r\n")
    .expectUpstream("a UID FETCH 7 (BODY.PEEK[])\r\n")
    .upstream(`* 5 FETCH (UID 7 ${whole})\r\na OK\r\n`)
    .judged("UID 7")
    .expectClient(`* 5 FETCH (UID 7 ${piece(1, 3)})\r\na OK\r\n`);
}

describe("createImapSession() with messages that get other numbers", () => {
  it("knows the number of a message that was judged after others were gone", () => {
    held()
      .client("a UID FETCH 7 BODY.PEEK[]<1.2>\r\n")
      .expectUpstream("a UID FETCH 7 (BODY.PEEK[])\r\n")
      .upstream(`* 5 FETCH (UID 7 ${whole})\r\n* 2 EXPUNGE\r\na OK\r\n`)
      .judged("UID 7")
      .expectClient(`* 5 FETCH (UID 7 ${piece(1, 3)})\r\n* 2 EXPUNGE\r\na OK\r\n`)
      // This is another message now.
      .client("b FETCH 5 BODY.PEEK[]<1.2>\r\n")
      .expectUpstream("b FETCH 5 (BODY.PEEK[])\r\n")
      .upstream("b OK\r\n")
      .expectClient("b OK\r\n")
      .client("c UID FETCH 7 BODY.PEEK[]<3.2>\r\n")
      .expectUpstream("c UID FETCH 7 (BODY.PEEK[HEADER.FIELDS (X-MAILWARD-SEEN)])\r\n")
      .upstream(`* 4 FETCH (UID 7 BODY[HEADER.FIELDS (X-MAILWARD-SEEN)] ${literal("\r\n")})\r\nc OK\r\n`)
      .expectClient(`* 4 FETCH (UID 7 ${piece(3, 5)})\r\nc OK\r\n`)
      .client("d FETCH 4 BODY.PEEK[]<5.2>\r\n")
      .expectClient(`* 4 FETCH (${piece(5, 7)})\r\nd OK FETCH completed\r\n`)
      .end();
  });

  it("does not keep a message without a UID that was judged after others were gone", () => {
    for (const gone of ["* 2 EXPUNGE", "* VANISHED 3"]) {
      held()
        .client("a FETCH 5 BODY.PEEK[]<1.2>\r\n")
        .expectUpstream("a FETCH 5 (BODY.PEEK[])\r\n")
        .upstream(`* 5 FETCH (${whole})\r\n${gone}\r\na OK\r\n`)
        .judged("message 5")
        .expectClient(`* 5 FETCH (${piece(1, 3)})\r\n${gone}\r\na OK\r\n`)
        .expectReleased(1)
        .client("b FETCH 5 BODY.PEEK[]<1.2>\r\n")
        .expectUpstream("b FETCH 5 (BODY.PEEK[])\r\n")
        .end();
    }
  });

  it("follows a copy through an EXPUNGE that comes while pieces of it are asked for", () => {
    begun()
      .client("b UID FETCH 7 (FLAGS BODY.PEEK[]<3.2>)\r\n")
      .expectUpstream("b UID FETCH 7 (FLAGS)\r\n")
      .upstream("* 1 EXPUNGE\r\n* 9 EXISTS\r\n* 4 FETCH (UID 7 FLAGS ())\r\n* 6 EXPUNGE\r\nb OK\r\n")
      .expectClient(`* 1 EXPUNGE\r\n* 9 EXISTS\r\n* 4 FETCH (UID 7 FLAGS () ${piece(3, 5)})\r\n* 6 EXPUNGE\r\nb OK\r\n`)
      .client("c FETCH 4 BODY.PEEK[]<1.2>\r\n")
      .expectClient(`* 4 FETCH (${piece(1, 3)})\r\nc OK FETCH completed\r\n`)
      .end();
  });

  it("has no pieces of a message that goes while they are asked for", () => {
    begun()
      .client("b UID FETCH 7 (FLAGS BODY.PEEK[]<3.2>)\r\n")
      .expectUpstream("b UID FETCH 7 (FLAGS)\r\n")
      .upstream("* 5 EXPUNGE\r\nb OK\r\n")
      .expectClient("* 5 EXPUNGE\r\nb OK\r\n")
      .client("c FETCH 5 BODY.PEEK[]<1.2>\r\n")
      .expectUpstream("c FETCH 5 (BODY.PEEK[])\r\n")
      .end();
  });

  it("leaves it to the upstream to say that a message is gone", () => {
    for (const answer of ["NO [EXPUNGEISSUED] gone", "BAD no such message", "OK nothing"]) {
      held()
        .client("a FETCH 5 BODY.PEEK[]<1.2>\r\n")
        .expectUpstream("a FETCH 5 (BODY.PEEK[])\r\n")
        .upstream(`a ${answer}\r\n`)
        .expectClient(`a ${answer}\r\n`)
        .end();
    }
    // As Dovecot says it of messages that are gone but still have a number.
    held()
      .client("a FETCH 5 BODY.PEEK[]<1.2>\r\n")
      .expectUpstream("a FETCH 5 (BODY.PEEK[])\r\n")
      .upstream("* 5 FETCH (FLAGS (\\Deleted) UID 7 BODY[] NIL)\r\na NO [EXPUNGEISSUED] gone\r\n")
      .expectClient(
        "* 5 FETCH (FLAGS (\\Deleted) UID 7 BODY[]<0> NIL)\r\na NO [EXPUNGEISSUED] gone\r\n".replace("<0>", "<1>"),
      )
      .end();
  });
});

describe("createImapSession() with mailboxes that are selected while copies are kept", () => {
  it("asks anew after a SELECT of the same mailbox, with its name in any form", () => {
    for (const command of [
      "SELECT inbox",
      'EXAMINE "INBOX"',
      "SELECT {5+}\r\nINBOX",
      "SELECT inbox (QRESYNC (1 20))",
    ]) {
      answered(relayed(begun(), `s ${command}`), "* 5 EXISTS", "* VANISHED (EARLIER) 1:3", "s OK [READ-WRITE] selected")
        .expectReleased(1)
        .client("b UID FETCH 7 BODY.PEEK[]<1.2>\r\n")
        .expectUpstream("b UID FETCH 7 (BODY.PEEK[])\r\n")
        .end();
    }
  });

  it("passes a name that the upstream asks for, and one that it does not want", () => {
    for (const isWanted of [true, false]) {
      const dialogue = begun().client("s SELECT {5}\r\n").expectUpstream("s SELECT {5}\r\n");
      if (isWanted) {
        dialogue.upstream("+ OK\r\n").expectClient("+ OK\r\n").client("inbox\r\n").expectUpstream("inbox\r\n");
      }
      answered(dialogue, isWanted ? "s OK selected" : "s NO no literals")
        .client("b UID FETCH 7 BODY.PEEK[]<1.2>\r\n")
        .expectUpstream("b UID FETCH 7 (BODY.PEEK[])\r\n")
        .end();
    }
  });

  it("has nothing of its own to say after SELECT, CLOSE and UNSELECT have failed", () => {
    for (const command of ["SELECT none", "EXAMINE none", "CLOSE", "UNSELECT", "UNAUTHENTICATE"]) {
      for (const failure of ["NO not possible", "BAD not now"]) {
        answered(relayed(begun(), `s ${command}`), `s ${failure}`)
          .client("b UID FETCH 7 BODY.PEEK[]<1.2>\r\n")
          .expectUpstream("b UID FETCH 7 (BODY.PEEK[])\r\n")
          .upstream("b BAD no mailbox selected\r\n")
          .expectClient("b BAD no mailbox selected\r\n")
          .end();
      }
    }
  });

  it("lets pieces wait for a SELECT that is not completed, and a SELECT for pieces", () => {
    relayed(begun(), "s SELECT other")
      .client("b UID FETCH 7 BODY.PEEK[]<1.2>\r\nt SELECT third\r\nc UID FETCH 7 BODY.PEEK[]<3.2>\r\n")
      .expectNothing()
      .upstream("* 1 EXISTS\r\ns OK\r\n")
      .expectClient("* 1 EXISTS\r\ns OK\r\n")
      .expectUpstream("b UID FETCH 7 (BODY.PEEK[])\r\n")
      .upstream(`* 1 FETCH (UID 7 ${whole})\r\nb OK\r\n`)
      .expectUpstream("t SELECT third\r\n")
      .judged("UID 7")
      .expectClient(`* 1 FETCH (UID 7 ${piece(1, 3)})\r\nb OK\r\n`)
      .upstream("t OK\r\n")
      .expectClient("t OK\r\n")
      .expectUpstream("c UID FETCH 7 (BODY.PEEK[])\r\n")
      .end();
  });
});
