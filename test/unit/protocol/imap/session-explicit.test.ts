import { describe, it } from "vitest";
import { protocolLimits } from "../../../../src/core/limits.ts";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import { type Playbook, playbook } from "../../../support/playbook.ts";
import { answered, EXPLICIT, explicit, GREETING, literal, MARKER, MESSAGE, PORTS } from "./imap-dialogue.ts";

const TARGET = { protocol: "imap", host: "imap.example.org", port: 993, security: "tls" } as const;
const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");

/** Explicit mode, the login said, the upstream connected and its greeting there. */
function opened(command: string, greeting = "* OK ready\r\n"): Playbook {
  return explicit().client(command).expectConnect(TARGET).connected().upstream(greeting);
}

describe("createImapSession() in explicit mode before login", () => {
  it("speaks for itself", () => {
    explicit()
      .client('a CAPABILITY\r\nb NOOP\r\nc ID ("name" "x")\r\nd ID NIL\r\n')
      .expectClient(
        "* CAPABILITY IMAP4rev1 SASL-IR LITERAL+ ID AUTH=PLAIN\r\n",
        "a OK these are mailward's; log in for the mail server's\r\n",
        "b OK nothing done\r\n",
        "* ID NIL\r\nc OK ID completed\r\n* ID NIL\r\nd OK ID completed\r\n",
      )
      .client("e LOGOUT\r\nf NOOP\r\n")
      .expectClient("* BYE mailward closes the connection\r\ne OK logged out\r\n")
      .expectClose("client", "full")
      .end();
  });

  it("says its name where it has one", () => {
    playbook(() => createImapSession({ mode: EXPLICIT, ports: PORTS, hostName: "proxy.example.org" }))
      .start()
      .expectClient(GREETING.replace("mailward", "proxy.example.org mailward"))
      .end();
  });

  it("refuses what needs a login, and STARTTLS, without giving up on the client", () => {
    const dialogue = explicit().client(
      "a STARTTLS\r\nb SELECT inbox\r\nc FETCH 1 BODY[]\r\nd IDLE\r\ne COMPRESS DEFLATE\r\n",
    );
    dialogue
      .expectClient(
        "a BAD STARTTLS is not offered here; the way to the mail server is protected as configured\r\n",
        "b BAD log in first\r\nc BAD log in first\r\nd BAD log in first\r\ne BAD log in first\r\n",
      )
      .client("f NOOP\r\n")
      .expectMatch("client", /^f OK/)
      .end();
  });

  it("P-57 ends after three commands that no mail client says", () => {
    explicit()
      .client("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")
      .expectClient(
        "GET BAD unknown command\r\nHost: BAD unknown command\r\n",
        "* BAD the line does not begin with a tag\r\n* BYE too many bad commands\r\n",
      )
      .expectClose("client", "full")
      .end();
  });

  it("P-37 ends on a line or a literal above its limit", () => {
    explicit()
      .client(`a LOGIN ${"x".repeat(protocolLimits.commandLineBytes)}`)
      .expectMatch("client", /^\* BAD .*\* BYE /s)
      .expectClose("client")
      .end();
    explicit()
      .client(`a LOGIN {${protocolLimits.imapParsedLiteralBytes + 1}+}\r\n`)
      .expectClient("* BAD the literal is too long\r\n* BYE closing after a protocol error\r\n")
      .expectClose("client")
      .end();
    explicit()
      .client(`a LOGIN {${protocolLimits.imapParsedLiteralBytes + 1}}\r\n`)
      .expectClient("a BAD the literal is too long\r\n")
      .client("b NOOP\r\n")
      .expectMatch("client", /^b OK/)
      .end();
    explicit()
      .client(`a ID ({65536+}\r\n${"x".repeat(65_536)} {65536+}\r\n${"x".repeat(65_536)} {1}\r\n`)
      .expectClient("a BAD the literal is too long\r\n")
      .end();
  });

  it.each([
    ["a LOGIN ann secret", "write the login as name/server, for example ann@example.org/mail.example.org"],
    ["a LOGIN ann/ secret", "the server after the slash is missing"],
    ['a LOGIN "ann/ex ample" secret', "the server is not a valid host name"],
    ["a LOGIN {16+}\r\nann\r\nx/a.example secret", "the login holds a control character"],
    ["a AUTHENTICATE PLAIN !", "this is not a response of PLAIN"],
    ["a AUTHENTICATE PLAIN =", "this is not a response of PLAIN"],
    [
      `a AUTHENTICATE PLAIN ${base64("\0ann\0secret")}`,
      "write the login as name/server, for example ann@example.org/mail.example.org",
    ],
    [`a AUTHENTICATE PLAIN ${base64("x\r\ny\0ann/a.example\0s")}`, "the identity to act for holds a control character"],
    ["a LOGIN ann/a.example {3+}\r\ns\0t", "the password holds a NUL"],
  ])("P-41 P-48 refuses %j and lets the client try again", (command, text) => {
    explicit()
      .client(`${command}\r\n`)
      .expectClient(`a NO [AUTHENTICATIONFAILED] ${text}\r\n`)
      .client("b LOGIN ann/imap.example.org secret\r\n")
      .expectConnect(TARGET)
      .end();
  });

  it.each(["a LOGIN", "a LOGIN ann/a.example", "a LOGIN a b c", "a LOGIN (a) b", 'a LOGIN "a b', "a LOGIN a  b"])(
    "P-35 finds the arguments of %j bad",
    (command) => {
      explicit().client(`${command}\r\n`).expectClient("a BAD LOGIN takes a name and a password\r\n").end();
    },
  );

  it("knows no mechanism but PLAIN", () => {
    explicit()
      .client("a AUTHENTICATE CRAM-MD5\r\nb AUTHENTICATE\r\n")
      .expectClient(
        "a NO [CANNOT] only PLAIN can name a server here; or use LOGIN\r\n",
        "b BAD AUTHENTICATE takes a mechanism and an initial response\r\n",
      )
      .end();
  });

  it("ends after the last of its attempts", () => {
    let dialogue = explicit();
    for (let attempt = 1; attempt < protocolLimits.loginAttempts; attempt += 1) {
      dialogue = dialogue.client("a LOGIN ann x\r\n").expectMatch("client", /^a NO [^\n]*\n$/);
    }
    dialogue
      .client("a LOGIN ann x\r\n")
      .expectMatch("client", /^a NO .*\* BYE too many failed logins\r\n$/s)
      .expectClose("client", "full")
      .end();
  });

  it("P-66 ends when the login takes too long, also while it connects", () => {
    explicit().timer("pre-auth").expectClient("* BYE the login took too long\r\n").expectClose("client", "full").end();
    explicit()
      .client("a LOGIN ann/imap.example.org s\r\n")
      .expectConnect(TARGET)
      .timer("pre-auth")
      .expectClose("upstream", "full")
      .expectMatch("client", /^\* BYE/)
      .expectClose("client", "full")
      .end();
  });
});

