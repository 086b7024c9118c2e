import { describe, it } from "vitest";
import { answered, BODY, HEADER, literal, loggedIn, MARKER, MESSAGE, relayed } from "./imap-dialogue.ts";

const held = () => loggedIn({ marker: MARKER });

describe("createImapSession() holds whole messages", () => {
  it("delivers a clean message exactly as the upstream sent it", () => {
    const response = `* 1 FETCH (UID 7 BODY[] ${literal(MESSAGE)} FLAGS (\\Seen))\r\n`;
    relayed(held(), "a UID FETCH 7 (UID BODY.PEEK[])")
      .upstream(response, "a OK done\r\n")
      .expectNothing()
      .expectWhole("UID 7", MESSAGE)
      .judged("UID 7")
      .expectClient(response, "a OK done\r\n")
      .expectReleased(1)
      .end();
  });

  it("delivers a replaced message with its own size in the same place", () => {
    relayed(held(), "a FETCH 1 RFC822")
      .upstream(`* 1 FETCH (RFC822 ${literal(MESSAGE)} UID 7)\r\na OK done\r\n`)
      .judged("message 1", { replacement: `${HEADER}removed\r\n` })
      .expectClient(`* 1 FETCH (RFC822 ${literal(`${HEADER}removed\r\n`)} UID 7)\r\na OK done\r\n`)
      .expectReleased(1)
      .end();
  });

  it("keeps the order of pipelined fetches whatever order the verdicts come in", () => {
    const responses = [1, 2, 3].map((n) => `* ${n} FETCH (UID ${n} BODY[] ${literal(`${n}${MESSAGE}`)})\r\n`);
    relayed(held(), ...[1, 2, 3].map((n) => `a${n} UID FETCH ${n} (BODY.PEEK[])`))
      .upstream(...responses, "a1 OK\r\na3 OK\r\na2 OK\r\n")
      .judged("UID 3")
      .expectNothing()
      .judged("UID 1")
      .expectClient(responses[0] ?? "")
      .judged("UID 2")
      .expectClient(responses[1] ?? "", responses[2] ?? "", "a1 OK\r\na3 OK\r\na2 OK\r\n")
      .expectReleased(3)
      .end();
  });

  it("holds several messages in one response until all of them are judged", () => {
    const response = `* 1 FETCH (BODY[] ${literal(`A${MESSAGE}`)} RFC822 ${literal(`B${MESSAGE}`)})\r\n`;
    relayed(held(), "a FETCH 1 (BODY[] RFC822)")
      .upstream(response)
      .judged(1)
      .expectNothing()
      .judged(2, { replacement: "gone" })
      .expectClient(`* 1 FETCH (BODY[] ${literal(`A${MESSAGE}`)} RFC822 ${literal("gone")})\r\n`)
      .expectReleased(2)
      .end();
  });

  it("passes header items next to a held message", () => {
    const response = `* 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] ${literal("Subject: hello\r\n\r\n")} BODY[] ${literal(MESSAGE)})\r\n`;
    relayed(held(), "a FETCH 1 (BODY.PEEK[] BODY.PEEK[HEADER.FIELDS (subject)])")
      .upstream(response)
      .judged("message 1")
      .expectClient(response)
      .end();
  });

  it("P-18 keeps a literal8 a literal8", () => {
    relayed(held(), "a FETCH 1 BODY[]")
      .upstream(`* 1 FETCH (BODY[] ~${literal(`\0${MESSAGE}`)})\r\n`)
      .judged("message 1", { replacement: "\0" })
      .expectClient("* 1 FETCH (BODY[] ~{1}\r\n\0)\r\n")
      .end();
  });

  it.each(["", "1"])("P-20 holds a message that nobody asked for, during IDLE and other commands %s", (mailbox) => {
    const response = `* 4 FETCH (BODY[] ${literal(MESSAGE)})\r\n`;
    const dialogue = mailbox === "" ? held() : answered(relayed(held(), "s SELECT inbox"), "s OK selected");
    relayed(dialogue, "i IDLE")
      .upstream("+ idling\r\n", response)
      .expectClient("+ idling\r\n")
      .judged("message 4", { replacement: "gone" })
      .expectClient(`* 4 FETCH (BODY[] ${literal("gone")})\r\n`)
      .end();
  });

  it("P-20 ends the session when message data comes before login", () => {
    loggedInNot()
      .upstream(`* 4 FETCH (BODY[] ${literal(MESSAGE)})\r\n`)
      .expectClose("upstream", "full")
      .expectClient("* BYE [UNAVAILABLE] the mail server broke the protocol: message data before login\r\n")
      .expectClose("client", "full")
      .expectFact({ type: "protocol-error", side: "upstream", code: "fetch-before-login" })
      .end();
  });

  it.each([
    ["lower case", `* 1 fetch (body[] ${literal(MESSAGE)})`],
    ["an origin", `* 1 FETCH (BODY[]<0> ${literal(MESSAGE)})`],
    ["extra spaces", `*  1  FETCH   ( UID  3   BODY[]   ${literal(MESSAGE)}  )  `],
    ["the name of before IMAP4", `* 1 STORE (RFC822 ${literal(MESSAGE)})`],
    ["UIDFETCH", `* 1 UIDFETCH (BODY[] ${literal(MESSAGE)})`],
  ])("P-21 holds a message in %s, and passes it exactly when it is clean", (_form, response) => {
    relayed(held(), "a FETCH 1 BODY[]").upstream(`${response}\r\n`).judged(1).expectClient(`${response}\r\n`).end();
  });

  it("P-21 holds a message in a quoted string, and delivers it as a literal", () => {
    relayed(held(), "a FETCH 1 BODY[]")
      .upstream(`* 1 FETCH (BODY[] "quoted ${MARKER} \\"text\\"" UID 3)\r\n`)
      .expectWhole("UID 3", `quoted ${MARKER} "text"`)
      .judged("UID 3")
      .expectClient(`* 1 FETCH (BODY[] ${literal(`quoted ${MARKER} "text"`)} UID 3)\r\n`)
      .end();
  });

  it.each(["NIL", "nil", '""', "{0}\r\n"])("P-21 passes an empty message, %j, at once", (value) => {
    answered(relayed(held(), "a FETCH 1 BODY[]"), `* 1 FETCH (BODY[] ${value} UID 3)`, "a OK").expectReleased(0).end();
  });

  it("P-33 never reads the content of a message as protocol", () => {
    const content = `x OK done\r\n* 2 FETCH (BODY[] "${MARKER}")\r\na OK done\r\n{5}\r\n`;
    const response = `* 1 FETCH (BODY[] ${literal(content)})\r\n`;
    relayed(held(), "a FETCH 1 BODY[]").upstream(response).judged(1).expectClient(response).expectReleased(1).end();
  });
});

