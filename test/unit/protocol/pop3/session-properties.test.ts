import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Side } from "../../../../src/core/model.ts";
import type { SessionMode } from "../../../../src/protocol/command.ts";
import { createPop3Session } from "../../../../src/protocol/pop3/session.ts";
import { segmenter } from "../../../support/playbook.ts";
import { EXPLICIT, PORTS, TARGET } from "../../../support/pop3-dialogue.ts";
import { Pop3ServerModel } from "../../../support/pop3-server-model.ts";
import { SessionRun } from "../../../support/session-run.ts";

const FIXED: SessionMode = { type: "fixed", target: TARGET };
const MARKER = "~marker~";

const line = fc.oneof(
  fc.constantFrom("", ".", "..", ".x", ". ", "text", "+OK", "-ERR", "X: y", "\x80\xff", "\0"),
  fc.string({ unit: "binary-ascii", maxLength: 80 }).map((text) => text.replace(/[\r\n]/g, ".")),
);
const message = fc.array(line, { maxLength: 12 }).map((lines) => lines.map((text) => `${text}\r\n`).join(""));
const number = fc.integer({ min: 0, max: 4 });
const command = fc.oneof(
  fc.constantFrom("STAT", "LIST", "UIDL", "NOOP", "RSET"),
  fc.tuple(fc.constantFrom("LIST", "UIDL", "RETR", "DELE"), number).map(([verb, n]) => `${verb} ${n}`),
  fc.tuple(number, fc.constantFrom(0, 1, 2, 3, 99_999_999)).map(([n, lines]) => `TOP ${n} ${lines}`),
);

describe("createPop3Session() as a whole", () => {
  it("gives the client what a direct connection would, however the octets are cut (R-15)", () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 4 }),
        fc.array(fc.array(command, { maxLength: 6 }), { maxLength: 4 }),
        fc.integer({ min: 0, max: 1_000 }),
        (messages, batches, seed) => {
          const server = new Pop3ServerModel(messages);
          const run = newRun(FIXED, segmenter({ seed }));
          run.event({ type: "start" });
          run.event({ type: "connected", peer: { target: TARGET, address: "192.0.2.1" } });
          run.receive("upstream", Buffer.from("+OK ready\r\n"));
          const said = [["USER ann", "PASS secret"], ...batches, ["QUIT"]].map((batch) => toLines(batch));
          for (const text of said) {
            run.receive("client", Buffer.from(text));
            settle(run, server);
          }
          const expected = Buffer.concat([Buffer.from("+OK ready\r\n"), ...said.map((text) => server.answers(text))]);
          expect(Buffer.concat(run.sent.client).toString("latin1")).toBe(expected.toString("latin1"));
          expect(run.closed.client).toBe("full");
        },
      ),
      { numRuns: 150, seed: 1 },
    );
  });

  it("never throws, breaks a rule of its driver, or sends mail that is not judged, whatever both sides say", () => {
    for (const mode of [FIXED, EXPLICIT]) {
      fc.assert(
        fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
          const run = newRun(mode, (bytes) => [bytes]);
          run.event({ type: "start" });
          if (mode.type === "explicit") run.receive("client", Buffer.from("USER a/b.example\r\nPASS p\r\n"));
          run.event({ type: "connected", peer: { target: TARGET, address: "192.0.2.1" } });
          for (const [kind, detail, text] of actions) act(run, kind, detail, text);
          run.event({ type: "closed", from: "client", how: "reset" });
          expect(run.closed.client).toBe("full");
        }),
        { numRuns: 700, seed: 2 },
      );
    }
  });
});

type Kind = "client" | "upstream" | "judge" | "fail" | "sections" | "timer" | "closed" | "event";

const clientText = fc.oneof(
  { weight: 6, arbitrary: command.map((text) => `${text}\r\n`) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "USER ann\r\n",
      "PASS secret\r\n",
      "USER ann/pop.example.org:110\r\n",
      "PASS p\r\n",
      "AUTH PLAIN\r\n",
      "AUTH CRAM-MD5\r\n",
      "AUTH PLAIN AGEvYi5leGFtcGxlAHA=\r\n",
      "YQ==\r\n",
      "*\r\n",
      "STLS\r\n",
      "XFOO\r\n",
      "QUIT\r\n",
      "RETR 1\n",
      "RETR",
      "\r",
      "\n",
      "\r\n",
      "\0\r\n",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
);

const upstreamText = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      "+OK\r\n",
      "+OK 10 octets\r\n",
      "+OK 1 10\r\n",
      "-ERR\r\n",
      "+ \r\n",
      "1 10\r\n",
      ".\r\n",
      "\r\n.\r\n",
      `${MARKER}\r\n`,
      `.${MARKER}\r\n`,
      `${MARKER}\n.\n${MARKER}`,
      "\n.\r\n",
      ".",
      "\r",
      "\n",
      "+O",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
);