describe("createImapSession() logs in for the client", () => {
  it.each([
    ["LOGIN ann/imap.example.org secret", 'LOGIN "ann" "secret"'],
    ['login "ann@example.org/imap.example.org" "se cret"', 'LOGIN "ann@example.org" "se cret"'],
    ["LOGIN {20+}\r\nann/imap.example.org {6+}\r\nsecret", 'LOGIN "ann" "secret"'],
    ['LOGIN a/b/imap.example.org ""', 'LOGIN "a/b" ""'],
    [`AUTHENTICATE PLAIN ${base64("\0ann/imap.example.org\0secret")}`, "AUTHENTICATE PLAIN"],
  ])("with the bare name: %j", (said, sent) => {
    opened(`a ${said}\r\n`).expectUpstream(`a ${sent}\r\n`).end();
  });

  it("asks for the literals of a LOGIN, and uses literals where quoting is not safe", () => {
    explicit()
      .client("a LOGIN {20}\r\n")
      .expectClient("+ go ahead\r\n")
      .client('a"n/imap.example.org {8}\r\n')
      .expectClient("+ go ahead\r\n")
      .client('s\\e"\r\n\xff1\r\n')
      .expectConnect(TARGET)
      .connected()
      .upstream("* OK ready\r\n")
      .expectUpstream("a LOGIN {3}\r\n")
      .upstream("+ ok\r\n")
      .expectUpstream('a"n {8}\r\n')
      .upstream("+ ok\r\n")
      .expectUpstream('s\\e"\r\n\xff1\r\n')
      .upstream("a OK [CAPABILITY IMAP4rev1 LOGINDISABLED COMPRESS=ZSTD IDLE] in\r\n")
      .expectClient("a OK [CAPABILITY IMAP4rev1 IDLE] in\r\n")
      .expectFact({ type: "account", name: 'a"n' })
      .expectFact({ type: "state", state: "authenticated" })
      .expectNoTimer("pre-auth")
      .end();
  });

  it("sends the response of PLAIN when it is asked for, or at once where that is offered", () => {
    const response = base64("\0ann\0secret");
    opened(`a AUTHENTICATE PLAIN ${base64("\0ann/imap.example.org\0secret")}\r\n`)
      .expectUpstream("a AUTHENTICATE PLAIN\r\n")
      .upstream("+ \r\n")
      .expectUpstream(`${response}\r\n`)
      .upstream("* CAPABILITY IMAP4rev1 CONVERT\r\na OK in\r\n")
      .expectClient("* CAPABILITY IMAP4rev1\r\na OK in\r\n")
      .end();
    opened(
      `a AUTHENTICATE PLAIN ${base64("\0ann/imap.example.org\0secret")}\r\n`,
      "* OK [CAPABILITY IMAP4rev1 sasl-ir] x\r\n",
    )
      .expectUpstream(`a AUTHENTICATE PLAIN ${response}\r\n`)
      .end();
  });

  it.each([
    ["\0ann/imap.example.org\0s", "\0ann\0s"],
    ["ann/imap.example.org\0ann/imap.example.org\0s", "ann\0ann\0s"],
    ["boss\0ann/imap.example.org\0s", "boss\0ann\0s"],
    ["boss/imap.example.org:993\0ann/imap.example.org\0s", "boss\0ann\0s"],
    ["boss/other.example\0ann/imap.example.org\0s", "boss/other.example\0ann\0s"],
  ])("takes the response of PLAIN in a line of its own: %j", (said, sent) => {
    explicit()
      .client("a AUTHENTICATE plain\r\n")
      .expectClient("+ \r\n")
      .client(`${base64(said)}\r\n`)
      .expectConnect(TARGET)
      .connected()
      .upstream("* OK [CAPABILITY SASL-IR] x\r\n")
      .expectUpstream(`a AUTHENTICATE PLAIN ${base64(sent)}\r\n`)
      .end();
  });

  it("lets the client cancel PLAIN", () => {
    explicit()
      .client("a AUTHENTICATE PLAIN\r\n")
      .expectClient("+ \r\n")
      .client("*\r\n")
      .expectClient("a BAD AUTHENTICATE cancelled\r\n")
      .client("b NOOP\r\n")
      .expectMatch("client", /^b OK/)
      .end();
  });

  it("relays and holds after the login, commands that waited for it first", () => {
    const response = `* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`;
    explicit({ marker: MARKER })
      .client("a LOGIN ann/imap.example.org secret\r\nb SELECT inbox\r\nc FETCH 1 BODY[]\r\n")
      .expectConnect(TARGET)
      .connected()
      .upstream("* OK ready\r\n")
      .expectUpstream('a LOGIN "ann" "secret"\r\n')
      .upstream("* OK hello ann\r\na OK in\r\n")
      .expectClient("* OK hello ann\r\na OK in\r\n")
      .expectUpstream("b SELECT inbox\r\nc FETCH 1 BODY[]\r\n")
      .upstream(response)
      .judged("message 1")
      .expectClient(response)
      .end();
  });

  it("passes the upstream's refusal and lets the client log in again, elsewhere if it wants", () => {
    opened("a LOGIN ann/imap.example.org wrong\r\n")
      .expectUpstream('a LOGIN "ann" "wrong"\r\n')
      .upstream("a NO [AUTHENTICATIONFAILED] no\r\n")
      .expectClient("a NO [AUTHENTICATIONFAILED] no\r\n")
      .expectClose("upstream", "full")
      .client("b LOGIN ann/other.example;plain right\r\n")
      .expectConnect({ host: "other.example", port: 143, security: "plain" })
      .connected()
      .upstream("* OK ready\r\n")
      .expectUpstream('b LOGIN "ann" "right"\r\n')
      .upstream("b OK\r\n")
      .expectClient("b OK\r\n")
      .end();
  });

  it("ends with the upstream's BYE", () => {
    opened("a LOGIN ann/imap.example.org wrong\r\n")
      .expectUpstream('a LOGIN "ann" "wrong"\r\n')
      .upstream("* BYE too often\r\na NO no\r\n")
      .expectClient("* BYE too often\r\na NO no\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("ends when the upstream asks for more than a name and a password", () => {
    opened("a LOGIN ann/imap.example.org x\r\n")
      .expectUpstream('a LOGIN "ann" "x"\r\n')
      .upstream("+ more\r\n")
      .expectClose("upstream", "full")
      .expectMatch("client", /^\* BYE /)
      .expectClose("client", "full")
      .end();
  });

  it("relays unread after the credentials when the upstream is excluded", () => {
    const raw = "* OK x\r\na OK [CAPABILITY COMPRESS=DEFLATE]\n* 1 FETCH (BODY[1] {3}\r\nabc)\r\n";
    explicit()
      .client('a LOGIN {20+}\r\na"n/imap.example.org s\r\nb NOOP\r\n')
      .expectConnect(TARGET)
      .connected({ exclusion: "imap.example.org" })
      .upstream("* OK ready\r\n")
      .expectUpstream("a LOGIN {3}\r\n")
      .upstream("+ go\r\n")
      .expectUpstream('a"n "s"\r\nb NOOP\r\n')
      .expectFact({ type: "passthrough", rule: "imap.example.org" })
      .upstream(raw)
      .expectClient(raw)
      .client("c COMPRESS DEFLATE\n\0")
      .expectUpstream("c COMPRESS DEFLATE\n\0")
      .closed("client")
      .expectClose("upstream", "half")
      .upstream("bye")
      .expectClient("bye")
      .closed("upstream")
      .expectClose("upstream")
      .expectClose("client", "full")
      .end();
  });

  it("P-69 logs in and answers a client that has said everything and sent FIN", () => {
    answered(
      explicit()
        .client("a LOGIN ann/imap.example.org s\r\nb LOGOUT\r\n")
        .expectConnect(TARGET)
        .closed("client")
        .connected()
        .upstream("* OK ready\r\n")
        .expectUpstream('a LOGIN "ann" "s"\r\n')
        .upstream("a OK\r\n")
        .expectClient("a OK\r\n")
        .expectUpstream("b LOGOUT\r\n"),
      "* BYE bye",
    )
      .upstream("b OK\r\n")
      .expectClose("upstream", "full")
      .expectClient("b OK\r\n")
      .expectClose("client", "full")
      .end();
  });
});
