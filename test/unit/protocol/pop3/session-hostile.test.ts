import { describe, it } from "vitest";
import { protocolLimits } from "../../../../src/core/limits.ts";
import { eicar } from "../../../support/eicar.ts";
import { explicit, explicitlyLoggedIn, greeted, loggedIn, TARGET } from "../../../support/pop3-dialogue.ts";

describe("createPop3Session() line ends", () => {
  it("forwards a command that ends with a bare LF as it is (P-38)", () => {
    loggedIn()
      .client("NOOP\nSTAT\r\n")
      .expectUpstream("NOOP\nSTAT\r\n")
      .upstream("+OK\n+OK 0 0\r\n")
      .expectClient("+OK\n+OK 0 0\r\n")
      .end();
  });

  it.each(["NOOP\rRETR 1\r\n", "NOOP\r\r\n", "\rNOOP\r\n", "NOOP\0\r\n", "RETR 1\0\r\n", "RETR\r1\n"])(
    "refuses %j, which servers cut in different places (P-38, P-39)",
    (line) => {
      loggedIn().client(line).expectClient("-ERR a command holds no NUL and no bare CR\r\n").end();
      explicit().client(line).expectClient("-ERR a command holds no NUL and no bare CR\r\n").end();
    },
  );

  it("passes octets above 0x7f in commands and responses (P-39)", () => {
    greeted()
      .client("USER \xe9\xff\r\nPASS \x80\r\n")
      .expectUpstream("USER \xe9\xff\r\nPASS \x80\r\n")
      .upstream("+OK \xe9\r\n-ERR \xff\r\n")
      .expectClient("+OK \xe9\r\n-ERR \xff\r\n")
      .end();
  });

  it.each(["+OK a\rb\r\n", "+OK\0\r\n", "-ERR\r\r\n", "+ \r\n", "ok\r\n", "\r\n", "* 1 FETCH\r\n", "+ok\r\n"])(
    "closes on the status line %j (P-38)",
    (line) => {
      loggedIn()
        .client("NOOP\r\n")
        .expectUpstream("NOOP\r\n")
        .upstream(line)
        .expectClient("-ERR [SYS/TEMP] the server does not answer as a POP3 server does\r\n")
        .expectClose("upstream", "full")
        .expectClose("client", "full")
        .expectFact({ type: "protocol-error", side: "upstream", code: "malformed-response" })
        .end();
    },
  );

  it.each(["1 120\n", "1 120\n.\n", "1\r120\r\n", "1 \0 120\r\n", ".\n", "\n", ".\r\r\n"])(
    "closes on %j in a listing: clients could see its end there (P-43)",
    (line) => {
      loggedIn()
        .client("LIST\r\n")
        .expectUpstream("LIST\r\n")
        .upstream("+OK\r\n1 10\r\n", line, "+OK forged\r\n.\r\n")
        .expectClient("+OK\r\n1 10\r\n")
        .expectClose("upstream", "full")
        .expectClose("client", "full")
        .end();
    },
  );

  it.each([
    ["LF . LF", "a\n.\n+OK forged\r\n", "a\n..\n+OK forged\r\n"],
    ["LF . CRLF", "a\n.\r\n+OK forged\r\n", "a\n..\r\n+OK forged\r\n"],
    ["CR . CR", "a\r.\r+OK forged\r\n", "a\r..\r+OK forged\r\n"],
    ["CR . CRLF", "a\r.\r\n+OK forged\r\n", "a\r..\r\n+OK forged\r\n"],
    ["LF . NUL", "a\n.\0+OK forged\r\n", "a\n..\0+OK forged\r\n"],
    ["CRLF . LF", "a\r\n.\n+OK forged\r\n", "a\r\n..\n+OK forged\r\n"],
    ["CRLF . CR", "a\r\n.\r+OK forged\r\n", "a\r\n..\r+OK forged\r\n"],
    ["CRLF . NUL", "a\r\n.\0+OK forged\r\n", "a\r\n..\0+OK forged\r\n"],
  ])("does not take %s for the end of a message, nor lets a client do so (P-43)", (_name, text, delivered) => {
    const received = text.replace(/\r\n\./g, "\r\n..");
    loggedIn()
      .client("RETR 1\r\nNOOP\r\n")
      .expectUpstream("RETR 1\r\nNOOP\r\n")
      .upstream("+OK\r\n", received, ".\r\n+OK true\r\n")
      .expectWhole("RETR 1", text)
      .judged("RETR 1")
      .expectClient("+OK\r\n", delivered, ".\r\n+OK true\r\n")
      .end();
  });

  it.each(["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r\n.\0", "\r\n. \r\n", "\r\n..\r\n"])(
    "goes on reading the message after %j, however badly it is stuffed (P-43)",
    (end) => {
      loggedIn({ marker: "forged" })
        .client("RETR 1\r\n")
        .expectUpstream("RETR 1\r\n")
        .upstream("+OK\r\nmail", end, "+OK forged\r\n")
        .expectHeld("RETR 1")
        .expectNothing()
        .upstream("\r\n.\r\n")
        .judged("RETR 1", { replacement: "" })
        .expectClient("+OK\r\n.\r\n")
        .end();
    },
  );
});

