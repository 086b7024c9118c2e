import { describe, expect, it } from "vitest";
import { fromLatin1 } from "../../../../src/core/bytes.ts";
import { connectionLimits, protocolLimits } from "../../../../src/core/limits.ts";
import type { Side } from "../../../../src/core/model.ts";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import { answered, FIXED, greeted, HEADER, imap, literal, loggedIn, MARKER, MESSAGE, PORTS, relayed, TARGET } from "./imap-dialogue.ts";

describe("createImapSession() relays byte for byte", () => {
  it("passes commands and responses it does not know", () => {
    const dialogue = relayed(loggedIn(), "a XFOO (bar {5} \0\xff", 'b X-Y "\\"{5}"', "c NOTIFY SET (SELECTED (MessageNew))");
    answered(dialogue, "* XFOO anything {5} \xff", "* 12 XBAR", "* OK [XCODE {5}] text {5}", "b BAD no {5}", "a OK", "c NO [CANNOT] x").end();
  });

  it("passes LIST with literals whole, with nothing of its own in between", () => {
    relayed(loggedIn(), 'a LIST "" *')
      .upstream('* LIST () "/" {7}\r\nfo')
      .expectNothing()
      .client("b COMPRESS DEFLATE\r\n")
      .expectMatch("client", /^b NO /)
      .upstream('o\r\nbar\r\n* LIST () "/" {0}\r\n\r\na OK\r\n')
      .expectClient('* LIST () "/" {7}\r\nfoo\r\nba', 'r\r\n* LIST () "/" {0}\r\n\r\na OK\r\n')
      .end();
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

  it.each(["garbage", "* 1", "*\t1 FETCH (BODY[] {5}", "* PREAUTH again", "a MAYBE", '* LIST () "{5}', "* CAPABILITY X {5}"])(
    "ends the session when the upstream says %j",
    (line) => {
      relayed(loggedIn(), "a NOOP")
        .upstream(`${line}\r\nhello\r\n`)
        .expectClose("upstream")
        .expectMatch("client", /^\* BYE \[UNAVAILABLE\] the mail server broke the protocol/)
        .expectClose("client", "full")
        .end();
    },
  );

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

describe("createImapSession() and the client's literals", () => {
  it("P-28 sends a literal only when the upstream asks for it", () => {
    const dialogue = relayed(loggedIn(), "a APPEND x {5}").client("hello\r\nb NOOP\r\n").expectNothing();
    answered2(dialogue).upstream("a OK\r\nb OK\r\n").expectClient("a OK\r\nb OK\r\n").end();
    function answered2(d: typeof dialogue) {
      return d.upstream("+ go\r\n").expectClient("+ go\r\n").expectUpstream("hello\r\nb NOOP\r\n");
    }
  });

  it("P-28 reads what follows a refused literal as commands", () => {
    relayed(loggedIn(), "a APPEND x {500}")
      .upstream("a NO too big\r\n")
      .expectClient("a NO too big\r\n")
      .client("b NOOP\r\n")
      .expectUpstream("b NOOP\r\n")
      .upstream("b OK\r\n")
      .expectClient("b OK\r\n")
      .end();
  });

  it("P-29 streams literals that do not wait, and several in one command", () => {
    const text = "a APPEND x {5+}\r\nhello (\\Seen) {3+}\r\nabc {0+}\r\n\r\nb NOOP\r\n";
    loggedIn().client(text).expectUpstream(text).end();
  });

  it("gives up a command that the upstream has completed in the middle of it", () => {
    loggedIn()
      .client("a APPEND x {5+}\r\nhe")
      .expectUpstream("a APPEND x {5+}\r\nhe")
      .upstream("a NO no\r\n")
      .expectClient("a NO no\r\n")
      .client("llo {3}\r\n")
      .expectUpstream("llo {3}\r\n")
      .client("b NOOP\r\n")
      .expectUpstream("b NOOP\r\n")
      .end();
  });

  it("P-34 never reads the content of a literal as commands", () => {
    const text = "a LOGIN {26+}\r\nx\r\nb COMPRESS DEFLATE\r\n{5} {1+}\r\ny\r\n";
    greeted().client(text).expectUpstream(text).end();
  });

  it("streams 25 MB without keeping or copying them", () => {
    const session = createImapSession({ mode: FIXED, ports: PORTS });
    const handle = (from: Side, bytes: Uint8Array) => session.handle({ type: "bytes", from, bytes });
    session.handle({ type: "start" });
    session.handle({ type: "connected", peer: { target: TARGET, address: "192.0.2.1" } });
    handle("upstream", fromLatin1("* PREAUTH hello\r\n"));
    handle("client", fromLatin1("a APPEND x {25600000+}\r\n"));
    const chunk = Buffer.alloc(64_000, "x\n");
    for (let sent = 0; sent < 25_600_000; sent += chunk.length) {
      expect(handle("client", chunk)).toEqual([{ type: "send", to: "upstream", bytes: chunk }]);
    }
    expect(handle("client", fromLatin1("\r\n"))).toMatchObject([{ bytes: fromLatin1("\r\n") }]);
  });

  it("P-30 ends the session on a literal that can be read in two ways", () => {
    loggedIn()
      .client("a APPEND x {05}\r\n")
      .expectClose("upstream", "full")
      .expectMatch("client", /^\* BAD the literal is announced .*\r\n\* BYE /)
      .expectClose("client", "full")
      .end();
  });

  it("P-37 ends the session on a line above its limit, which grows with the login", () => {
    const line = (bytes: number) => `a X ${"y".repeat(bytes - 6)}\r\n`;
    const options = { segmentations: ["whole", { seed: 1 }] } as const;
    const early = protocolLimits.commandLineBytes;
    greeted(options).client(line(early)).expectUpstream(line(early)).end();
    greeted(options)
      .client(line(early + 1))
      .expectClose("upstream")
      .expectClient("* BAD the line is too long\r\n* BYE closing after a protocol error\r\n")
      .expectClose("client")
      .end();
    loggedIn(options).client(line(protocolLimits.imapCommandLineBytes)).skip().end();
    loggedIn(options)
      .client(line(protocolLimits.imapCommandLineBytes + 1))
      .expectClose("upstream")
      .expectMatch("client", /^\* BAD/)
      .expectClose("client")
      .end();
  });
});

describe("createImapSession() IDLE and AUTHENTICATE", () => {
  it("P-73 passes DONE, in pieces and together with what follows", () => {
    relayed(loggedIn(), "a IDLE")
      .upstream("+ idling\r\n* 1 EXISTS\r\n")
      .expectClient("+ idling\r\n* 1 EXISTS\r\n")
      .expectFact({ type: "state", state: "idle" })
      .client("DONE\r\nb UID FETCH 5 BODY.PEEK[]\r\n")
      .expectUpstream("DONE\r\nb UID FETCH 5 BODY.PEEK[]\r\n")
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .end();
  });

  it("waits with what follows IDLE until the upstream is idling", () => {
    loggedIn()
      .client("a IDLE\r\nDONE\r\nb NOOP\r\n")
      .expectUpstream("a IDLE\r\n")
      .upstream("+\r\n")
      .expectClient("+\r\n")
      .expectUpstream("DONE\r\nb NOOP\r\n")
      .end();
  });

  it("swallows a DONE that comes after the end of the IDLE", () => {
    relayed(loggedIn(), "a IDLE")
      .upstream("+ \r\na OK timed out\r\n")
      .expectClient("+ \r\na OK timed out\r\n")
      .client("done\r\nb NOOP\r\n")
      .expectUpstream("b NOOP\r\n")
      .end();
  });

  it("P-27 passes the steps of a login opaquely, up to 64 KiB", () => {
    const long = "x".repeat(protocolLimits.commandLineBytes - 2);
    relayed(greeted({ segmentations: ["whole", { seed: 2 }] }), "a AUTHENTICATE XOAUTH2")
      .upstream("+ {5}\r\n")
      .expectClient("+ {5}\r\n")
      .client("b LOGOUT {5}\r\n")
      .expectUpstream("b LOGOUT {5}\r\n")
      .upstream("+ \r\n")
      .expectClient("+ \r\n")
      .client(`${long}\r\n`)
      .expectUpstream(`${long}\r\n`)
      .upstream("+ \r\n")
      .expectClient("+ \r\n")
      .client("*\r\n")
      .expectUpstream("*\r\n")
      .upstream("a BAD cancelled\r\n")
      .expectClient("a BAD cancelled\r\n")
      .client("c NOOP\r\n")
      .expectUpstream("c NOOP\r\n")
      .end();
  });

  it("reads commands again when the upstream ends a login in the middle", () => {
    relayed(greeted(), "a AUTHENTICATE LOGIN")
      .upstream("+ VXNlcg==\r\na NO no\r\n")
      .expectClient("+ VXNlcg==\r\na NO no\r\n")
      .client("b STARTTLS\r\n")
      .expectMatch("client", /^b BAD STARTTLS/)
      .end();
  });

  it.each([
    [["a LOGIN ann secret"], "ann"],
    [['a LOGIN "a\\"nn" secret'], 'a"nn'],
    [["a AUTHENTICATE PLAIN AGFubgBzZWNyZXQ="], "ann"],
    [["a authenticate plain", "AGFubgBzZWNyZXQ="], "ann"],
    [["a AUTHENTICATE LOGIN", "YW5u", "c2VjcmV0"], "ann"],
  ])("reports the account of %j", (lines, name) => {
    let dialogue = relayed(greeted(), lines[0] ?? "");
    for (const line of lines.slice(1)) dialogue = relayed(dialogue.upstream("+ \r\n").expectClient("+ \r\n"), line);
    answered(dialogue, "a OK").expectFact({ type: "account", name }).expectFact({ type: "state", state: "authenticated" }).end();
  });

  it("P-11 is authenticated at once by a PREAUTH greeting", () => {
    const response = `* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`;
    imap(FIXED, { marker: MARKER })
      .start()
      .expectConnect(TARGET)
      .connected()
      .upstream("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n", response)
      .expectClient("* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n")
      .expectNoTimer("pre-auth")
      .judged("message 1")
      .expectClient(response)
      .end();
  });
});

describe("createImapSession() refuses what would blind the scanner", () => {
  it.each([
    ["STARTTLS", /^a BAD STARTTLS is not offered/],
    ["starttls x", /^a BAD /],
    ["COMPRESS DEFLATE", /^a NO \[CANNOT\] COMPRESS is not available/],
    ["compress deflate", /^a NO /],
    ['URLFETCH "imap://x"', /^a NO \[CANNOT\]/],
    ['GENURLAUTH "x" INTERNAL', /^a NO /],
    ["CONVERT 1 (x)", /^a NO /],
    ["UID CONVERT 1 (x)", /^a NO /],
    ["AUTHENTICATE GSSAPI", /^a NO \[CANNOT\] this mechanism/],
    ["AUTHENTICATE digest-md5 abc", /^a NO /],
    ["AUTHENTICATE SCRAM-SHA-256-PLUS", /^a NO /],
    ["FETCH 1 BODY[1]", /^a NO \[CANNOT\] single parts/],
    ["UID FETCH 1 (UID BODY.PEEK[1.2.MIME])", /^a NO /],
    ["FETCH 1 BINARY[1]", /^a NO /],
    ["FETCH 1 (PREVIEW (LAZY))", /^a NO /],
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
      .client("a FETCH 1 BODY[HEADER.FIELDS ({7+}\r\nsubject {8+}\r\nb NOOP\r\n)]\r\nc NOOP\r\n")
      .expectUpstream("c NOOP\r\n")
      .expectClient("a NO [CANNOT] a FETCH with a literal is not supported here; write field names as atoms\r\n")
      .end();
  });

  it("does not ask for a refused command's literals that wait", () => {
    loggedIn()
      .client("a FETCH 1 BODY[HEADER.FIELDS ({7}\r\n")
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
      .upstream("* OK [CAPABILITY IMAP4rev1 STARTTLS COMPRESS=DEFLATE IDLE] ready\r\n")
      .expectClient("* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n")
      .client("a CAPABILITY\r\n")
      .expectUpstream("a CAPABILITY\r\n")
      .upstream("* CAPABILITY IMAP4rev1 BINARY IDLE AUTH=GSSAPI\r\na OK [CAPABILITY URLAUTH IDLE] x\r\n")
      .expectClient("* CAPABILITY IMAP4rev1 IDLE\r\na OK [CAPABILITY IDLE] x\r\n")
      .end();
  });
});

describe("createImapSession() and bad commands", () => {
  it("P-40 answers bad tags and tags in use itself", () => {
    relayed(loggedIn(), "a NOOP")
      .client("a NOOP\r\n* NOOP\r\n\r\nb\r\n")
      .expectClient(
        "a BAD the tag is in use\r\n",
        "* BAD the line does not begin with a tag\r\n* BAD the line does not begin with a tag\r\n",
        "b BAD the command is missing or malformed\r\n",
      )
      .end();
  });

  it("takes a tag again once its command is complete", () => {
    const once = answered(relayed(loggedIn(), ". NOOP"), ". OK");
    answered(relayed(once, ". NOOP"), ". OK").end();
  });

  it("P-57 ends the session after three commands that no mail client says before login", () => {
    greeted()
      .client("GET / HTTP/1.1\r\nHost: example.org\r\nUser-Agent: x\r\n\r\n")
      .expectClose("upstream")
      .expectClient(
        "GET BAD unknown command\r\nHost: BAD unknown command\r\nUser-Agent: BAD unknown command\r\n* BYE too many bad commands\r\n",
      )
      .expectClose("client", "full")
      .expectFact({ type: "protocol-error", side: "client", code: "bad-commands" })
      .end();
  });

  it("passes pipelined commands of any name behind a login", () => {
    const commands = ["a LOGIN ann secret", "b XNEW", "c FROB", "d SELECT inbox", "e FETCH 1 FLAGS"];
    relayed(greeted(), ...commands).end();
  });

  it("P-72 lets no more commands wait for the upstream than its limit, and no more octets for that", () => {
    const count = protocolLimits.pipelinedCommands;
    const commands = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => `t${from + index} NOOP\r\n`).join("");
    const dialogue = loggedIn({ segmentations: ["whole", { seed: 1 }] })
      .client(commands(0, 20_000))
      .expectUpstream(commands(0, count))
      .expectPaused("client");
    dialogue.upstream("t1 OK\r\nt0 OK\r\n").expectClient("t1 OK\r\nt0 OK\r\n").expectUpstream(commands(count, count + 2));
  });
});

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
    const responses = Array.from({ length: count }, (_, index) => `* ${index + 1} FETCH (BODY[] ${literal(MESSAGE)})\r\n`);
    const dialogue = loggedIn({ segmentations: ["whole"] }).upstream(...responses).expectPaused("upstream");
    for (let id = 1; id <= count / 2 + 1; id += 1) dialogue.judged(id).skip();
    dialogue.expectPaused("upstream", false);
  });
});