describe("createImapSession() drops what no verdict covers", () => {
  it.each([
    `BODY[1] ${literal(BODY)}`,
    `BODY[TEXT] ${literal(BODY)}`,
    `BODY[]<5> ${literal(BODY)}`,
    `BODY[HEADER]<0> ${literal(BODY)}`,
    `BODY[1.MIME] ${literal(BODY)}`,
    `BODY[1.HEADER] ${literal(BODY)}`,
    `BODY[0] ${literal(BODY)}`,
    `BODY[TEXT] "${MARKER}"`,
    `RFC822.TEXT ${literal(BODY)}`,
    `RFC822.PEEK ${literal(BODY)}`,
    `BINARY[1] ~${literal(BODY)}`,
    `BINARY[]<0> ~${literal(BODY)}`,
    `PREVIEW "${MARKER}"`,
    `PREVIEW (FUZZY "${MARKER}")`,
    `SNIPPET ${literal(BODY)}`,
    `X-NEW[1] ${literal(BODY)}`,
    `body[text] ${literal(BODY)}`,
    `BODY [TEXT] ${literal(BODY)}`,
    `BODY[] (${literal(BODY)})`,
    `BODY[]${MARKER}`,
    `BODY[ ] ${literal(BODY)}`,
    `BO\0DY[] ${literal(BODY)}`,
    `BODY[\0] ${literal(BODY)}`,
    `X "a\\\0" BODY[] "${MARKER}"`,
    `BODY[] ${literal(MESSAGE)} BODY[1] ${literal(BODY)}`,
    `BODY[] ${literal(MESSAGE)} "${MARKER}"`,
    `UID x BODY[] ${literal(MESSAGE)}`,
    `(BODY[] ${literal(MESSAGE)})`,
  ])("P-19 drops a response with %j and goes on", (items) => {
    answered(held().upstream(`* 1 FETCH (UID 3 ${items})\r\n`).expectNothing(), "* 5 EXISTS")
      .expectReleased()
      .end();
  });

  it.each(["* 1 FETCH (UID 3", "* 1 FETCH UID 3)", "* 1 FETCH", "* 1 FETCH (UID 3) BODY[] x", "* FETCH (UID 3)"])(
    "drops a malformed response, %j, and goes on",
    (response) => {
      answered(held().upstream(`${response}\r\n`).expectNothing(), "* 5 EXISTS").end();
    },
  );

  it.each([
    `* URLFETCH "imap://x" ${literal(BODY)}`,
    `* CONVERTED ("t") ${literal(BODY)}`,
    `* 1 CONVERTED "${MARKER}"`,
  ])("P-23 drops %j", (response) => {
    answered(held().upstream(`${response}\r\n`).expectNothing(), "* 5 EXISTS")
      .expectFact({ type: "protocol-error", code: "unjudged-content" })
      .end();
  });

  it("completes the FETCH whose response was dropped with NO", () => {
    relayed(held(), "a FETCH 1 FLAGS", "b FETCH 2 FLAGS")
      .upstream(`* 1 FETCH (FLAGS () BODY[1] ${literal(BODY)})\r\n* 2 FETCH (FLAGS ())\r\na OK\r\nb OK\r\n`)
      .expectClient(
        "* 2 FETCH (FLAGS ())\r\n",
        "a NO [CANNOT] the mail server's data of message 1 is not delivered: it holds message content in a form that is not scanned\r\n",
        "b OK\r\n",
      )
      .expectFact({ type: "protocol-error", code: "unjudged-content" })
      .end();
  });

  it.each([
    ["RFC822.HEADER", MESSAGE, HEADER],
    ["BODY[HEADER]", MESSAGE, HEADER],
    ["BODY[HEADER.FIELDS (SUBJECT)]", `Subject: x\n\n${BODY}`, "Subject: x\n\n"],
    ["BODY[HEADER]", `Subject: x\r\r${BODY}`, "Subject: x\r\r"],
    ["BODY[HEADER]", `\r\n${BODY}`, "\r\n"],
    ["BODY[HEADER]", `Subject: x\r\n${BODY}`, "Subject: x\r\n"],
    ["RFC822.HEADER", `Subject: x\0${BODY}`, "Subject: x"],
    ["RFC822.HEADER", MARKER, ""],
  ])("cuts a body off what is no message: %s %j", (item, content, kept) => {
    held()
      .upstream(
        `* 1 FETCH (FLAGS () ${item} ~${literal(content)} UID 3)\r\n* 2 FETCH (${item} ${literal(content)} UID 3)\r\n`,
      )
      .expectClient(
        `* 1 FETCH (FLAGS () ${item} ~${literal(kept)} UID 3)\r\n* 2 FETCH (${item} ${literal(kept)} UID 3)\r\n`,
      )
      .expectFact({ type: "protocol-error", code: "body-in-header" })
      .end();
  });

  it("cuts it off in front of a held message as well", () => {
    held()
      .upstream(`* 1 FETCH (BODY[HEADER] ${literal(MESSAGE)} BODY[] ${literal(MESSAGE)})\r\n`)
      .judged("message 1")
      .expectClient(`* 1 FETCH (BODY[HEADER] ${literal(HEADER)} BODY[] ${literal(MESSAGE)})\r\n`)
      .expectReleased(1)
      .end();
  });

  it("ends the session when a quoted string holds a line end", () => {
    held()
      .upstream(`* 1 FETCH (RFC822.HEADER "a: b\n\n${MARKER}")\r\n`)
      .expectClose("upstream")
      .expectMatch("client", /^\* BYE /)
      .expectClose("client")
      .end();
  });

  it.each([
    `RFC822.HEADER ${literal(HEADER)}`,
    `BODY[HEADER] ${literal(HEADER)}`,
    `BODY[HEADER.FIELDS (DATE "X-Y")] ${literal("Date: now\r\n\r\n")} UID 3`,
    `BODY[HEADER.FIELDS.NOT (DATE)] ${literal("Subject: a\r\n b\r\n\r\n\r\n")}`,
    'BODY[HEADER] "Subject: x"',
    "BODY[HEADER] NIL",
    "BODY[1] NIL",
    'BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 10 1)',
    `ENVELOPE (NIL ${literal("a {5} (x")} ((NIL NIL "a" "b")) NIL)`,
    'BODYSTRUCTURE (("a" "{5}") "MIXED (")',
    "BINARY.SIZE[1] 10",
    'X-GM-LABELS ("\\\\Important" x) X-GM-MSGID 12 EMAILID (M1) SAVEDATE NIL MODSEQ (12)',
    `X-NEW ${literal("anything")}`,
    'FLAGS (\\Seen $Forwarded) INTERNALDATE " 1-Jan-2026 00:00:00 +0000"',
  ])("passes %j exactly", (items) => {
    answered(held(), `* 1 FETCH (${items})`).end();
  });
});

