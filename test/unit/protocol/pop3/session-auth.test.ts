import { describe, it } from "vitest";
import { protocolLimits } from "../../../../src/core/limits.ts";
import { greeted } from "../../../support/pop3-dialogue.ts";

const PLAIN = Buffer.from("\0ann\0secret").toString("base64");

describe("createPop3Session() capabilities (P-47)", () => {
  it.each([
    ["STLS", ""],
    ["stls", ""],
    ["SASL PLAIN LOGIN", "SASL PLAIN LOGIN\r\n"],
    ["SASL  PLAIN\tLOGIN", "SASL  PLAIN\tLOGIN\r\n"],
    ["SASL PLAIN DIGEST-MD5 CRAM-MD5 GSSAPI", "SASL PLAIN CRAM-MD5\r\n"],
    ["SASL SCRAM-SHA-1-PLUS SCRAM-SHA-1", "SASL SCRAM-SHA-1\r\n"],
    ["sasl gssapi NTLM", ""],
    ["SASL", "SASL\r\n"],
    ["X-STLS", "X-STLS\r\n"],
    ["IMPLEMENTATION STLS GSSAPI", "IMPLEMENTATION STLS GSSAPI\r\n"],
  ])("shows the line %j as %j", (line, shown) => {
    greeted()
      .client("CAPA\r\n")
      .expectUpstream("CAPA\r\n")
      .upstream(`+OK\r\nUIDL\r\n${line}\r\nTOP\r\n.\r\n`)
      .expectClient(`+OK\r\nUIDL\r\n${shown}TOP\r\n.\r\n`)
      .end();
  });

  it("passes the refusal of a server without CAPA", () => {
    greeted().client("CAPA\r\n").expectUpstream("CAPA\r\n").upstream("-ERR\r\n").expectClient("-ERR\r\n").end();
  });

  it("filters the listing of AUTH in the same way", () => {
    greeted()
      .client("AUTH\r\n")
      .expectUpstream("AUTH\r\n")
      .upstream("+OK\r\nPLAIN\r\nNTLM\r\nDIGEST-MD5\r\nXOAUTH2\r\n.\r\n")
      .expectClient("+OK\r\nPLAIN\r\nXOAUTH2\r\n.\r\n")
      .end();
  });

  it("refuses STLS itself, in its place among the answers", () => {
    greeted()
      .client("CAPA\r\nSTLS\r\nUSER ann\r\n")
      .expectUpstream("CAPA\r\nUSER ann\r\n")
      .upstream("+OK\r\n.\r\n")
      .expectClient(
        "+OK\r\n.\r\n-ERR STLS is not offered on this side of mailward; the way to the mail server is protected as configured\r\n",
      )
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectFact({ type: "refused", code: "stls" })
      .end();
  });

  it.each(["GSSAPI", "digest-md5", "NTLM", "SCRAM-SHA-256-PLUS x"])("refuses AUTH %s itself (P-26)", (mechanism) => {
    greeted()
      .client(`AUTH ${mechanism}\r\n`)
      .expectClient("-ERR this mechanism is not offered; it could hide mail from the scanner\r\n")
      .end();
  });
});

