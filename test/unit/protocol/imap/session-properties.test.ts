import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Side } from "../../../../src/core/model.ts";
import type { SessionMode } from "../../../../src/protocol/command.ts";
import { Fragmentizer } from "../../../../src/protocol/imap/fragmentizer.ts";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import { segmenter } from "../../../support/playbook.ts";
import { SessionRun } from "../../../support/session-run.ts";
import { EXPLICIT, FIXED, PORTS, TARGET } from "./imap-dialogue.ts";
import { ImapServerModel } from "./imap-server-model.ts";
import { readLoosely } from "./loose-reader.ts";

const MARKER = "~marker~";

describe("createImapSession() as a whole", () => {
  const line = fc.oneof(
    fc.constantFrom("", ")", "a OK done", "* 1 FETCH (BODY[] {5}", "{3}", "A: b", "From: x", "\x80\xff\0", "x\ny"),
    // Bare CRs are left out: servers and mailward do not agree on which of them end a header.
    fc.string({ unit: "binary-ascii", maxLength: 40 }).map((text) => text.replaceAll("\r", ".")),
  );
  const field = fc.constantFrom("A: b", "From: x", "Subject: {5}\r\n folded {3}", "X:", "Y: \x80\xff");
  const message = fc
    .tuple(fc.array(field, { minLength: 1, maxLength: 3 }), fc.array(line, { maxLength: 10 }))
    .map(([fields, lines]) => [...fields, ...(lines.length > 0 ? [""] : []), ...lines].join("\r\n"));
  const set = fc.constantFrom("1", "2", "1:*", "3,1:2", "*");
  const item = fc.constantFrom(
    "UID",
    "FLAGS",
    "RFC822.SIZE",
    "RFC822",
    "RFC822.TEXT",
    "BODY[]",
    "BODY.PEEK[]",
    "BODY[TEXT]",
    "BODY.PEEK[HEADER]",
    "RFC822.HEADER",
    "BODY.PEEK[HEADER.FIELDS (DATE)]",
    "BODY.PEEK[]<0.7>",
    "BODY[]<5.1000>",
    "BODY.PEEK[TEXT]<3.4>",
    "BODY.PEEK[HEADER]<0.2>",
    "BODY.PEEK[1]",
    "BODY[1]<2.5>",
    "BODY.PEEK[HEADER.FIELDS (SUBJECT X)]<3.9>",
  );
  const command = fc.oneof(
    fc.constantFrom("NOOP", "SELECT inbox", "SEARCH ALL"),
    fc
      .tuple(fc.boolean(), set, fc.uniqueArray(item, { minLength: 1, maxLength: 4 }))
      .map(([isUid, numbers, items]) => `${isUid ? "UID " : ""}FETCH ${numbers} (${items.join(" ")})`),
  );
  const batches = fc.array(fc.array(command, { maxLength: 5 }), { maxLength: 4 });

  it("gives the client what a direct connection would, however the octets are cut (R-15)", () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 4 }),
        batches,
        fc.integer({ min: 0, max: 1_000 }),
        (mails, said, seed) => {
          let tag = 0;
          const texts = [["LOGIN ann secret"], ...said, ["LOGOUT"]].map((batch) =>
            batch
              .map((text) => {
                tag += 1;
                return `t${tag} ${text}\r\n`;
              })
              .join(""),
          );
          const direct = new ImapServerModel(mails);
          const server = new ImapServerModel(mails);
          const run = newRun(FIXED, segmenter({ seed }));
          run.event({ type: "start" });
          run.event({ type: "connected", peer: { target: TARGET, address: "192.0.2.1" } });
          run.receive("upstream", Buffer.from("* OK ready\r\n"));
          const expected: Buffer[] = [Buffer.from("* OK ready\r\n")];
          for (const text of texts) {
            run.receive("client", Buffer.from(text));
            settle(run, server);
            const answers = direct.answers(Buffer.from(text)).toString("latin1");
            // The one alteration of texts: see text-guard.ts.
            expected.push(Buffer.from(answers.replaceAll(" done {5}\r\n", " done {5} \r\n"), "latin1"));
          }
          expect(Buffer.concat(run.sent.client).toString("latin1")).toBe(Buffer.concat(expected).toString("latin1"));
          run.event({ type: "closed", from: "upstream", how: "fin" });
          expect([...run.spools.values()].filter((spool) => !spool.isReleased)).toEqual([]);
          expect(run.closed).toEqual({ client: "full", upstream: "full" });
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  it("never throws, breaks a rule of its driver, or sends mail that is not judged, whatever both sides say", () => {
    for (const mode of [FIXED, EXPLICIT]) {
      fc.assert(
        fc.property(fc.array(action, { maxLength: 60 }), fc.integer({ min: 0, max: 1_000 }), (actions, seed) => {
          const run = newRun(mode, segmenter({ seed }));
          run.event({ type: "start" });
          if (mode.type === "explicit") run.receive("client", Buffer.from("l LOGIN a/b.example p\r\n"));
          run.event({ type: "connected", peer: { target: TARGET, address: "192.0.2.1" } });
          run.receive("upstream", Buffer.from("* OK ready\r\n"));
          if (mode.type === "fixed") run.receive("client", Buffer.from("l LOGIN a p\r\n"));
          run.receive("upstream", Buffer.from("l OK\r\n"));
          for (const step of actions) act(run, step);
          const sent = Buffer.concat(run.sent.client);
          expect(readLoosely(sent).lines.join("")).toBe(readStrictly(sent));
        }),
        { numRuns: 1_500, seed: 2 },
      );
    }
  });
});

