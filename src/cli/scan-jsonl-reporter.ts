/** The scan's report for programs: one JSON object a line. Keys stand in a fixed order, and texts are as they are in
 *  the mail; what could harm a terminal is escaped the JSON way. */
import { jsonLine } from "../core/json-line.ts";
import type { Detection, Reason } from "../core/model.ts";
import type { MailboxMessage } from "../mailbox/mailbox-message.ts";
import type { Judgement } from "../scan/judge.ts";
import type { ScanReporter, ScanReporterOptions, ScanTime } from "./scan-reporter.ts";
import type { ScanTotals } from "./scan-totals.ts";
import type { ScanWriter } from "./scan-writer.ts";

/** One line a message, one an error (which goes to standard error as well), and one for the summary at the end. */
export function createJsonlReporter(
  writer: ScanWriter,
  options: ScanReporterOptions,
  time: () => ScanTime,
): ScanReporter {
  const { isInfectedOnly, isQuiet } = options;
  const write = (value: unknown): void => {
    if (!isQuiet) writer.result(jsonLine(value));
  };
  return {
    beginFile() {},
    endFile() {},
    message(message, judgement) {
      const isLeftOut = isInfectedOnly && judgement.verdict.detections.length === 0;
      if (!isLeftOut) write(messageObject(message, judgement));
    },
    problem(path, error) {
      writer.problem(path, error);
      write({ type: "error", path, error });
    },
    failure(path, error, hint) {
      writer.failure(error, hint);
      write({ type: "error", path, error });
    },
    skipped(path, why) {
      if (!isQuiet) writer.skipped(path, why);
    },
    summary(totals) {
      if (options.hasSummary) write(summaryObject(totals, time().durationMs));
    },
    settle: () => writer.settle(),
  };
}

function messageObject(
  message: MailboxMessage,
  { verdict, remarks, display, durationMs, isCached }: Judgement,
): object {
  return {
    type: "message",
    path: message.path,
    format: message.format,
    index: message.index,
    offset: message.offset,
    length: message.length,
    messageId: display.messageId,
    subject: display.subject,
    verdict: verdict.kind,
    detections: verdict.detections.map(detectionObject),
    reasons: verdict.reasons.map(reasonObject),
    durationMs: oneDecimal(durationMs),
    // Only when there are some: most mail has none.
    ...(isCached === true && { cached: true }),
    ...(remarks.length === 0 ? {} : { remarks: remarks.map(({ kind, part, detail }) => ({ kind, part, detail })) }),
  };
}

function detectionObject({ name, kind, engine, part, path }: Detection): object {
  return { name, kind, engine, part, path };
}

function reasonObject({ code, part, detail }: Reason): object {
  return { code, part, detail };
}

function summaryObject(totals: ScanTotals, durationMs: number): object {
  const { files, messages, bytes, infected, suspicious, incomplete, errors } = totals;
  return {
    type: "summary",
    files,
    messages,
    bytes,
    infected,
    suspicious,
    incomplete,
    errors,
    durationMs: oneDecimal(durationMs),
  };
}

function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10;
}
