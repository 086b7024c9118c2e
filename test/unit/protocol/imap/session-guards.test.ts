import { describe, expect, it } from "vitest";
import { fromLatin1, latin1 } from "../../../../src/core/bytes.ts";
import { protocolLimits } from "../../../../src/core/limits.ts";
import { CLEAN, type Side } from "../../../../src/core/model.ts";
import type { SessionCommand } from "../../../../src/protocol/command.ts";
import type { SessionEvent } from "../../../../src/protocol/event.ts";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import {
  answered,
  FIXED,
  greeted,
  HEADER,
  imap,
  literal,
  loggedIn,
  MARKER,
  PORTS,
  relayed,
  TARGET,
} from "./imap-dialogue.ts";
import { readLoosely } from "./loose-reader.ts";

const held = () => loggedIn({ marker: MARKER });

describe("createImapSession() and texts that look like literals", () => {
  it.each(["{5}", "{0}", "{05}", "{5+}", "{5-}", "~{5}", "{99999999999999999999}", "{ 5 }", "{5\0}", "x{5}"])(
    "P-32 puts a space after %j at the end of a text",
    (end) => {
      relayed(loggedIn(), "a NOOP", "b AUTHENTICATE PLAIN")
        .upstream(`* OK ${end}\r\n* no [ALERT] x ${end}\r\n+ ${end}\r\n`)
        .expectClient(`* OK ${end} \r\n* no [ALERT] x ${end} \r\n+ ${end} \r\n`)
        .upstream(`a BAD ${end}\r\nb NO x ${end}\r\n* BYE ${end}\r\n`)
        .expectClient(`a BAD ${end} \r\nb NO x ${end} \r\n* BYE ${end} \r\n`)
        .end();
    },
  );

  it.each(["{5} ", "{}", "5}", "{a}", "{5}x", "{5.5}", "{5", "}"])("passes %j at the end of a text exactly", (end) => {
    answered(relayed(loggedIn(), "a NOOP"), `* OK ${end}`, `a OK ${end}`).end();
  });

  it("P-32 does the same to greetings", () => {
    for (const [greeting, passed] of [
      ["* OK hello {5}\r\n", "* OK hello {5} \r\n"],
      ["* PREAUTH [CAPABILITY COMPRESS=ZSTD X] hello {5}\r\n", "* PREAUTH [CAPABILITY X] hello {5} \r\n"],
    ] as const) {
      imap(FIXED).start().expectConnect(TARGET).connected().upstream(greeting).expectClient(passed).end();
    }
    imap(FIXED)
      .start()
      .expectConnect(TARGET)
      .connected()
      .upstream("* BYE go away {5}\r\n")
      .expectClose("upstream")
      .expectClient("* BYE go away {5} \r\n")
      .expectClose("client")
      .end();
  });

  it("P-32 does the same where a hidden capability stood after it", () => {
    relayed(loggedIn(), "a CAPABILITY")
      .upstream("* CAPABILITY X {5} COMPRESS=ZSTD\r\n")
      .expectClient("* CAPABILITY X {5} \r\n")
      .end();
  });

  it("P-32 shows lenient programs no message that is not judged", () => {
    const message = `Subject: x\r\n\r\n${MARKER}\r\n`;
    const fetch = `* 1 FETCH (UID 1 BODY[] {${message.length}}\r\n${message})`;
    const start = '* LIST () "/" ';
    for (const inner of [`\r\n${fetch}\r\n`, `"x"\r\n${fetch}`, fetch]) {
      const list = `${start}{${inner.length}}\r\n${inner}\r\n`;
      const swallowed = list.indexOf(fetch);
      const dialogue = held().upstream(`* OK hello {${swallowed}}\r\n${list}* 3 EXISTS\r\n`);
      dialogue.expectClient(`* OK hello {${swallowed}} \r\n* 3 EXISTS\r\n`).end();
    }
  });
});