describe("createImapSession() and messages that may not be delivered", () => {
  it("completes the one FETCH under way with NO, without the response", () => {
    relayed(held(), "a UID FETCH 7 BODY[]")
      .upstream(`* 1 FETCH (UID 7 BODY[] ${literal(MESSAGE)})\r\n* 9 EXISTS\r\na OK done\r\n`)
      .judged("UID 7", { decision: { action: "refuse", why: "it can not be cleaned" } })
      .expectClient("* 9 EXISTS\r\na NO [CANNOT] a message is not delivered: it can not be cleaned\r\n")
      .expectFact({ type: "refused", code: "message" })
      .expectReleased(1)
      .end();
  });

  it("does the same when the message could not be held, before or after it is whole", () => {
    relayed(held(), "a UID FETCH 7 BODY[]")
      .upstream(`* 1 FETCH (UID 7 BODY[] {${MESSAGE.length}}\r\n${HEADER}`)
      .holdFailed("UID 7")
      .upstream(`${BODY})\r\na OK done\r\n`)
      .expectClient("a NO [UNAVAILABLE] a message is not delivered, try again later: no space left on device\r\n")
      .expectReleased(1)
      .end();
  });

  it("tells pipelined fetches apart by UID and by sequence number", () => {
    const ok = `* 2 FETCH (UID 8 BODY[] ${literal(MESSAGE)})\r\n`;
    relayed(held(), "a UID FETCH 7 BODY[]", "b UID FETCH 8:9,20 BODY[]", "c FETCH 2:3 FLAGS", "d FETCH 1:* FLAGS")
      .upstream(`* 1 FETCH (UID 7 BODY[] ${literal(MESSAGE)})\r\n${ok}a OK a\r\nb OK b\r\nc OK c\r\nd OK d\r\n`)
      .judged("UID 8")
      .holdFailed("UID 7", "full {5}")
      .expectClient(
        ok,
        "a NO [UNAVAILABLE] a message is not delivered, try again later: full ?5?\r\n",
        "b OK b\r\nc OK c\r\n",
        "d NO [UNAVAILABLE] a message is not delivered, try again later: full ?5?\r\n",
      )
      .expectReleased(2)
      .end();
  });

  it("leaves a NO of the upstream's as it is", () => {
    relayed(held(), "a FETCH 1:2 BODY[]")
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\na NO some are gone\r\n`)
      .holdFailed("message 1")
      .expectClient("a NO some are gone\r\n")
      .end();
  });
});

describe("createImapSession() when the upstream breaks off", () => {
  it("P-31 delivers nothing of a literal that did not become whole", () => {
    relayed(held(), "a FETCH 1 BODY[]")
      .upstream(`* 1 FETCH (BODY[] {9999}\r\n${MESSAGE}`)
      .expectHeld("message 1")
      .closed("upstream")
      .expectClose("upstream", "full")
      .expectClient("* BYE [UNAVAILABLE] the mail server closed the connection\r\n")
      .expectClose("client", "full")
      .expectReleased(1)
      .end();
  });

  it("delivers what is whole and waits for its verdict, then says BYE", () => {
    const whole = `* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`;
    relayed(held(), "a FETCH 1:2 BODY[]")
      .upstream(whole, `* 2 FETCH (BODY[] {9999}\r\n${MESSAGE}`)
      .closed("upstream", "reset")
      .expectClose("upstream", "full")
      .timer("keep-alive")
      .expectClient("* OK mailward is checking a message\r\n")
      .judged("message 1")
      .expectClient(whole, "* BYE [UNAVAILABLE] the mail server closed the connection\r\n")
      .expectClose("client", "full")
      .expectReleased(2)
      .end();
  });

  it("P-31 ends the session when the literal was shorter than what was sent", () => {
    relayed(held(), "a FETCH 1 BODY[]")
      .upstream(`* 1 FETCH (BODY[] {5}\r\n${MESSAGE})\r\n`)
      .expectClose("upstream", "full")
      .expectClient("* BYE [UNAVAILABLE] the mail server broke the protocol: a line that is no IMAP response\r\n")
      .expectClose("client", "full")
      .expectReleased(1)
      .end();
  });
});

function loggedInNot() {
  return relayed(held(), "u UNAUTHENTICATE").upstream("u OK\r\n").expectClient("u OK\r\n");
}
