import { describe, it } from "vitest";
import { connectionLimits } from "../../../../src/core/limits.ts";
import { explicit, explicitlyLoggedIn, TARGET } from "../../../support/pop3-dialogue.ts";

const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");

describe("createPop3Session() in explicit mode, before login", () => {
  it("speaks for itself, without a timestamp, and truthfully", () => {
    explicit()
      .client("CAPA\r\n")
      .expectClient(
        "+OK\r\nUSER\r\nSASL PLAIN\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nIMPLEMENTATION mailward\r\n.\r\n",
      )
      .client("AUTH\r\n")
      .expectClient("+OK\r\nPLAIN\r\n.\r\n")
      .client("NOOP\r\n")
      .expectClient("+OK\r\n")
      .client("STLS\r\n")
      .expectMatch("client", /^-ERR STLS is not offered on this side/)
      .client("APOP ann/pop.example.org 0123\r\n")
      .expectMatch("client", /^-ERR APOP can not name a server/)
      .client("AUTH CRAM-MD5\r\n")
      .expectMatch("client", /^-ERR only PLAIN/)
      .client("STAT\r\nRETR 1\r\nDELE 1\r\nUTF8\r\n")
      .expectClient("-ERR log in first\r\n".repeat(4))
      .client("QUIT\r\n")
      .expectClient("+OK bye\r\n")
      .expectClose("client", "full")
      .end();
  });

  it("wants USER before PASS, each time (P-48)", () => {
    explicit()
      .client("PASS secret\r\n")
      .expectClient("-ERR USER comes before PASS\r\n")
      .client("USER ann/pop.example.org\r\nUSER ann\r\n")
      .expectMatch("client", /^\+OK now the password\r\n-ERR write the login as name\/server.*\r\n$/)
      .client("PASS secret\r\n")
      .expectClient("-ERR USER comes before PASS\r\n")
      .client("USER ann/pop.example.org\r\nAUTH PLAIN\r\n*\r\nPASS secret\r\n")
      .expectClient("+OK now the password\r\n+ \r\n-ERR login cancelled\r\n-ERR USER comes before PASS\r\n")
      .end();
  });

  it.each(["ann", "ann/", "/pop.example.org", "ann/pop example.org", "ann/pop.example.org;x", "ann/pop.example.org:0"])(
    "refuses USER %s in words (P-48)",
    (login) => {
      explicit()
        .client(`USER ${login}\r\n`)
        .expectMatch("client", /^-ERR [\x20-\x7e]+\r\n$/)
        .end();
    },
  );

  it.each([
    ["ann/pop.example.org", { host: "pop.example.org", port: 995, security: "tls" }, "ann"],
    ["a/b/POP.example.org:110", { host: "pop.example.org", port: 110, security: "starttls" }, "a/b"],
    ["ann@example.org/[2001:db8::1]:1995", { host: "2001:db8::1", port: 1995, security: "tls" }, "ann@example.org"],
    ["ann/127.0.0.1;plain", { host: "127.0.0.1", port: 110, security: "plain" }, "ann"],
    ["a%n\xe9/pop.example.org", { host: "pop.example.org" }, "a%n\xe9"],
  ] as const)("goes where USER %s says, with the name alone (P-48)", (login, target, name) => {
    const dialogue = explicit()
      .client(`USER ${login}\r\nPASS p w \r\n`)
      .expectClient("+OK now the password\r\n")
      .expectConnect(target)
      .connected()
      .upstream("+OK\r\n");
    if ("security" in target && target.security === "starttls") {
      dialogue.expectUpstream("STLS\r\n").upstream("+OK\r\n").expectStartTls("upstream").tlsEstablished("upstream");
    }
    dialogue
      .expectUpstream(`USER ${name}\r\n`)
      .upstream("+OK\r\n")
      .expectUpstream("PASS p w \r\n")
      .upstream("+OK 2 messages\r\n")
      .expectClient("+OK 2 messages\r\n")
      .expectFact({ type: "state", state: "authenticated" })
      .expectNoTimer("pre-auth")
      .end();
  });

  it("ends when the client ends its side", () => {
    explicit().closed("client").expectClose("client", "full").end();
  });

  it("ends a client that does not log in (P-66)", () => {
    explicit()
      .client("USER a")
      .expectTimer("pre-auth", connectionLimits.preAuthTimeoutMs)
      .timer("pre-auth")
      .expectClient("-ERR login took too long\r\n")
      .expectClose("client", "full")
      .end();
  });
});

