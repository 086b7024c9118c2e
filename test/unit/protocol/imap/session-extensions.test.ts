import { describe, it } from "vitest";
import { answered, literal, loggedIn, MARKER, MESSAGE, relayed } from "./imap-dialogue.ts";

const TOUCH = "HEADER.FIELDS (X-MAILWARD-SEEN)";
const piece = (start: number, end: number) => `BODY[]<${start}> ${literal(MESSAGE.slice(start, end))}`;
const whole = `BODY[] ${literal(MESSAGE)}`;
const held = () => loggedIn({ marker: MARKER });

describe("createImapSession() with pieces under extensions", () => {
  it("RFC 9394 passes PARTIAL, and answers the page that the upstream chooses", () => {
    held()
      .client("a UID FETCH 1:* (FLAGS BODY.PEEK[]<0.4>) (PARTIAL -1:-2)\r\n")
      .expectUpstream("a UID FETCH 1:* (FLAGS BODY.PEEK[]) (PARTIAL -1:-2)\r\n")
      .upstream(`* 8 FETCH (UID 70 FLAGS () ${whole})\r\n* 9 FETCH (UID 71 FLAGS () ${whole})\r\na OK\r\n`)
      .judged("UID 71")
      .judged("UID 70")
      .expectClient(
        `* 8 FETCH (UID 70 FLAGS () ${piece(0, 4)})\r\n* 9 FETCH (UID 71 FLAGS () ${piece(0, 4)})\r\na OK\r\n`,
      )
      .end();
  });

  it("RFC 9394 leaves it to the upstream whether one message is on the page", () => {
    held()
      .client("a UID FETCH 7 BODY.PEEK[]<0.4>\r\n")
      .expectUpstream("a UID FETCH 7 (BODY.PEEK[])\r\n")
      .upstream(`* 1 FETCH (UID 7 ${whole})\r\na OK\r\n`)
      .judged("UID 7")
      .expectClient(`* 1 FETCH (UID 7 ${piece(0, 4)})\r\na OK\r\n`)
      .client("b UID FETCH 7 BODY.PEEK[]<4.4> (PARTIAL 2:9)\r\n")
      .expectUpstream(`b UID FETCH 7 (BODY.PEEK[${TOUCH}]) (PARTIAL 2:9)\r\n`)
      .upstream("b OK\r\n")
      .expectClient("b OK\r\n")
      .end();
  });

  it("RFC 5182 passes $, whichever messages the upstream has saved", () => {
    answered(relayed(held(), "s UID SEARCH RETURN (SAVE) SUBJECT x"), "s OK")
      .client("a UID FETCH $ (BODY.PEEK[TEXT]<0.3> BODY.PEEK[]<0.4>)\r\n")
      .expectUpstream("a UID FETCH $ (BODY.PEEK[])\r\n")
      .upstream(`* 2 FETCH (UID 7 ${whole})\r\n* 5 FETCH (UID 9 ${whole})\r\na OK\r\n`)
      .judged("UID 9")
      .judged("UID 7")
      .expectClient(
        ...[2, 5].map(
          (number) =>
            `* ${number} FETCH (UID ${number === 2 ? 7 : 9} BODY[TEXT]<0> ${literal("one")} ${piece(0, 4)})\r\n`,
        ),
        "a OK\r\n",
      )
      .client("b FETCH $ BODY.PEEK[]<4.4>\r\n")
      .expectUpstream("b FETCH $ (BODY.PEEK[])\r\n")
      .upstream("b OK\r\n")
      .expectClient("b OK\r\n")
      .client("c FETCH $ PREVIEW (LAZY)\r\n")
      .skip()
      .upstream("c BAD\r\n")
      .skip()
      .client("d FETCH $ (FLAGS PREVIEW (LAZY))\r\n")
      .expectUpstream("d FETCH $ (FLAGS)\r\n")
      .upstream("* 5 FETCH (FLAGS ())\r\nd OK\r\n")
      .expectClient("* 5 FETCH (FLAGS () PREVIEW NIL)\r\nd OK\r\n")
      .end();
  });

  it("RFC 7162 passes CHANGEDSINCE and VANISHED, and MODSEQ that nobody asked for", () => {
    held()
      .client("a UID FETCH 1:* (BODY.PEEK[]<0.4>) (CHANGEDSINCE 12 VANISHED)\r\n")
      .expectUpstream("a UID FETCH 1:* (BODY.PEEK[]) (CHANGEDSINCE 12 VANISHED)\r\n")
      .upstream("* VANISHED (EARLIER) 1:6\r\n")
      .expectClient("* VANISHED (EARLIER) 1:6\r\n")
      .upstream(`* 1 FETCH (UID 7 MODSEQ (13) ${whole})\r\na OK [HIGHESTMODSEQ 13] done\r\n`)
      .judged("UID 7")
      .expectClient(`* 1 FETCH (UID 7 MODSEQ (13) ${piece(0, 4)})\r\na OK [HIGHESTMODSEQ 13] done\r\n`)
      .end();
  });

  it("RFC 7162 puts pieces of a copy where the upstream says that the message has changed, once", () => {
    held()
      .client("a UID FETCH 7 BODY.PEEK[]<0.4>\r\n")
      .expectUpstream("a UID FETCH 7 (BODY.PEEK[])\r\n")
      .upstream(`* 1 FETCH (UID 7 MODSEQ (13) ${whole})\r\na OK\r\n`)
      .judged("UID 7")
      .expectClient(`* 1 FETCH (UID 7 MODSEQ (13) ${piece(0, 4)})\r\na OK\r\n`)
      .client("b UID FETCH 7 (BODY[]<4.4>) (CHANGEDSINCE 13 VANISHED)\r\n")
      .expectUpstream(`b UID FETCH 7 (BODY[${TOUCH}]) (CHANGEDSINCE 13 VANISHED)\r\n`)
      .upstream(
        `* 1 FETCH (UID 7 FLAGS (\\Seen) MODSEQ (14))\r\n* 1 FETCH (UID 7 BODY[${TOUCH}] {2}\r\n\r\n MODSEQ (14))\r\n`,
        "b OK\r\n",
      )
      .expectClient(
        `* 1 FETCH (UID 7 FLAGS (\\Seen) MODSEQ (14) ${piece(4, 8)})\r\n* 1 FETCH (UID 7 MODSEQ (14))\r\nb OK\r\n`,
      )
      .client("c UID FETCH 7 (BODY[]<4.4>) (CHANGEDSINCE 14)\r\n")
      .expectUpstream(`c UID FETCH 7 (BODY[${TOUCH}]) (CHANGEDSINCE 14)\r\n`)
      .upstream("c OK\r\n")
      .expectClient("c OK\r\n")
      .end();
  });

  it("RFC 3516 passes what is written and asked in octets of any kind", () => {
    answered(
      relayed(held(), "a APPEND box UTF8 (~{4+}\r\n\0\r\n\0)", "b FETCH 1 BINARY.SIZE[1]"),
      "a OK",
      "* 1 FETCH (BINARY.SIZE[1] 9)",
      "b OK",
    ).end();
  });
});

