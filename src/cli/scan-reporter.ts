/** What `mailward scan` tells of its work, in whatever form. Calls come in the order of the mail. */
import type { MailboxMessage } from "../mailbox/mailbox-message.ts";
import type { Judgement } from "../scan/judge.ts";
import type { ScanTotals } from "./scan-totals.ts";

export interface ScanReporter {
  /** Between these two come the messages of a file, and what was wrong with it. */
  beginFile(path: string): void;
  endFile(path: string): void;
  message(message: MailboxMessage, judgement: Judgement): void;
  /** `path` could not be read, or a message in it. */
  problem(path: string, error: string): void;
  /** Nothing more can be scanned, from the message in `path` on. */
  failure(path: string, error: string, hint: string | undefined): void;
  /** Left out by rule. */
  skipped(path: string, why: string): void;
  summary(totals: ScanTotals): void;
  /** Resolves when the output has taken enough of what was reported to take more; undefined when it has already. */
  settle(): Promise<void> | undefined;
}

/** What a report leaves out. */
export interface ScanReporterOptions {
  readonly isInfectedOnly: boolean;
  readonly isQuiet: boolean;
  readonly hasSummary: boolean;
  /** Whether the scan was told to end before all was read. */
  isInterrupted(): boolean;
}

/** The time a scan has taken so far. */
export interface ScanTime {
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly durationMs: number;
}