describe("createPop3Session() in explicit mode, AUTH PLAIN", () => {
  it.each([
    ["\0ann/pop.example.org\0secret", "\0ann\0secret"],
    ["ann/pop.example.org\0ann/pop.example.org\0secret", "ann\0ann\0secret"],
    ["boss\0ann/pop.example.org\0secret", "boss\0ann\0secret"],
    ["boss/pop.example.org:995\0ann/pop.example.org\0secret", "boss\0ann\0secret"],
    ["boss/other.example.org\0ann/pop.example.org\0secret", "boss/other.example.org\0ann\0secret"],
  ])("rewrites %j to %j", (given, sent) => {
    for (const isInitial of [true, false]) {
      const dialogue = explicit();
      if (isInitial) dialogue.client(`AUTH PLAIN ${base64(given)}\r\n`);
      else
        dialogue
          .client("AUTH PLAIN\r\n")
          .expectClient("+ \r\n")
          .client(`${base64(given)}\r\n`);
      dialogue
        .expectConnect(TARGET)
        .connected()
        .upstream("+OK\r\n")
        .expectUpstream("AUTH PLAIN\r\n")
        .upstream("+ \r\n")
        .expectUpstream(`${base64(sent)}\r\n`)
        .upstream("+OK\r\n")
        .expectClient("+OK\r\n")
        .expectFact({ type: "account", name: "ann" })
        .end();
    }
  });

  it("says the same with USER and PASS to an upstream without PLAIN", () => {
    explicit()
      .client(`AUTH PLAIN ${base64("\0ann/pop.example.org\0secret")}\r\n`)
      .expectConnect(TARGET)
      .connected()
      .upstream("+OK\r\n")
      .expectUpstream("AUTH PLAIN\r\n")
      .upstream("-ERR unknown\r\n")
      .expectUpstream("USER ann\r\n")
      .upstream("+OK\r\n")
      .expectUpstream("PASS secret\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .end();
  });

  it("does not give up another identity for that", () => {
    explicit()
      .client(`AUTH PLAIN ${base64("boss\0ann/pop.example.org\0secret")}\r\n`)
      .expectConnect(TARGET)
      .connected()
      .upstream("+OK\r\n")
      .expectUpstream("AUTH PLAIN\r\n")
      .upstream("-ERR unknown\r\n")
      .expectClient("-ERR unknown\r\n")
      .end();
  });

  it.each(["=", "!", "QQ", base64("ann/pop.example.org\0secret"), base64("\0a/b.example.org\0c\0d"), "AA AA"])(
    "refuses the response %j",
    (response) => {
      explicit()
        .client(`AUTH PLAIN ${response}\r\n`)
        .expectMatch("client", /^-ERR /)
        .end();
    },
  );
});

describe("createPop3Session() in explicit mode, pipelining", () => {
  it("asks an upstream for PIPELINING before it is sent commands ahead", () => {
    explicitlyLoggedIn()
      .client("RETR 1\r\nRETR 2\r\nRETR 3\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK\r\none\r\n.\r\n")
      .expectUpstream("CAPA\r\n")
      .upstream("+OK\r\nTOP\r\nPIPELINING\r\nUIDL\r\n.\r\n")
      .expectUpstream("RETR 2\r\nRETR 3\r\n")
      .judged("RETR 1")
      .expectClient("+OK\r\none\r\n.\r\n")
      .end();
  });

  it.each(["-ERR unknown\r\n", "+OK\r\nTOP\r\n.\r\n"])("sends one command at a time after %j", (answer) => {
    explicitlyLoggedIn()
      .client("STAT\r\nNOOP\r\nLIST\r\nRETR 1\r\nNOOP\r\n")
      .expectUpstream("STAT\r\n")
      .upstream("+OK 1 3\r\n")
      .expectClient("+OK 1 3\r\n")
      .expectUpstream("CAPA\r\n")
      .upstream(answer)
      .expectUpstream("NOOP\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectUpstream("LIST\r\n")
      .upstream("+OK\r\n1 3\r\n.\r\n")
      .expectClient("+OK\r\n1 3\r\n.\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK\r\none\r\n.\r\n")
      .expectUpstream("NOOP\r\n")
      .upstream("+OK\r\n")
      .judged("RETR 1")
      .expectClient("+OK\r\none\r\n.\r\n+OK\r\n")
      .end();
  });

  it("learns it from the capabilities that the client asks for", () => {
    explicitlyLoggedIn()
      .client("CAPA\r\n")
      .expectUpstream("CAPA\r\n")
      .upstream("+OK\r\nPIPELINING\r\nSTLS\r\n.\r\n")
      .expectClient("+OK\r\nPIPELINING\r\n.\r\n")
      .client("STAT\r\nNOOP\r\n")
      .expectUpstream("STAT\r\nNOOP\r\n")
      .end();
  });

  it("does not ask when nothing is pipelined", () => {
    explicitlyLoggedIn()
      .client("STAT\r\n")
      .expectUpstream("STAT\r\n")
      .upstream("+OK 0 0\r\n")
      .expectClient("+OK 0 0\r\n")
      .client("NOOP\r\n")
      .expectUpstream("NOOP\r\n")
      .end();
  });
});
