/** The course of a scan: messages go to the scan service as they are read, several at a time, and are reported in the
 *  order of the mail. */
import { errorText, UserError } from "../core/errors.ts";
import { mailboxLimits } from "../core/limits.ts";
import { type MailboxEvent, type MailboxMessage, MailboxReadError } from "../mailbox/mailbox-message.ts";
import type { MailboxEvents } from "../mailbox/read-mailboxes.ts";
import { FragmentDesk, type FragmentOwner, type Outcome } from "./fragment-desk.ts";
import { type Judge, judgeSaved } from "./scan-judge.ts";
import type { ScanReporter } from "./scan-reporter.ts";
import { ScanCounter, type ScanTotals } from "./scan-totals.ts";

export interface ScanRun {
  /** In the order of the mail, in groups of those that come without waiting. */
  readonly events: AsyncIterable<MailboxEvents>;
  readonly judge: Judge;
  readonly reporter: ScanReporter;
  /** Ends the reading; what is in the scan service is still finished and reported. */
  readonly stop: AbortSignal;
}

/** Scans everything; a summary is reported however the scan ends. Never rejects because of a message: when the scan
 *  service itself fails, that is one error, and nothing further is read. */
export async function runScan(run: ScanRun): Promise<ScanTotals> {
  const queue = new ScanQueue(run);
  for await (const events of run.events) {
    const areTaken = await queue.take(events);
    if (!areTaken) break;
  }
  return await queue.finish();
}

/** What has been read and not yet been reported. */
class ScanQueue {
  readonly #run: ScanRun;
  readonly #counter = new ScanCounter();
  readonly #entries: Entry[] = [];
  readonly #fragments: FragmentDesk;
  #messages = 0;
  #bytes = 0;
  /** The scan service is gone; `#hasFailed` when that has been reported. */
  #isBroken = false;
  #hasFailed = false;
  #wake: (() => void) | undefined;

  constructor(run: ScanRun) {
    this.#run = run;
    this.#fragments = new FragmentDesk(run.judge, () => this.#progress(this.#entries));
    run.stop.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  /** Goes through the events as there is room for them. False when the scan has ended, and not all were taken. */
  async take(events: MailboxEvents): Promise<boolean> {
    for (const event of events) {
      while (!this.#isOver() && !this.#hasRoomFor(event)) {
        if (!this.#giveUpFirst()) await this.#change();
      }
      if (this.#isOver()) {
        if (event.type === "message") event.message.release();
        return false;
      }
      if (event.type === "message") this.#judge(event.message);
      else this.#entries.push({ type: "event", event });
      this.#reportReady();
      const settling = this.#run.reporter.settle();
      if (settling !== undefined) await settling;
    }
    return true;
  }

  /** Waits for the messages in flight and reports the rest. */
  async finish(): Promise<ScanTotals> {
    while (this.#messages > 0) {
      if (this.#isBusy()) await this.#change();
      else this.#giveUpFirst();
      await this.#run.reporter.settle();
    }
    this.#reportReady();
    const totals = this.#counter.totals();
    this.#run.reporter.summary(totals);
    return totals;
  }

  #isOver(): boolean {
    return this.#isBroken || this.#run.stop.aborted;
  }

  /** Nothing waits while no message does, so that whatever comes alone always goes through. */
  #hasRoomFor(event: MailboxEvent): boolean {
    if (this.#messages === 0) return true;
    if (this.#entries.length >= mailboxLimits.eventsInFlight) return false;
    if (event.type !== "message") return true;
    return this.#bytes === 0 || this.#bytes + event.message.length <= mailboxLimits.bytesInFlight;
  }

  #judge(message: MailboxMessage): void {
    const entry: MessageEntry = { type: "message", message, outcome: undefined, isWaiting: false };
    this.#entries.push(entry);
    this.#messages += 1;
    this.#bytes += message.length;
    void this.#judgeEntry(entry).then((outcome) => {
      entry.outcome ??= outcome;
      message.release();
      this.#bytes -= message.length;
      this.#progress([entry]);
    });
  }

  async #judgeEntry(entry: MessageEntry): Promise<Outcome> {
    try {
      const judgement = await judgeSaved(entry.message, this.#run.judge);
      if (judgement.fragment !== undefined) await this.#fragments.take(entry, judgement, entry.message.source);
      return { judgement };
    } catch (error) {
      return { error };
    }
  }

  /** Something is known of one of `entries`. */
  #progress(entries: readonly Entry[]): void {
    this.#isBroken ||= entries.some(isFailure);
    this.#reportReady();
    this.#wake?.();
  }

  /** Reports the first message although other pieces of it may follow, when it is that which all others wait for. */
  #giveUpFirst(): boolean {
    const [first] = this.#entries;
    if (first?.type !== "message" || !first.isWaiting) return false;
    this.#fragments.giveUp(first);
    this.#reportReady();
    return !first.isWaiting;
  }

  /** Whether a message is being judged. */
  #isBusy(): boolean {
    return this.#fragments.isBusy || this.#entries.some((entry) => entry.type === "message" && !entry.outcome);
  }

  /** Reports from the head of the queue up to the first message that is still in flight. */
  #reportReady(): void {
    let ready = 0;
    for (const entry of this.#entries) {
      if (entry.type === "message" && (entry.outcome === undefined || entry.isWaiting)) break;
      this.#report(entry);
      ready += 1;
    }
    if (ready > 0) this.#entries.splice(0, ready);
  }

  #report(entry: Entry): void {
    if (entry.type === "event") {
      this.#reportEvent(entry.event);
      return;
    }
    this.#messages -= 1;
    const { message, outcome } = entry;
    if (outcome === undefined) return;
    if ("judgement" in outcome) {
      this.#counter.message(message.length, outcome.judgement.verdict.kind);
      this.#run.reporter.message(message, outcome.judgement);
    } else if (outcome.error instanceof MailboxReadError) {
      this.#problem(message.path, `message ${message.index}: ${outcome.error.message}`);
    } else if (!this.#hasFailed) {
      // What else was in flight fails for the same reason.
      this.#hasFailed = true;
      this.#counter.error();
      const hint = outcome.error instanceof UserError ? outcome.error.hint : undefined;
      this.#run.reporter.failure(message.path, errorText(outcome.error), hint);
    }
  }

  #reportEvent(event: Exclude<MailboxEvent, { type: "message" }>): void {
    switch (event.type) {
      case "directory":
        this.#counter.directory();
        return;
      case "file":
        this.#counter.file();
        this.#run.reporter.beginFile(event.path);
        return;
      case "file-end":
        this.#run.reporter.endFile(event.path);
        return;
      case "problem":
        this.#problem(event.path, event.error);
        return;
      case "skipped":
        this.#run.reporter.skipped(event.path, event.why);
        return;
      default:
        event satisfies never;
    }
  }

  #problem(path: string, error: string): void {
    this.#counter.error();
    this.#run.reporter.problem(path, error);
  }

  /** Resolves when a message has been judged, or when the scan is to stop. */
  async #change(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

type Entry = { readonly type: "event"; readonly event: Exclude<MailboxEvent, { type: "message" }> } | MessageEntry;

interface MessageEntry extends FragmentOwner {
  readonly type: "message";
  readonly message: MailboxMessage;
}

/** The scan service is gone, and not only this message. */
function isFailure(entry: Entry): boolean {
  if (entry.type !== "message" || entry.outcome === undefined || !("error" in entry.outcome)) return false;
  return !(entry.outcome.error instanceof MailboxReadError);
}
