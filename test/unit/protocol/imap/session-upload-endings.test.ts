import { describe, it } from "vitest";
import { protocolLimits } from "../../../../src/core/limits.ts";
import { literal, MARKER, MESSAGE, relayed, scanningUploads } from "./imap-dialogue.ts";

const MAIL = "Subject: one\r\n\r\nfirst\r\n";
const GO_AHEAD = "+ go ahead\r\n";
const COMMAND = `a APPEND x {${MAIL.length}+}\r\n${MAIL}\r\n`;
const ANNOUNCED = `a APPEND x {${MAIL.length}}\r\n`;

/** An upload up to each place where something can end it. */
const STAGES = {
  queued: () => relayed(scanningUploads(), "s SELECT x").client(COMMAND.slice(0, -5)),
  "in a message": () => scanningUploads().client(COMMAND.slice(0, -5)),
  "behind a message": () => scanningUploads().client(COMMAND.slice(0, -2)),
  "waiting for the verdict": () => scanningUploads().client(COMMAND),
  "waiting for the upstream": () => scanningUploads().client(COMMAND).judged(1).expectUpstream(ANNOUNCED),
  stored: () =>
    scanningUploads()
      .client(COMMAND)
      .judged(1)
      .expectUpstream(ANNOUNCED)
      .upstream("+ go\r\n")
      .expectUpstream(`${MAIL}\r\n`),
};
const stages = Object.entries(STAGES);