describe("createImapSession() with messages known by UID only (RFC 9586)", () => {
  const enabled = () =>
    answered(relayed(held(), "e ENABLE UIDONLY", "s SELECT x"), "* ENABLED UIDONLY", "e OK", "s OK");

  it("holds whole messages and answers pieces", () => {
    relayed(enabled(), "a UID FETCH 7 (FLAGS BODY.PEEK[])")
      .upstream(`* 7 UIDFETCH (FLAGS () ${whole})\r\na OK\r\n`)
      .judged("UID 7")
      .expectClient(`* 7 UIDFETCH (FLAGS () ${whole})\r\na OK\r\n`)
      .client("b UID FETCH 8:9 BODY.PEEK[]<0.4>\r\n")
      .expectUpstream("b UID FETCH 8:9 (BODY.PEEK[])\r\n")
      .upstream(`* 9 UIDFETCH (${whole})\r\nb OK\r\n`)
      .judged("UID 9")
      .expectClient(`* 9 UIDFETCH (${piece(0, 4)})\r\nb OK\r\n`)
      .end();
  });

  it("never says a sequence number, and asks the upstream each time", () => {
    enabled()
      .client("a UID FETCH 7 BODY.PEEK[]<0.4>\r\n")
      .expectUpstream("a UID FETCH 7 (BODY.PEEK[])\r\n")
      .upstream(`* 7 UIDFETCH (${whole})\r\na OK\r\n`)
      .judged("UID 7")
      .expectClient(`* 7 UIDFETCH (${piece(0, 4)})\r\na OK\r\n`)
      .client("b UID FETCH 7 (UID BODY.PEEK[]<4.4>)\r\n")
      .expectUpstream("b UID FETCH 7 (UID)\r\n")
      .upstream("* VANISHED 3:5\r\n* 7 UIDFETCH (UID 7)\r\nb OK\r\n")
      .expectClient(`* VANISHED 3:5\r\n* 7 UIDFETCH (UID 7 ${piece(4, 8)})\r\nb OK\r\n`)
      .client("c FETCH 7 BODY.PEEK[]<4.4>\r\n")
      .expectUpstream("c FETCH 7 (BODY.PEEK[])\r\n")
      .upstream("c BAD [UIDREQUIRED] UIDs only\r\n* VANISHED 7\r\n")
      .expectClient("c BAD [UIDREQUIRED] UIDs only\r\n* VANISHED 7\r\n")
      .expectReleased(1)
      .client("d UID FETCH 7 BODY.PEEK[]<4.4>\r\n")
      .expectUpstream("d UID FETCH 7 (BODY.PEEK[])\r\n")
      .end();
  });

  it("forgets the numbers of messages that it has when it is enabled late", () => {
    const dialogue = held()
      .client("a UID FETCH 7 BODY.PEEK[]<0.4>\r\n")
      .expectUpstream("a UID FETCH 7 (BODY.PEEK[])\r\n")
      .upstream(`* 2 FETCH (UID 7 ${whole})\r\na OK\r\n`)
      .judged("UID 7")
      .expectClient(`* 2 FETCH (UID 7 ${piece(0, 4)})\r\na OK\r\n`);
    answered(relayed(dialogue, "e ENABLE CONDSTORE uidonly"), "* ENABLED CONDSTORE UidOnly", "e OK")
      .client("b UID FETCH 7 (UID BODY.PEEK[]<4.4>)\r\n")
      .expectUpstream("b UID FETCH 7 (UID)\r\n")
      .upstream("* 7 UIDFETCH (UID 7)\r\nb OK\r\n")
      .expectClient(`* 7 UIDFETCH (UID 7 ${piece(4, 8)})\r\nb OK\r\n`)
      .end();
  });

  it("drops pieces that the upstream sends by itself", () => {
    enabled()
      .upstream(`* 7 UIDFETCH (BODY[1] ${literal(MARKER)})\r\n* 7 UIDFETCH (FLAGS ())\r\n`)
      .expectClient("* 7 UIDFETCH (FLAGS ())\r\n")
      .end();
  });
});

