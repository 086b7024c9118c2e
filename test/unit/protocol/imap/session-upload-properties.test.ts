import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromLatin1, latin1 } from "../../../../src/core/bytes.ts";
import { Fragmentizer } from "../../../../src/protocol/imap/fragmentizer.ts";
import { createImapSession } from "../../../../src/protocol/imap/session.ts";
import { segmenter } from "../../../support/playbook.ts";
import { SessionRun } from "../../../support/session-run.ts";
import { FIXED, PORTS, TARGET } from "./imap-dialogue.ts";

const MARKER = "~marker~";
const INFECTED = { decision: { action: "refuse", why: "infected: Test" } } as const;

const literal = (content: string) => `{${content.length}+}\r\n${content}`;

describe("createImapSession() and any uploads that are scanned", () => {
  const content = fc.oneof(
    fc.constantFrom("", "a\r\n", "t9 NOOP\r\n", "+ go\r\n", "{5}\r\n", ")", ' "', "t1 OK\r\n"),
    fc.string({ unit: "binary-ascii", maxLength: 60 }),
  );
  const options = fc.constantFrom(
    "",
    "(\\Seen) ",
    '(\\Seen $x) "17-Jul-1996 02:44:25 -0700" ',
    '() " 1-Jul-1996 02:44:25 -0700" ',
  );
  const message = fc.oneof(
    fc.tuple(options, content).map(([before, text]) => `${before}${literal(text)}`),
    fc.tuple(options, content).map(([before, text]) => `${before}UTF8 (~${literal(text)})`),
  );
  const mailbox = fc.oneof(
    fc.constantFrom("INBOX", '"a b"', '"CATENATE (\\""'),
    fc.constantFrom("x {5}", "", "(").map(literal),
  );
  const messages = fc.array(message, { minLength: 1, maxLength: 4 });
  const upload = fc
    .tuple(fc.constantFrom("APPEND", "REPLACE 7", "uid replace *"), mailbox, messages)
    .map(([name, box, all]) => `${name} ${box} ${all.join(" ")}`);
  const command = fc.oneof(upload, fc.constantFrom("NOOP", "SELECT x"));
  const commands = fc.array(fc.record({ text: command, isInfected: fc.boolean() }), { minLength: 1, maxLength: 5 });

  it("stores each with the octets that the client said, or nothing of it, in their order (R-15)", () => {
    fc.assert(
      fc.property(commands, fc.integer({ min: 0, max: 1_000 }), (said, seed) => {
        const run = loggedIn(seed);
        const lines = said.map(({ text }, index) => `t${index} ${text}\r\n`);
        run.receive("client", fromLatin1(lines.join("")));
        const server = new StrictServer(run);
        for (let turn = 0; turn < 200; turn += 1) {
          server.answer();
          const spool = [...run.spools.values()].find(({ state, isReleased }) => state === "whole" && !isReleased);
          if (spool === undefined) continue;
          // The command that is under way is the first that has no answer yet.
          const done = latin1(Buffer.concat(run.sent.client)).match(/^t\d+ /gm)?.length ?? 0;
          run.judge(spool.id, said[done]?.isInfected === true ? INFECTED : {});
        }
        const isStored = ({ text, isInfected }: { text: string; isInfected: boolean }) =>
          !isInfected || /^(?:NOOP|SELECT)/.test(text);
        expect(server.heard).toEqual(lines.filter((_line, index) => isStored(said[index] ?? NOTHING)).map(fragmented));
        const answers = said.map((one, index) => `t${index} ${isStored(one) ? "OK" : "NO"}`);
        expect(latin1(Buffer.concat(run.sent.client)).match(/^t\d+ (?:OK|NO)/gm)).toEqual(answers);
        expect([...run.spools.values()].every(({ isReleased }) => isReleased)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("never sends the upstream a literal that is not judged, whatever is around it", () => {
    const piece = fc.constantFrom(
      literal(MARKER),
      `~${literal(MARKER)}`,
      " ",
      "(",
      ")",
      '"',
      "\\",
      "UTF8",
      "CATENATE",
      "URL",
      '"x"',
      "\\Seen",
      "\r\n",
      "\r\nt NOOP\r\n",
      "\r\na APPEND y ",
      "\r\na REPLACE 1 y ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 0, max: 1_000 }), (pieces, seed) => {
        const run = loggedIn(seed);
        run.receive("client", fromLatin1(`t APPEND x${pieces.join("")}\r\n`));
        run.receive("upstream", fromLatin1("+ go\r\n+ go\r\n"));
        expect(latin1(Buffer.concat(run.sent.upstream))).not.toContain(MARKER);
      }),
      { numRuns: 2_000 },
    );
  });
});

const NOTHING = { text: "", isInfected: false };

function loggedIn(seed: number): SessionRun {
  const run = new SessionRun({
    name: `random ${seed}`,
    session: createImapSession({ mode: FIXED, ports: PORTS, scansUploads: true }),
    segment: segmenter({ seed }),
    marker: undefined,
    withholdsSections: false,
  });
  run.event({ type: "start" });
  run.event({ type: "connected", peer: { target: TARGET, address: "192.0.2.1" } });
  run.receive("upstream", fromLatin1("* PREAUTH ready\r\n"));
  return run;
}

/** Knows no LITERAL+: it asks for each literal, and says OK to each command. */
class StrictServer {
  /** Each command, fragmented. */
  readonly heard: string[][] = [];
  readonly #run: SessionRun;
  readonly #reader = new Fragmentizer("client", 1_000_000);
  #read = 0;
  #command: string[] = [];

  constructor(run: SessionRun) {
    this.#run = run;
  }

  answer(): void {
    const { upstream } = this.#run.sent;
    for (; this.#read < upstream.length; this.#read += 1) this.#reader.feed(upstream[this.#read] ?? Buffer.alloc(0));
    for (let fragment = this.#reader.next(); fragment !== undefined; fragment = this.#reader.next()) {
      if (fragment.type === "malformed") throw new Error(fragment.code);
      add(this.#command, fragment.type, latin1(fragment.bytes));
      if (fragment.type === "literal") continue;
      if (fragment.literal !== undefined) {
        expect(fragment.literal.isSynchronising).toBe(true);
        this.#run.receive("upstream", fromLatin1("+ go\r\n"));
      } else {
        this.heard.push(this.#command);
        const [tag = ""] = (this.#command[0] ?? "").slice("line ".length).split(" ");
        this.#command = [];
        this.#run.receive("upstream", fromLatin1(`${tag} OK\r\n`));
      }
    }
  }
}

/** A command as StrictServer hears it. */
function fragmented(text: string): string[] {
  const reader = new Fragmentizer("client", 1_000_000);
  reader.feed(fromLatin1(text));
  const command: string[] = [];
  for (let fragment = reader.next(); fragment !== undefined; fragment = reader.next()) {
    if (fragment.type === "malformed") throw new Error(fragment.code);
    add(command, fragment.type, latin1(fragment.bytes).replace(/\+\}\r\n$/, "}\r\n"));
  }
  return command;
}

/** Slices of one literal are one. */
function add(command: string[], type: "line" | "literal", text: string): void {
  const last = command.at(-1);
  if (type === "literal" && last?.startsWith("literal ")) command[command.length - 1] = last + text;
  else command.push(`${type} ${text}`);
}
