import { describe, expect, it } from "vitest";
import { fromLatin1 } from "../../../../src/core/bytes.ts";
import { protocolLimits } from "../../../../src/core/limits.ts";
import { asksForPieces } from "../../../../src/protocol/imap/notify-request.ts";
import { answered, HEADER, literal, loggedIn, MARKER, MESSAGE, relayed } from "./imap-dialogue.ts";

const GO_AHEAD = "+ go ahead\r\n";

describe("createImapSession() and a FETCH with literals", () => {
  it("passes it with quoted strings instead, and asks for those that wait", () => {
    loggedIn()
      .client("a FETCH 1 BODY.PEEK[HEADER.FIELDS ({7}\r\n")
      .expectClient(GO_AHEAD)
      .client("Subject {4+}\r\nDate)]\r\nb NOOP\r\n")
      .expectUpstream('a FETCH 1 BODY.PEEK[HEADER.FIELDS ("Subject" "Date")]\r\nb NOOP\r\n')
      .upstream(`* 1 FETCH (BODY[HEADER.FIELDS (Subject Date)] ${literal(HEADER)})\r\na OK\r\nb OK\r\n`)
      .expectClient(`* 1 FETCH (BODY[HEADER.FIELDS (Subject Date)] ${literal(HEADER)})\r\na OK\r\nb OK\r\n`)
      .end();
  });

  it("P-19 judges the pieces that it asks for", () => {
    loggedIn({ marker: MARKER })
      .client("a FETCH 1 (BODY.PEEK[HEADER.FIELDS ({7+}\r\nsubject)]<0.8>)\r\n")
      .expectUpstream("a FETCH 1 (BODY.PEEK[])\r\n")
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\na OK\r\n`)
      .judged("message 1")
      .expectClient(`* 1 FETCH (BODY[HEADER.FIELDS ("subject")]<0> ${literal("Subject:")})\r\na OK\r\n`)
      .end();
  });

  it("escapes what would end a quoted string", () => {
    loggedIn()
      .client('a FETCH 1 BODY.PEEK[HEADER.FIELDS ({5+}\r\na"b\\c {0+}\r\n)]\r\n')
      .expectUpstream('a FETCH 1 BODY.PEEK[HEADER.FIELDS ("a\\"b\\\\c" "")]\r\n')
      .end();
  });

  it.each([
    ["CR LF", "a\r\nb NOOP"],
    ["NUL", "a\0b"],
    ["an octet of no character", "a\xe9b"],
  ])("P-34 refuses %s in a name, and reads on behind the command", (_what, name) => {
    loggedIn()
      .client(`a FETCH 1 BODY[HEADER.FIELDS ({${name.length}+}\r\n${name} {3+}\r\nabc)]\r\nc NOOP\r\n`)
      .expectUpstream("c NOOP\r\n")
      .expectClient("a BAD a literal here holds what no name has\r\n")
      .end();
  });

  it("does not ask for a literal behind one that is refused", () => {
    loggedIn()
      .client("a FETCH 1 BODY[HEADER.FIELDS ({1+}\r\n\0 {3}\r\n")
      .expectMatch("client", /^a BAD /)
      .client("b NOOP\r\n")
      .expectUpstream("b NOOP\r\n")
      .end();
  });

  it.each(["", "+"])("P-30 refuses a literal above its limit ({n%s}), and takes one at it", (plus) => {
    const limit = protocolLimits.imapParsedLiteralBytes;
    const atLimit = "x".repeat(limit);
    const dialogue = loggedIn({ segmentations: ["whole", { seed: 1 }] }).client(
      `a FETCH 1 BODY[HEADER.FIELDS ({${limit}${plus}}\r\n`,
    );
    if (plus === "") dialogue.expectClient(GO_AHEAD);
    dialogue
      .client(`${atLimit})]\r\n`)
      .expectUpstream(`a FETCH 1 BODY[HEADER.FIELDS ("${atLimit}")]\r\n`)
      .client(`b FETCH 1 BODY[HEADER.FIELDS ({${limit + 1}${plus}}\r\n`);
    if (plus !== "") dialogue.expectNothing().client(`${atLimit}x)]\r\n`);
    dialogue.expectClient("b BAD the command is too long\r\n").client("c NOOP\r\n").expectUpstream("c NOOP\r\n").end();
  });

  it("keeps no more of a command than a line may have", () => {
    const dialogue = loggedIn({ segmentations: ["whole", { seed: 1 }] }).client("a FETCH 1 BODY[HEADER.FIELDS (x");
    const name = "x".repeat(protocolLimits.imapParsedLiteralBytes);
    const literals = Math.ceil(protocolLimits.imapCommandLineBytes / protocolLimits.imapParsedLiteralBytes);
    for (let count = 0; count < literals; count += 1) dialogue.client(` {${name.length}+}\r\n${name}`);
    dialogue
      .expectNothing()
      .client(")]\r\nb NOOP\r\n")
      .expectUpstream("b NOOP\r\n")
      .expectClient("a BAD the command is too long\r\n")
      .end();
  });

  it.each([
    ["where no literal may be", "a FETCH {1+}\r\n1 FLAGS\r\n", /^a BAD the arguments/],
    ["of an unknown form", "a FETCH 1 BODY[X ({1+}\r\ny)]\r\n", /^a NO \[CANNOT\]/],
    ["nested too deeply", `a FETCH 1 ${"(".repeat(150)}{1+}\r\n1${")".repeat(150)}\r\n`, /^a BAD /],
  ])("P-36 answers one %s as any other", (_what, command, answer) => {
    loggedIn().client(command).expectMatch("client", answer).end();
  });

  it("ends when the client ends in the middle of one", () => {
    loggedIn()
      .client("a FETCH 1 BODY[HEADER.FIELDS ({7+}\r\nsub")
      .closed("client")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });
});

describe("createImapSession() and NOTIFY (RFC 5465)", () => {
  it.each([
    "NOTIFY NONE",
    "NOTIFY SET STATUS (selected (MessageNew MessageExpunge)) (personal NONE)",
    "NOTIFY SET (selected (MessageNew (UID FLAGS ENVELOPE RFC822.SIZE) MessageExpunge FlagChange))",
    "NOTIFY SET (selected (MessageNew (BODY.PEEK[]) MessageExpunge))",
    "notify set (selected-delayed (messagenew (uid body.peek[header.fields (From Subject)] bodystructure)))",
    'NOTIFY SET (mailboxes ("a (b" "MessageNew (BODY[1])") (MessageNew MessageExpunge))',
    "NOTIFY SET (selected (MessageNew (RFC822.HEADER RFC822)))",
  ])("passes %s", (command) => {
    answered(relayed(loggedIn(), `a ${command}`), "a OK").end();
  });

  it.each([
    "NOTIFY SET (selected (MessageNew (BODY.PEEK[1])))",
    "NOTIFY SET (selected (MessageNew (UID FLAGS BODY.PEEK[TEXT]) MessageExpunge))",
    "notify set status (selected (messageexpunge messagenew (body.peek[]<0.100>)))",
    "NOTIFY SET (selected (MessageNew (UID) MessageNew (BINARY.PEEK[1])))",
    "NOTIFY SET (selected (MessageNew (PREVIEW)))",
    "NOTIFY SET (selected (MessageNew (PREVIEW (LAZY))))",
    "NOTIFY SET (selected (MessageNew (SNIPPET)))",
    "NOTIFY SET (mailboxes MessageNew (MessageNew (BODY[1])))",
    "NOTIFY SET (selected (MessageNew  (BODY[1])))",
    "NOTIFY SET (selected (MessageNew(BODY[1])))",
    'NOTIFY SET (mailboxes "a (MessageNew (BODY[1])))',
    "NOTIFY SET (selected (MessageNew (BODY[1",
    "NOTIFY SET (selected (MessageNew ()))",
  ])("P-20 refuses %s, whose answers could not be judged", (command) => {
    loggedIn()
      .client(`a ${command}\r\nb NOOP\r\n`)
      .expectMatch("client", /^a NO \[CANNOT\] new messages can be announced here with whole messages/)
      .expectUpstream("b NOOP\r\n")
      .expectFact({ type: "refused", code: "notify" })
      .end();
  });

  it("reads names that are literals", () => {
    loggedIn()
      .client("a NOTIFY SET (mailboxes {5}\r\n")
      .expectClient(GO_AHEAD)
      .client("a (b) (MessageNew (UID) MessageExpunge))\r\n")
      .expectUpstream('a NOTIFY SET (mailboxes "a (b)" (MessageNew (UID) MessageExpunge))\r\n')
      .client("b NOTIFY SET (mailboxes {1+}\r\nx (MessageNew (BODY[1])))\r\n")
      .expectMatch("client", /^b NO \[CANNOT\]/)
      .end();
  });

  it("judges the whole messages that come, and drops pieces that come all the same", () => {
    relayed(loggedIn({ marker: MARKER }), "a NOTIFY SET (selected (MessageNew (BODY.PEEK[])))")
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`)
      .expectNothing()
      .judged("message 1")
      .expectClient(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n`)
      .upstream(`* 2 FETCH (BODY[1] ${literal(MESSAGE)})\r\n* 3 EXISTS\r\n`)
      .expectClient("* 3 EXISTS\r\n")
      .end();
  });

  it("is read in time that grows with its length", () => {
    for (const repeated of ['"', '"\\', "MessageNew (A ", 'MessageNew ("', "(", "MessageNew (UID) "]) {
      expect(typeof asksForPieces(fromLatin1(`${repeated.repeat(100_000)}\r\n`), 0)).toBe("boolean");
    }
  });
});
