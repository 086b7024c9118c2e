import { describe, it } from "vitest";
import { explicit, FIXED, imap, TARGET } from "./imap-dialogue.ts";

const STARTTLS = { ...TARGET, port: 143, security: "starttls" } as const;

/** Explicit mode, on the way to an upstream with STARTTLS that greets with `greeting`. */
function explicitly(greeting: string) {
  return explicit()
    .client("a LOGIN ann/imap.example.org:143 secret\r\n")
    .expectConnect(STARTTLS)
    .connected()
    .upstream(greeting);
}

function fixed(greeting: string) {
  return imap({ type: "fixed", target: STARTTLS }).start().expectConnect(STARTTLS).connected().upstream(greeting);
}

const OFFERS = "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n";

describe("createImapSession() and STARTTLS towards the upstream", () => {
  it("sends no credentials before TLS is up, and forgets what it learned before (P-13)", () => {
    explicitly("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED SASL-IR] ready\r\n")
      .expectUpstream("mailward1 STARTTLS\r\n")
      .upstream("mailward1 OK begin\r\n")
      .expectStartTls("upstream", "close")
      .expectNothing()
      .tlsEstablished("upstream")
      .expectUpstream('a LOGIN "ann" "secret"\r\n')
      .upstream("a OK in\r\n")
      .expectClient("a OK in\r\n")
      .end();
  });

  it("asks for the capabilities when the greeting has none", () => {
    explicitly("* OK ready\r\n")
      .expectUpstream("mailward1 CAPABILITY\r\n")
      .upstream("* CAPABILITY IMAP4rev1 starttls\r\nmailward1 OK\r\n")
      .expectUpstream("mailward1 STARTTLS\r\n")
      .end();
  });

  it("P-13 gives the client of a fixed upstream the capabilities of TLS", () => {
    fixed(OFFERS)
      .expectUpstream("mailward1 STARTTLS\r\n")
      .upstream("* OK [ALERT] told in the clear\r\nmailward1 OK begin\r\n")
      .expectStartTls("upstream", "close")
      .tlsEstablished("upstream")
      .expectUpstream("mailward1 CAPABILITY\r\n")
      .upstream("* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN COMPRESS=ZSTD\r\nmailward1 OK\r\n")
      .expectClient("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] mailward ready\r\n")
      .client("a LOGIN ann secret\r\n")
      .expectUpstream("a LOGIN ann secret\r\n")
      .end();
  });

  it("waits with what the client of a fixed upstream says early (P-03)", () => {
    imap({ type: "fixed", target: STARTTLS })
      .start()
      .expectConnect(STARTTLS)
      .client("a STARTTLS\r\nb NOOP\r\n")
      .connected()
      .upstream(OFFERS)
      .expectUpstream("mailward1 STARTTLS\r\n")
      .upstream("mailward1 OK\r\n")
      .expectStartTls("upstream")
      .tlsEstablished("upstream")
      .expectUpstream("mailward1 CAPABILITY\r\n")
      .upstream("mailward1 BAD\r\n")
      .expectClient(
        "* OK mailward ready\r\n",
        "a BAD STARTTLS is not offered here; the way to the mail server is protected as configured\r\n",
      )
      .expectUpstream("b NOOP\r\n")
      .end();
  });

  const advice = "only ;plain after the server allows a login without TLS";
  const place = "imap.example.org port 143";

  it.each([
    ["* OK [CAPABILITY IMAP4rev1] ready\r\n", "", `${place} does not offer STARTTLS; ${advice}`],
    [
      "* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n",
      "",
      `${place} is logged in already, without TLS; ${advice}`,
    ],
    [OFFERS, "mailward1 NO not now\r\n", `${place} refuses STARTTLS; ${advice}`],
    [OFFERS, "mailward1 BAD what\r\n", `${place} refuses STARTTLS; ${advice}`],
    [OFFERS, "* BYE bye\r\n", `${place} closed the connection`],
    [OFFERS, "mailward2 OK\r\n", `${place} does not answer as an IMAP server does`],
    [OFFERS, "garbage\n", `${place} does not answer as an IMAP server does`],
  ])("P-09 P-10 P-11 fails closed: %j %j", (greeting, answer, text) => {
    const ask =
      answer === ""
        ? explicitly(greeting)
        : explicitly(greeting).expectUpstream("mailward1 STARTTLS\r\n").upstream(answer);
    ask
      .expectClose("upstream", "abort")
      .expectClient(`a NO [UNAVAILABLE] ${text}\r\n`)
      .client("b NOOP\r\n")
      .expectMatch("client", /^b OK/)
      .end();
    const met =
      answer === "" ? fixed(greeting) : fixed(greeting).expectUpstream("mailward1 STARTTLS\r\n").upstream(answer);
    met
      .expectClose("upstream", "abort")
      .expectClient(`* BYE [UNAVAILABLE] ${text}\r\n`)
      .expectClose("client", "full")
      .end();
  });

  it("P-05 fails when octets follow the answer to STARTTLS in the clear", () => {
    const dialogue = imap({ type: "fixed", target: STARTTLS }, { segmentations: ["whole"] });
    dialogue
      .start()
      .expectConnect(STARTTLS)
      .connected()
      .upstream(OFFERS)
      .expectUpstream("mailward1 STARTTLS\r\n")
      .upstream("mailward1 OK begin\r\n* CAPABILITY X\r\nmailward2 OK\r\n")
      .expectClose("upstream", "abort")
      .expectMatch("client", /^\* BYE .* sent octets before TLS was up, which may be an attack/)
      .expectClose("client", "full")
      .end();
  });

  it("P-65 says NO when TLS fails", () => {
    explicitly(OFFERS)
      .expectUpstream("mailward1 STARTTLS\r\n")
      .upstream("mailward1 OK\r\n")
      .expectStartTls("upstream")
      .tlsFailed("upstream")
      .expectClose("upstream", "abort")
      .expectClient("a NO [UNAVAILABLE] certificate has expired\r\n")
      .end();
  });

  it("R-12 gives up when the upstream hangs in the middle", () => {
    explicitly(OFFERS)
      .expectUpstream("mailward1 STARTTLS\r\n")
      .timer("upstream")
      .expectClose("upstream", "abort")
      .expectClient(`a NO [UNAVAILABLE] ${place} does not answer\r\n`)
      .end();
  });

  it("relays unread after TLS where an excluded upstream requires it", () => {
    fixedExcluded(STARTTLS)
      .upstream(OFFERS)
      .expectUpstream("mailward1 STARTTLS\r\n")
      .upstream("mailward1 OK\r\n")
      .expectStartTls("upstream")
      .tlsEstablished("upstream")
      .expectUpstream("mailward1 CAPABILITY\r\n")
      .upstream("* CAPABILITY IMAP4rev1 COMPRESS=DEFLATE\r\nmailward1 OK\r\n")
      .expectClient("* OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] mailward ready\r\n")
      .client("a COMPRESS DEFLATE\r\n")
      .expectUpstream("a COMPRESS DEFLATE\r\n")
      .end();
  });
});