describe("createImapSession() and an upload that ends early", () => {
  it.each(stages)("P-70 forgets it when the client is reset: %s", (_name, begin) => {
    begin()
      .closed("client", "reset")
      .expectClose("upstream", "abort")
      .expectClose("client", "abort")
      .expectReleased()
      .end();
  });

  it.each(stages)("P-69 forgets it when the upstream goes: %s", (_name, begin) => {
    begin()
      .closed("upstream")
      .expectClose("upstream", "full")
      .expectClient("* BYE [UNAVAILABLE] the mail server closed the connection\r\n")
      .expectClose("client", "full")
      .expectReleased()
      .end();
  });

  it.each(["in a message", "behind a message"] as const)(
    "P-28 stores nothing when the client ends %s, whatever was judged",
    (name) => {
      STAGES[name]()
        .closed("client")
        .expectClose("upstream", "full")
        .expectClose("client", "full")
        .expectReleased(1)
        .end();
    },
  );

  it("stores nothing when the client ends before the upload could begin", () => {
    STAGES.queued()
      .closed("client")
      .expectNothing()
      .upstream("s OK\r\n")
      .expectClient("s OK\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .expectReleased(1)
      .end();
  });

  it("P-69 stores what was said before the client's FIN, and answers it", () => {
    STAGES["waiting for the verdict"]()
      .closed("client")
      .expectNothing()
      .timer("closing")
      .expectTimer("closing")
      .judged(1)
      .expectUpstream(ANNOUNCED)
      .upstream("+ go\r\n")
      .expectUpstream(`${MAIL}\r\n`)
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .expectReleased(1)
      .end();
  });

  it("P-69 answers what comes behind it before the client's FIN too", () => {
    scanningUploads()
      .client(`${COMMAND}b NOOP\r\n`)
      .closed("client")
      .judged(1, { decision: { action: "refuse", why: "infected: Test" } })
      .expectClient("a NO [CANNOT] the message is not stored: infected: Test\r\n")
      .expectUpstream("b NOOP\r\n")
      .upstream("b OK\r\n")
      .expectClient("b OK\r\n")
      .expectClose("upstream", "full")
      .expectClose("client", "full")
      .end();
  });

  it("takes no verdict that comes when it is over", () => {
    const dialogue = STAGES["waiting for the verdict"]();
    dialogue
      .closed("upstream")
      .expectClose("upstream", "full")
      .expectMatch("client", /^\* BYE /)
      .expectClose("client", "full");
    for (const run of dialogue.runs) {
      const delivered = { bytes: MAIL.length, headerBytes: 16, isOriginal: true };
      const verdict = { kind: "clean", detections: [], reasons: [] } as const;
      run.event({ type: "judged", id: 1, verdict, decision: { action: "deliver", why: "" }, delivered });
      run.event({ type: "hold-failed", id: 1, failure: { code: "spool", detail: "" } });
    }
    dialogue.end();
  });

  it("does not end for silence while it is scanned", () => {
    STAGES["waiting for the verdict"]()
      .timer("idle")
      .timer("idle")
      .timer("idle")
      .expectNothing()
      .judged(1)
      .expectUpstream(ANNOUNCED)
      .end();
  });
});

describe("createImapSession() and the limits of an upload", () => {
  it("takes as many messages as its limit, and not one more", () => {
    const limit = protocolLimits.uploadedMessages;
    const several = (tag: string, count: number) => `${tag} APPEND x${" {1+}\r\nm".repeat(count)}\r\n`;
    const dialogue = scanningUploads().client(several("a", limit)).expectNothing();
    for (let id = 1; id <= limit; id += 1) dialogue.judged(id);
    dialogue.expectUpstream("a APPEND x {1}\r\n");
    for (let id = 1; id < limit; id += 1) dialogue.upstream("+ go\r\n").expectUpstream("m {1}\r\n");
    dialogue
      .upstream("+ go\r\n")
      .expectUpstream("m\r\n")
      .upstream("a OK\r\n")
      .expectClient("a OK\r\n")
      .expectReleased(limit)
      .client(several("b", limit + 1))
      .expectMatch("client", /^b NO \[LIMIT\] no more than 64 messages can be stored at once/)
      .expectReleased(2 * limit)
      .client("c NOOP\r\n")
      .expectUpstream("c NOOP\r\n")
      .end();
  });

  it("P-37 keeps no more of its lines and names than commands may have", () => {
    const flags = `(${"x".repeat(protocolLimits.imapCommandLineBytes / 2)})`;
    scanningUploads({ segmentations: ["whole", { seed: 1 }] })
      .client(`a APPEND x ${flags} {1+}\r\nm ${flags} {1+}\r\nm\r\nb NOOP\r\n`)
      .expectClient("a BAD the command is too long\r\n")
      .expectUpstream("b NOOP\r\n")
      .expectReleased(1)
      .upstream("b OK\r\n")
      .expectClient("b OK\r\n")
      .client(`c APPEND {${protocolLimits.imapParsedLiteralBytes + 1}}\r\n`)
      .expectClient("c BAD the command is too long\r\n")
      .client(`d APPEND {${protocolLimits.imapParsedLiteralBytes}}\r\n`)
      .expectClient(GO_AHEAD)
      .end();
  });

  it("P-30 believes no announced size", () => {
    scanningUploads()
      .client("a APPEND x {9007199254740991+}\r\n")
      .client("x".repeat(100))
      .expectHeld("upload to x")
      .closed("client", "reset")
      .expectClose("upstream", "abort")
      .expectClose("client", "abort")
      .expectReleased(1)
      .end();
  });

  it("P-67 does not read on without end while it waits", () => {
    scanningUploads({ segmentations: ["whole", { seed: 1 }] })
      .client(COMMAND)
      .client(`b APPEND y {200000+}\r\n${"y".repeat(200_000)}\r\n`)
      .expectPaused("client")
      .judged(1, { decision: { action: "refuse", why: "infected: Test" } })
      .expectMatch("client", /^a NO /)
      .expectPaused("client", false)
      .expectWhole("upload to y", "y".repeat(200_000))
      .judged("upload to y", { decision: { action: "refuse", why: "infected: Test" } })
      .expectMatch("client", /^b NO /)
      .end();
  });
});

describe("createImapSession() and an upload beside other things", () => {
  it("keeps its answers behind a message that is held", () => {
    relayed(scanningUploads({ marker: MARKER }), "f FETCH 1 BODY[]")
      .upstream(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\nf OK\r\n`)
      .client(`a APPEND x {${MAIL.length}}\r\n`)
      .expectNothing()
      .judged("message 1")
      .expectClient(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\nf OK\r\n${GO_AHEAD}`)
      .client(`${MAIL}\r\n`)
      .judged("upload to x")
      .expectUpstream(ANNOUNCED)
      .end();
  });

  it("judges what the upstream sends while it is under way", () => {
    scanningUploads({ marker: MARKER })
      .client(COMMAND)
      .upstream(`* 2 EXISTS\r\n* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\n* 1 FETCH (BODY[1] ${literal(MARKER)})\r\n`)
      .expectClient("* 2 EXISTS\r\n")
      .judged("upload to x")
      .expectUpstream(ANNOUNCED)
      .upstream("a NO\r\n")
      .expectNothing()
      .judged("message 1")
      .expectClient(`* 1 FETCH (BODY[] ${literal(MESSAGE)})\r\na NO\r\n`)
      .end();
  });

  it("is refused in pieces of its own: one that is infected does not stop the next", () => {
    const dialogue = scanningUploads();
    for (const tag of ["a", "b", "c"]) {
      dialogue
        .client(COMMAND.replace("a", tag))
        .judged("upload to x", { decision: { action: "refuse", why: "infected: Test" } })
        .expectMatch("client", new RegExp(`^${tag} NO `));
    }
    dialogue
      .client(COMMAND)
      .judged("upload to x")
      .expectUpstream(ANNOUNCED)
      .upstream("a NO [OVERQUOTA] full\r\n")
      .expectClient("a NO [OVERQUOTA] full\r\n")
      .expectReleased(4)
      .end();
  });
});