describe("createPop3Session() unsolicited responses", () => {
  it("closes on a multi-line answer to a single-line command (P-45)", () => {
    loggedIn({ marker: "content" })
      .client("STAT\r\n")
      .expectUpstream("STAT\r\n")
      .upstream("+OK 1 100\r\nSubject: content\r\n\r\ncontent\r\n.\r\n")
      .expectClient("+OK 1 100\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .expectFact({ type: "protocol-error", side: "upstream", code: "unsolicited" })
      .end();
  });

  it("closes on a listing that nobody asked for (P-45)", () => {
    loggedIn()
      .upstream("+OK 1 messages\r\n1 10\r\n.\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
    greeted({ segmentations: ["whole", "byte"] })
      .upstream("+OK\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("closes on mail as the answer to a command that nobody knows (P-45)", () => {
    loggedIn({ marker: "content" })
      .client("XRETR 1\r\n")
      .expectUpstream("XRETR 1\r\n")
      .upstream("+OK\r\nSubject: x\r\n\r\ncontent\r\n.\r\n")
      .expectClient("+OK\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("delivers what is held before it closes (P-45)", () => {
    loggedIn()
      .client("RETR 1\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK\r\none\r\n.\r\nand more")
      .expectClose("upstream", "full")
      .client("RETR 2\r\n")
      .judged("RETR 1")
      .expectClient("+OK\r\none\r\n.\r\n")
      .expectClose("client", "full")
      .expectReleased(1)
      .end();
  });

  it("refuses once what is owed when the upstream closes", () => {
    loggedIn()
      .client("STAT\r\nLIST\r\nRETR 1\r\n")
      .expectUpstream("STAT\r\nLIST\r\nRETR 1\r\n")
      .upstream("+OK 1 10\r\n+OK")
      .expectClient("+OK 1 10\r\n")
      .closed("upstream")
      .expectClient("-ERR [SYS/TEMP] the server closed the connection\r\n")
      .expectClose("upstream")
      .expectClose("client")
      .end();
  });

  it.each([
    ["LIST", "1 10\r\n 2 20 extra\r\n", "Subject: x\r\n"],
    ["LIST", "1 10\r\n", "2\r\n"],
    ["UIDL", "1 10\r\n 2\taa \r\n", "Subject: x\r\n"],
    ["UIDL", "1 10\r\n", "2 two words\r\n"],
    ["CAPA", "TOP\r\nX a  b \r\n", "Subject: x\r\n"],
    ["CAPA", "TOP\r\n", "\r\n"],
    ["AUTH", "PLAIN\r\n", "Subject: x\r\n"],
    ["AUTH", "PLAIN\r\n", "two words\r\n"],
    ["LANG", "en English\r\n", "Subject: x\r\n"],
    ["LANG", "en English\r\n", "\r\n"],
  ])("closes on what is no line of %s after %j: %j could be mail (P-45)", (command, listing, line) => {
    loggedIn({ marker: "Subject" })
      .client(`${command}\r\n`)
      .expectUpstream(`${command}\r\n`)
      .upstream(`+OK\r\n${listing}${line}.\r\n`)
      .expectClient(`+OK\r\n${listing}`)
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .expectFact({ type: "protocol-error", side: "upstream", code: "malformed-response" })
      .end();
  });

  it.each(["LIST", "UIDL", "CAPA", "AUTH", "LANG"])(
    "closes on malicious software in the answer to %s (P-45)",
    (command) => {
      for (const prefix of command === "LIST" ? ["", "1", "1 ", "1 1 "] : ["", "1"]) {
        loggedIn({ marker: "EICAR" })
          .client(`${command}\r\n`)
          .expectUpstream(`${command}\r\n`)
          .upstream("+OK\r\n", prefix, eicar(), "\r\n.\r\n")
          .expectClient("+OK\r\n")
          .expectClose("upstream", "full")
          .expectClose("client", "full")
          .end();
      }
    },
  );

  it("closes on mail in the answer to a CAPA of its own (P-45)", () => {
    explicitlyLoggedIn()
      .client("NOOP\r\nNOOP\r\n")
      .expectUpstream("NOOP\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectUpstream("CAPA\r\n")
      .upstream("+OK\r\nSubject: x\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("does not end a listing that the upstream did not end", () => {
    loggedIn()
      .client("LIST\r\n")
      .expectUpstream("LIST\r\n")
      .upstream("+OK\r\n1 10\r\n2 2")
      .expectClient("+OK\r\n1 10\r\n")
      .closed("upstream")
      .expectClose("upstream")
      .expectClose("client")
      .end();
  });
});

describe("createPop3Session() limits", () => {
  const random = { segmentations: ["whole", { seed: 6 }] } as const;

  it("takes a command line at the limit and ends a client with a longer one (P-37)", () => {
    const atLimit = `NOOP ${"x".repeat(protocolLimits.commandLineBytes - 7)}\r\n`;
    loggedIn(random).client(atLimit).expectUpstream(atLimit).end();
    for (const dialogue of [loggedIn(random), greeted(random)]) {
      dialogue
        .client(`x${atLimit}`)
        .expectClient("-ERR the command is too long\r\n")
        .expectClose("upstream", "full")
        .expectClose("client", "full")
        .end();
    }
    explicit(random)
      .client("x".repeat(protocolLimits.commandLineBytes + 1))
      .expectClient("-ERR the command is too long\r\n")
      .expectClose("client", "full")
      .end();
  });

  it.each(["+OK", "-ERR"])("takes a status line %s at the limit and ends an upstream with a longer one", (status) => {
    const atLimit = `${status} ${"x".repeat(protocolLimits.pop3StatusLineBytes - status.length - 3)}\r\n`;
    loggedIn(random)
      .client("NOOP\r\nNOOP\r\n")
      .expectUpstream("NOOP\r\nNOOP\r\n")
      .upstream(atLimit)
      .expectClient(atLimit)
      .upstream(atLimit.replace("\r", "x\r"))
      .expectClient("-ERR [SYS/TEMP] the server sent a line beyond every limit\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .expectFact({ type: "protocol-error", side: "upstream", code: "line-too-long" })
      .end();
  });

  it.each(["RETR 1", "LIST", "QUIT"])("takes no longer status line for %s either", (command) => {
    loggedIn(random)
      .client(`${command}\r\n`)
      .expectUpstream(`${command}\r\n`)
      .upstream(`+OK ${"x".repeat(protocolLimits.pop3StatusLineBytes)}\r\n`)
      .expectClient("-ERR [SYS/TEMP] the server sent a line beyond every limit\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .expectReleased(0)
      .end();
  });

  it("takes no longer answer to a login that it makes itself", () => {
    explicit(random)
      .client("USER ann/pop.example.org\r\nPASS secret\r\n")
      .expectClient("+OK now the password\r\n")
      .expectConnect(TARGET)
      .connected()
      .upstream("+OK ready\r\n")
      .expectUpstream("USER ann\r\n")
      .upstream(`-ERR ${"x".repeat(protocolLimits.pop3StatusLineBytes)}\r\n`)
      .expectClient("-ERR [SYS/TEMP] the server sent a line beyond every limit\r\n")
      .expectClose("upstream", "full")
      .expectFact({ type: "protocol-error", side: "upstream", code: "line-too-long" })
      .end();
  });

  it("takes a status line that spans chunks no further than any line may be long", () => {
    loggedIn(random)
      .client("NOOP\r\n")
      .expectUpstream("NOOP\r\n")
      .upstream(`+OK ${"x".repeat(protocolLimits.pop3ResponseLineBytes)}`)
      .expectClient("-ERR [SYS/TEMP] the server sent a line beyond every limit\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("takes a message of one endless line", () => {
    const line = "x".repeat(300_000);
    loggedIn(random)
      .client("RETR 1\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK\r\n", line, "\r\n.\r\n")
      .judged("RETR 1")
      .expectClient("+OK\r\n", line, "\r\n.\r\n")
      .end();
  });

  it("ends what is no mail client after three commands that nobody says (P-57)", () => {
    const http = "GET / HTTP/1.1\r\nHost: pop.example.org\r\nAccept: */*\r\n";
    greeted()
      .client(http)
      .expectClient("-ERR unknown command\r\n".repeat(3))
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .expectFact({ type: "protocol-error", side: "client", code: "bad-commands" })
      .end();
    explicit().client(http).expectClient("-ERR unknown command\r\n".repeat(3)).expectClose("client", "full").end();
  });

  it("ends a client that has had a thousand answers and has not logged in", () => {
    const max = protocolLimits.answersBeforeLogin;
    const whole = { segmentations: ["whole"] } as const;
    explicit(whole)
      .client("NOOP\r\n".repeat(max))
      .expectClient("+OK\r\n".repeat(max))
      .client("NOOP\r\nNOOP\r\n")
      .expectClient("+OK\r\n")
      .expectClose("client", "full")
      .expectFact({ type: "protocol-error", side: "client", code: "no-login" })
      .end();
    const answer = "-ERR this mechanism is not offered; it could hide mail from the scanner\r\n";
    greeted(whole)
      .client("AUTH NTLM\r\n".repeat(max))
      .expectClient(answer.repeat(max))
      .client("AUTH NTLM\r\nAUTH NTLM\r\n")
      .expectClient(answer)
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .expectFact({ type: "protocol-error", side: "client", code: "no-login" })
      .end();
    loggedIn(whole)
      .client("AUTH NTLM\r\n".repeat(max + 2))
      .expectClient(answer.repeat(max + 2))
      .end();
  });

  it("answers an empty line itself, since not every server does", () => {
    loggedIn().client("\r\n \n").expectClient("-ERR a command is missing\r\n".repeat(2)).end();
  });

  it("judges an unknown command after the login that it is pipelined with", () => {
    greeted()
      .client("USER ann\r\nPASS secret\r\nXMISC x\r\n")
      .expectUpstream("USER ann\r\nPASS secret\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectUpstream("XMISC x\r\n")
      .end();
  });
});
