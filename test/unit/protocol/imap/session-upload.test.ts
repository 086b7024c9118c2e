import { describe, it } from "vitest";
import { fromLatin1 } from "../../../../src/core/bytes.ts";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import { playbook } from "../../../support/playbook.ts";
import { answered, FIXED, loggedIn, PORTS, relayed, scanningUploads, TARGET } from "./imap-dialogue.ts";

const FIRST = "Subject: one\r\n\r\nfirst\r\n";
const SECOND = "Subject: two\r\n\r\nA2 NOOP\r\n+ {5}\r\n";
const GO_AHEAD = "+ go ahead\r\n";
const INFECTED = { decision: { action: "refuse", why: "infected: Test (actions.infected is clean)" } } as const;

/** `{n+}` and the content. */
const sent = (content: string) => `{${content.length}+}\r\n${content}`;

describe("createImapSession() and messages that the client stores, where they are scanned", () => {
  it("P-28 asks for the message, and the upstream hears of it once it is judged", () => {
    scanningUploads()
      .client(`a APPEND INBOX (\\Seen) {${FIRST.length}}\r\n`)
      .expectClient(GO_AHEAD)
      .client(FIRST.slice(0, -1))
      .expectHeld("upload to INBOX")
      .client(`${FIRST.slice(-1)}\r\n`)
      .expectWhole("upload to INBOX", FIRST)
      .expectNothing()
      .judged("upload to INBOX")
      .expectUpstream(`a APPEND INBOX (\\Seen) {${FIRST.length}}\r\n`)
      .upstream("+ OK\r\n")
      .expectUpstream(`${FIRST}\r\n`)
      .expectReleased(1)
      .upstream("* 1 EXISTS\r\na OK [APPENDUID 3 1] stored\r\n")
      .expectClient("* 1 EXISTS\r\na OK [APPENDUID 3 1] stored\r\n")
      .end();
  });

  it("P-29 takes literals that do not wait, and hands them on as ones that do", () => {
    scanningUploads()
      .client(`a APPEND "Sent" ${sent(FIRST)}\r\nb NOOP\r\n`)
      .judged("upload to Sent")
      .expectUpstream(`a APPEND "Sent" {${FIRST.length}}\r\n`)
      .upstream("+ \r\n")
      .expectUpstream(`${FIRST}\r\n`)
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .expectUpstream("b NOOP\r\n")
      .end();
  });

  it("stores all messages of a MULTIAPPEND (RFC 3502), each as it is", () => {
    scanningUploads()
      .client(`a APPEND x ${sent(FIRST)} (\\Draft) "17-Jul-1996 02:44:25 -0700" {${SECOND.length}}\r\n`)
      .expectClient(GO_AHEAD)
      .client(`${SECOND} {0}\r\n`)
      .expectClient(GO_AHEAD)
      .client("\r\n")
      .judged(2)
      .expectNothing()
      .judged(1)
      .expectNothing()
      .judged(3)
      .expectUpstream(`a APPEND x {${FIRST.length}}\r\n`)
      .upstream("+\r\n")
      .expectUpstream(`${FIRST} (\\Draft) "17-Jul-1996 02:44:25 -0700" {${SECOND.length}}\r\n`)
      .upstream("+ go\r\n")
      .expectUpstream(`${SECOND} {0}\r\n`)
      .upstream("+ go\r\n")
      .expectUpstream("\r\n")
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .expectReleased(3)
      .end();
  });

  it.each([
    ["a REPLACE 4 Drafts (\\Draft) ", ""],
    ["a UID REPLACE 812 Drafts ", ""],
    ["a APPEND Drafts UTF8 (~", ")"],
    ["a APPEND Drafts ~", ""],
    ["a APPEND Drafts ANNOTATION (/comment (value.priv ", ")) {0+}\r\n"],
  ])("takes %s as it is", (before, after) => {
    const hasSecond = after.includes("{");
    const dialogue = scanningUploads()
      .client(`${before}${sent(FIRST)}${after}\r\n`)
      .judged(1);
    if (hasSecond) dialogue.judged(2);
    dialogue.expectUpstream(`${before}{${FIRST.length}}\r\n`).upstream("+ go\r\n");
    if (hasSecond) dialogue.expectUpstream(`${FIRST})) {0}\r\n`).upstream("+ go\r\n").expectUpstream("\r\n");
    else dialogue.expectUpstream(`${FIRST}${after}\r\n`);
    dialogue.upstream("a OK\r\n").expectClient("a OK\r\n").end();
  });

  it("takes a mailbox's name that is a literal for a name, not for a message", () => {
    scanningUploads()
      .client("a REPLACE 4 {6}\r\n")
      .expectClient(GO_AHEAD)
      .client(`My {5} (\\Seen) ${sent(FIRST)}\r\n`)
      .judged("upload to My {5}")
      .expectUpstream("a REPLACE 4 {6}\r\n")
      .upstream("+ go\r\n")
      .expectUpstream(`My {5} (\\Seen) {${FIRST.length}}\r\n`)
      .upstream("+ go\r\n")
      .expectUpstream(`${FIRST}\r\n`)
      .expectReleased(1)
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .end();
  });

  it("waits for the commands before it, and those behind it wait", () => {
    relayed(scanningUploads(), "a SELECT x")
      .client(`b APPEND x {${FIRST.length}}\r\n`)
      .expectNothing()
      .upstream("+ what?\r\n* 1 EXISTS\r\na OK\r\n")
      .expectClient("* 1 EXISTS\r\na OK\r\n+ go ahead\r\n")
      .client(`${FIRST}\r\nc APPEND y ${sent(SECOND)}\r\nd NOOP\r\n`)
      .judged("upload to x")
      .expectUpstream(`b APPEND x {${FIRST.length}}\r\n`)
      .upstream("+ go\r\n")
      .expectUpstream(`${FIRST}\r\n`)
      .upstream("b OK\r\n")
      .expectClient("b OK\r\n")
      .judged("upload to y")
      .expectUpstream(`c APPEND y {${SECOND.length}}\r\n`)
      .upstream("+ go\r\n")
      .expectUpstream(`${SECOND}\r\n`)
      .upstream("c OK\r\n")
      .expectClient("c OK\r\n")
      .expectUpstream("d NOOP\r\n")
      .end();
  });

  it("takes one that comes with the login, and none without", () => {
    playbook(() => createImapSession({ mode: FIXED, ports: PORTS, scansUploads: true }))
      .start()
      .expectConnect(TARGET)
      .connected()
      .upstream("* OK ready\r\n")
      .expectClient("* OK ready\r\n")
      .client(`a APPEND x ${sent(FIRST)}\r\nb APPEND x {5}\r\n`)
      .expectClient("a BAD log in first\r\nb BAD log in first\r\n")
      .client(`c LOGIN ann secret\r\nd APPEND x ${sent(FIRST)}\r\n`)
      .expectUpstream("c LOGIN ann secret\r\n")
      .upstream("c OK\r\n")
      .expectClient("c OK\r\n")
      .judged("upload to x")
      .expectUpstream(`d APPEND x {${FIRST.length}}\r\n`)
      .end();
  });

  it("tells a client that waits for the verdict, and for the upstream, that it is alive", () => {
    scanningUploads()
      .client(`a APPEND x ${sent(FIRST)}`)
      .expectNoTimer("keep-alive")
      .client("\r\n")
      .expectTimer("keep-alive", 10_000)
      .timer("keep-alive")
      .expectMatch("client", /^\* OK mailward is [^\r]*\r\n$/)
      .judged("upload to x")
      .expectUpstream(`a APPEND x {${FIRST.length}}\r\n`)
      .timer("keep-alive")
      .expectMatch("client", /^\* OK mailward is [^\r]*\r\n$/)
      .upstream("+ go\r\n")
      .expectUpstream(`${FIRST}\r\n`)
      .expectTimer("keep-alive")
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .expectNoTimer("keep-alive")
      .end();
  });

  it("does not pass on what the upstream asks for in between", () => {
    scanningUploads()
      .client(`a APPEND x {${FIRST.length}}\r\n`)
      .expectClient(GO_AHEAD)
      .upstream("+ what?\r\n* 2 EXISTS\r\n")
      .expectClient("* 2 EXISTS\r\n")
      .client(`${FIRST}\r\n`)
      .upstream("+ what?\r\n")
      .judged("upload to x")
      .expectUpstream(`a APPEND x {${FIRST.length}}\r\n`)
      .upstream("+ go\r\n+ what?\r\n")
      .expectUpstream(`${FIRST}\r\n`)
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .end();
  });

  it("passes on what has no message at all", () => {
    scanningUploads()
      .client("a APPEND x\r\n")
      .expectUpstream("a APPEND x\r\n")
      .upstream("a BAD no message\r\n")
      .expectClient("a BAD no message\r\n")
      .end();
  });
});

