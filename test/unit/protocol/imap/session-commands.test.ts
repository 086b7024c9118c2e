import { describe, expect, it } from "vitest";
import { fromLatin1 } from "../../../../src/core/bytes.ts";
import { protocolLimits } from "../../../../src/core/limits.ts";
import type { Side } from "../../../../src/core/model.ts";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import {
  answered,
  FIXED,
  greeted,
  imap,
  literal,
  loggedIn,
  MARKER,
  MESSAGE,
  PORTS,
  relayed,
  TARGET,
} from "./imap-dialogue.ts";

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
      const [command, ...rest] = handle("client", chunk);
      const isSame = command?.type === "send" && command.to === "upstream" && command.bytes.buffer === chunk.buffer;
      expect([isSame, isSame && command.bytes.length, rest.length]).toEqual([true, chunk.length, 0]);
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
    const line = (bytes: number) => `a ID ${"y".repeat(bytes - 7)}\r\n`;
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
      .upstream("+ {5}x\r\n")
      .expectClient("+ {5}x\r\n")
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
    for (const line of lines.slice(1)) dialogue = relayed(answered(dialogue, "+ VXNlcm5hbWU6"), line);
    answered(dialogue, "a OK")
      .expectFact({ type: "account", name })
      .expectFact({ type: "state", state: "authenticated" })
      .end();
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
    dialogue
      .upstream("t1 OK\r\nt0 OK\r\n")
      .expectClient("t1 OK\r\nt0 OK\r\n")
      .expectUpstream(commands(count, count + 2));
  });
});
