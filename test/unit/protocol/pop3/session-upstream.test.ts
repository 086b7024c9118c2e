import { describe, expect, it } from "vitest";
import { protocolLimits } from "../../../../src/core/limits.ts";
import { explicit, TARGET } from "../../../support/pop3-dialogue.ts";

describe("createPop3Session() in explicit mode, on the way to the upstream", () => {
  const asking = () =>
    explicit()
      .client("USER ann/pop.example.org:110\r\nPASS secret\r\n")
      .expectClient("+OK now the password\r\n")
      .expectConnect({ port: 110, security: "starttls" });

  it("sends no credentials when STLS is refused (P-09)", () => {
    const dialogue = asking()
      .connected()
      .upstream("+OK\r\n")
      .expectUpstream("STLS\r\n")
      .upstream("-ERR no\r\n")
      .expectMatch("client", /^-ERR \[SYS\/TEMP\] pop\.example\.org port 110 does not offer TLS; only ;plain/)
      .expectClose("upstream", "full");
    for (const run of dialogue.runs) expect(Buffer.concat(run.sent.upstream).toString()).toBe("STLS\r\n");
    dialogue.client("QUIT\r\n").expectClient("+OK bye\r\n").expectClose("client", "full").end();
  });

  it("sends no credentials when answers come before TLS is up (P-05, P-08)", () => {
    asking().connected().upstream("+OK\r\n").expectUpstream("STLS\r\n").skip().end();
    const whole = explicit({ segmentations: ["whole"] })
      .client("USER ann/pop.example.org:110\r\nPASS secret\r\n")
      .skip()
      .connected({ target: { ...TARGET, port: 110, security: "starttls" } })
      .upstream("+OK\r\n")
      .expectUpstream("STLS\r\n")
      .upstream("+OK\r\n+OK\r\n+OK\r\n")
      .expectMatch("client", /^-ERR \[SYS\/TEMP\] the server sent octets before TLS was up/)
      .expectClose("upstream", "full");
    whole.end();
    explicit({ segmentations: ["byte"] })
      .client("USER ann/pop.example.org:110\r\nPASS secret\r\n")
      .skip()
      .connected({ target: { ...TARGET, port: 110, security: "starttls" } })
      .upstream("+OK\r\n")
      .expectUpstream("STLS\r\n")
      .upstream("+OK\r\n+OK\r\n+OK\r\n")
      .expectStartTls("upstream", "close")
      .expectMatch("client", /^-ERR /)
      .expectClose("upstream", "full")
      .end();
  });

  it("sends no credentials when TLS fails, and lets the client try again", () => {
    asking()
      .connected()
      .upstream("+OK\r\n")
      .expectUpstream("STLS\r\n")
      .upstream("+OK\r\n")
      .expectStartTls("upstream", "close")
      .tlsFailed("upstream", { code: "certificate", detail: "it has expired" })
      .expectClient("-ERR [SYS/TEMP] it has expired\r\n")
      .expectClose("upstream", "full")
      .client("USER ann/other.example.org\r\nPASS secret\r\n")
      .expectClient("+OK now the password\r\n")
      .expectConnect({ host: "other.example.org" })
      .end();
  });

  it.each([
    ["refused", "SYS/TEMP"],
    ["unknown-host", "SYS/TEMP"],
    ["loop", "SYS/PERM"],
    ["forbidden-target", "SYS/PERM"],
  ] as const)("answers PASS when the upstream can not be reached: %s (R-12)", (code, responseCode) => {
    asking()
      .connectFailed(code, "what and what to do")
      .expectClient(`-ERR [${responseCode}] what and what to do\r\n`)
      .client("CAPA\r\n")
      .expectMatch("client", /^\+OK\r\nUSER\r\n/)
      .end();
  });

  it("answers PASS when the upstream is silent, closes, or is no POP3 server (R-12)", () => {
    asking()
      .connected()
      .timer("greeting")
      .expectClient("-ERR [SYS/TEMP] the server does not answer\r\n")
      .expectClose("upstream", "full")
      .end();
    asking()
      .connected()
      .closed("upstream")
      .expectClient("-ERR [SYS/TEMP] the server closed the connection\r\n")
      .expectClose("upstream", "full")
      .end();
    asking()
      .connected()
      .upstream("* OK IMAP4rev1\r\n")
      .expectMatch("client", /^-ERR \[SYS\/TEMP\] .* does not answer as a POP3 server does\r\n$/)
      .expectClose("upstream", "full")
      .end();
    asking()
      .connected()
      .upstream("-ERR [IN-USE] busy\r\n")
      .expectClient("-ERR [IN-USE] busy\r\n")
      .expectClose("upstream", "full")
      .expectNoTimer("greeting")
      .client("PASS secret\r\n")
      .expectClient("-ERR USER comes before PASS\r\n")
      .end();
  });

  it("lets the client try again after a wrong password, at the same upstream", () => {
    explicit()
      .client("USER ann/pop.example.org\r\nPASS wrong\r\n")
      .expectClient("+OK now the password\r\n")
      .expectConnect(TARGET)
      .connected()
      .expectTimer("greeting")
      .upstream("+OK\r\n")
      .expectUpstream("USER ann\r\n")
      .expectNoTimer("greeting")
      .upstream("+OK\r\n")
      .expectUpstream("PASS wrong\r\n")
      .upstream("-ERR [AUTH] wrong\r\n")
      .expectClient("-ERR [AUTH] wrong\r\n")
      .client("USER ann/pop.example.org\r\nPASS right\r\n")
      .expectClient("+OK now the password\r\n")
      .expectUpstream("USER ann\r\n")
      .upstream("+OK\r\n")
      .expectUpstream("PASS right\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .end();
  });

  it("lets the client try again at another upstream, which gets nothing of the first (P-48)", () => {
    const dialogue = explicit()
      .client("USER ann/pop.example.org\r\nPASS first\r\n")
      .expectClient("+OK now the password\r\n")
      .expectConnect(TARGET)
      .connected()
      .upstream("+OK\r\n")
      .expectUpstream("USER ann\r\n")
      .upstream("-ERR unknown user\r\n")
      .expectClient("-ERR unknown user\r\n")
      .client("USER bob/other.example.org\r\nPASS second\r\n")
      .expectClient("+OK now the password\r\n")
      .expectClose("upstream", "full")
      .expectConnect({ host: "other.example.org" })
      .connected()
      .upstream("+OK\r\n")
      .expectUpstream("USER bob\r\n")
      .upstream("+OK\r\n")
      .expectUpstream("PASS second\r\n");
    for (const run of dialogue.runs) expect(Buffer.concat(run.sent.upstream).toString()).not.toContain("first");
    dialogue.upstream("+OK\r\n").expectClient("+OK\r\n").end();
  });

  it("connects anew when the upstream has closed or spoken unasked after a wrong password", () => {
    const refused = () =>
      explicit()
        .client("USER ann/pop.example.org\r\nPASS wrong\r\n")
        .expectClient("+OK now the password\r\n")
        .expectConnect(TARGET)
        .connected()
        .upstream("+OK\r\n")
        .expectUpstream("USER ann\r\n")
        .upstream("-ERR no\r\n")
        .expectClient("-ERR no\r\n");
    for (const dialogue of [refused().closed("upstream"), refused().upstream("+OK\r\n")]) {
      dialogue
        .expectClose("upstream", "full")
        .client("USER ann/pop.example.org\r\nPASS right\r\n")
        .expectClient("+OK now the password\r\n")
        .expectConnect(TARGET)
        .end();
    }
  });

  it("ends after too many logins", () => {
    const dialogue = explicit();
    for (let login = 1; login <= protocolLimits.loginAttempts; login += 1) {
      dialogue
        .client("USER ann/pop.example.org\r\nPASS wrong\r\n")
        .expectClient("+OK now the password\r\n")
        .expectConnect(TARGET)
        .connectFailed()
        .expectMatch("client", /^-ERR /);
    }
    dialogue.expectClose("client", "full").end();
  });

  it("holds back what is pipelined behind the login until it has succeeded", () => {
    explicit()
      .client("USER ann/pop.example.org\r\nPASS secret\r\nSTAT\r\nQUIT\r\n")
      .expectClient("+OK now the password\r\n")
      .expectConnect(TARGET)
      .connected()
      .upstream("+OK\r\n")
      .expectUpstream("USER ann\r\n")
      .upstream("+OK\r\n")
      .expectUpstream("PASS secret\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectUpstream("STAT\r\n")
      .closed("client")
      .upstream("+OK 0 0\r\n")
      .expectClient("+OK 0 0\r\n")
      .expectUpstream("CAPA\r\n")
      .upstream("-ERR\r\n")
      .expectUpstream("QUIT\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectClose("upstream")
      .expectClose("client")
      .end();
  });

  it("relays an excluded upstream unread once the login has succeeded", () => {
    explicit()
      .client("USER ann/pop.example.org\r\nPASS secret\r\nRETR 1\r\n")
      .expectClient("+OK now the password\r\n")
      .expectConnect(TARGET)
      .connected({ exclusion: "pop.example.org" })
      .upstream("+OK\r\n")
      .expectUpstream("USER ann\r\n")
      .upstream("+OK\r\n")
      .expectUpstream("PASS secret\r\n")
      .upstream("+OK\r\n")
      .expectClient("+OK\r\n")
      .expectUpstream("RETR 1\r\n")
      .upstream("+OK\r\nmail\r\n.\r\n")
      .expectClient("+OK\r\nmail\r\n.\r\n")
      .expectFact({ type: "passthrough", rule: "pop.example.org" })
      .expectReleased(0)
      .end();
  });
});
