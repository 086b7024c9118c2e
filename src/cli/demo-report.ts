/** The outcome of the demonstration as a person reads it. */
import type { DemoDownload, DemoMessage, DemoReport } from "../app/demo/demo.ts";
import { formatBytes, formatCount } from "../core/format.ts";
import { sanitize } from "../core/sanitize.ts";

type Paint = (tone: "good" | "bad" | "strong" | "quiet", text: string) => string;

/** The report as it is printed; colours only where `hasColor` says so. */
export function demoReportText(report: DemoReport, hasColor: boolean): string {
  const paint: Paint = (tone, text) => (hasColor ? `\u001b[${COLORS[tone]}m${text}\u001b[0m` : text);
  const lines = ["A mail server with three messages, mailward in front of it, a mail client: all on this machine.", ""];
  for (const one of report.downloads) lines.push(...downloadText(one, paint), "");
  if (report.notice !== undefined) {
    lines.push("In place of the attachment the reader finds:", "");
    for (const line of report.notice.split("\n")) lines.push(`  | ${sanitize(line)}`.trimEnd());
    lines.push("");
  }
  lines.push(summaryText(report, paint));
  return lines.map((line) => `${line}\n`).join("");
}

function downloadText(download: DemoDownload, paint: Paint): string[] {
  const { protocol, address, user, error } = download;
  const lines = [paint("strong", `${protocol.toUpperCase()} from ${address}, user name ${user}`)];
  for (const message of download.messages) lines.push(...messageText(message, paint));
  if (error !== undefined) lines.push(paint("bad", `  The download broke off: ${sanitize(error)}`));
  return lines;
}

function messageText(message: DemoMessage, paint: Paint): string[] {
  const sent = `  ${message.subject.padEnd(26)}sent     ${figures(message.sentBytes, message.sentSha256)}`;
  const arrived = message.arrivedSha256 === undefined ? "" : figures(message.arrivedBytes ?? 0, message.arrivedSha256);
  const found = message.detections.map(({ name, path }) => `${name} in ${path}`).join(", ");
  const verdict = `${message.verdict}${found === "" ? "" : `: ${sanitize(found)}`}`;
  const lines = [sent, `  ${" ".repeat(26)}arrived  ${arrived}  ${OUTCOME_TEXTS[message.outcome]}`];
  lines.push(`  ${" ".repeat(26)}${paint(message.verdict === "clean" ? "good" : "bad", verdict)}`);
  if (!message.isAsExpected) lines.push(`  ${" ".repeat(26)}${paint("bad", "This is not as it should be.")}`);
  return lines;
}

function figures(bytes: number, sha256: string): string {
  return `${formatBytes(bytes).padStart(8)}  sha256 ${sha256.slice(0, 12)}`;
}

function summaryText(report: DemoReport, paint: Paint): string {
  const messages = report.downloads.flatMap((download) => download.messages);
  const count = (outcome: DemoMessage["outcome"]) => messages.filter((message) => message.outcome === outcome).length;
  const figuresText =
    `${formatCount(messages.length, "message")} in ${(report.durationMs / 1000).toFixed(1)} s: ` +
    `${count("identical")} identical, ${count("replaced")} stopped`;
  const failed = messages.filter((message) => !message.isAsExpected).length;
  if (report.isAsExpected) return paint("good", `${figuresText}. Everything happened as it should.`);
  return paint("bad", `${figuresText}, ${failed} not as expected. Please report this with the output above.`);
}

const OUTCOME_TEXTS: Readonly<Record<DemoMessage["outcome"], string>> = {
  identical: "identical",
  replaced: "the attachment replaced by a notice",
  altered: "ALTERED",
  missing: "MISSING",
};

const COLORS = { good: "32", bad: "31", strong: "1", quiet: "2" } as const;