describe("createImapSession() passes what holds no content", () => {
  it.each([
    ["a ENABLE CONDSTORE QRESYNC UTF8=ACCEPT IMAP4rev2", ["* ENABLED QRESYNC CONDSTORE"]],
    ["a SELECT box (CONDSTORE)", ["* OK [HIGHESTMODSEQ 715194045007] Highest", "* OK [MAILBOXID (F1)] id"]],
    [
      'a SELECT "b&APw-x" (QRESYNC (67 20 1:5 (1:2 3:4)))',
      ["* VANISHED (EARLIER) 3:4", "* 1 FETCH (UID 7 MODSEQ (3))"],
    ],
    ["a UID SEARCH RETURN (PARTIAL -1:-100 SAVE) ALL", ['* ESEARCH (TAG "a") UID PARTIAL (-1:-100 200:250,252)']],
    ["a SEARCH RETURN (MIN MAX COUNT) MODSEQ 3", ['* ESEARCH (TAG "a") COUNT 1 MIN 2 MAX 2 MODSEQ 9']],
    ["a ESEARCH IN (personal) RETURN (ALL) SUBJECT x", ['* ESEARCH (TAG "a" MAILBOX "b" UIDVALIDITY 1) UID ALL 4']],
    ["a SEARCH $", ["* SEARCH 1 2 (MODSEQ 917162500)"]],
    ["a UID MOVE 7:9 other", ["* OK [COPYUID 3 7 1] Moved", "* VANISHED 7", "* 2 EXPUNGE"]],
    ["a STORE 1:2 (UNCHANGEDSINCE 3) +FLAGS (\\Deleted)", ["* 1 FETCH (MODSEQ (4) FLAGS ())"]],
    [
      'a LIST (SUBSCRIBED RECURSIVEMATCH) "" ("*") RETURN (CHILDREN SPECIAL-USE STATUS (MESSAGES SIZE MAILBOXID))',
      ['* LIST (\\Subscribed) "/" b ("CHILDINFO" ("SUBSCRIBED"))', "* STATUS b (MESSAGES 3 SIZE 90 MAILBOXID (F1))"],
    ],
    [
      "a NOTIFY SET STATUS (SELECTED (MessageNew (UID FLAGS) MessageExpunge)) (PERSONAL (MailboxName))",
      ["* STATUS b (UIDNEXT 1)"],
    ],
    ["a GETMETADATA (DEPTH 1) box (/shared/comment)", [`* METADATA box (/shared/comment ${literal("a\r\nb")})`]],
    ['a SETMETADATA box (/private/x {3+}\r\na"b)', []],
    ["a FETCH 1 (EMAILID THREADID SAVEDATE)", ["* 1 FETCH (EMAILID (M1) THREADID NIL SAVEDATE NIL)"]],
    ['a APPEND box CATENATE (URL "/box;UIDVALIDITY=1/;UID=2" TEXT {2+}\r\nhi)', ["* 4 EXISTS"]],
    ["a UID EXPUNGE 7:9", ["* VANISHED 7:9", '* OK [INPROGRESS ("a" 1 2)] slow']],
    ["a UNAUTHENTICATE", []],
    ["a RESETKEY", ["* OK [URLMECH INTERNAL] keys"]],
  ])("%s", (command, responses) => {
    answered(relayed(loggedIn(), command), ...responses, "a OK done").end();
  });
});