describe("createImapSession() and literals where no message is", () => {
  const never = [
    "FLAGS",
    "UID",
    "RFC822.SIZE",
    "INTERNALDATE",
    "MODSEQ",
    "BINARY.SIZE[]",
    "BINARY.SIZE[1]",
    "EMAILID",
    "THREADID",
    "SAVEDATE",
  ];
  it.each([
    ...never.map((name) => `${name} ${literal("x")}`),
    ...never.map((name) => `${name.toLowerCase()} (${literal("x")})`),
    `FLAGS (\\Seen ${literal("")})`,
    `BODY ${literal("x")}`,
    `BODYSTRUCTURE ${literal("x")}`,
    `ENVELOPE ~${literal("x")}`,
    `body "x"`,
  ])("drops a response with %j, whose item has no strings there", (item) => {
    answered(relayed(held(), "a FETCH 1 FLAGS").upstream(`* 1 FETCH (${item})\r\na OK\r\n`).skip(), "* 5 EXISTS")
      .expectFact({ type: "protocol-error", side: "upstream", code: "malformed-fetch" })
      .end();
    held().upstream(`* 1 FETCH (${item})\r\n`).expectNothing().end();
  });

  it.each([
    `X-GM-LABELS (${literal(`Subject: x\r\n\r\n${MARKER}`)})`,
    `X-NEW ${literal(`a\n${MARKER}`)}`,
    `X-NEW ~${literal(`a\r${MARKER}`)} UID 3`,
    `ENVELOPE (NIL ${literal(`a\0${MARKER}`)} NIL)`,
    `BODY ("TEXT" "PLAIN" ("NAME" ${literal(`${MARKER}\r\n`)}) NIL NIL "7BIT" 1 1)`,
    `BODYSTRUCTURE (${literal("a")} ${literal(`\n${MARKER}`)})`,
    `BODY[] ${literal(HEADER)} ENVELOPE (NIL ${literal(`\n${MARKER}`)})`,
    `ENVELOPE (NIL {${protocolLimits.imapStringBytes + 1}}\r\n${"x".repeat(protocolLimits.imapStringBytes + 1)})`,
  ])("drops a response with a string that could be a message: %#", (items) => {
    const options = { marker: MARKER, segmentations: ["whole", { seed: 1 }, { seed: 2 }] } as const;
    relayed(loggedIn(options), "a FETCH 1 ENVELOPE")
      .upstream(`* 1 FETCH (${items})\r\na OK\r\n`)
      .expectMatch("client", /^a NO \[CANNOT\] the mail server's data of [^\n]* is not delivered: it holds [^\n]*\n$/)
      .expectFact({ type: "protocol-error", side: "upstream", code: "unjudged-content" })
      .expectReleased()
      .end();
  });

  it.each([
    `ENVELOPE ("${"x".repeat(protocolLimits.imapStringBytes + 1)}")`,
    `X-NEW "${"x".repeat(protocolLimits.imapStringBytes + 1)}"`,
  ])("does the same with a quoted string that is too long: %#", (items) => {
    loggedIn({ segmentations: ["whole", { seed: 1 }] })
      .upstream(`* 1 FETCH (${items})\r\n`)
      .expectNothing()
      .expectFact({ type: "protocol-error", side: "upstream", code: "unjudged-content" })
      .end();
  });

  it("passes strings of one line, up to their limit, exactly", () => {
    const long = "x".repeat(protocolLimits.imapStringBytes);
    answered(
      loggedIn({ segmentations: ["whole", { seed: 1 }] }),
      `* 1 FETCH (ENVELOPE (NIL ${literal(long)} "${long}") X-GM-LABELS (a ${literal("b c")}) X-NEW ${literal("\xff\t")})`,
      `* 2 FETCH (BODY ("TEXT" "PLAIN" ("NAME" ${literal('"')}) NIL NIL "7BIT" 1 1) UID 3)`,
      `* LIST () "/" ${literal(long)} ("CHILDINFO" (${literal("x")}))`,
    ).end();
  });

  it.each([
    `* LIST () "/" ${literal(`a\r\n* 1 FETCH (BODY[] "${MARKER}")\r\n`)}`,
    `* LSUB () "/" ${literal(`a\n${MARKER}`)} x`,
    `* STATUS ${literal(`${MARKER}\0`)} (MESSAGES 1)`,
    `* SEARCH ${literal("1")} ${literal(`\r${MARKER}`)}`,
    `* ID ("name" ~${literal(`\n${MARKER}`)})`,
    `* XNEW {${protocolLimits.imapStringBytes + 1}}\r\n${"x".repeat(protocolLimits.imapStringBytes + 1)}`,
    `* 1 XNEW ${literal(MARKER)}`,
    `* 1 FETCH2 ${literal(MARKER)}`,
    `* 3 EXISTS ${literal(MARKER)}`,
    `* LIST2 ${literal(MARKER)}`,
  ])("drops other data with a literal that could be a message: %#", (response) => {
    const options = { marker: MARKER, segmentations: ["whole", { seed: 1 }, { seed: 2 }] } as const;
    answered(loggedIn(options).upstream(`${response}\r\n`).expectNothing(), "* 5 EXISTS")
      .expectFact({ type: "protocol-error", side: "upstream", code: "unjudged-content" })
      .end();
  });

  it.each(["METADATA", "ANNOTATION"])("passes %s with values of several lines exactly", (name) => {
    const long = "line\r\n".repeat(protocolLimits.imapStringBytes / 4);
    answered(
      loggedIn({ segmentations: ["whole", { seed: 1 }] }),
      `* ${name} "INBOX" (/private/comment ${literal("one\r\n\r\ntwo")} /private/x ~${literal(`\0${long}`)})`,
    ).end();
  });

  it("cuts what is no header off a header", () => {
    held()
      .upstream(`* 1 FETCH (BODY[HEADER] ${literal(`Subject: x\r\n${MARKER}\r\n`)} UID 3)\r\n`)
      .expectClient(`* 1 FETCH (BODY[HEADER] ${literal("Subject: x\r\n")} UID 3)\r\n`)
      .expectFact({ type: "protocol-error", side: "upstream", code: "body-in-header" })
      .end();
  });
});

describe("createImapSession() and the memory a client can take", () => {
  const whole = { segmentations: ["whole", { seed: 1 }] } as const;

  it("P-72 keeps no more of pending commands than its limit, and goes on when some complete", () => {
    const set = (bytes: number) => "1,".repeat(bytes / 2 - 1).concat("1:2");
    const fetch = (tag: string) => `${tag} FETCH ${set(60_000)} FLAGS\r\n`;
    const count = Math.floor(protocolLimits.pendingCommandBytes / (set(60_000).length + 3)) + 1;
    const commands = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => fetch(`t${from + index + 10}`)).join("");
    loggedIn(whole)
      .client(commands(0, count + 3))
      .expectUpstream(commands(0, count))
      .expectPaused("client")
      .upstream("t11 OK\r\n")
      .expectClient("t11 OK\r\n")
      .expectUpstream(commands(count, count + 1))
      .upstream("t10 OK\r\nt12 OK\r\n")
      .expectClient("t10 OK\r\nt12 OK\r\n")
      .expectUpstream(commands(count + 1, count + 3))
      .expectPaused("client", false)
      .end();
  });

  it("P-72 counts a completed command as long as its messages are held", () => {
    const set = "1,".repeat(29_999).concat("1:2");
    const fetch = (tag: number) => `t${tag} FETCH ${set} FLAGS\r\n`;
    const count = Math.floor(protocolLimits.pendingCommandBytes / (set.length + 3)) + 1;
    const commands = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => fetch(from + index + 10)).join("");
    const response = `* 1 FETCH (BODY[] ${literal(HEADER)})\r\n`;
    const completions = Array.from({ length: count }, (_, index) => `t${index + 10} OK\r\n`).join("");
    loggedIn(whole)
      .client(commands(0, count + 1))
      .expectUpstream(commands(0, count))
      .upstream(response, completions)
      .expectNothing()
      .judged("message 1")
      .expectClient(response, completions)
      .expectUpstream(commands(count, count + 1))
      .end();
  });

  it("does not keep a long sequence set, which may then contain anything", () => {
    const set = "7,".repeat(40_000).concat("7");
    const commands = Array.from({ length: 20 }, (_, index) => `t${index} UID FETCH ${set} BODY[]\r\n`).join("");
    loggedIn({ segmentations: ["whole"] })
      .client(commands)
      .expectUpstream(commands)
      .upstream(`* 1 FETCH (UID 8 BODY[] ${literal(HEADER)})\r\nt1 OK\r\n`)
      .holdFailed("UID 8", "full")
      .expectClient("t1 NO [UNAVAILABLE] a message is not delivered, try again later: full\r\n")
      .end();
  });

  it("stops answering a client whose answers pile up behind a held message, and goes on after the verdict", () => {
    const { handle, judged, seen } = holding();
    for (let sent = 0; sent < 10; sent += 1) handle("client", "r STARTTLS\r\n".repeat(5_000));
    expect(seen()).toEqual({ answers: 0, pauses: ["pause upstream", "pause client"] });
    judged();
    const pauses = ["pause upstream", "pause client", "resume upstream", "resume client"];
    expect(seen()).toEqual({ answers: 50_000, pauses });
  });

  it("keeps no more answers behind a held message than its limit, whatever a client says", () => {
    const { handle, seen } = holding();
    for (let sent = 0; sent < 10; sent += 1) handle("client", "r STARTTLS\r\n".repeat(5_000));
    const refusals = seen("refused").answers;
    expect(refusals * "r BAD STARTTLS is not offered".length).toBeLessThan(protocolLimits.heldOutputBytes);
    handle("client", "r STARTTLS\r\n");
    expect(seen("refused").answers).toBe(refusals);
  });

  it("answers what a client said before its FIN, also when that had to wait", () => {
    const { handle, judged, session, seen, out } = holding();
    handle("upstream", "a OK\r\n");
    handle("client", "r STARTTLS\r\n".repeat(20_000));
    out.push(...session.handle({ type: "closed", from: "client", how: "fin" }));
    expect(out.some((command) => command.type === "close")).toBe(false);
    judged();
    expect(seen().answers).toBe(20_000);
    expect(out.filter((command) => command.type === "close").map(({ side, how }) => `${side} ${how}`)).toEqual([
      "upstream full",
      "client full",
    ]);
  });
});

