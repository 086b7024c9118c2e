/** The scan's report as clamscan prints it: a line for what was found, a line for a clean file, a summary. */
import type { Reason, Remark, Verdict } from "../core/model.ts";
import { sanitize } from "../core/sanitize.ts";
import type { MailboxMessage } from "../mailbox/mailbox-message.ts";
import { ambiguityCode } from "../mime/ambiguity.ts";
import type { ScanReporter, ScanReporterOptions, ScanTime } from "./scan-reporter.ts";
import type { ScanTotals } from "./scan-totals.ts";
import { type ScanWriter, shownName } from "./scan-writer.ts";

/** A message in an mbox is called `path:number`; a file with nothing to say about it gets one `path: OK`. */
export function createTextReporter(
  writer: ScanWriter,
  options: ScanReporterOptions,
  time: () => ScanTime,
): ScanReporter {
  const { isInfectedOnly, isQuiet } = options;
  let isFileOk = true;
  return {
    beginFile() {
      isFileOk = true;
    },
    endFile(path) {
      if (isFileOk && !isInfectedOnly && !isQuiet) writer.result(`${shownName(path)}: OK`);
    },
    message(message, { verdict, remarks }) {
      const ambiguities = ambiguitiesText(remarks);
      if (verdict.kind === "clean" && ambiguities === "") return;
      // Of a file with many messages, the line at its end tells of the others.
      if (verdict.kind !== "clean" || message.format !== "mbox") isFileOk = false;
      const isFound = verdict.kind === "infected" || verdict.kind === "suspicious";
      if (isQuiet || (isInfectedOnly && !isFound)) return;
      writer.result(`${messageName(message)}: ${verdictText(verdict)}${ambiguities}`);
    },
    problem(path, error) {
      isFileOk = false;
      writer.problem(path, error);
    },
    failure(_path, error, hint) {
      isFileOk = false;
      writer.failure(error, hint);
    },
    skipped(path, why) {
      if (!isQuiet) writer.skipped(path, why);
    },
    summary(totals) {
      if (options.hasSummary && !isQuiet) writer.result(summaryText(totals, time(), options.isInterrupted()));
    },
    settle: () => writer.settle(),
  };
}

function messageName({ path, format, index }: MailboxMessage): string {
  return format === "mbox" ? `${shownName(path)}:${index}` : shownName(path);
}

/** One name, as clamscan has it: malware before anything else. */
function verdictText({ kind, detections, reasons }: Verdict): string {
  if (kind === "clean") return "OK";
  const detection = detections.find(({ kind }) => kind === "malware") ?? detections[0];
  if (detection !== undefined) return `${sanitize(detection.name, MAX_NAME_CHARACTERS)} FOUND`;
  return `INCOMPLETE (${reasonsText(reasons)})`;
}

/** Each code once, with the first detail there is for it. The bracket after it keeps a detail, which may hold a file's
 *  name from the mail, from ending the line as a finding does. */
function reasonsText(reasons: readonly Reason[]): string {
  const details = new Map<string, string>();
  for (const { code, detail } of reasons)
    details.set(code, details.get(code) || sanitize(detail, MAX_DETAIL_CHARACTERS));
  return [...details].map(([code, detail]) => (detail === "" ? code : `${code}: ${detail}`)).join("; ");
}

/** What mail programs may disagree on, on a line of its own; its codes alone, each once. */
function ambiguitiesText(remarks: readonly Remark[]): string {
  const codes = remarks.flatMap(({ kind, detail }) => (kind === "ambiguity" ? (ambiguityCode(detail) ?? []) : []));
  return codes.length === 0 ? "" : `\n    ambiguous: ${[...new Set(codes)].join(", ")}`;
}

function summaryText(totals: ScanTotals, { startedAt, endedAt, durationMs }: ScanTime, isInterrupted: boolean): string {
  const seconds = durationMs / 1000;
  return [
    "",
    "----------- SCAN SUMMARY -----------",
    ...(isInterrupted ? ["Interrupted: yes"] : []),
    `Scanned directories: ${totals.directories}`,
    `Scanned files: ${totals.files}`,
    `Scanned messages: ${totals.messages}`,
    `Infected files: ${totals.infectedFiles}`,
    `Infected messages: ${totals.infected}`,
    `Suspicious messages: ${totals.suspicious}`,
    `Incomplete messages: ${totals.incomplete}`,
    ...(totals.errors > 0 ? [`Total errors: ${totals.errors}`] : []),
    `Data scanned: ${(totals.bytes / MEBIBYTE).toFixed(2)} MB`,
    `Time: ${seconds.toFixed(3)} sec (${Math.floor(seconds / 60)} m ${Math.floor(seconds % 60)} s)`,
    `Start Date: ${dateText(startedAt)}`,
    `End Date:   ${dateText(endedAt)}`,
  ].join("\n");
}

/** clamscan's own form, local time. */
function dateText(date: Date): string {
  const day = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join(":");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":")}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

const MAX_NAME_CHARACTERS = 200;
const MAX_DETAIL_CHARACTERS = 200;
/** What clamscan calls a MB. */
const MEBIBYTE = 1024 * 1024;
