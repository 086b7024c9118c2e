/** One saved message's judgement: of the message as it stands, and of every other way it can be read. */
import type { Detection, Reason } from "../core/model.ts";
import { verdictOf } from "../core/model.ts";
import type { MailboxMessage } from "../mailbox/mailbox-message.ts";
import type { Judgement, MessageSource } from "../scan/judge.ts";

export type Judge = (source: MessageSource) => Promise<Judgement>;

/** Judges `message`. Rejects when it can not be read again or when the scan service is gone. */
export async function judgeSaved(message: MailboxMessage, judge: Judge): Promise<Judgement> {
  const whole = await judge(message.source);
  if (message.readings.length === 0) return whole;
  const detections = [...whole.verdict.detections];
  const reasons = [...whole.verdict.reasons];
  let { durationMs } = whole;
  for (const reading of message.readings) {
    const piece = await judge(reading);
    durationMs += piece.durationMs;
    addNew(detections, piece.verdict.detections);
    // A piece was cut off by definition: that it looks damaged says nothing about the message.
    addNew(
      reasons,
      piece.verdict.reasons.filter((reason) => reason.code !== "damaged"),
    );
  }
  if (message.hasMoreReadings) reasons.push(TOO_MANY_READINGS);
  return { ...whole, verdict: verdictOf(detections, reasons), durationMs };
}

/** What is found in the whole is found in a piece again, though perhaps under another part number. */
function addNew<T extends Detection | Reason>(known: T[], found: readonly T[]): void {
  const keys = new Set(known.map(findingKey));
  for (const finding of found) {
    const key = findingKey(finding);
    if (keys.has(key)) continue;
    keys.add(key);
    known.push(finding);
  }
}

function findingKey(finding: Detection | Reason): string {
  if ("code" in finding) return JSON.stringify([finding.code, finding.detail]);
  return JSON.stringify([finding.name, finding.engine, finding.path]);
}

const TOO_MANY_READINGS: Reason = {
  code: "limit-views",
  part: "",
  detail: "more lines than are told apart at which another message may begin",
};
