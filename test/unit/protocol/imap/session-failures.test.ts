import { describe, it } from "vitest";
import type { Playbook } from "../../../support/playbook.ts";
import { explicit, relayed } from "./imap-dialogue.ts";

const TARGET = { protocol: "imap", host: "imap.example.org", port: 993, security: "tls" } as const;

/** Explicit mode, the login said, the upstream connected and its greeting there. */
function opened(command: string, greeting = "* OK ready\r\n"): Playbook {
  return explicit().client(command).expectConnect(TARGET).connected().upstream(greeting);
}

describe("createImapSession() when the named upstream does not work out", () => {
  it.each([
    ["refused", "UNAVAILABLE"],
    ["unknown-host", "UNAVAILABLE"],
    ["timeout", "UNAVAILABLE"],
    ["certificate", "UNAVAILABLE"],
    ["loop", "NOPERM"],
    ["forbidden-target", "NOPERM"],
  ] as const)("says NO when the connection fails: %s", (code, replyCode) => {
    explicit()
      .client("a LOGIN ann/imap.example.org s\r\n")
      .expectConnect(TARGET)
      .connectFailed(code, "it \u00e9 does\r\nnot work")
      .expectClient(`a NO [${replyCode}] it ? does?not work\r\n`)
      .expectFact({ type: "refused", code: "login" })
      .client("b LOGIN ann/imap.example.org s\r\n")
      .expectConnect(TARGET)
      .end();
  });

  it.each([
    ["* BYE go away\r\n", "imap.example.org port 993 takes no connections now"],
    ["* PREAUTH hello\r\n", "imap.example.org logs in without a name; that account can not be the one that is meant"],
    ["+OK POP3 ready\r\n", "imap.example.org port 993 does not answer as an IMAP server does"],
    ["* NO\r\n", "imap.example.org port 993 does not answer as an IMAP server does"],
    ["* 1 FETCH (BODY[] {5}\r\n", "imap.example.org port 993 does not answer as an IMAP server does"],
    ["HTTP/1.1 400\n", "imap.example.org port 993 does not answer as an IMAP server does"],
  ])("says NO to the greeting %j", (greeting, text) => {
    opened("a LOGIN ann/imap.example.org s\r\n", greeting)
      .expectClose("upstream", "abort")
      .expectClient(`a NO [UNAVAILABLE] ${text}\r\n`)
      .expectNoTimer("upstream")
      .client("b NOOP\r\n")
      .expectMatch("client", /^b OK/)
      .end();
  });

  it("R-12 says NO when the upstream says nothing, or goes", () => {
    const waiting = () =>
      explicit()
        .client("a LOGIN ann/imap.example.org s\r\n")
        .expectConnect(TARGET)
        .connected()
        .expectTimer("upstream", 10_000);
    waiting()
      .timer("upstream")
      .expectClose("upstream", "abort")
      .expectClient("a NO [UNAVAILABLE] imap.example.org port 993 does not answer\r\n")
      .end();
    waiting()
      .closed("upstream", "reset")
      .expectClose("upstream", "abort")
      .expectClient("a NO [UNAVAILABLE] imap.example.org port 993 closed the connection\r\n")
      .end();
    opened("a LOGIN ann/imap.example.org s\r\n")
      .expectUpstream('a LOGIN "ann" "s"\r\n')
      .closed("upstream")
      .expectClose("upstream", "full")
      .expectClient("a NO [UNAVAILABLE] the mail server closed the connection\r\n")
      .client("b NOOP\r\n")
      .expectMatch("client", /^b OK/)
      .end();
  });

  it("does not send a LOGIN where the upstream forbids it", () => {
    opened("a LOGIN ann/imap.example.org s\r\n", "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] x\r\n")
      .expectClose("upstream", "abort")
      .expectClient(
        "a NO [PRIVACYREQUIRED] imap.example.org takes no LOGIN on this connection; name it without ;plain\r\n",
      )
      .end();
  });

  it("P-70 gives up when the client resets meanwhile", () => {
    explicit()
      .client("a LOGIN ann/imap.example.org s\r\n")
      .expectConnect(TARGET)
      .closed("client", "reset")
      .expectClose("upstream", "abort")
      .expectClose("client", "abort")
      .end();
    relayed(
      explicit()
        .client("x LOGIN a/imap.example.org s\r\n")
        .expectConnect(TARGET)
        .connected()
        .upstream("* OK\r\n")
        .expectUpstream('x LOGIN "a" "s"\r\n')
        .upstream("x OK\r\n")
        .expectClient("x OK\r\n"),
      "y NOOP",
    )
      .closed("client", "reset")
      .expectClose("upstream", "abort")
      .expectClose("client", "abort")
      .end();
  });
});
