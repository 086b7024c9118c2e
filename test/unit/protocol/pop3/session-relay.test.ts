import { describe, it } from "vitest";
import { connectionLimits } from "../../../../src/core/limits.ts";
import { greeted, loggedIn, pop3, TARGET } from "../../../support/pop3-dialogue.ts";

const FIXED = { type: "fixed", target: TARGET } as const;

describe("createPop3Session() with a fixed upstream", () => {
  it("relays a whole dialogue byte-exact", () => {
    greeted()
      .client("CAPA\r\n")
      .expectUpstream("CAPA\r\n")
      .upstream("+OK here they are\r\nTOP\r\nUIDL\r\nUSER\r\nX-Thing a  b\r\n.\r\n")
      .expectClient("+OK here they are\r\nTOP\r\nUIDL\r\nUSER\r\nX-Thing a  b\r\n.\r\n")
      .client("user ann\r\n")
      .expectUpstream("user ann\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .client("PASS  two  words \r\n")
      .expectUpstream("PASS  two  words \r\n")
      .upstream("+OK logged in\r\n")
      .expectClient("+OK logged in\r\n")
      .client("STAT\r\n")
      .expectUpstream("STAT\r\n")
      .upstream("+OK 2 320\r\n")
      .expectClient("+OK 2 320\r\n")
      .client("LIST\r\nLIST 1\r\nUIDL\r\nUIDL 1\r\n")
      .expectUpstream("LIST\r\nLIST 1\r\nUIDL\r\nUIDL 1\r\n")
      .upstream("+OK 2 messages\r\n1 120\r\n2 200\r\n.\r\n+OK 1 120\r\n+OK\r\n1 aa\r\n2 bb\r\n.\r\n+OK 1 aa\r\n")
      .expectClient("+OK 2 messages\r\n1 120\r\n2 200\r\n.\r\n+OK 1 120\r\n+OK\r\n1 aa\r\n2 bb\r\n.\r\n+OK 1 aa\r\n")
      .client("LIST 9\r\nNOOP\r\nRSET\r\nDELE 1\r\nLAST\r\nXTND x\r\n")
      .expectUpstream("LIST 9\r\nNOOP\r\nRSET\r\nDELE 1\r\nLAST\r\nXTND x\r\n")
      .upstream("-ERR no such message\r\n+OK\r\n+OK\r\n+OK deleted\r\n-ERR\r\n-ERR unknown\r\n")
      .expectClient("-ERR no such message\r\n+OK\r\n+OK\r\n+OK deleted\r\n-ERR\r\n-ERR unknown\r\n")
      .client("QUIT\r\n")
      .expectUpstream("QUIT\r\n")
      .upstream("+OK bye\r\n")
      .expectClient("+OK bye\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .expectFact({ type: "account", name: "ann" })
      .expectFact({ type: "state", state: "authenticated" })
      .end();
  });

  it("passes the greeting byte-exact, with the timestamp, and APOP too (P-46)", () => {
    pop3(FIXED)
      .start()
      .expectConnect(TARGET)
      .connected()
      .upstream("+OK POP3 server ready <1896.697170952@dbc.example.org> \r\n")
      .expectClient("+OK POP3 server ready <1896.697170952@dbc.example.org> \r\n")
      .client("APOP ann c4c9334bac560ecc979e58001b3e22fb\r\n")
      .expectUpstream("APOP ann c4c9334bac560ecc979e58001b3e22fb\r\n")
      .upstream("+OK maildrop has 1 message\r\n")
      .expectClient("+OK maildrop has 1 message\r\n")
      .expectFact({ type: "account", name: "ann" })
      .expectFact({ type: "state", state: "authenticated" })
      .end();
  });

  it.each(["-ERR [SYS/TEMP] come back later\r\n", "-ERR [SYS/PERM] never\r\n", "-ERR\r\n"])(
    "passes a refusing greeting %j and closes (P-46)",
    (greeting) => {
      pop3(FIXED)
        .start()
        .expectConnect({})
        .connected()
        .upstream(greeting)
        .expectClient(greeting)
        .expectClose("upstream", "full")
        .expectClose("client", "full")
        .end();
    },
  );

  it.each(["* OK IMAP4rev1 ready\r\n", "220 smtp.example.org\r\n", "+ \r\n", "\r\n", "+OK a\rb\r\n", "+OK a\0b\r\n"])(
    "refuses %j as a greeting (P-46)",
    (greeting) => {
      pop3(FIXED)
        .start()
        .expectConnect({})
        .connected()
        .upstream(greeting)
        .expectMatch(
          "client",
          /^-ERR \[SYS\/TEMP\] pop\.example\.org port 995 does not answer as a POP3 server does\r\n$/,
        )
        .expectClose("upstream", "full")
        .expectClose("client", "full")
        .expectFact({ type: "protocol-error", side: "upstream", code: "malformed-response" })
        .end();
    },
  );

  it("sets up STLS itself and shows the greeting afterwards, with its timestamp", () => {
    pop3({ type: "fixed", target: { ...TARGET, port: 110, security: "starttls" } })
      .start()
      .expectConnect({ security: "starttls" })
      .client("CAPA\r\n")
      .connected()
      .upstream("+OK ready <1.2@example.org>\r\n")
      .expectUpstream("STLS\r\n")
      .upstream("+OK begin\r\n")
      .expectStartTls("upstream", "close")
      .tlsEstablished("upstream")
      .expectClient("+OK ready <1.2@example.org>\r\n")
      .expectUpstream("CAPA\r\n")
      .end();
  });

  it("closes when STLS is refused, and says what would allow it (P-09)", () => {
    pop3({ type: "fixed", target: { ...TARGET, port: 110, security: "starttls" } })
      .start()
      .expectConnect({})
      .client("USER ann\r\nPASS secret\r\n")
      .connected()
      .upstream("+OK ready\r\n")
      .expectUpstream("STLS\r\n")
      .upstream("-ERR unknown\r\n")
      .expectMatch("client", /^-ERR \[SYS\/TEMP\] pop\.example\.org port 110 does not offer TLS; only ;plain .*\r\n$/)
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("closes when the upstream sends more before TLS is up (P-05, P-08)", () => {
    pop3({ type: "fixed", target: { ...TARGET, port: 110, security: "starttls" } }, { segmentations: ["whole"] })
      .start()
      .expectConnect({})
      .connected()
      .upstream("+OK ready\r\n")
      .expectUpstream("STLS\r\n")
      .upstream("+OK\r\n+OK\r\nPLAIN\r\n.\r\n")
      .expectMatch("client", /^-ERR \[SYS\/TEMP\] the server sent octets before TLS was up.*\r\n$/)
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("closes when TLS fails, with the reason", () => {
    pop3({ type: "fixed", target: { ...TARGET, port: 110, security: "starttls" } })
      .start()
      .expectConnect({})
      .connected()
      .upstream("+OK ready\r\n")
      .expectUpstream("STLS\r\n")
      .upstream("+OK\r\n")
      .expectStartTls("upstream")
      .tlsFailed("upstream", { code: "certificate", detail: "the certificate has expired" })
      .expectClient("-ERR [SYS/TEMP] the certificate has expired\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("says why the upstream can not be reached", () => {
    pop3(FIXED)
      .start()
      .expectConnect({})
      .connectFailed("refused", "pop.example.org port 995 refuses connections; check the port")
      .expectClient("-ERR [SYS/TEMP] pop.example.org port 995 refuses connections; check the port\r\n")
      .expectClose("client", "full")
      .expectFact({ type: "refused", code: "connect-failed" })
      .end();
  });

  it("says so when the upstream accepts and then is silent", () => {
    pop3(FIXED)
      .start()
      .expectConnect({})
      .connected()
      .expectTimer("greeting", connectionLimits.upstreamGreetingTimeoutMs)
      .timer("greeting")
      .expectClient("-ERR [SYS/TEMP] the server does not answer\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("says so when the upstream closes before its greeting", () => {
    pop3(FIXED)
      .start()
      .expectConnect({})
      .connected()
      .closed("upstream", "reset")
      .expectClient("-ERR [SYS/TEMP] the server closed the connection\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("relays an excluded upstream unread, both ways, from the first octet", () => {
    pop3(FIXED)
      .start()
      .expectConnect({})
      .client("CAPA\r\n")
      .connected({ exclusion: "192.0.2.0/24" })
      .expectUpstream("CAPA\r\n")
      .upstream("anything \0 at\nall")
      .expectClient("anything \0 at\nall")
      .client("STLS\r\nwhatever")
      .expectUpstream("STLS\r\nwhatever")
      .expectFact({ type: "passthrough", rule: "192.0.2.0/24" })
      .expectNoTimer("pre-auth")
      .closed("client")
      .expectClose("upstream", "half")
      .upstream("the last answer")
      .expectClient("the last answer")
      .closed("upstream")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("ends both sides when one of an excluded connection is reset", () => {
    pop3(FIXED)
      .start()
      .expectConnect({})
      .connected({ exclusion: "pop.example.org" })
      .closed("upstream", "reset")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("sets up the required STLS of an excluded upstream before it steps aside", () => {
    pop3({ type: "fixed", target: { ...TARGET, port: 110, security: "starttls" } })
      .start()
      .expectConnect({})
      .connected({ exclusion: "*.example.org" })
      .upstream("+OK ready\r\n")
      .expectUpstream("STLS\r\n")
      .upstream("+OK\r\n")
      .expectStartTls("upstream")
      .tlsEstablished("upstream")
      .expectClient("+OK ready\r\n")
      .client("RETR 1\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK\r\nmail\r\n.\r\n")
      .expectClient("+OK\r\nmail\r\n.\r\n")
      .expectReleased(0)
      .end();
  });
});

describe("createPop3Session() deadlines", () => {
  it("ends a client that does not log in (P-66)", () => {
    greeted()
      .client("USER ann\r\n")
      .expectUpstream("USER ann\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectTimer("pre-auth", connectionLimits.preAuthTimeoutMs)
      .timer("pre-auth")
      .expectClient("-ERR login took too long\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("allows half an hour of silence after login, and each octet begins it anew", () => {
    loggedIn()
      .expectNoTimer("pre-auth")
      .expectTimer("idle", connectionLimits.idleTimeoutMs)
      .client("NOOP\r\n")
      .expectFreshTimer("idle")
      .expectUpstream("NOOP\r\n")
      .upstream("+O")
      .expectFreshTimer("idle")
      .timer("idle")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("lets the last answers arrive after the client ended its side (P-69)", () => {
    loggedIn()
      .client("STAT\r\nQUIT\r\n")
      .expectUpstream("STAT\r\nQUIT\r\n")
      .closed("client")
      .expectTimer("closing", connectionLimits.closingTimeoutMs)
      .upstream("+OK 0 0\r\n")
      .expectClient("+OK 0 0\r\n")
      .expectFreshTimer("closing")
      .upstream("+OK bye\r\n")
      .expectClient("+OK bye\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("closes at once when the client ends its side and nothing is owed", () => {
    loggedIn().closed("client").expectClose("upstream", "full").expectClose("client", "full").end();
  });

  it("does not wait for the answer to QUIT for ever", () => {
    loggedIn()
      .client("QUIT\r\n")
      .expectUpstream("QUIT\r\n")
      .timer("closing")
      .expectClient("-ERR [SYS/TEMP] the server does not answer\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("ends everything when the client is reset, in any state (P-70)", () => {
    pop3(FIXED).start().expectConnect({}).closed("client", "reset").skip().end();
    loggedIn()
      .client("RETR 1\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK\r\nhalf")
      .expectHeld("RETR 1")
      .closed("client", "reset")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .expectReleased(1)
      .end();
    loggedIn()
      .client("RETR 1\r\nRETR 2\r\n")
      .expectUpstream("RETR 1\r\nRETR 2\r\n")
      .upstream("+OK\r\none\r\n.\r\n+OK\r\ntwo\r\n.\r\n")
      .judged("RETR 2")
      .closed("client", "reset")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .expectReleased(2)
      .end();
  });

  it("handles nothing after its end", () => {
    loggedIn()
      .closed("client", "reset")
      .skip()
      .event({ type: "bytes", from: "upstream", bytes: Buffer.from("+OK\r\n") })
      .expectNothing()
      .end();
  });
});