const action = fc.oneof(
  { weight: 5, arbitrary: tuple("client", clientText) },
  { weight: 8, arbitrary: tuple("upstream", upstreamText) },
  { weight: 3, arbitrary: tuple("judge", fc.constant("")) },
  { weight: 1, arbitrary: tuple("fail", fc.constant("")) },
  { weight: 2, arbitrary: tuple("sections", fc.constant("")) },
  { weight: 1, arbitrary: tuple("event", fc.constant("")) },
  { weight: 1, arbitrary: tuple("timer", fc.constantFrom("pre-auth", "greeting", "idle", "closing")) },
  { weight: 1, arbitrary: tuple("closed", fc.constantFrom("client", "upstream")) },
);

function tuple(kind: Kind, text: fc.Arbitrary<string>): fc.Arbitrary<[Kind, number, string]> {
  return fc.tuple(fc.constant(kind), fc.nat(99), text);
}

function act(run: SessionRun, kind: Kind, detail: number, text: string): void {
  const whole = [...run.spools.values()].find((spool) => spool.state === "whole" && !spool.isReleased);
  switch (kind) {
    case "client":
    case "upstream":
      run.receive(kind, Buffer.from(text, "latin1"));
      break;
    case "judge":
      if (whole !== undefined) run.judge(whole.id, DECISIONS[detail % DECISIONS.length] ?? {});
      break;
    case "fail":
      if (whole !== undefined) run.failHold(whole.id, "no space left");
      break;
    case "sections":
      run.buildSections();
      break;
    case "timer":
      if (run.timers.has(text)) run.event({ type: "timer", name: text });
      break;
    case "closed":
      if (detail < 20) run.event({ type: "closed", from: text as Side, how: detail < 10 ? "fin" : "reset" });
      break;
    case "event":
      run.event(EVENTS[detail % EVENTS.length] ?? { type: "start" });
      break;
    default:
      kind satisfies never;
  }
}

const DECISIONS = [
  {},
  { replacement: "notice" },
  { decision: { action: "refuse", why: "refused" } as const },
  { replacement: "" },
];

const EVENTS = [
  { type: "tls-established", side: "upstream", info: { version: "", cipher: "" } },
  { type: "tls-failed", side: "upstream", failure: { code: "tls", detail: "failed" } },
  { type: "connect-failed", failure: { code: "refused", detail: "refused" } },
  { type: "connected", peer: { target: TARGET, address: "192.0.2.1" } },
  {
    type: "judged",
    id: 99,
    verdict: { kind: "clean", detections: [], reasons: [] },
    decision: { action: "deliver", why: "" },
    delivered: { bytes: 1, headerBytes: 1, isOriginal: true },
  },
  { type: "hold-failed", id: 99, failure: { code: "scan", detail: "" } },
  { type: "section", id: 99, request: 1, start: 0, end: 1 },
] as const;

function newRun(mode: SessionMode, segment: (bytes: Buffer) => Iterable<Buffer>): SessionRun {
  const session = createPop3Session({ mode, ports: PORTS });
  return new SessionRun({
    name: mode.type,
    session,
    segment,
    marker: MARKER,
    withholdsSections: mode.type === "explicit",
  });
}

function toLines(commands: readonly string[]): string {
  return commands.map((text) => `${text}\r\n`).join("");
}

/** Lets the server answer and every message be judged until nothing moves any more. */
function settle(run: SessionRun, server: Pop3ServerModel): void {
  for (;;) {
    const item = run.pending.upstream.shift();
    if (item?.type === "bytes") run.receive("upstream", server.answers(item.bytes.toString("latin1")));
    const whole = [...run.spools.values()].find((spool) => spool.state === "whole");
    if (whole !== undefined) run.judge(whole.id, {});
    if (item === undefined && whole === undefined) return;
  }
}