/** A session without the checks of a playbook, which take their time with many octets: a message is held. */
function holding() {
  const session = createImapSession({ mode: FIXED, ports: PORTS });
  const out: SessionCommand[] = [];
  const handle = (from: Side, text: string) => {
    out.push(...session.handle({ type: "bytes", from, bytes: fromLatin1(text) }));
  };
  session.handle({ type: "start" });
  session.handle({ type: "connected", peer: { target: TARGET, address: "192.0.2.1" } });
  handle("upstream", "* PREAUTH hello\r\n");
  handle("client", "a FETCH 1 BODY[]\r\n");
  handle("upstream", `* 1 FETCH (BODY[] ${literal(HEADER)})\r\n`);
  const spool = out.find((command) => command.type === "spool-begin");
  const delivered = { bytes: HEADER.length, headerBytes: HEADER.length, isOriginal: true };
  const judged = () => {
    const event = { type: "judged", id: spool?.id ?? 0, verdict: CLEAN, decision: { action: "deliver" }, delivered };
    out.push(...session.handle(event as SessionEvent));
  };
  const seen = (what: "sent" | "refused" = "sent") => ({
    answers: out.filter((command) =>
      what === "sent"
        ? command.type === "send" && command.to === "client" && latin1(command.bytes).startsWith("r BAD ")
        : command.type === "report" && command.fact.type === "refused",
    ).length,
    pauses: out.flatMap((command) =>
      command.type === "pause" || command.type === "resume" ? [`${command.type} ${command.side}`] : [],
    ),
  });
  return { session, out, handle, judged, seen };
}

