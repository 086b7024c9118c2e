import { describe, it } from "vitest";
import { protocolLimits } from "../../../../src/core/limits.ts";
import { answered, FIXED, greeted, imap, loggedIn, MARKER, relayed, TARGET } from "./imap-dialogue.ts";

describe("createImapSession() relays byte for byte", () => {
  it("passes commands and responses it does not know", () => {
    const dialogue = relayed(
      loggedIn(),
      "a XFOO (bar {5} \0\xff",
      'b X-Y "\\"{5}"',
      "c NOTIFY SET (SELECTED (MessageNew))",
    );
    answered(
      dialogue,
      "* XFOO anything {5} \xff",
      "* 12 XBAR",
      "* OK [XCODE {5}] text {5} x",
      "b BAD no {5}.",
      "a OK",
      "c NO [CANNOT] x",
    ).end();
  });

  it("passes LIST with literals whole, with nothing of its own in between", () => {
    relayed(loggedIn(), 'a LIST "" *')
      .upstream('* LIST () "/" {7}\r\nfo')
      .expectNothing()
      .client("b CONVERT 1 (x)\r\n")
      .expectMatch("client", /^b NO /)
      .upstream('o bars\r\n* LIST () "/" {0}\r\n\r\na OK\r\n')
      .expectClient('* LIST () "/" {7}\r\nfoo bar', 's\r\n* LIST () "/" {0}\r\n\r\na OK\r\n')
      .end();
  });

  it("P-12 passes referrals and never follows them", () => {
    const refusal = "a NO [REFERRAL imap://ann@other.example/] go there";
    answered(
      relayed(loggedIn(), "a SELECT x"),
      "* CAPABILITY IMAP4rev1 LOGIN-REFERRALS MAILBOX-REFERRALS",
      refusal,
    ).end();
  });

  it("P-22 passes UTF-8 exactly", () => {
    const dialogue = relayed(loggedIn(), "a ENABLE UTF8=ACCEPT", 'b SELECT "\xc3\xa9"');
    answered(dialogue, "* ENABLED UTF8=ACCEPT", '* 1 FETCH (ENVELOPE ("\xc3\xa9" NIL))', "b OK", "a OK").end();
  });

  it("P-36 ends the session when a FETCH response is nested too deeply", () => {
    const nested = (depth: number) => `* 1 FETCH (BODYSTRUCTURE ${"(".repeat(depth)}${")".repeat(depth)})\r\n`;
    loggedIn({ segmentations: ["whole", { seed: 1 }] })
      .upstream(nested(protocolLimits.imapNesting))
      .expectClient(nested(protocolLimits.imapNesting))
      .upstream(nested(100_000))
      .expectClose("upstream")
      .expectClient("* BYE [UNAVAILABLE] the mail server broke the protocol: parentheses are nested too deeply\r\n")
      .expectClose("client", "full")
      .end();
  });

  it("P-37 passes response lines of megabytes", () => {
    const line = `* SEARCH ${"1234567 ".repeat(300_000)}`;
    answered(loggedIn({ segmentations: ["whole", { seed: 5 }] }), line).end();
  });

  it("P-06 P-40 ends the session on the completion of a command that was never given", () => {
    relayed(loggedIn(), "a NOOP")
      .upstream("b OK\r\n")
      .expectClose("upstream", "full")
      .expectMatch("client", /^\* BYE .*never given\r\n$/)
      .expectClose("client", "full")
      .expectFact({ type: "protocol-error", side: "upstream", code: "unknown-tag" })
      .end();
  });

  it.each([
    "garbage",
    "* 1",
    "*\t1 FETCH (BODY[] {5}",
    "* PREAUTH again",
    "a MAYBE",
    '* LIST () "{5}',
    "* CAPABILITY X {5}",
  ])("ends the session when the upstream says %j", (line) => {
    relayed(loggedIn(), "a NOOP")
      .upstream(`${line}\r\nhello\r\n`)
      .expectClose("upstream")
      .expectMatch("client", /^\* BYE \[UNAVAILABLE\] the mail server broke the protocol/)
      .expectClose("client", "full")
      .end();
  });

  it("P-38 ends the session on bare line ends, on either leg", () => {
    loggedIn()
      .client("a NOOP\n")
      .expectClose("upstream", "full")
      .expectClient("* BAD lines end with CRLF only\r\n* BYE closing after a protocol error\r\n")
      .expectClose("client", "full")
      .end();
    loggedIn()
      .upstream(`* OK x\n* 1 FETCH (BODY[] "${MARKER}")\r\n`)
      .expectClose("upstream", "full")
      .expectMatch("client", /^\* BYE /)
      .expectClose("client", "full")
      .end();
  });

  it("drops a continuation request when no command is under way", () => {
    answered(loggedIn().upstream("+ go\r\n").expectNothing(), "* 1 EXISTS").end();
  });
});