describe("createImapSession() with a fixed upstream", () => {
  it("says BYE when it can not be reached", () => {
    imap(FIXED)
      .start()
      .expectConnect(TARGET)
      .connectFailed("refused", "imap.example.org port 993 refuses connections; check the port")
      .expectClient("* BYE [UNAVAILABLE] imap.example.org port 993 refuses connections; check the port\r\n")
      .expectClose("client", "full")
      .expectFact({ type: "refused", code: "upstream" })
      .end();
  });

  it("passes the upstream's own BYE", () => {
    imap(FIXED)
      .start()
      .expectConnect(TARGET)
      .connected()
      .upstream("* BYE [ALERT] maintenance\r\n")
      .expectClose("upstream", "abort")
      .expectClient("* BYE [ALERT] maintenance\r\n")
      .expectClose("client", "full")
      .end();
  });

  it("says BYE to garbage, silence and a connection that goes", () => {
    const met = () => imap(FIXED).start().expectConnect(TARGET).connected();
    met()
      .upstream("220 smtp\r\n")
      .expectClose("upstream")
      .expectMatch("client", /^\* BYE .* does not answer as an IMAP server does/)
      .expectClose("client")
      .end();
    met()
      .timer("upstream")
      .expectClose("upstream")
      .expectMatch("client", /^\* BYE .* does not answer/)
      .expectClose("client")
      .end();
    met()
      .closed("upstream")
      .expectClose("upstream")
      .expectMatch("client", /^\* BYE .* closed the connection/)
      .expectClose("client")
      .end();
  });

  it("relays unread from the first octet when the upstream is excluded", () => {
    fixedExcluded(TARGET)
      .expectFact({ type: "passthrough", rule: "10.0.0.0/8" })
      .upstream("* OK [CAPABILITY STARTTLS]\n")
      .expectClient("* OK [CAPABILITY STARTTLS]\n")
      .closed("upstream")
      .expectClose("client", "half")
      .client("x")
      .expectUpstream("x")
      .closed("client")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("gives way to a reset in either direction", () => {
    fixedExcluded(TARGET).closed("upstream", "reset").expectClose("upstream").expectClose("client", "full").end();
    fixedExcluded(TARGET)
      .closed("client", "reset")
      .expectClose("upstream", "abort")
      .expectClose("client", "abort")
      .end();
  });
});

function fixedExcluded(target: typeof TARGET | typeof STARTTLS) {
  return imap({ type: "fixed", target }).start().expectConnect(target).connected({ exclusion: "10.0.0.0/8" });
}
