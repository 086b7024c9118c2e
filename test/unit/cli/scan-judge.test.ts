import { describe, expect, test } from "vitest";
import { judgeSaved } from "../../../src/cli/scan-judge.ts";
import { type Detection, type Reason, verdictOf } from "../../../src/core/model.ts";
import { bufferSource } from "../../../src/mailbox/buffer-source.ts";
import type { MailboxMessage } from "../../../src/mailbox/mailbox-message.ts";
import type { Judgement } from "../../../src/scan/judge.ts";

describe("judgeSaved()", () => {
  test("gives the judgement of the message when there is one reading", async () => {
    const whole = judgement([detection("A", "1")], [reason("damaged", "x")], 1);
    expect(await judgeSaved(message([]), answers([whole]))).toBe(whole);
  });

  test("finds in the message what is found in any reading, once", async () => {
    const judge = answers([
      judgement([detection("A", "1")], [reason("encrypted", "x")], 1),
      judgement([detection("A", "2"), detection("B", "1")], [reason("encrypted", "x"), reason("damaged", "cut")], 2),
      judgement([detection("B", "3")], [reason("encrypted", "y")], 3),
    ]);
    expect(await judgeSaved(message(["one", "two"]), judge)).toMatchObject({
      verdict: verdictOf(
        [detection("A", "1"), detection("B", "1")],
        [reason("encrypted", "x"), reason("encrypted", "y")],
      ),
      display: { subject: "the whole" },
      durationMs: 6,
    });
  });

  test("is infected when a reading alone is", async () => {
    const judge = answers([judgement([], [], 1), judgement([], [], 1), judgement([detection("A", "1")], [], 1)]);
    expect((await judgeSaved(message(["one", "two"]), judge)).verdict.kind).toBe("infected");
  });

  test("is never clean when there are more readings than were looked at", async () => {
    const judge = answers([judgement([], [], 1), judgement([], [], 1), judgement([], [], 1)]);
    const { verdict } = await judgeSaved(message(["one", "two"], true), judge);
    expect(verdict).toMatchObject({ kind: "incomplete", reasons: [{ code: "limit-views" }] });
  });
});

function message(readings: readonly string[], hasMoreReadings = false): MailboxMessage {
  return {
    path: "a.mbox",
    format: "mbox",
    index: 1,
    offset: 0,
    length: 3,
    source: bufferSource([Buffer.from("all")]),
    readings: readings.map((text) => bufferSource([Buffer.from(text)])),
    hasMoreReadings,
    release() {},
  };
}

function answers(judgements: readonly Judgement[]): () => Promise<Judgement> {
  const rest = [...judgements];
  return async () => {
    const next = rest.shift();
    if (next === undefined) throw new Error("asked once too often");
    return next;
  };
}

function judgement(detections: readonly Detection[], reasons: readonly Reason[], durationMs: number): Judgement {
  const display = { subject: "the whole", from: "", date: "", messageId: "" };
  return { verdict: verdictOf(detections, reasons), remarks: [], display, headerBytes: 0, durationMs };
}

function detection(name: string, part: string): Detection {
  return { name, kind: "malware", engine: "signatures", part, path: [] };
}

function reason(code: Reason["code"], detail: string): Reason {
  return { code, part: "1", detail };
}
