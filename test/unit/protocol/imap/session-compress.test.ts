import { describe, it } from "vitest";
import { answered, greeted, literal, loggedIn, MARKER, MESSAGE, relayed } from "./imap-dialogue.ts";

const compressed = () =>
  loggedIn({ marker: MARKER })
    .client("c COMPRESS DEFLATE\r\n")
    .expectUpstream("c COMPRESS DEFLATE\r\n")
    .upstream("c OK active\r\n")
    .expectClient("c OK active\r\n")
    .expectCompress("upstream")
    .expectCompress("client");

describe("createImapSession() and COMPRESS", () => {
  it("shows the client that the upstream can compress, and nothing else of that kind", () => {
    greeted()
      .client("a CAPABILITY\r\n")
      .expectUpstream("a CAPABILITY\r\n")
      .upstream("* CAPABILITY IMAP4rev1 COMPRESS=DEFLATE COMPRESS=ZSTD IDLE\r\na OK\r\n")
      .expectClient("* CAPABILITY IMAP4rev1 COMPRESS=DEFLATE IDLE\r\na OK\r\n")
      .end();
  });

  it("compresses both legs behind the completion, and scans what comes then", () => {
    compressed()
      .client("f FETCH 1 BODY[]\r\n")
      .expectUpstream("f FETCH 1 BODY[]\r\n")
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\nf OK\r\n`)
      .judged("message 1")
      .expectClient(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\nf OK\r\n`)
      .end();
  });

  it("hands on what the upstream has compressed already", () => {
    loggedIn()
      .client("c COMPRESS DEFLATE\r\n")
      .expectUpstream("c COMPRESS DEFLATE\r\n")
      .upstream("c OK active\r\n* 3 EXISTS\r\n")
      .expectClient("c OK active\r\n")
      .expectCompress("upstream")
      .expectCompress("client")
      .expectClient("* 3 EXISTS\r\n")
      .end();
  });

  it("waits until nothing else is under way, verdicts included", () => {
    loggedIn({ marker: MARKER })
      .client("f FETCH 1 BODY[]\r\nc COMPRESS DEFLATE\r\n")
      .expectUpstream("f FETCH 1 BODY[]\r\n")
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\nf OK\r\n`)
      .expectUpstream("c COMPRESS DEFLATE\r\n")
      .upstream("c OK\r\n")
      .expectCompress("upstream")
      .judged("message 1")
      .expectClient(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\nf OK\r\nc OK\r\n`)
      .expectCompress("client")
      .end();
  });

  it("goes on as before when the upstream refuses", () => {
    const refused = relayed(loggedIn(), "c COMPRESS DEFLATE")
      .upstream("c NO not now\r\n")
      .expectClient("c NO not now\r\n");
    answered(relayed(refused, "n NOOP"), "n OK").end();
  });

  it("takes no second one", () => {
    compressed()
      .client("d COMPRESS DEFLATE\r\n")
      .expectClient("d NO [COMPRESSIONACTIVE] DEFLATE is active already\r\n")
      .end();
  });

  it("ends the session when the client goes on before it knows", () => {
    loggedIn()
      .client("c COMPRESS DEFLATE\r\nn NOOP\r\n")
      .expectUpstream("c COMPRESS DEFLATE\r\n")
      .upstream("c OK active\r\n")
      .expectClose("upstream", "full")
      .expectMatch("client", /^c OK active\r\n\* BAD nothing may be said.*\r\n\* BYE /s)
      .expectClose("client", "full")
      .end();
  });

  it.each(["COMPRESS ZSTD", "COMPRESS", "COMPRESS DEFLATE X", "COMPRESS {7+}\r\nDEFLATE"])("refuses %j", (command) => {
    loggedIn().client(`c ${command}\r\n`).expectClient("c NO [CANNOT] only DEFLATE is available here\r\n").end();
  });
});
