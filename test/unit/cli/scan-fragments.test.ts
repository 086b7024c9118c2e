import { describe, expect, test } from "vitest";
import { runScan } from "../../../src/cli/scan-run.ts";
import { mailboxLimits } from "../../../src/core/limits.ts";
import { type Reason, verdictOf } from "../../../src/core/model.ts";
import { bufferSource } from "../../../src/mailbox/buffer-source.ts";
import type { MailboxEvent } from "../../../src/mailbox/mailbox-message.ts";
import type { Judgement, MessageSource } from "../../../src/scan/judge.ts";
import { eicar } from "../../support/eicar.ts";
import { harmlessTwin } from "../../support/evasion.ts";
import { attachmentMail, textMail } from "../../support/sample-mail.ts";
import { testScanner } from "../../support/scan-message.ts";

const PARTIAL: Reason = { code: "partial", part: "1", detail: "message/partial" };

describe("runScan() with messages in pieces", () => {
  test("reports what is found in the whole with every piece", async () => {
    const [first, second, third] = pieces(attachmentMail([{ name: "a.com", content: eicar() }]), 3);
    const told = await scan([third, textMail(), first, second]);
    expect(told.map(({ verdict }) => verdict.kind)).toEqual(["infected", "clean", "infected", "infected"]);
    for (const { verdict } of [told[0], told[2], told[3]] as [Judgement, Judgement, Judgement]) {
      expect(verdict.reasons).toEqual([]);
      expect(verdict.detections).toContainEqual(
        expect.objectContaining({ part: "", path: ["message of all fragments", "a.com"] }),
      );
    }
  });

  test("has nothing against the pieces of a message that is clean", async () => {
    const told = await scan(pieces(attachmentMail([{ name: "a.com", content: harmlessTwin() }]), 3));
    expect(told.map(({ verdict }) => verdict.kind)).toEqual(["clean", "clean", "clean"]);
  });

  test("says of pieces that others are missing of that they are incomplete", async () => {
    const [first, , third] = pieces(textMail("text\r\n".repeat(20)), 3);
    const told = await scan([first, third]);
    expect(told.map(({ verdict }) => verdict.reasons)).toEqual([[PARTIAL], [PARTIAL]]);
  });

  test("leaves it incomplete when the pieces do not agree on how many there are", async () => {
    const [first, second] = pieces(textMail("text\r\n".repeat(20)), 2);
    const other = Buffer.from(second.toString().replace("total=2", "total=3"));
    const told = await scan([first, other]);
    expect(told.map(({ verdict }) => verdict.reasons)).toEqual([[PARTIAL], [PARTIAL]]);
  });

  test("judges further pieces of a number too", async () => {
    const [first, second] = pieces(attachmentMail([{ name: "a.com", content: harmlessTwin() }]), 2);
    const [, evil] = pieces(attachmentMail([{ name: "a.com", content: eicar() }]), 2);
    const told = await scan([first, second, evil]);
    // Whether the first piece is still there to be told with depends on the time that all this takes.
    expect(told.slice(1).map(({ verdict }) => verdict.kind)).toEqual(["clean", "infected"]);
  });

  test("adds the reasons why the whole could not be looked at", async () => {
    const external = Buffer.from("Content-Type: message/external-body\r\n\r\nContent-Type: a/b\r\n\r\n");
    const [first] = await scan(pieces(external, 2));
    expect(first?.verdict.reasons.map(({ code }) => code)).toEqual(["external-body"]);
  });

  test("does not wait for a piece longer than for any other message", async () => {
    const [first, second] = pieces(attachmentMail([{ name: "a.com", content: eicar() }]), 2);
    const rest = Array.from({ length: mailboxLimits.eventsInFlight }, () => textMail());
    const told = await scan([first, ...rest, second]);
    expect(told[0]?.verdict.reasons).toEqual([PARTIAL]);
    expect(told.at(-1)?.verdict.kind).toBe("infected");
  });

  test("reports the failure of the scan service once when the whole is judged", async () => {
    const mails = pieces(textMail("text\r\n".repeat(20)), 2);
    let judged = 0;
    const told = await scan(mails, async (source) => {
      judged += 1;
      if (judged > mails.length) throw new Error("gone");
      return await judge(source);
    });
    expect(told).toEqual([]);
  });
});

/** The judgements in the order they are reported in. */
async function scan(mails: readonly Buffer[], by = judge): Promise<Judgement[]> {
  const told: Judgement[] = [];
  const failures: string[] = [];
  await runScan({
    events: events(mails),
    judge: by,
    stop: new AbortController().signal,
    reporter: {
      beginFile() {},
      endFile() {},
      message: (_message, judgement) => told.push(judgement),
      problem() {},
      failure: (_path, error) => failures.push(error),
      skipped() {},
      summary() {},
      settle: () => undefined,
    },
  });
  expect(failures.length).toBeLessThanOrEqual(1);
  return told;
}

async function* events(mails: readonly Buffer[]): AsyncGenerator<MailboxEvent[]> {
  for (const [at, mail] of mails.entries()) {
    const source = bufferSource([mail]);
    const message = { path: "a", format: "mbox", index: at + 1, offset: 0, length: mail.length, source } as const;
    yield [{ type: "message", message: { ...message, readings: [], hasMoreReadings: false, release: () => {} } }];
  }
}

async function judge(source: MessageSource): Promise<Judgement> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.chunks()) chunks.push(chunk);
  const { report: _report, ...judgement } = await testScanner().judgeMessage(Buffer.concat(chunks));
  return { ...judgement, verdict: verdictOf(judgement.verdict.detections, judgement.verdict.reasons) };
}

/** `mail` cut at lines into `count` messages, as RFC 2046 §5.2.2.2 has it. */
function pieces(mail: Buffer, count: 2): [Buffer, Buffer];
function pieces(mail: Buffer, count: 3): [Buffer, Buffer, Buffer];
function pieces(mail: Buffer, count: number): Buffer[] {
  const lines = mail.toString("latin1").split(/(?<=\n)/);
  const length = Math.ceil(lines.length / count);
  return Array.from({ length: count }, (_, index) => {
    const type = `message/partial; id="whole@example.org"; number=${index + 1}; total=${count}`;
    const header = `From: sender@example.org\r\nSubject: piece ${index + 1}\r\nContent-Type: ${type}\r\n\r\n`;
    return Buffer.from(header + lines.slice(index * length, (index + 1) * length).join(""), "latin1");
  });
}