const BODY = `A: b\r\n\r\n${MARKER}`;
/** Text in which the marker stands only as the value of an item of message content, or after a blank line. */
const content = fc.constantFrom(
  `BODY[] {8}\r\n${MARKER}`,
  `BODY[] {16}\r\n${BODY}`,
  `RFC822 {8}\r\n${MARKER}`,
  `BODY[] "${MARKER}"`,
  `body[]<0> ~{8}\r\n${MARKER}`,
  `BODY[1] {16}\r\n${BODY}`,
  `BODY[TEXT] "${MARKER}"`,
  `BODY[]<5> {16}\r\n${BODY}`,
  `RFC822.TEXT {16}\r\n${BODY}`,
  `RFC822.HEADER {16}\r\n${BODY}`,
  `BODY[HEADER] {10}\r\n\r\n${MARKER}`,
  `BINARY[1] ~{16}\r\n${BODY}`,
  `PREVIEW "${MARKER}"`,
  `X-NEW {16}\r\n${BODY}`,
  `ENVELOPE (NIL ~{16}\r\n${BODY} NIL)`,
);
const plain = fc.constantFrom(
  "UID 7",
  "FLAGS (\\Seen)",
  "ENVELOPE (NIL {3}\r\na b)",
  "BODY[HEADER] {6}\r\nA: b\r\n",
  "MODSEQ (1)",
);
/** What gets between the parts of a response when somebody plays with it. Nothing that makes a harmless item of what
 *  follows: an unknown item may say what it likes. */
const noise = fc.constantFrom(
  "",
  "",
  "",
  "",
  "",
  " ",
  "  ",
  ")",
  "\0",
  "\t",
  "[",
  "]",
  '"',
  "\r",
  "\n",
  "{",
  "{8}",
  "{08}",
);
const response = fc
  .tuple(
    fc.constantFrom(
      "* 1 FETCH (",
      "* 7 UIDFETCH (",
      "*  2  fetch  ( ",
      "* 1 FETCH ((",
      "* FETCH (",
      "* 1\tFETCH (",
      "* 1 STORE (",
      "* URLFETCH ",
    ),
    fc.array(fc.tuple(noise, fc.oneof(content, content, plain), noise), { minLength: 1, maxLength: 4 }),
    noise,
  )
  .map(([start, items, end]) => `${start}${items.map((parts) => parts.join("")).join(" ")}${end})\r\n`);