describe("createImapSession() and messages that can not be stored", () => {
  it("refuses what is infected, and the upstream never hears of it", () => {
    scanningUploads()
      .client(`a APPEND x ${sent(FIRST)}\r\nb NOOP\r\n`)
      .judged("upload to x", INFECTED)
      .expectClient("a NO [CANNOT] the message is not stored: infected: Test (actions.infected is clean)\r\n")
      .expectUpstream("b NOOP\r\n")
      .expectReleased(1)
      .end();
  });

  it("never stores what was changed, whatever was decided", () => {
    const deliver = { action: "deliver", why: "clean" } as const;
    const changed = ["x".repeat(FIRST.length), FIRST.slice(1), `${FIRST}x`];
    const judgements = changed.flatMap((replacement) => [{ replacement }, { replacement, decision: deliver }]);
    for (const judgement of judgements) {
      scanningUploads()
        .client(`a APPEND x ${sent(FIRST)}\r\n`)
        .judged("upload to x", judgement)
        .expectMatch("client", /^a NO \[CANNOT\] the message is not stored/)
        .expectReleased(1)
        .end();
    }
  });

  it("says that there is no space, or no scanner", () => {
    scanningUploads()
      .client(`a APPEND x ${sent(FIRST)}\r\n`)
      .holdFailed("upload to x", "the space for held messages is used up")
      .expectClient(
        "a NO [UNAVAILABLE] the message is not stored, try again later: the space for held messages is used up\r\n",
      )
      .expectReleased(1)
      .expectFact({ type: "refused", code: "message" })
      .end();
  });

  it("reads to its end a message that did not fit, and keeps nothing of it", () => {
    scanningUploads()
      .client("a APPEND x {1000+}\r\n", "x".repeat(500))
      .holdFailed("upload to x")
      .expectReleased(1)
      .expectNothing()
      .client("x".repeat(500), " {3+}\r\nabc\r\nb NOOP\r\n")
      .expectMatch("client", /^a NO \[UNAVAILABLE\] [^\r]*\r\n$/)
      .expectUpstream("b NOOP\r\n")
      .expectReleased(1)
      .end();
  });

  it("does not ask for the next message when one is refused", () => {
    scanningUploads()
      .client(`a APPEND x ${sent(FIRST)}`)
      .judged("upload to x", INFECTED)
      .expectNothing()
      .client(" {5}\r\n")
      .expectMatch("client", /^a NO \[CANNOT\] the message is not stored: infected: Test/)
      .client("b NOOP\r\n")
      .expectUpstream("b NOOP\r\n")
      .end();
  });

  it("stores none of several when the last one is refused", () => {
    scanningUploads()
      .client(`a APPEND x ${sent(FIRST)} ${sent(SECOND)}\r\n`)
      .judged(1)
      .judged(2, INFECTED)
      .expectMatch("client", /^a NO \[CANNOT\]/)
      .expectReleased(2)
      .end();
  });

  it("P-28 passes on the upstream's refusal, and sends nothing more", () => {
    for (const answer of ["a NO [TRYCREATE] no such mailbox\r\n", "a BAD no\r\n"]) {
      scanningUploads()
        .client(`a APPEND x ${sent(FIRST)} ${sent(SECOND)}\r\nb NOOP\r\n`)
        .judged(1)
        .judged(2)
        .expectUpstream(`a APPEND x {${FIRST.length}}\r\n`)
        .upstream(answer)
        .expectClient(answer)
        .expectUpstream("b NOOP\r\n")
        .expectReleased(2)
        .end();
      scanningUploads()
        .client(`a APPEND x ${sent(FIRST)} ${sent(SECOND)}\r\n`)
        .judged(1)
        .judged(2)
        .expectUpstream(`a APPEND x {${FIRST.length}}\r\n`)
        .upstream("+ go\r\n")
        .expectUpstream(`${FIRST} {${SECOND.length}}\r\n`)
        .upstream(answer)
        .expectClient(answer)
        .expectReleased(2)
        .end();
    }
  });

  it("P-23 refuses CATENATE (RFC 4469), URLs, and whatever else is not known", () => {
    scanningUploads()
      .client('a APPEND x CATENATE (URL "imap://y" TEXT {4+}\r\ntext)\r\n')
      .expectMatch("client", /^a NO \[CANNOT\] APPEND with CATENATE is not available here/)
      .expectFact({ type: "refused", code: "upload" })
      .client(`b APPEND x ${sent(FIRST)} (\\Seen) catenate (TEXT {4}\r\n`)
      .expectMatch("client", /^b NO \[CANNOT\] APPEND with CATENATE/)
      .expectReleased(1)
      .client("c REPLACE 1 x X-NEW {4}\r\nd NOOP\r\n")
      .expectMatch("client", /^c NO \[CANNOT\] REPLACE with X-NEW/)
      .expectUpstream("d NOOP\r\n")
      .end();
  });

  it("P-23 hides CATENATE where capabilities are listed, and passes it where uploads are not scanned", () => {
    scanningUploads()
      .upstream("* CAPABILITY IMAP4rev1 CATENATE MULTIAPPEND\r\n* OK [CAPABILITY CATENATE IMAP4rev1] x\r\n")
      .expectClient("* CAPABILITY IMAP4rev1 MULTIAPPEND\r\n* OK [CAPABILITY IMAP4rev1] x\r\n")
      .end();
    playbook(() => createImapSession({ mode: FIXED, ports: PORTS, scansUploads: true }))
      .start()
      .expectConnect(TARGET)
      .connected()
      .upstream("* OK [CAPABILITY IMAP4rev1 CATENATE] ready\r\n")
      .expectClient("* OK [CAPABILITY IMAP4rev1] ready\r\n")
      .end();
    const command = 'a APPEND x CATENATE (URL "imap://y" TEXT {4+}\r\ntext)';
    answered(relayed(loggedIn(), command), "* CAPABILITY IMAP4rev1 CATENATE", "a OK").end();
  });

  it("answers what it can not read, and reads on behind it", () => {
    scanningUploads()
      .client(
        'a APPEND x "not a date, but more than that; perhaps a message" {3+}\r\nabc\r\nb APPEND x ) {3}\r\nc NOOP\r\n',
      )
      .expectClient(
        "a BAD the arguments of APPEND can not be read\r\nb BAD the arguments of APPEND can not be read\r\n",
      )
      .expectUpstream("c NOOP\r\n")
      .end();
  });

  it("P-30 P-40 treats announcements and tags as ever", () => {
    scanningUploads()
      .client("a APPEND x {5-}\r\n")
      .expectClose("upstream", "full")
      .expectMatch("client", /^\* BAD the literal is announced /)
      .expectClose("client", "full")
      .end();
    relayed(scanningUploads(), "a NOOP")
      .client("a APPEND x {3+}\r\nabc\r\n")
      .expectClient("a BAD the tag is in use\r\n")
      .end();
  });

  it("keeps what is judged clean byte for byte, whatever it holds", () => {
    const octets = Buffer.concat([
      Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256)),
      fromLatin1(FIRST),
    ]);
    scanningUploads()
      .client(`a APPEND x (\\Seen) ~{${octets.length}+}\r\n`, octets, "\r\n")
      .judged("upload to x")
      .expectUpstream(`a APPEND x (\\Seen) ~{${octets.length}}\r\n`)
      .upstream("+ go\r\n")
      .expectUpstream(octets, "\r\n")
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .end();
  });
});
