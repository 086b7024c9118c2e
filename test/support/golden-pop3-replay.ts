/** Plays a golden POP3 dialogue through a session, with a server that answers what it answered. */
import type { Session } from "../../src/protocol/command.ts";
import { expand, type GoldenDialogue } from "./golden-dialogue.ts";
import { BODY_OCTET } from "./golden-mailbox.ts";
import type { ReplayOptions } from "./golden-replay.ts";
import { SessionRun } from "./session-run.ts";
import type { Judged, SpoolModel } from "./spool-model.ts";

export class GoldenPop3Replay {
  readonly run: SessionRun;
  /** What the client should get, answer by answer. */
  readonly expected: Buffer[] = [];
  readonly #dialogue: GoldenDialogue;
  readonly #judge: (spool: SpoolModel) => Judged;
  readonly #commands: string[] = [];
  /** What the server has not said yet. */
  readonly #answers: string[] = [];
  #answered = 0;

  constructor(dialogue: GoldenDialogue, { session, name, segment, judge }: ReplayOptions & { session: Session }) {
    this.#dialogue = dialogue;
    this.#judge = judge ?? (() => ({}));
    this.run = new SessionRun({ name, session, segment, marker: BODY_OCTET, withholdsSections: false });
  }

  /** Everything the client has said. */
  get said(): readonly string[] {
    return this.#commands;
  }

  play(): this {
    const run: SessionRun = this.run;
    run.event({ type: "start" });
    const connect = run.pending.upstream.shift();
    if (connect?.type !== "connect") run.fail("the session does not connect");
    run.event({ type: "connected", peer: { target: connect.target, address: "192.0.2.1" } });
    for (const { from, lines } of this.#dialogue.turns) {
      if (from === "client") {
        this.#commands.push(...lines);
        run.receive("client", Buffer.from(lines.map((line) => `${line}\r\n`).join(""), "latin1"));
        this.#settle();
      } else {
        this.#answers.push(...lines);
      }
      this.#answer();
    }
    if (this.#answers.length > 0) run.fail(`never asked for: ${this.#answers[0]}`);
    return this;
  }

  /** Answers as many commands as have arrived. The greeting answers none. */
  #answer(): void {
    while (this.#answers.length > 0 && this.#answered <= this.#receivedLines.length) {
      const command = this.#commands[this.#answered - 1] ?? "";
      const count = this.#lineCount(command);
      if (count === undefined) return;
      const lines = this.#answers.splice(0, count);
      const said = expand(lines.map((line) => `${line}\r\n`).join(""), this.#dialogue.message);
      this.expected.push(withoutLast(said, lines));
      const received = this.#receivedLines[this.#answered - 1] ?? "";
      const asked = received === command ? lines : lines.map((line) => line.replace(/ TOP \d+\}\}$/, " RETR}}"));
      this.run.receive("upstream", withoutLast(this.#octets(asked), asked));
      this.#answered += 1;
      this.#settle();
    }
  }

  #octets(lines: readonly string[]): Buffer {
    return expand(lines.map((line) => `${line}\r\n`).join(""), this.#dialogue.message);
  }

  /** Of the next answer; undefined when it is not all there. */
  #lineCount(command: string): number | undefined {
    const [first = "", second = ""] = this.#answers;
    if (!first.startsWith("+OK") || !MULTILINE.test(command)) return 1;
    if (second.startsWith("{{")) return 2;
    const end = this.#answers.indexOf(".");
    return end < 0 ? undefined : end + 1;
  }

  get #receivedLines(): string[] {
    return Buffer.concat(this.run.sent.upstream).toString("latin1").split("\r\n").slice(0, -1);
  }

  #settle(): void {
    for (const spool of this.run.spools.values()) {
      if (spool.state === "whole" && !spool.isReleased) this.run.judge(spool.id, this.#judge(spool));
    }
    for (const side of ["client", "upstream"] as const) {
      const closed = this.run.pending[side].find(({ type }) => type === "close");
      const isLast = this.#commands.at(-1)?.toUpperCase() === "QUIT";
      if (closed !== undefined && !isLast) this.run.fail(`the ${side} is closed`);
      this.run.pending[side].length = 0;
    }
  }
}

/** A message ends with its own dot and line end. */
function withoutLast(octets: Buffer, lines: readonly string[]): Buffer {
  return lines.at(-1)?.startsWith("{{") === true ? octets.subarray(0, octets.length - 2) : octets;
}

const MULTILINE = /^(?:RETR |TOP |CAPA$|LIST$|UIDL$|AUTH$)/i;

/** An answer without what no client may see in it. */
export function shownAnswer(answer: Buffer): string {
  return answer.toString("latin1").replaceAll(" DIGEST-MD5", "").replaceAll("\r\nSTLS\r\n", "\r\n");
}
