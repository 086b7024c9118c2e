import { describe, it } from "vitest";
import { answered, BODY, HEADER, literal, loggedIn, MARKER, MESSAGE, relayed } from "./imap-dialogue.ts";

const held = () => loggedIn({ marker: MARKER });

/** The client asks `request`, the upstream is asked `asked` and answers with the whole message, the client gets `items`. */
function translated(request: string, asked: string, items: string, replacement?: string): void {
  held()
    .client(`a ${request}\r\n`)
    .expectUpstream(`a ${asked}\r\n`)
    .upstream(`* 1 FETCH (UID 7 BODY[] ${literal(MESSAGE)} FLAGS (\\Seen))\r\na OK done\r\n`)
    .judged("UID 7", replacement === undefined ? {} : { replacement })
    .expectClient(`* 1 FETCH (UID 7 ${items} FLAGS (\\Seen))\r\na OK done\r\n`)
    .client("z CLOSE\r\n")
    .expectUpstream("z CLOSE\r\n")
    .expectReleased(1)
    .end();
}

describe("createImapSession() cuts slices out of the judged message", () => {
  it.each([
    ["FETCH 1 BODY[TEXT]", "FETCH 1 (BODY[])", `BODY[TEXT] ${literal(BODY)}`],
    ["FETCH 1 BODY.PEEK[TEXT]", "FETCH 1 (BODY.PEEK[])", `BODY[TEXT] ${literal(BODY)}`],
    ["fetch 1 rfc822.text", "FETCH 1 (BODY[])", `RFC822.TEXT ${literal(BODY)}`],
    [
      "UID FETCH 7 (FLAGS BODY.PEEK[header] BODY.PEEK[text])",
      "UID FETCH 7 (FLAGS BODY.PEEK[])",
      `BODY[HEADER] ${literal(HEADER)} BODY[TEXT] ${literal(BODY)}`,
    ],
    [
      "UID FETCH 7 (RFC822.HEADER RFC822.TEXT)",
      "UID FETCH 7 (BODY[])",
      `RFC822.HEADER ${literal(HEADER)} RFC822.TEXT ${literal(BODY)}`,
    ],
    ["FETCH 1 BODY.PEEK[]<0.10>", "FETCH 1 (BODY.PEEK[])", `BODY[]<0> ${literal(MESSAGE.slice(0, 10))}`],
    [
      "FETCH 1 (UID RFC822.SIZE BODY.PEEK[]<50.1000> MODSEQ)",
      "FETCH 1 (UID RFC822.SIZE MODSEQ BODY.PEEK[])",
      `BODY[]<50> ${literal(MESSAGE.slice(50))}`,
    ],
    ["FETCH 1 BODY[]<63.5>", "FETCH 1 (BODY[])", "BODY[]<63> {0}\r\n"],
    ["FETCH 1 BODY[]<9000000.5>", "FETCH 1 (BODY[])", "BODY[]<9000000> {0}\r\n"],
    ["FETCH 1 BODY.PEEK[TEXT]<4.8>", "FETCH 1 (BODY.PEEK[])", `BODY[TEXT]<4> ${literal(BODY.slice(4, 12))}`],
    ["FETCH 1 BODY.PEEK[HEADER]<38.100>", "FETCH 1 (BODY.PEEK[])", `BODY[HEADER]<38> ${literal(HEADER.slice(38))}`],
    [
      "FETCH 1 (BODY.PEEK[] RFC822.TEXT)",
      "FETCH 1 (BODY[])",
      `BODY[] ${literal(MESSAGE)} RFC822.TEXT ${literal(BODY)}`,
    ],
    [
      "UID FETCH 7:9 (BODY.PEEK[HEADER.FIELDS (DATE)] BODY.PEEK[TEXT]) (CHANGEDSINCE 3)",
      "UID FETCH 7:9 (BODY.PEEK[]) (CHANGEDSINCE 3)",
      `BODY[HEADER.FIELDS (DATE)] ${literal("\r\n")} BODY[TEXT] ${literal(BODY)}`,
    ],
  ])("P-19 %s", (request, asked, items) => {
    translated(request, asked, items);
  });

  it("cuts them out of what replaces an infected message", () => {
    const replacement = "Subject: new\r\n\r\nremoved\r\n";
    const items = `BODY[TEXT]<2> ${literal("mov")} BODY[HEADER] ${literal("Subject: new\r\n\r\n")}`;
    translated("FETCH 1 (BODY.PEEK[TEXT]<2.3> BODY.PEEK[HEADER])", "FETCH 1 (BODY.PEEK[])", items, replacement);
  });

  it("knows messages without a body, without a header and without anything", () => {
    const ask = () => held().client("a FETCH 1 (BODY[TEXT] BODY[HEADER])\r\n").expectUpstream("a FETCH 1 (BODY[])\r\n");
    ask()
      .upstream(`* 1 FETCH (BODY[] ${literal("A: b\r\n")})\r\n`)
      .judged(1)
      .expectClient(`* 1 FETCH (BODY[TEXT] {0}\r\n BODY[HEADER] ${literal("A: b\r\n")})\r\n`)
      .end();
    ask()
      .upstream(`* 1 FETCH (BODY[] ${literal("\r\nbody")})\r\n`)
      .judged(1)
      .expectClient(`* 1 FETCH (BODY[TEXT] ${literal("body")} BODY[HEADER] ${literal("\r\n")})\r\n`)
      .end();
    for (const empty of ["{0}\r\n", '""']) {
      ask()
        .upstream(`* 1 FETCH (BODY[] ${empty} UID 4)\r\n`)
        .expectClient("* 1 FETCH (BODY[TEXT] {0}\r\n BODY[HEADER] {0}\r\n UID 4)\r\n")
        .end();
    }
    ask().upstream("* 1 FETCH (BODY[] NIL)\r\n").expectClient("* 1 FETCH (BODY[TEXT] NIL BODY[HEADER] NIL)\r\n").end();
  });

  it("answers every message of a set, and passes what comes with it", () => {
    held()
      .client("a FETCH 1:3 (BODY.PEEK[TEXT])\r\n")
      .expectUpstream("a FETCH 1:3 (BODY.PEEK[])\r\n")
      .upstream(
        `* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n* 9 EXISTS\r\n* 2 FETCH (FLAGS ())\r\n`,
        `* 2 FETCH (body[] "A: b")\r\n* 3 FETCH (BODY[] ${literal(MESSAGE)})\r\na OK\r\n`,
      )
      .judged("message 3")
      .judged("message 2")
      .judged("message 1")
      .expectClient(
        `* 1 FETCH (BODY[TEXT] ${literal(BODY)})\r\n* 9 EXISTS\r\n* 2 FETCH (FLAGS ())\r\n`,
        `* 2 FETCH (BODY[TEXT] {0}\r\n)\r\n* 3 FETCH (BODY[TEXT] ${literal(BODY)})\r\na OK\r\n`,
      )
      .expectReleased(3)
      .end();
  });

  it("still drops slices that the upstream sends by itself", () => {
    held()
      .client("a FETCH 1 BODY[TEXT]\r\n")
      .expectUpstream("a FETCH 1 (BODY[])\r\n")
      .upstream(`* 1 FETCH (BODY[TEXT] ${literal(BODY)})\r\na OK\r\n`)
      .expectMatch("client", /^a NO \[CANNOT\] /)
      .end();
  });

  it("says NO when the message may not be delivered", () => {
    held()
      .client("a FETCH 1 BODY[TEXT]\r\n")
      .expectUpstream("a FETCH 1 (BODY[])\r\n")
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\na OK\r\n`)
      .holdFailed("message 1")
      .expectMatch("client", /^a NO \[UNAVAILABLE\] /)
      .expectReleased(1)
      .end();
  });
});

describe("createImapSession() with a FETCH of slices among other commands", () => {
  it("lets it wait for the commands before it, and those after it wait for it", () => {
    const dialogue = relayed(held(), "a NOOP", "b UID FETCH 1 BODY[]")
      .client("c FETCH 2 BODY[TEXT]\r\nd FETCH 3 BODY[TEXT]\r\ne FETCH 4 BODY[]\r\nf NOOP\r\n")
      .expectNothing()
      .upstream("b OK\r\n")
      .expectClient("b OK\r\n")
      .expectNothing()
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .expectUpstream("c FETCH 2 (BODY[])\r\n")
      .upstream(`* 2 FETCH (BODY[] ${literal(MESSAGE)})\r\nc OK\r\n`)
      .expectUpstream("d FETCH 3 (BODY[])\r\n")
      .upstream(`* 3 FETCH (BODY[] ${literal(MESSAGE)})\r\nd OK\r\n`)
      .expectUpstream("e FETCH 4 BODY[]\r\nf NOOP\r\n")
      .upstream(`* 4 FETCH (BODY[] ${literal(MESSAGE)})\r\n`);
    dialogue
      .judged("message 4")
      .judged("message 3")
      .judged("message 2")
      .expectClient(
        `* 2 FETCH (BODY[TEXT] ${literal(BODY)})\r\nc OK\r\n* 3 FETCH (BODY[TEXT] ${literal(BODY)})\r\nd OK\r\n`,
        `* 4 FETCH (BODY[] ${literal(MESSAGE)})\r\n`,
      )
      .expectReleased(3)
      .end();
  });

  it("pauses the client when too much waits behind it", () => {
    const noops = Array.from({ length: 9_000 }, (_, index) => `n${index} NOOP\r\n`).join("");
    const dialogue = loggedIn({ segmentations: ["whole", { seed: 3 }] });
    dialogue
      .client(`a FETCH 1 BODY[TEXT]\r\n${noops}`)
      .expectUpstream("a FETCH 1 (BODY[])\r\n")
      .expectPaused("client")
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .expectMatch("upstream", /^n0 NOOP\r\n/);
  });

  it("P-69 answers it to a client that has sent FIN", () => {
    relayed(held(), "a NOOP")
      .client("b FETCH 1 BODY[TEXT]\r\n")
      .closed("client")
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .expectUpstream("b FETCH 1 (BODY[])\r\n")
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\nb OK\r\n`)
      .expectClose("upstream", "full")
      .judged("message 1")
      .expectClient(`* 1 FETCH (BODY[TEXT] ${literal(BODY)})\r\nb OK\r\n`)
      .expectClose("client", "full")
      .end();
  });

  it("serves fetchmail, which takes header and text one by one", () => {
    answered(relayed(held(), "a FETCH 1 RFC822.HEADER"), `* 1 FETCH (RFC822.HEADER ${literal(HEADER)})`, "a OK")
      .client("b FETCH 1 BODY.PEEK[TEXT]\r\n")
      .expectUpstream("b FETCH 1 (BODY.PEEK[])\r\n")
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\nb OK Fetch completed.\r\n`)
      .judged("message 1")
      .expectClient(`* 1 FETCH (BODY[TEXT] ${literal(BODY)})\r\nb OK Fetch completed.\r\n`)
      .end();
  });
});