describe("createImapSession() and the mechanism of AUTHENTICATE", () => {
  it.each([
    '"GSSAPI"',
    '"PLAIN"',
    " GSSAPI",
    "",
    "\\GSSAPI",
    "(GSSAPI)",
    "GSSAPI\t",
    "\xe9",
    "PLAIN {3+}\r\nabc",
    "{6+}\r\nGSSAPI",
  ])("P-26 refuses AUTHENTICATE %j", (mechanism) => {
    greeted()
      .client(`a AUTHENTICATE ${mechanism}\r\nb NOOP\r\n`)
      .expectUpstream("b NOOP\r\n")
      .expectClient("a BAD AUTHENTICATE takes a mechanism as an atom, and no literals\r\n")
      .expectFact({ type: "refused", code: "mechanism" })
      .end();
  });

  it("P-26 does not ask for a mechanism in a literal that waits", () => {
    greeted()
      .client("a AUTHENTICATE {6}\r\n")
      .expectMatch("client", /^a BAD /)
      .client("b NOOP\r\n")
      .expectUpstream("b NOOP\r\n")
      .end();
  });

  it.each([
    ["a AUTHENTICATE LOGIN", ["VXNlcm5hbWU6", "YW5u", "UGFzc3dvcmQ6", "c2VjcmV0"], ["ann"]],
    ["a AUTHENTICATE login", ["dXNlciBuYW1lAA==", "YW5u", "UGFzc3dvcmQ6", "c2VjcmV0"], ["ann"]],
    ["a AUTHENTICATE LOGIN", ["UGFzc3dvcmQ6", "c2VjcmV0", "VXNlcm5hbWU6", "YW5u"], []],
    ["a AUTHENTICATE LOGIN", ["", "c2VjcmV0"], []],
    ["a AUTHENTICATE LOGIN", ["VXNlcm5hbWU6 {5}", "c2VjcmV0"], []],
    ["a AUTHENTICATE LOGIN c2VjcmV0", ["UGFzc3dvcmQ6", "c2VjcmV0"], []],
  ])("P-27 reports the account only when the name is asked for: %s %j", (command, said, names) => {
    const dialogue = relayed(greeted(), command);
    for (let at = 0; at < said.length; at += 2) {
      dialogue.upstream(`+ ${said[at]}\r\n`).expectMatch("client", /^\+ /);
      relayed(dialogue, said[at + 1] ?? "");
    }
    answered(dialogue, "a OK").end();
    for (const run of dialogue.runs) {
      const accounts = run.facts.flatMap((fact) => (fact.type === "account" ? [fact.name] : []));
      expect(accounts).toEqual(names);
    }
  });
});

describe("readLoosely()", () => {
  it("finds literals at the end of any line", () => {
    expect(readLoosely(Buffer.from("* OK {3}\r\nabc x\r\n"))).toEqual({
      lines: ["* OK {3}\r\n", " x\r\n"],
      literals: [Buffer.from("abc")],
    });
  });
});