describe("createImapSession() refuses what would blind the scanner", () => {
  it.each([
    ["STARTTLS", /^a BAD STARTTLS is not offered/],
    ["starttls x", /^a BAD /],
    ["compress zstd", /^a NO \[CANNOT\] only DEFLATE/],
    ['URLFETCH "imap://x"', /^a NO \[CANNOT\]/],
    ['GENURLAUTH "x" INTERNAL', /^a NO /],
    ["CONVERT 1 (x)", /^a NO /],
    ["UID CONVERT 1 (x)", /^a NO /],
    ["AUTHENTICATE GSSAPI", /^a NO \[CANNOT\] this mechanism/],
    ["AUTHENTICATE digest-md5 abc", /^a NO /],
    ["AUTHENTICATE SCRAM-SHA-256-PLUS", /^a NO /],
    ["FETCH 1 BODY[0]", /^a NO \[CANNOT\] content in this form/],
    ["UID FETCH 1 (UID BODY.PEEK[1.2.X])", /^a NO /],
    ["FETCH 1 BINARY[TEXT]", /^a NO /],
    ["FETCH 1 (SNIPPET (FUZZY))", /^a NO /],
    ["FETCH 1 BODY[", /^a BAD /],
  ])("P-17 P-19 P-23 P-26 refuses %s", (command, answer) => {
    loggedIn().client(`a ${command}\r\nb NOOP\r\n`).expectMatch("client", answer).expectUpstream("b NOOP\r\n").end();
  });

  it("P-01 P-14 answers a pipelined STARTTLS in the clear and goes on in the clear", () => {
    greeted()
      .client("a STARTTLS\r\nb NOOP\r\nc STARTTLS\r\n")
      .expectUpstream("b NOOP\r\n")
      .expectMatch("client", /^a BAD [^\r]*\r\nc BAD [^\r]*\r\n$/)
      .end();
  });

  it("throws a refused command's literals away when they come without waiting", () => {
    loggedIn()
      .client("a URLFETCH {7+}\r\nsubject {8+}\r\nb NOOP\r\n)]\r\nc NOOP\r\n")
      .expectUpstream("c NOOP\r\n")
      .expectMatch("client", /^a NO \[CANNOT\] [^\r]*\r\n$/)
      .end();
  });

  it("does not ask for a refused command's literals that wait", () => {
    loggedIn()
      .client("a URLFETCH {7}\r\n")
      .expectMatch("client", /^a NO /)
      .client("b NOOP\r\n")
      .expectUpstream("b NOOP\r\n")
      .end();
    loggedIn()
      .client("a URLFETCH {1+}\r\nx {7}\r\n")
      .expectMatch("client", /^a NO /)
      .client("b NOOP\r\n")
      .expectUpstream("b NOOP\r\n")
      .end();
  });

  it("hides them in all three places where capabilities are listed", () => {
    imap(FIXED)
      .start()
      .expectConnect(TARGET)
      .connected()
      .upstream("* OK [CAPABILITY IMAP4rev1 STARTTLS COMPRESS=ZSTD IDLE] ready\r\n")
      .expectClient("* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n")
      .client("a CAPABILITY\r\n")
      .expectUpstream("a CAPABILITY\r\n")
      .upstream("* CAPABILITY IMAP4rev1 SNIPPET=FUZZY IDLE AUTH=GSSAPI\r\na OK [CAPABILITY URLAUTH IDLE] x\r\n")
      .expectClient("* CAPABILITY IMAP4rev1 IDLE\r\na OK [CAPABILITY IDLE] x\r\n")
      .end();
  });
});