const upstreamText = fc.oneof(
  { weight: 6, arbitrary: response },
  fc.constantFrom(
    "+ \r\n",
    "+ {5}\r\n",
    "* BYE\r\n",
    "* 3 EXISTS\r\n",
    "* 1 EXPUNGE\r\n",
    "* VANISHED 1:9\r\n",
    "* CAPABILITY COMPRESS=DEFLATE\r\n",
    "x OK\r\n",
    "* OK x {5}\r\n",
  ),
  fc
    .constantFrom("a", "b", "c", "d")
    .chain((tag) => fc.constantFrom(`${tag} OK\r\n`, `${tag} NO x\r\n`, `${tag} BAD\r\n`)),
);
const clientText = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("a", "b", "c", "d", "*", "DONE"),
      fc.constantFrom(
        "NOOP",
        "IDLE",
        "LOGOUT",
        "FETCH 1 BODY[]",
        "UID FETCH 7 BODY.PEEK[]",
        "FETCH 1 BODY[TEXT]",
        "FETCH 1 (FLAGS BODY[]<0.5>)",
        "FETCH 1 BODY[1]",
        "UID FETCH 7 (BODY.PEEK[1] BINARY.PEEK[1]<0.3>)",
        "FETCH 1 PREVIEW",
        "FETCH 1:2 (FLAGS PREVIEW (LAZY))",
        "UID FETCH 7 (BODY[HEADER.FIELDS (A)] BODY[1.MIME])",
        "AUTHENTICATE PLAIN",
        "LOGIN {3}",
        "APPEND x {5+}",
        "COMPRESS DEFLATE",
        "STARTTLS",
        "X {05}",
      ),
    )
    .map(([tag, text]) => `${tag} ${text}\r\n`),
  fc.constantFrom("DONE\r\n", "hello", "\r\n", "AAAA\r\n", "x", "\n"),
);
const action = fc.oneof(
  { weight: 5, arbitrary: upstreamText.map((text) => ({ type: "upstream", text }) as const) },
  { weight: 5, arbitrary: clientText.map((text) => ({ type: "client", text }) as const) },
  { weight: 4, arbitrary: fc.nat(5).map((which) => ({ type: "judge", which }) as const) },
  { weight: 1, arbitrary: fc.nat(5).map((which) => ({ type: "fail", which }) as const) },
  { weight: 1, arbitrary: fc.nat(5).map((which) => ({ type: "timer", which }) as const) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom<Side>("client", "upstream"), fc.constantFrom("fin", "reset"))
      .map(([side, how]) => ({ type: "closed", side, how }) as const),
  },
  { weight: 1, arbitrary: fc.constant({ type: "connected" } as const) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function newRun(mode: SessionMode, segment: (bytes: Buffer) => Iterable<Buffer>): SessionRun {
  return new SessionRun({
    name: mode.type,
    session: createImapSession({ mode, ports: PORTS }),
    segment,
    marker: MARKER,
    withholdsSections: false,
  });
}

function act(run: SessionRun, step: Action): void {
  const whole = [...run.spools.values()].filter((spool) => spool.state === "whole" && !spool.isReleased);
  const open = [...run.spools.values()].filter((spool) => spool.state === "open" && !spool.isReleased);
  switch (step.type) {
    case "upstream":
    case "client":
      run.receive(step.type, Buffer.from(step.text, "latin1"));
      return;
    case "judge": {
      const spool = whole[step.which % Math.max(1, whole.length)];
      if (spool !== undefined) run.judge(spool.id, step.which === 0 ? { replacement: "gone" } : {});
      return;
    }
    case "fail": {
      const spool = [...whole, ...open][step.which];
      if (spool !== undefined) run.failHold(spool.id, "disk full");
      return;
    }
    case "timer": {
      const name = [...run.timers.keys()][step.which];
      if (name !== undefined) run.event({ type: "timer", name });
      return;
    }
    case "closed":
      if (run.closed[step.side] !== "full")
        run.event({ type: "closed", from: step.side, how: step.how as "fin" | "reset" });
      return;
    case "connected":
      run.event({ type: "connected", peer: { target: TARGET, address: "192.0.2.1" } });
      return;
    default:
      step satisfies never;
  }
}

/** The lines among responses, as mailward reads them, in one text. */
function readStrictly(octets: Buffer): string {
  const fragmentizer = new Fragmentizer("upstream", octets.length);
  fragmentizer.feed(octets);
  let text = "";
  for (let next = fragmentizer.next(); next !== undefined; next = fragmentizer.next()) {
    expect(next.type).not.toBe("malformed");
    if (next.type === "line") text += next.bytes.toString("latin1");
  }
  return text;
}

/** Lets the server answer and the scanner judge until nothing moves. */
function settle(run: SessionRun, server: ImapServerModel): void {
  for (;;) {
    const items = run.pending.upstream.splice(0);
    const said = Buffer.concat(items.map((item) => (item.type === "bytes" ? item.bytes : Buffer.alloc(0))));
    if (said.length > 0) run.receive("upstream", server.answers(said));
    const whole = [...run.spools.values()].filter((spool) => spool.state === "whole" && !spool.isReleased);
    for (const spool of whole.reverse()) run.judge(spool.id, {});
    if (said.length === 0 && whole.length === 0) return;
  }
}
