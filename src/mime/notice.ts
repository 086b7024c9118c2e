/** The text that stands where something was taken out of a message. */

import type { Detection, MessageDisplay, Reason } from "../core/model.ts";
import { sanitize } from "../core/sanitize.ts";
import { rewriteLimits } from "../core/scan-limits.ts";

/** What a notice tells. All values may come from the wire: they are sanitized here. */
export interface NoticeFacts {
  /** What is gone: one part, the body, or everything. */
  readonly scope: "part" | "body" | "message";
  /** Number and file name of the part; empty when there is none. */
  readonly part: string;
  readonly fileName: string;
  readonly detections: readonly Detection[];
  readonly reasons: readonly Reason[];
  readonly display: MessageDisplay;
  readonly protocol: string;
  readonly upstream: string;
  readonly account: string;
  /** When it was taken out. */
  readonly date: string;
}

/** A notice in several lengths: the longest one that fits its place is used. All of it is lines without line ends. */
export interface Notice {
  readonly lines: readonly string[];
  /** One line each, the longest first. They say nothing that comes from the message: they may stand where a program
   *  takes text for something else, for a page. */
  readonly short: readonly string[];
}

/** What `facts` say, at length and in short. */
export function noticeOf(facts: NoticeFacts): Notice {
  const headline = HEADLINES[facts.scope];
  const names = [...new Set(facts.detections.slice(0, rewriteLimits.listedFindings).map(({ name }) => name))];
  const listed = sanitize(names.join(", "), rewriteLimits.valueCharacters).replace(/[<>&]/g, "_");
  const named = listed === "" ? [] : [headline.replace(/\.$/, `: ${listed}`)];
  return { lines: buildNotice(facts), short: [...named, headline, ...SHORTEST] };
}

/** Lines without line ends. Values can not break a line, hide text or send escape sequences. */
export function buildNotice(facts: NoticeFacts): string[] {
  const { detections, reasons, display } = facts;
  const lines = [HEADLINES[facts.scope], ""];
  if (facts.scope === "part") add(lines, "Part", [facts.part, facts.fileName].filter((text) => text !== "").join("  "));
  for (const detection of detections.slice(0, rewriteLimits.listedFindings)) {
    add(lines, "Found", `${detection.name} (${detection.kind})${place(detection.path)}`);
  }
  for (const reason of reasons.slice(0, rewriteLimits.listedFindings)) {
    add(lines, "Not inspected", `${reason.code}${reason.detail === "" ? "" : `: ${reason.detail}`}`);
  }
  const unlisted = count(detections.length) + count(reasons.length);
  if (unlisted > 0) lines.push(`and ${unlisted} more`);
  lines.push("");
  add(lines, "Subject", display.subject);
  add(lines, "From", display.from);
  add(lines, "Date", display.date);
  add(lines, "Account", facts.account);
  add(lines, "Server", [facts.protocol, facts.upstream].filter((text) => text !== "").join(" "));
  add(lines, "Removed", facts.date);
  lines.push(
    "",
    "What was removed is not part of this message any more.",
    "If you expected it, ask the sender about it.",
  );
  return lines;
}

/** The last line of every notice. */
export const NOTICE_SIGNATURE = "-- mailward";

function add(lines: string[], label: string, value: string): void {
  if (value !== "") lines.push(`${`${label}:`.padEnd(LABEL_WIDTH)}${sanitize(value, rewriteLimits.valueCharacters)}`);
}

function place(path: readonly string[]): string {
  return path.length === 0 ? "" : ` in ${path.join(" > ")}`;
}

function count(findings: number): number {
  return Math.max(0, findings - rewriteLimits.listedFindings);
}

const LABEL_WIDTH = 15;
const SHORTEST = ["removed by mailward", "removed"];
const HEADLINES = {
  part: "mailward has removed a part of this message.",
  body: "mailward has removed the content of this message.",
  message: "mailward has removed this message.",
} as const;