describe("createPop3Session() AUTH", () => {
  it("passes continuations opaquely, whatever they say (P-27)", () => {
    greeted()
      .client("AUTH CRAM-MD5\r\n")
      .expectUpstream("AUTH CRAM-MD5\r\n")
      .upstream("+ PDE+\r\n")
      .expectClient("+ PDE+\r\n")
      .client("QUIT\r\n")
      .expectUpstream("QUIT\r\n")
      .upstream("+ \r\n")
      .expectClient("+ \r\n")
      .client("\r\n")
      .expectUpstream("\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectFact({ type: "state", state: "authenticated" })
      .client("STAT\r\n")
      .expectUpstream("STAT\r\n")
      .end();
  });

  it("passes a cancelled exchange, and goes on", () => {
    greeted()
      .client("AUTH CRAM-MD5\r\n")
      .expectUpstream("AUTH CRAM-MD5\r\n")
      .upstream("+ PDE+\r\n")
      .expectClient("+ PDE+\r\n")
      .client("*\r\n")
      .expectUpstream("*\r\n")
      .upstream("-ERR aborted\r\n")
      .expectClient("-ERR aborted\r\n")
      .client("AUTH PLAIN\r\n")
      .expectUpstream("AUTH PLAIN\r\n")
      .upstream("+\r\n")
      .expectClient("+\r\n")
      .client(`${PLAIN}\r\n`)
      .expectUpstream(`${PLAIN}\r\n`)
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectFact({ type: "account", name: "ann" })
      .end();
  });

  it("keeps a response that came before its challenge until it is asked for", () => {
    greeted()
      .client(`AUTH PLAIN\r\n${PLAIN}\r\nSTAT\r\n`)
      .expectUpstream("AUTH PLAIN\r\n")
      .upstream("+ \r\n")
      .expectClient("+ \r\n")
      .expectUpstream(`${PLAIN}\r\n`)
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectUpstream("STAT\r\n")
      .end();
  });

  it("takes an initial response of 64 KiB (P-27)", () => {
    const line = `AUTH XOAUTH2 ${"A".repeat(protocolLimits.commandLineBytes - 15)}\r\n`;
    greeted({ segmentations: ["whole", { seed: 7 }] })
      .client(line)
      .expectUpstream(line)
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectFact({ type: "state", state: "authenticated" })
      .end();
  });

  it("reads the account out of an initial response", () => {
    greeted()
      .client(`auth plain ${PLAIN}\r\n`)
      .expectUpstream(`auth plain ${PLAIN}\r\n`)
      .upstream("-ERR [AUTH] no\r\n")
      .expectClient("-ERR [AUTH] no\r\n")
      .expectFact({ type: "account", name: "ann" })
      .expectTimer("pre-auth")
      .end();
  });

  it("closes when the upstream challenges twice", () => {
    greeted()
      .client("AUTH CRAM-MD5\r\n")
      .expectUpstream("AUTH CRAM-MD5\r\n")
      .upstream("+ YQ==\r\n+ Yg==\r\n")
      .expectMatch("client", /^\+ YQ==\r\n-ERR \[SYS\/TEMP\]/)
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it.each(["+ YWJj\r\n", "+ YQ== \r\n", "+\r\n", "+ go on, say it: ok?\r\n", `+ ${"A".repeat(60_000)}==\r\n`])(
    "passes a challenge of base64 or some words (%#)",
    (challenge) => {
      greeted({ segmentations: ["whole", { seed: 8 }] })
        .client("AUTH CRAM-MD5\r\n")
        .expectUpstream("AUTH CRAM-MD5\r\n")
        .upstream(challenge)
        .expectClient(challenge)
        .end();
    },
  );

  it.each([`+ ${"word ".repeat(102)}\r\n`, "+ caf\xe9\r\n", "+ a\x1bb\r\n", `+ ${"A".repeat(600)}=A\r\n`])(
    "closes on a challenge that is neither (%#): it could be mail (P-45)",
    (challenge) => {
      greeted({ segmentations: ["whole", { seed: 9 }] })
        .client("AUTH CRAM-MD5\r\n")
        .expectUpstream("AUTH CRAM-MD5\r\n")
        .upstream(challenge)
        .expectMatch("client", /^-ERR \[SYS\/TEMP\]/)
        .expectClose("upstream", "full")
        .expectClose("client", "full")
        .expectFact({ type: "protocol-error", side: "upstream", code: "malformed-response" })
        .end();
    },
  );

  it("takes no response for an exchange that the upstream has ended", () => {
    greeted()
      .client("AUTH CRAM-MD5\r\n")
      .expectUpstream("AUTH CRAM-MD5\r\n")
      .upstream("+ YQ==\r\n-ERR too slow\r\n")
      .expectClient("+ YQ==\r\n-ERR too slow\r\n")
      .client("c2VjcmV0\r\n")
      .expectClient("-ERR unknown command\r\n")
      .end();
  });
});
